use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use futures_util::future::LocalBoxFuture;
use suite_core::Error;
use suite_db::users;

use super::{Member, Via};
use crate::{
    App,
    problem::{ApiResult, Problem},
};

/// Somebody who may look at and steer all accounts: `OPERATOR_EMAILS` names them.
///
/// A person by their own address; a program by a token of an account in which an operator logs in.
pub(crate) struct Operator(pub(crate) Member);

impl FromRequest for Operator {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let member = Member::from_request(request, payload);
        let app = request.app_data::<Data<App>>().cloned();
        Box::pin(async move {
            let member = member.await?;
            let app = app.ok_or_else(|| Error::internal("the server has no state"))?;
            if is_operator(&app, &member).await? {
                Ok(Self(member))
            } else {
                let reason = "only an operator may do this";
                Err(Error::Forbidden { reason }.into())
            }
        })
    }
}

async fn is_operator(app: &App, member: &Member) -> ApiResult<bool> {
    let operators = &app.settings.security.operator_emails;
    if operators.is_empty() {
        return Ok(false);
    }
    let mut tx = app.db.account(member.account_id).await?;
    let addresses = match member.via {
        Via::Session(id) => users::get(&mut tx, id)
            .await?
            .map(|user| user.email)
            .into_iter()
            .collect(),
        Via::Token(_) => users::emails(&mut tx).await?,
        Via::Link => Vec::new(),
    };
    tx.commit().await?;
    Ok(addresses.iter().any(|address| names(operators, address)))
}

fn names(operators: &[String], address: &str) -> bool {
    operators
        .iter()
        .any(|operator| operator.trim().eq_ignore_ascii_case(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_named_whole_and_in_any_case() {
        let operators = ["Ops@Example.com ".to_owned()];
        assert!(names(&operators, "ops@example.com"));
        for other in ["", "ops@example.co", "xops@example.com"] {
            assert!(!names(&operators, other), "{other}");
        }
    }
}

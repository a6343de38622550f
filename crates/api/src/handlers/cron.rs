//! Where an outside cron service calls. Not needed for ticks to fire, as workers do that by themselves; for installations
//! whose workers sleep between.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, header::AUTHORIZATION},
    web::Data,
};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use suite_core::{Error, id::AccountId, jobs};
use suite_db::schedules;
use utoipa::ToSchema;

use crate::{
    App,
    extract::Query,
    problem::{ApiResult, Problem, ProblemView},
    views::{self, JobView},
};

/// A caller that knows the secret, and the schedule that it calls for.
pub(crate) struct Call {
    schedule: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    secret: Option<SecretString>,
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_call(request))
    }
}

fn read_call(request: &HttpRequest) -> ApiResult<Call> {
    let app = request
        .app_data::<Data<App>>()
        .ok_or_else(|| Error::internal("the server has no state"))?;
    let secret = app.settings.security.cron_secret.expose_secret();
    if secret.is_empty() {
        return Err(Problem::no_such_page());
    }
    let shown = shown_secret(request)?;
    if !shown.is_some_and(|shown| is_same(shown.expose_secret(), secret)) {
        return Err(Error::Unauthenticated.into());
    }
    // Whoever only looks must start nothing.
    if request.method() == Method::HEAD {
        return Err(Problem::method_not_allowed("GET, POST"));
    }
    let task = request.match_info().get("task").unwrap_or_default();
    Ok(Call {
        schedule: task.replace('-', "_"),
    })
}

/// Reads the secret from the header or, where there is none, from the query.
fn shown_secret(request: &HttpRequest) -> ApiResult<Option<SecretString>> {
    if let Some(header) = request.headers().get(AUTHORIZATION) {
        let token = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| SecretString::from(token.trim()));
        return Ok(token);
    }
    let Query(query) = Query::<Secret>::from_request(request, &mut Payload::None).into_inner()?;
    Ok(query.secret)
}

/// Compares in a time that tells neither how much is right nor how long the secret is.
fn is_same(shown: &str, secret: &str) -> bool {
    Sha256::digest(shown).ct_eq(&Sha256::digest(secret)).into()
}

/// What came of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TickView {
    /// The schedule's name.
    schedule: String,
    /// The tick that the call fired, or that had fired within this minute.
    tick_at: DateTime<Utc>,
    /// The job of that tick.
    job: JobView,
}

/// Fires a schedule, for outside cron services that can send POST. Within one minute all calls get the same job.
#[utoipa::path(post, path = "/cron/{task}", tag = "operation",
    params(("task" = String, Path, description = "A schedule's name, such as `expire_rows` or `expire-rows`."),
        ("secret" = Option<String>, Query, description = "`CRON_SECRET`, where no `Authorization: Bearer` can be sent.")),
    responses((status = 202, body = TickView), (status = 401, body = ProblemView),
        (status = 404, description = "No such schedule, or no `CRON_SECRET` is set.", body = ProblemView),
        (status = 409, description = "The schedule is paused.", body = ProblemView)))]
pub(crate) async fn post(app: Data<App>, call: Call) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(AccountId::OPERATOR).await?;
    let fired = schedules::call(&mut tx, &call.schedule, jobs::ALL).await?;
    let job = fired.job.ok_or(Error::NotFound { what: "job" })?;
    let view = TickView {
        schedule: fired.schedule,
        tick_at: fired.tick_at,
        job: views::job(&mut tx, job.id).await?,
    };
    tx.commit().await?;
    if fired.is_new {
        app.broker.dispatch(&[job]);
    }
    Ok(HttpResponse::Accepted().json(view))
}

/// Does what POST does, for outside cron services that can only fetch an address.
#[utoipa::path(get, path = "/cron/{task}", tag = "operation",
    params(("task" = String, Path, description = "A schedule's name, such as `expire_rows` or `expire-rows`."),
        ("secret" = Option<String>, Query, description = "`CRON_SECRET`, where no `Authorization: Bearer` can be sent.")),
    responses((status = 202, body = TickView), (status = 401, body = ProblemView),
        (status = 404, description = "No such schedule, or no `CRON_SECRET` is set.", body = ProblemView),
        (status = 409, description = "The schedule is paused.", body = ProblemView)))]
pub(crate) async fn get(app: Data<App>, call: Call) -> ApiResult<HttpResponse> {
    post(app, call).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_is_the_same() {
        let secret = "a-secret-of-some-length";
        assert!(is_same(secret, secret));
        for other in [
            "",
            "a",
            "a-secret-of-some-lengtH",
            "a-secret-of-some-length ",
        ] {
            assert!(!is_same(other, secret), "{other}");
        }
    }
}

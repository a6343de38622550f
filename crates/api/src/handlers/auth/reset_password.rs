use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use suite_core::{
    credentials::check_new_password, id::UserId, job::JobRef, links::LinkKeys, mail::MailContent,
};
use suite_db::{
    AccountTx,
    audit::{self, AuditEntry},
    mails::{self, NewMail},
    sessions,
    user_tokens::{self, TokenPurpose},
    users,
};
use utoipa::ToSchema;

use super::{one_time, register::refuse_foreign_origin_of_browser, tries};
use crate::{
    App,
    extract::Json,
    problem::{ApiResult, ProblemView},
};

/// A new password, with the token of the link that allows it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// The last part of the link.
    #[schema(value_type = String)]
    token: SecretString,
    /// 8 to 128 characters.
    #[schema(value_type = String, min_length = 8, max_length = 128, format = "password")]
    password: SecretString,
}

/// Replaces the password, ends all sessions of the person and mails them that it did. The token works once; API tokens go on.
#[utoipa::path(post, path = "/v1/auth/reset-password", tag = "access", request_body = NewPassword,
    responses((status = 204, description = "The password is replaced."), (status = 422, body = ProblemView),
        (status = 429, body = ProblemView)))]
pub(crate) async fn reset_password(
    app: Data<App>,
    request: HttpRequest,
    Json(body): Json<NewPassword>,
) -> ApiResult<HttpResponse> {
    refuse_foreign_origin_of_browser(&request)?;
    tries::count_link(&app, &request).await?;
    check_new_password("password", &body.password)?;
    let shown = LinkKeys::read_one_time(body.token.expose_secret()).ok_or_else(one_time::spent)?;
    let (purpose, now) = (TokenPurpose::ResetPassword, app.clock.now());
    // Hashing costs: only for who has a good token.
    let mut tx = app.db.account(shown.account_id).await?;
    let known = user_tokens::find(&mut tx, purpose, &shown.hash, now).await?;
    tx.commit().await?;
    known.ok_or_else(one_time::spent)?;
    let hash = app.passwords.hash(body.password).await?;
    let mut tx = app.db.account(shown.account_id).await?;
    let user = user_tokens::take(&mut tx, purpose, &shown.hash, now).await?;
    let user = user.ok_or_else(one_time::spent)?;
    users::set_password(&mut tx, user, &hash).await?;
    // Who reads the mail has proven the address.
    users::verify_email(&mut tx, user, now).await?;
    sessions::delete_all(&mut tx, user).await?;
    let entry = AuditEntry {
        actor: format!("user:{user}"),
        action: "reset_password",
        subject: user.to_string(),
        detail: json!({}),
        at: now,
    };
    audit::record(&mut tx, &entry).await?;
    let told = tell(&mut tx, user, now).await?;
    tx.commit().await?;
    app.broker.dispatch(told.as_slice());
    Ok(HttpResponse::NoContent().finish())
}

/// Writes a mail to whose password it was: perhaps it was somebody else who changed it.
async fn tell(tx: &mut AccountTx, user: UserId, now: DateTime<Utc>) -> ApiResult<Option<JobRef>> {
    let Some(user) = users::get(tx, user).await? else {
        return Ok(None);
    };
    let mail = NewMail {
        recipient: user.email,
        content: MailContent::PasswordChanged { changed_at: now },
        period: now.timestamp_micros().to_string(),
    };
    Ok(mails::write(tx, &mail).await?)
}

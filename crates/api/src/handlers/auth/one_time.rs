//! Mails with a link that does something once.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use suite_core::{
    Error, credentials::normalize_email, id::UserId, links::LinkKeys, mail::MailContent,
};
use suite_db::{
    AccountTx,
    mails::{self, NewMail},
    user_tokens::{self, TokenPurpose},
    users,
};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{register::refuse_foreign_origin_of_browser, tries};
use crate::{App, problem::ApiResult};

/// Longer than any way takes, so that the time does not tell whether an address is known.
const ANSWER_TIME: Duration = Duration::from_millis(150);

/// Whom to send a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkWanted {
    /// The address.
    #[schema(format = "email")]
    pub(super) email: String,
}

/// The answer to whoever asks for a link, whether the address is known or not.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkAsked {
    /// The address; if it belongs to an account, a mail is on its way to it.
    email: String,
}

/// How long a link of a purpose works.
fn lasts(purpose: TokenPurpose) -> TimeDelta {
    match purpose {
        TokenPurpose::VerifyEmail => TimeDelta::hours(24),
        TokenPurpose::ResetPassword => TimeDelta::hours(1),
    }
}

/// Sends a link to whoever has the address, and answers the same when nobody has.
pub(super) async fn ask(
    app: &App,
    request: &HttpRequest,
    wanted: &LinkWanted,
    purpose: TokenPurpose,
) -> ApiResult<HttpResponse> {
    let begun = Instant::now();
    refuse_foreign_origin_of_browser(request)?;
    tries::count_mail(app, request).await?;
    let email = normalize_email("email", &wanted.email)?;
    tries::count_reader(app, &email).await?;
    send(app, &email, purpose).await?;
    tokio::time::sleep_until(begun + ANSWER_TIME).await;
    Ok(HttpResponse::Accepted().json(LinkAsked { email }))
}

async fn send(app: &App, email: &str, purpose: TokenPurpose) -> ApiResult<()> {
    let mut tx = app.db.fleet().await?;
    let Some(known) = users::find_login(&mut tx, email).await? else {
        return Ok(tx.commit().await?);
    };
    let mut tx = tx.for_account(known.account_id).await?;
    let user = users::get(&mut tx, known.user_id).await?;
    let is_proven = user.is_some_and(|user| user.email_verified_at.is_some());
    if purpose == TokenPurpose::VerifyEmail && is_proven {
        return Ok(tx.commit().await?);
    }
    let (token_id, expires_at) = issue(app, &mut tx, known.user_id, purpose).await?;
    let content = match purpose {
        TokenPurpose::VerifyEmail => MailContent::VerifyEmail {
            token_id,
            expires_at,
        },
        TokenPurpose::ResetPassword => MailContent::ResetPassword {
            token_id,
            expires_at,
        },
    };
    let mail = NewMail {
        recipient: email.to_owned(),
        content,
        period: token_id.to_string(),
    };
    let job = mails::write(&mut tx, &mail).await?;
    tx.commit().await?;
    app.broker.dispatch(job.as_slice());
    Ok(())
}

/// Keeps a new one-time token and returns its id, from which the mail makes the link.
pub(super) async fn issue(
    app: &App,
    tx: &mut AccountTx,
    user_id: UserId,
    purpose: TokenPurpose,
) -> ApiResult<(Uuid, DateTime<Utc>)> {
    let keys = LinkKeys::new(&app.settings.security.secret_key)?;
    let (token_id, now) = (Uuid::now_v7(), app.clock.now());
    let expires_at = now + lasts(purpose);
    let token = keys.one_time(tx.account_id(), token_id);
    user_tokens::create(tx, user_id, purpose, &token.hash, (now, expires_at)).await?;
    Ok((token_id, expires_at))
}

/// What a link is answered that is unknown, was used, or is too old: all the same.
pub(super) fn spent() -> Error {
    Error::invalid("token", "has been used or has expired; ask for a new link")
}

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderValue, SET_COOKIE},
    web::Data,
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    credentials::{check_new_password, normalize_email},
    id::AccountId,
    mail::MailContent,
};
use suite_db::{
    accounts::{self, NewAccount},
    mails::{self, NewMail},
    user_tokens::TokenPurpose,
    users,
};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{one_time, session, tries};
use crate::{
    App,
    extract::{Json, refuse_foreign_origin},
    fields::{self, Faults},
    problem::{ApiResult, ProblemView},
};

/// Longer than either way takes, so that the time does not tell which one was gone.
const ANSWER_TIME: Duration = Duration::from_millis(150);

/// A merchant who wants to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    /// What the merchant is called; the address stands in for it.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// Where mail goes, and what one logs in with.
    #[schema(format = "email")]
    email: String,
    /// 8 to 128 characters.
    #[schema(value_type = String, min_length = 8, max_length = 128, format = "password")]
    password: SecretString,
}

/// The answer to every acceptable registration.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    /// The address, as it is kept.
    email: String,
    /// When a trial that begins now ends.
    trial_ends_at: DateTime<Utc>,
}

/// Makes an account with its trial and logs in.
///
/// An address that is known already gets the same answer; its session opens nothing unless the password is right too, and
/// its owner is told by mail.
#[utoipa::path(post, path = "/v1/auth/register", tag = "access", request_body = Registration,
    responses((status = 201, body = Registered), (status = 422, body = ProblemView),
        (status = 429, body = ProblemView)))]
pub(crate) async fn register(
    app: Data<App>,
    request: HttpRequest,
    Json(body): Json<Registration>,
) -> ApiResult<HttpResponse> {
    let begun = Instant::now();
    refuse_foreign_origin_of_browser(&request)?;
    tries::count_address(&app, &request).await?;
    let (new, password) = body.check(&app)?;
    let answer = Registered {
        email: new.email.clone(),
        trial_ends_at: new.trial_ends_at,
    };
    let cookie = enter(&app, new, password).await?;
    tokio::time::sleep_until(begun + ANSWER_TIME).await;
    Ok(HttpResponse::Created()
        .insert_header((SET_COOKIE, cookie))
        .json(answer))
}

/// Programs send neither header; a browser that sends one must be on our own page.
pub(super) fn refuse_foreign_origin_of_browser(request: &HttpRequest) -> ApiResult<()> {
    let headers = request.headers();
    if headers.contains_key("origin") || headers.contains_key("sec-fetch-site") {
        refuse_foreign_origin(request)?;
    }
    Ok(())
}

impl Registration {
    fn check(self, app: &App) -> ApiResult<(NewAccount, SecretString)> {
        let mut faults = Faults::default();
        let email = faults.check(normalize_email("email", &self.email))?;
        faults.check(check_new_password("password", &self.password))?;
        let given = self.name.as_deref().or(email.as_deref()).unwrap_or("?");
        let name = faults.check(fields::name("name", given))?;
        let (email, name) = faults.all(email.zip(name))?;
        let trial = TimeDelta::days(i64::from(app.settings.trial.days));
        let new = NewAccount {
            name,
            email,
            password_hash: String::new(),
            trial_ends_at: app.clock.now() + trial,
        };
        Ok((new, self.password))
    }
}

/// Hashes one password on either way.
async fn enter(app: &App, mut new: NewAccount, password: SecretString) -> ApiResult<HeaderValue> {
    let mut tx = app.db.fleet().await?;
    let known = users::find_login(&mut tx, &new.email).await?;
    tx.commit().await?;
    if let Some(known) = known {
        let stored = Some(known.password_hash);
        if app.passwords.verify(password, stored).await? {
            return session::open(app, known.account_id, known.user_id).await;
        }
        tell_owner(app, known.account_id, &new.email).await?;
        return session::decoy(app);
    }
    new.password_hash = app.passwords.hash(password).await?;
    let mut tx = app.db.fleet().await?;
    match accounts::create(&mut tx, &new, app.clock.now())
        .await
        .map_err(Error::from)
    {
        Ok(made) => {
            let mut tx = tx.for_account(made.account_id).await?;
            let purpose = TokenPurpose::VerifyEmail;
            let (token_id, _) = one_time::issue(app, &mut tx, made.user_id, purpose).await?;
            let mail = mails::write(&mut tx, &welcome(&new, token_id)).await?;
            tx.commit().await?;
            app.broker.dispatch(mail.as_slice());
            session::open(app, made.account_id, made.user_id).await
        }
        // Somebody registered the address in between.
        Err(Error::AlreadyExists { .. }) => session::decoy(app),
        Err(error) => Err(error.into()),
    }
}

fn welcome(new: &NewAccount, token_id: Uuid) -> NewMail {
    NewMail {
        recipient: new.email.clone(),
        content: MailContent::Welcome {
            trial_ends_at: new.trial_ends_at,
            token_id: Some(token_id),
        },
        // There is one beginning of an account.
        period: String::new(),
    }
}

/// Tells who has the address that somebody tried to register it: at most once a day, and in no way the other one sees.
async fn tell_owner(app: &App, account_id: AccountId, email: &str) -> ApiResult<()> {
    if !tries::may_mail(app, email).await {
        return Ok(());
    }
    let mail = NewMail {
        recipient: email.to_owned(),
        content: MailContent::AlreadyRegistered {},
        period: app.clock.now().date_naive().to_string(),
    };
    let mut tx = app.db.account(account_id).await?;
    let job = mails::write(&mut tx, &mail).await?;
    tx.commit().await?;
    app.broker.dispatch(job.as_slice());
    Ok(())
}

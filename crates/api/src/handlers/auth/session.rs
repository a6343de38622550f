use actix_web::http::header::HeaderValue;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use suite_core::{
    Error,
    credentials::{IssuedToken, TokenKind, issue_token},
    id::{AccountId, UserId},
};
use suite_db::sessions;

use crate::{App, extract::SESSION_COOKIE, problem::ApiResult};

/// Begins a session and returns the cookie that opens it.
pub(super) async fn open(
    app: &App,
    account_id: AccountId,
    user_id: UserId,
) -> ApiResult<HeaderValue> {
    let token = issue_token(TokenKind::Session, account_id);
    let now = app.clock.now();
    let expires_at = now + TimeDelta::days(i64::from(app.settings.security.session_days));
    let mut tx = app.db.account(account_id).await?;
    sessions::create(&mut tx, user_id, &token.hash, now, expires_at).await?;
    tx.commit().await?;
    cookie_for(app, &token)
}

/// Returns a cookie that looks like any other and opens nothing.
pub(super) fn decoy(app: &App) -> ApiResult<HeaderValue> {
    cookie_for(app, &issue_token(TokenKind::Session, AccountId::new()))
}

fn cookie_for(app: &App, token: &IssuedToken) -> ApiResult<HeaderValue> {
    let seconds = u64::from(app.settings.security.session_days) * 86_400;
    cookie(app, token.text.expose_secret(), seconds)
}

/// Returns the cookie that makes a browser forget the session.
pub(super) fn expired(app: &App) -> ApiResult<HeaderValue> {
    cookie(app, "", 0)
}

fn cookie(app: &App, content: &str, seconds: u64) -> ApiResult<HeaderValue> {
    let secure = app.settings.security.secure_cookies || app.settings.http.is_https();
    let secure = if secure { "; Secure" } else { "" };
    let value = HeaderValue::from_str(&format!(
        "{SESSION_COOKIE}={content}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
    ))
    .map_err(Error::internal)?;
    Ok(value)
}

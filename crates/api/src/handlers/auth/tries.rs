//! How often somebody may try a password: by address, and by name from wherever.

use actix_web::HttpRequest;
use suite_core::Error;
use suite_queue::Limit;

use crate::{App, client_address::client_address, problem::ApiResult};

/// Counts a try from the request's address.
pub(super) async fn count_address(app: &App, request: &HttpRequest) -> ApiResult<()> {
    let address = client_address(request, app.settings.http.trusted_proxy_hops);
    count(app, app.limits.login_address, &address).await
}

/// Counts a try with a name; its owner, who has a session, is not counted, so that strangers cannot keep them out.
pub(super) async fn count_name(app: &App, email: &str) -> ApiResult<()> {
    count(app, app.limits.login_name, email).await
}

async fn count(app: &App, limit: Limit, subject: &str) -> ApiResult<()> {
    let verdict = app.limits.check(limit, subject).await;
    if verdict.allowed {
        return Ok(());
    }
    let retry_after = verdict.retry_after;
    Err(Error::RateLimited { retry_after }.into())
}

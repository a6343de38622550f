//! How often somebody may try a password, ask for a mail or follow a link: by address, and by name from wherever.

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

/// Counts a mail that somebody asks for from the request's address.
pub(super) async fn count_mail(app: &App, request: &HttpRequest) -> ApiResult<()> {
    let address = client_address(request, app.settings.http.trusted_proxy_hops);
    count(app, app.limits.mail_address, &address).await
}

/// Counts a mail that somebody asks for to a reader, known or not.
pub(super) async fn count_reader(app: &App, email: &str) -> ApiResult<()> {
    count(app, app.limits.mail_reader, email).await
}

/// Tells whether a reader may get one more mail that nobody has asked for; counts it.
pub(super) async fn may_mail(app: &App, email: &str) -> bool {
    app.limits
        .check(app.limits.mail_reader, email)
        .await
        .allowed
}

/// Counts a link of a mail that is followed from the request's address.
pub(crate) async fn count_link(app: &App, request: &HttpRequest) -> ApiResult<()> {
    let address = client_address(request, app.settings.http.trusted_proxy_hops);
    count(app, app.limits.link_address, &address).await
}

async fn count(app: &App, limit: Limit, subject: &str) -> ApiResult<()> {
    let verdict = app.limits.check(limit, subject).await;
    if verdict.allowed {
        return Ok(());
    }
    let retry_after = verdict.retry_after;
    Err(Error::RateLimited { retry_after }.into())
}

//! SendGrid's event webhook: <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>.

mod event;
mod signature;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use suite_core::Error;
use suite_db::mails;

use crate::{
    App,
    extract::RawBody,
    problem::{ApiResult, Problem, ProblemView},
};

/// Stores what SendGrid tells of mails, and applies it: delivered, bounced, dropped, called spam, unsubscribed.
///
/// The signature covers the timestamp and the raw body. What is told twice is stored once; what cannot be read, or is about
/// mails that are not ours, is answered like the rest, as sending it again would not help.
#[utoipa::path(post, path = "/webhooks/sendgrid", tag = "operation",
    responses((status = 204, description = "Taken."), (status = 401, body = ProblemView),
        (status = 404, description = "No `SENDGRID_WEBHOOK_PUBLIC_KEY` is set.", body = ProblemView)))]
pub(crate) async fn sendgrid(
    app: Data<App>,
    request: HttpRequest,
    RawBody(body): RawBody,
) -> ApiResult<HttpResponse> {
    let keys = &app.settings.mail.sendgrid_webhook_public_keys;
    if keys.is_empty() {
        return Err(Problem::no_such_page());
    }
    if !signature::fits(request.headers(), &body, keys, app.clock.now()) {
        return Err(Error::Unauthenticated.into());
    }
    let events = event::read(&body);
    if !events.is_empty() {
        let mut tx = app.db.fleet().await?;
        let new = mails::apply_events(&mut tx, &events).await?;
        tx.commit().await?;
        metrics::counter!("mail_events_total").increment(new as u64);
    }
    Ok(HttpResponse::NoContent().finish())
}

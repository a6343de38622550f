use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Data, Json},
};
use serde::Serialize;
use suite_core::{
    Error,
    id::AccountId,
    job::{JobRef, NewJob},
    jobs::ApplyPaymentEvent,
};
use suite_db::{
    billing::{self, NewEvent},
    jobs,
};
use suite_stripe::{Notice, read_envelope, verify};
use utoipa::ToSchema;

use crate::{
    App,
    extract::RawBody,
    middleware::request,
    problem::{ApiResult, Problem, ProblemView},
};

const SIGNATURE: &str = "stripe-signature";

/// What the sender is told.
#[derive(Serialize, ToSchema)]
pub(crate) struct Received {
    /// Whether it is kept: always, or there would be a failure in its place.
    received: bool,
    /// Whether it had come before.
    is_repeated: bool,
}

/// Takes an event of Stripe. It is kept once, by its id, and taken in by a job.
#[utoipa::path(post, path = "/webhooks/stripe", tag = "operation",
    request_body(content = String, content_type = "application/json", description = "An event of Stripe, signed."),
    params(("Stripe-Signature" = String, Header, description = "`t=…,v1=…` over the body as it comes; good for 300 s.")),
    responses((status = 200, body = Received), (status = 401, body = ProblemView),
        (status = 503, description = "`STRIPE_WEBHOOK_SECRET` is not set, or the database is away.", body = ProblemView)))]
pub(crate) async fn stripe(
    app: Data<App>,
    request: HttpRequest,
    RawBody(body): RawBody,
) -> ApiResult<Json<Received>> {
    check(&app, &request, &body)?;
    let notice = read_envelope(&body)
        .map_err(|_| Problem::malformed("The body is no event of Stripe's."))?;
    let job = keep(&app, &notice, &body).await?;
    let outcome = if job.is_some() { "kept" } else { "repeated" };
    metrics::counter!("webhooks_received_total", "source" => "stripe", "outcome" => outcome)
        .increment(1);
    // In the background: whether Redis is there does not concern who sends.
    app.broker.dispatch(job.as_slice());
    Ok(Json(Received {
        received: true,
        is_repeated: job.is_none(),
    }))
}

fn check(app: &App, request: &HttpRequest, body: &[u8]) -> ApiResult<()> {
    let mut secrets = app.settings.billing.webhook_secrets().peekable();
    if secrets.peek().is_none() {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Payments are not set up here.",
        ));
    }
    let mut headers = request.headers().get_all(SIGNATURE);
    let header = headers.next().and_then(|header| header.to_str().ok());
    let verdict = match (header, headers.next()) {
        (Some(header), None) => verify(header, body, secrets, app.clock.now()),
        _ => Err(suite_stripe::BadSignature::Unreadable),
    };
    verdict.map_err(|error| {
        metrics::counter!("webhooks_received_total", "source" => "stripe", "outcome" => "refused")
            .increment(1);
        tracing::warn!(%error, "a webhook was refused");
        Error::Unauthenticated.into()
    })
}

/// Keeps the event and the job that takes it in, both or neither; nothing when it is kept already.
async fn keep(app: &App, notice: &Notice, body: &[u8]) -> ApiResult<Option<JobRef>> {
    let event = NewEvent {
        id: &notice.id,
        kind: &notice.kind,
        at: notice.at,
        customer_id: notice.fact.as_ref().and_then(|fact| fact.customer_id()),
        body,
    };
    let mut tx = app.db.fleet().await?;
    if !billing::store(&mut tx, event).await? {
        return Ok(None);
    }
    let mut tx = tx.for_account(AccountId::OPERATOR).await?;
    let apply = ApplyPaymentEvent {
        event_id: notice.id.clone(),
    };
    let new = NewJob::new(AccountId::OPERATOR, &apply)?.traced(request::current_traceparent());
    let job = jobs::enqueue(&mut tx, new).await?.job;
    tx.commit().await?;
    Ok(Some(job))
}

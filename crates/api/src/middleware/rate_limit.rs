//! Refuses what is too much, and tells everybody how much is left (draft-ietf-httpapi-ratelimit-headers).

use actix_web::{
    Error, HttpMessage, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use suite_queue::{Limit, Verdict};

use crate::{
    App,
    client_address::client_address,
    extract::{Member, Via, identify},
    problem::{Problem, whole_seconds},
};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// Orchestrators and monitoring ask at their own pace; senders of webhooks must never be turned away.
const EXEMPT: [&str; 3] = ["/health", "/ready", "/metrics"];

/// Judges one request: by its account and its token when its credentials are valid, by its address otherwise.
pub(crate) async fn hold<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let app = request.app_data::<Data<App>>().cloned();
    let path = request.path();
    let is_exempt = EXEMPT.contains(&path) || path.starts_with("/webhooks/");
    let Some(app) = app.filter(|_| !is_exempt) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let (limit, verdict) = match judge(&app, &request).await {
        Ok(judged) => judged,
        Err(problem) => return Ok(refuse(request, problem)),
    };
    let mut response = if verdict.allowed {
        next.call(request).await?.map_into_left_body()
    } else {
        let retry_after = verdict.retry_after;
        refuse(
            request,
            suite_core::Error::RateLimited { retry_after }.into(),
        )
    };
    describe(response.headers_mut(), limit, verdict);
    Ok(response)
}

fn refuse<B>(request: ServiceRequest, problem: Problem) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let (request, _) = request.into_parts();
    ServiceResponse::from_err(problem, request).map_into_right_body()
}

async fn judge(app: &App, request: &ServiceRequest) -> Result<(Limit, Verdict), Problem> {
    let limits = &app.limits;
    let (limit, subject) = match identify(request.request()).await {
        Ok(member) => {
            let judged = judge_member(app, &member).await;
            request.extensions_mut().insert(member);
            return Ok(judged);
        }
        // Credentials cannot be checked at the moment, so nothing can be done for this client.
        Err(problem) if problem.status_code().is_server_error() => return Err(problem),
        Err(_) => {
            let hops = app.settings.http.trusted_proxy_hops;
            (limits.address, client_address(request.request(), hops))
        }
    };
    Ok((limit, limits.check(limit, &subject).await))
}

/// Counts a request for its account, and for its token if it came with one; what is nearer to its end is told.
async fn judge_member(app: &App, member: &Member) -> (Limit, Verdict) {
    let limits = &app.limits;
    let account = member.account_id.to_string();
    let of_account = limits.check(limits.account, &account);
    let Via::Token(token) = member.via else {
        return (limits.account, of_account.await);
    };
    let token = token.to_string();
    let of_token = limits.check(limits.token, &token);
    let (of_account, of_token) = tokio::join!(of_account, of_token);
    let nearness = |verdict: &Verdict| (verdict.allowed, verdict.remaining);
    if nearness(&of_token) < nearness(&of_account) {
        (limits.token, of_token)
    } else {
        (limits.account, of_account)
    }
}

fn describe(headers: &mut HeaderMap, limit: Limit, verdict: Verdict) {
    let policy = format!(
        "\"{}\";q={};w={}",
        limit.name,
        limit.requests,
        limit.window.as_secs()
    );
    let state = format!(
        "\"{}\";r={};t={}",
        limit.name,
        verdict.remaining,
        whole_seconds(verdict.reset_after)
    );
    for (name, text) in [(POLICY, policy), (STATE, state)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
}

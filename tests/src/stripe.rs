//! A stand-in for Stripe: its real wire format in both directions, with faults on demand.

mod payer;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

pub use payer::Payer;

use crate::{Answer, TestApp};

/// Signs the stand-in's webhooks.
pub const WEBHOOK_SECRET: &str = "whsec_only_tests_use_this";
const PAGE_MOST: usize = 100;

/// What a fault does to one request.
#[derive(Debug, Clone, Copy)]
pub enum StripeFault {
    /// It is answered as it should be.
    Nothing,
    /// It is answered with this status, and nothing is done.
    Status(u16),
    /// It is answered with 429 and these seconds in `Retry-After`.
    Limit(u64),
    /// It is done, and the answer does not come in time.
    Silence,
}

#[derive(Default)]
struct State {
    subscriptions: Vec<Value>,
    faults: VecDeque<StripeFault>,
    sessions: usize,
    played: HashMap<String, Value>,
}

/// A server that answers as Stripe's API does.
pub struct StripeStandIn {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

struct Answering(Arc<Mutex<State>>);

impl StripeStandIn {
    /// Starts one without subscriptions.
    pub async fn start() -> Self {
        let server = MockServer::start().await;
        let state = Arc::default();
        Mock::given(any())
            .respond_with(Answering(Arc::clone(&state)))
            .mount(&server)
            .await;
        Self { server, state }
    }

    /// Starts an installation that pays here.
    pub async fn app(&self) -> TestApp {
        self.app_with(&[]).await
    }

    /// Starts an installation that pays here, with some settings of its own.
    pub async fn app_with(&self, settings: &[(&str, &str)]) -> TestApp {
        let url = self.server.uri();
        TestApp::with(&[&stripe_settings(&url)[..], settings].concat()).await
    }

    /// Returns its address.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Makes the next requests fail, one after the other.
    pub fn fail(&self, faults: &[StripeFault]) {
        self.lock().faults.extend(faults);
    }

    /// Keeps how a subscription looks from now on; a new one is listed first, as Stripe does.
    pub fn keep(&self, subscription: Value) {
        let mut state = self.lock();
        let known = state
            .subscriptions
            .iter_mut()
            .find(|known| known["id"] == subscription["id"]);
        match known {
            Some(known) => *known = subscription,
            None => state.subscriptions.insert(0, subscription),
        }
    }

    /// Returns what it was asked so far: method, address and body.
    ///
    /// # Panics
    /// When nobody wrote it down.
    pub async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.expect("recorded");
        let line = |request: &Request| {
            let body = String::from_utf8_lossy(&request.body);
            format!("{} {} {body}", request.method, request.url.path())
        };
        requests.iter().map(line).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The settings of an installation that pays at `url`.
#[must_use]
pub fn stripe_settings(url: &str) -> [(&'static str, &str); 5] {
    [
        ("STRIPE_SECRET_KEY", "sk_test_harness"),
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("STRIPE_PRICE_ID", "price_pro"),
        ("STRIPE_API_URL", url),
        ("BASE_URL", "https://suite.example"),
    ]
}

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.faults.pop_front() {
            Some(StripeFault::Status(status)) => ResponseTemplate::new(status)
                .set_body_json(json!({"error": {"type": "api_error", "message": "no"}})),
            Some(StripeFault::Limit(seconds)) => ResponseTemplate::new(429)
                .insert_header("retry-after", seconds.to_string())
                .set_body_json(json!({"error": {"type": "rate_limit_error"}})),
            Some(StripeFault::Silence) => {
                answer(&mut state, request).set_delay(Duration::from_secs(60))
            }
            Some(StripeFault::Nothing) | None => answer(&mut state, request),
        }
    }
}

fn answer(state: &mut State, request: &Request) -> ResponseTemplate {
    let key = request.headers.get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).map(ToOwned::to_owned);
    if let Some(played) = key.as_ref().and_then(|key| state.played.get(key)) {
        return ResponseTemplate::new(200).set_body_json(played.clone());
    }
    let Some(body) = act(state, request) else {
        return ResponseTemplate::new(404).set_body_json(
            json!({"error": {"type": "invalid_request_error", "code": "resource_missing"}}),
        );
    };
    if let Some(key) = key {
        state.played.insert(key, body.clone());
    }
    ResponseTemplate::new(200).set_body_json(body)
}

fn act(state: &mut State, request: &Request) -> Option<Value> {
    let path = request.url.path();
    match (request.method.as_str(), path) {
        ("POST", "/v1/checkout/sessions") => {
            state.sessions += 1;
            let id = format!("cs_test_{}", state.sessions);
            let url = format!("https://checkout.stripe.com/c/pay/{id}");
            Some(
                json!({"id": id, "object": "checkout.session", "mode": "subscription", "url": url,
                        "payment_status": "unpaid", "status": "open"}),
            )
        }
        ("POST", "/v1/billing_portal/sessions") => {
            state.sessions += 1;
            let id = format!("bps_{}", state.sessions);
            let url = format!("https://billing.stripe.com/p/session/{id}");
            Some(json!({"id": id, "object": "billing_portal.session", "url": url}))
        }
        ("GET", "/v1/subscriptions") => Some(list(state, request)),
        (method, path) => {
            let id = path.strip_prefix("/v1/subscriptions/")?;
            let mut all = state.subscriptions.iter_mut();
            let subscription = all.find(|known| known["id"] == id)?;
            match method {
                "POST" => {
                    let ends = request.body == b"cancel_at_period_end=true";
                    subscription["cancel_at_period_end"] = json!(ends);
                    let now = subscription["items"]["data"][0]["current_period_end"].as_i64();
                    let canceled_at = now.map(|end| end - 86_400).filter(|_| ends);
                    subscription["canceled_at"] = json!(canceled_at);
                }
                "DELETE" => subscription["status"] = json!("canceled"),
                _ => {}
            }
            Some(subscription.clone())
        }
    }
}

fn list(state: &State, request: &Request) -> Value {
    let pairs: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
    let limit: usize = pairs
        .get("limit")
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let after = pairs.get("starting_after");
    let begin = after.map_or(0, |after| {
        let position = state
            .subscriptions
            .iter()
            .position(|known| known["id"] == after.as_str());
        position.map_or(0, |position| position + 1)
    });
    let rest = &state.subscriptions[begin..];
    let page = &rest[..rest.len().min(limit.min(PAGE_MOST))];
    json!({"object": "list", "url": "/v1/subscriptions", "has_more": page.len() < rest.len(), "data": page})
}

impl TestApp {
    /// Sends an event as Stripe does, signed at the present time.
    pub async fn stripe_tells(&self, event: &Value) -> Answer {
        let body = event.to_string();
        let signature = suite_stripe::sign(body.as_bytes(), WEBHOOK_SECRET, self.clock.now());
        self.stripe_sends(&body, &signature).await
    }

    /// Sends a body with any signature.
    pub async fn stripe_sends(&self, body: &str, signature: &str) -> Answer {
        let request = self
            .stranger()
            .request(reqwest::Method::POST, "/webhooks/stripe");
        Answer::of(
            request
                .header("content-type", "application/json; charset=utf-8")
                .header("stripe-signature", signature)
                .body(body.to_owned()),
        )
        .await
    }

    /// Sends events one after the other, and takes them in.
    ///
    /// # Panics
    /// When one is refused.
    pub async fn stripe_tells_all(&self, events: &[Value]) {
        for event in events {
            self.stripe_tells(event).await.assert_status(200);
        }
        self.run_jobs().await;
    }
}

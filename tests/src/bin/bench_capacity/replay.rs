//! Sends requests at their moments, and keeps how long each took and how it ended.

use std::{collections::BTreeMap, fmt, io::Write, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use sha2::Sha256;
use suite_core::clock::Clock;
use suite_tests::Dice;
use tokio::{task::JoinSet, time::Instant};

use crate::{
    day::Act,
    merchants::{Merchant, STRIPE_SECRET},
};

/// A request, and when it is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    pub(crate) at: Duration,
    pub(crate) merchant: usize,
    pub(crate) act: Act,
}

/// How long requests took, from their moment until the answer had been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) p50: Duration,
    pub(crate) p95: Duration,
    pub(crate) p99: Duration,
    pub(crate) most: Duration,
}

impl Latency {
    pub(crate) fn of(times: &mut [Duration]) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
            times.get(index).copied().unwrap_or_default()
        };
        Self {
            p50: at(50),
            p95: at(95),
            p99: at(99),
            most: at(100),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            p50,
            p95,
            p99,
            most,
        } = self;
        write!(
            formatter,
            "p50 {p50:.1?}, p95 {p95:.1?}, p99 {p99:.1?}, at most {most:.0?}"
        )
    }
}

/// What came of many requests.
pub(crate) struct Replay {
    pub(crate) latency: Latency,
    sent: usize,
    failures: BTreeMap<String, usize>,
    kinds: BTreeMap<Act, Vec<Duration>>,
}

impl Replay {
    /// Writes a line for each kind of request.
    pub(crate) fn write_kinds(&self, out: &mut impl Write) -> Result<()> {
        for (act, times) in &self.kinds {
            let name = format!("{act:?}");
            writeln!(
                out,
                "  {name:<16}{:>8}  {}",
                times.len(),
                Latency::of(&mut times.clone())
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: usize = self.failures.values().sum();
        write!(
            formatter,
            "{} requests, {failed} failed; {}",
            self.sent, self.latency
        )?;
        if failed > 0 {
            write!(formatter, "; {:?}", self.failures)?;
        }
        Ok(())
    }
}

/// Sends each request at its moment and waits for all answers.
pub(crate) async fn run(requests: Vec<Request>, merchants: &Arc<[Merchant]>) -> Result<Replay> {
    let sent = requests.len();
    let mut answers = JoinSet::new();
    let mut dice = Dice::new(sent as u64);
    let began = Instant::now();
    for Request { at, merchant, act } in requests {
        let builder = merchants
            .get(merchant)
            .context("there is such a merchant")?
            .request(act, &mut dice)?;
        let moment = began + at;
        tokio::time::sleep_until(moment).await;
        answers.spawn(async move { (act, moment, send(builder).await, Instant::now()) });
    }
    let (mut times, mut failures, mut kinds) =
        (Vec::with_capacity(sent), BTreeMap::new(), BTreeMap::new());
    while let Some(answer) = answers.join_next().await {
        let (act, moment, failure, ended) = answer?;
        let taken = ended - moment;
        times.push(taken);
        kinds.entry(act).or_insert_with(Vec::new).push(taken);
        if let Some(failure) = failure {
            *failures.entry(format!("{act:?}: {failure}")).or_insert(0) += 1;
        }
    }
    Ok(Replay {
        latency: Latency::of(&mut times),
        sent,
        failures,
        kinds,
    })
}

/// Sends a request and reads the answer; returns what was wrong with it.
async fn send(builder: RequestBuilder) -> Option<String> {
    let answer = match builder.send().await {
        Ok(answer) => answer,
        Err(error) => return Some(error.to_string()),
    };
    let status = answer.status();
    match answer.bytes().await {
        Err(error) => Some(error.to_string()),
        Ok(_) if status.is_success() => None,
        Ok(_) => Some(status.to_string()),
    }
}

/// Signs a payment event of Stripe's as Stripe does: HMAC-SHA256 over `timestamp.body`, in hex.
///
/// It names a subscription that nobody has: it is kept, a job looks at it, and it changes nothing.
pub(crate) fn signed_payment(request: RequestBuilder, dice: &mut Dice) -> Result<RequestBuilder> {
    let id = format!("evt_bench_{}_{}", dice.below(1 << 40), dice.below(1 << 40));
    let now = Clock::System.now().timestamp();
    let body = serde_json::json!({
        "id": id, "object": "event", "api_version": "2026-06-24.dahlia", "created": now, "livemode": false,
        "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null}, "type": "customer.subscription.updated",
        "data": {"object": {
            "id": "sub_bench", "object": "subscription", "customer": "cus_bench", "status": "active", "currency": "usd",
            "cancel_at_period_end": false, "created": now, "current_period_end": now + 2_592_000, "metadata": {},
            "items": {"object": "list", "data": [], "has_more": false, "url": "/v1/subscription_items"},
        }},
    });
    let body = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(STRIPE_SECRET.as_bytes())?;
    mac.update(format!("{now}.{body}").as_bytes());
    let signature = mac.finalize().into_bytes();
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let request = request.header("stripe-signature", format!("t={now},v1={hex}"));
    Ok(request
        .header("content-type", "application/json")
        .body(body))
}

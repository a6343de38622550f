//! Bodies that Stripe itself publishes. They are not ours to keep: they lie beside the project, or not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails where something is not as it must be, and says so where it lacks its data"
)]

use serde_json::{Value, json};
use suite_core::billing::{Fact, Glimpse, SubscriptionStatus};
use suite_stripe::{read_event, read_subscription};

fn resources() -> Option<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/stripe/fixtures3.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("NOT TESTED: Stripe's bodies are not at {path}");
        return None;
    };
    let mut fixtures: Value = serde_json::from_str(&text).unwrap();
    Some(fixtures["resources"].take())
}

fn wrapped(resources: &Value, kind: &str, object: &str) -> Vec<u8> {
    let mut event = resources["event"].clone();
    event["type"] = json!(kind);
    event["data"]["object"] = resources[object].clone();
    event.to_string().into_bytes()
}

#[test]
fn a_subscription_of_stripes_own_is_read() {
    let Some(resources) = resources() else { return };
    let read = read_subscription(resources["subscription"].clone()).unwrap();
    assert_eq!(read.view.status, SubscriptionStatus::Active);
    assert_eq!(read.view.per_month.to_string(), "20.00");
    assert_eq!(read.view.customer_id.as_deref(), Some("cus_QXg1o8vcGmoR32"));
    assert_eq!(read.view.period_ends_at.unwrap().timestamp(), 976_287_773);
    assert_eq!(read.view.ends_at, read.view.period_ends_at);
    assert_eq!(read.account_id, None);
}

#[test]
fn every_kind_of_event_that_concerns_us_is_read_from_stripes_own_bodies() {
    let Some(resources) = resources() else { return };
    for (kind, glimpse) in [
        ("customer.subscription.created", Glimpse::Created),
        ("customer.subscription.updated", Glimpse::Updated),
        ("customer.subscription.trial_will_end", Glimpse::Updated),
        ("customer.subscription.deleted", Glimpse::Deleted),
    ] {
        let notice = read_event(&wrapped(&resources, kind, "subscription")).unwrap();
        let Some(Fact::Subscription { glimpse: read, .. }) = notice.fact else {
            panic!("{kind}: {notice:?}")
        };
        assert_eq!((read, notice.at.timestamp()), (glimpse, 1_234_567_890));
    }
    let paid = read_event(&wrapped(&resources, "invoice.paid", "invoice")).unwrap();
    let Some(Fact::InvoicePaid(invoice)) = paid.fact else {
        panic!("{paid:?}")
    };
    assert_eq!(invoice.subscription_id, "subscription");
    assert_eq!(invoice.amount.to_string(), "0.00");
    let failed = read_event(&wrapped(&resources, "invoice.payment_failed", "invoice")).unwrap();
    let Some(Fact::InvoiceFailed(invoice)) = failed.fact else {
        panic!("{failed:?}")
    };
    assert_eq!(invoice.amount.to_string(), "10.00");
    assert_eq!(invoice.pays_until.unwrap().timestamp(), 1_721_954_054);
    // This one sells something once.
    let checkout = wrapped(&resources, "checkout.session.completed", "checkout.session");
    assert_eq!(read_event(&checkout).unwrap().fact, None);
    // And this one, as it is published, is of a kind that does not concern us.
    let event = resources["event"].to_string();
    let notice = read_event(event.as_bytes()).unwrap();
    assert_eq!((notice.kind.as_str(), notice.fact), ("plan.created", None));
}

#[test]
fn what_is_no_event_is_refused_and_other_kinds_need_not_be_readable() {
    for body in ["", "{}", "[]", r#"{"id":"evt_1","type":"x","created":1}"#] {
        assert!(read_event(body.as_bytes()).is_err(), "{body}");
    }
    let strange = br#"{"id":"evt_1","type":"new.kind","created":1,"data":{"object":[1,2]}}"#;
    assert_eq!(read_event(strange).unwrap().fact, None);
    let broken = br#"{"id":"evt_1","type":"invoice.paid","created":1,"data":{"object":{}}}"#;
    assert!(read_event(broken).is_err());
}

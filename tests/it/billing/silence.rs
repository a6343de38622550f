//! A Stripe that takes a request and does not answer in time.

use reqwest::Method;
use suite_core::{
    id::AccountId,
    job::{JobState, Queue},
    jobs::ReconcilePayments,
};
use suite_tests::{Answer, Client, Payer, StripeFault, StripeStandIn, TestApp, until};

use super::{day, in_trial, mails, standing};

const TIMEOUT: [(&str, &str); 1] = [("SUITE__BILLING__STRIPE_TIMEOUT_MS", "1000")];
/// It is asked twice, so it is silent twice.
const SILENCE: [StripeFault; 2] = [StripeFault::Silence, StripeFault::Silence];

async fn ask(merchant: &Client, what: &str) -> Answer {
    let path = format!("/v1/billing/{what}");
    let request = merchant.request(Method::POST, &path);
    Answer::of(request.header("idempotency-key", "one")).await
}

/// Returns all that a payment may have changed, as text.
async fn written(app: &TestApp) -> String {
    let rows = app
        .sql(
            "SELECT (SELECT string_agg(a::text, ' ' ORDER BY a.id) FROM accounts a),
                    (SELECT string_agg(s::text, ' ' ORDER BY s.id) FROM subscriptions s),
                    (SELECT string_agg(e.id || e.state, ' ' ORDER BY e.id) FROM stripe_events e),
                    (SELECT string_agg(l.action, ' ' ORDER BY l.id) FROM audit_log l),
                    (SELECT count(*) FROM mails), (SELECT count(*) FROM jobs)",
        )
        .await;
    format!("{rows:?}")
}

#[tokio::test]
async fn a_merchant_is_told_503_nothing_is_written_and_the_same_key_finds_what_was_done() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app_with(&TIMEOUT).await;
    let merchant = in_trial(&app).await;
    let before = written(&app).await;
    stripe.fail(&SILENCE);
    let answer = ask(&merchant, "checkout").await;
    assert_eq!(answer.header("retry-after"), "1");
    answer.problem(503, "unavailable");
    assert_eq!(written(&app).await, before);
    let page = ask(&merchant, "checkout").await.expect(200).json();
    // The first one: there is no second page on which it could be paid once more.
    assert_eq!(page["url"], "https://checkout.stripe.com/c/pay/cs_test_1");
    let payer = Payer::new(merchant.account_id(), "1");
    let end = day(&app, 31);
    app.stripe_tells_all(&payer.subscribes(app.clock.now(), end))
        .await;
    stripe.keep(payer.subscription("active", end));
    let before = written(&app).await;
    stripe.fail(&SILENCE);
    ask(&merchant, "cancel").await.problem(503, "unavailable");
    assert_eq!(written(&app).await, before);
    assert_eq!(standing(&merchant).await, "active");
    ask(&merchant, "cancel").await.assert_status(200);
    assert_eq!(standing(&merchant).await, "ending");
    app.run_jobs().await;
    assert_eq!(
        mails(&app).await,
        ["payment_received", "subscription_cancelled"]
    );
}

#[tokio::test]
async fn the_nightly_comparison_tries_again_and_repairs_each_subscription_once() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app_with(&TIMEOUT).await;
    let (first, last) = (in_trial(&app).await, in_trial(&app).await);
    let keep = |account_id, name: &str| {
        let payer = Payer::new(account_id, name);
        stripe.keep(payer.subscription("active", day(&app, 31)));
    };
    // Newest first: one of ours on each of two pages.
    keep(last.account_id(), "last");
    for number in 0..100 {
        keep(AccountId::new(), &format!("n{number}"));
    }
    keep(first.account_id(), "first");
    stripe.fail(&[StripeFault::Nothing]);
    stripe.fail(&SILENCE);
    let job = app
        .enqueue(AccountId::OPERATOR, &ReconcilePayments {})
        .await;
    let worker = app.worker(&Queue::ALL).await;
    until("the job waits for its next attempt", || async {
        app.job(job).await.state == JobState::Retrying.name()
    })
    .await;
    let row = app.job(job).await;
    let error = row.error_detail.unwrap_or_default();
    assert!(error.contains("Stripe did not answer"), "{error}");
    assert_eq!(
        standing(&first).await,
        "active",
        "what was read is taken in"
    );
    assert_eq!(standing(&last).await, "trial");
    app.sql("UPDATE jobs SET run_at = now() WHERE kind = 'reconcile_payments'")
        .await;
    until("it is done", || async {
        app.job(job).await.state == JobState::Succeeded.name()
    })
    .await;
    worker.stop().await;
    assert_eq!(standing(&last).await, "active");
    let noted =
        "SELECT subject FROM audit_log WHERE action = 'repair_subscription' ORDER BY at, subject";
    assert_eq!(app.sql(noted).await, [["sub_first"], ["sub_last"]]);
}

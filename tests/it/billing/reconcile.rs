use chrono::TimeDelta;
use serde_json::{Value, json};
use suite_core::{
    id::AccountId,
    job::{JobState, Queue},
    jobs::ReconcilePayments,
};
use suite_tests::{Payer, StripeFault, StripeStandIn, TestApp, until};

use super::{day, in_trial, standing};

/// Compares, and returns what came of it.
async fn reconcile(app: &TestApp) -> Value {
    let job = app
        .enqueue(AccountId::OPERATOR, &ReconcilePayments {})
        .await;
    app.run_jobs().await;
    app.job(job).await.result.unwrap()
}

#[tokio::test]
async fn what_lost_events_have_left_wrong_is_repaired_once_and_noted() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let (lost, refused, over, well) = (
        in_trial(&app).await,
        in_trial(&app).await,
        in_trial(&app).await,
        in_trial(&app).await,
    );
    let payer = |client: &suite_tests::Client, name| Payer::new(client.account_id(), name);
    let end = day(&app, 31);
    // All events of the first were lost; of the others only what came later.
    stripe.keep(payer(&lost, "lost").subscription("active", end));
    for (client, name, status) in [
        (&refused, "refused", "past_due"),
        (&over, "over", "canceled"),
        (&well, "well", "active"),
    ] {
        let payer = payer(client, name);
        app.stripe_tells_all(&payer.subscribes(app.clock.now(), end))
            .await;
        let mut subscription = payer.subscription(status, end);
        if status == "canceled" {
            subscription["ended_at"] = json!(day(&app, 1).timestamp());
            subscription["canceled_at"] = json!(day(&app, 1).timestamp());
        }
        stripe.keep(subscription);
    }
    let stranger = Payer::new(AccountId::new(), "strange");
    stripe.keep(stranger.subscription("active", end));
    app.clock.advance(TimeDelta::days(2));
    let found = reconcile(&app).await;
    assert_eq!(
        found,
        json!({"seen": 5, "repaired": 3, "strange": 1, "unreadable": 0, "restarted": 0})
    );
    assert_eq!(standing(&lost).await, "active");
    assert_eq!(standing(&refused).await, "ending");
    assert_eq!(standing(&over).await, "locked");
    assert_eq!(standing(&well).await, "active");
    let noted = app
        .sql("SELECT subject, detail->>'before', detail->>'after' FROM audit_log WHERE action = 'repair_subscription' ORDER BY 1")
        .await;
    assert_eq!(
        noted,
        [
            ["sub_lost", "", "active"],
            ["sub_over", "active", "canceled"],
            ["sub_refused", "active", "past_due"]
        ]
    );
    assert_eq!(
        reconcile(&app).await["repaired"],
        0,
        "what is right is left alone"
    );
}

#[tokio::test]
async fn all_pages_are_compared_and_a_limit_of_stripes_puts_the_job_off() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    for number in 0..230 {
        let payer = Payer::new(AccountId::new(), &format!("n{number}"));
        stripe.keep(payer.subscription("active", day(&app, 31)));
    }
    let merchant = in_trial(&app).await;
    let payer = Payer::new(merchant.account_id(), "mine");
    stripe.keep(payer.subscription("active", day(&app, 31)));
    // The oldest comes last.
    let oldest = in_trial(&app).await;
    let last = Payer::new(oldest.account_id(), "n0");
    stripe.keep(last.subscription("active", day(&app, 31)));
    stripe.fail(&[StripeFault::Limit(1)]);
    let job = app
        .enqueue(AccountId::OPERATOR, &ReconcilePayments {})
        .await;
    let worker = app.worker(&Queue::ALL).await;
    until("it is done", || async {
        app.job(job).await.state == JobState::Succeeded.name()
    })
    .await;
    worker.stop().await;
    let row = app.job(job).await;
    assert_eq!(row.result.unwrap()["seen"], 231);
    assert_eq!(row.attempt, 1, "a wait for Stripe costs no attempt");
    assert_eq!(standing(&merchant).await, "active");
    assert_eq!(standing(&oldest).await, "active");
    let lists = stripe.asked().await;
    assert_eq!(lists.len(), 4, "{lists:#?}");
}

#[tokio::test]
async fn events_whose_job_is_gone_are_started_again() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let merchant = in_trial(&app).await;
    let payer = Payer::new(merchant.account_id(), "1");
    let event = payer.invoiced("paid", app.clock.now(), 1, day(&app, 31));
    app.stripe_tells(&event).await.assert_status(200);
    app.sql("DELETE FROM jobs").await;
    app.sql("UPDATE stripe_events SET received_at = '2026-03-02T08:00:00Z'")
        .await;
    assert_eq!(reconcile(&app).await["restarted"], 1);
    assert_eq!(standing(&merchant).await, "active");
}

#[tokio::test]
async fn without_a_key_there_is_nothing_to_compare() {
    let app = TestApp::new().await;
    assert_eq!(reconcile(&app).await["skipped"], "payments are not set up");
}

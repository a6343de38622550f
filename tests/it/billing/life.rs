use chrono::TimeDelta;
use serde_json::{Value, json};
use suite_core::{
    id::AccountId,
    jobs::{RemindPayments, ScanTrials},
};
use suite_tests::{Client, Dice, Payer, StripeStandIn, TestApp};

use super::{day, in_trial, mails, standing};

async fn paying() -> (StripeStandIn, TestApp, Client, Payer) {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let merchant = in_trial(&app).await;
    let payer = Payer::new(merchant.account_id(), "1");
    (stripe, app, merchant, payer)
}

async fn remind(app: &TestApp, wait: TimeDelta) {
    app.clock.advance(wait);
    for _ in 0..2 {
        app.enqueue(AccountId::OPERATOR, &RemindPayments {}).await;
    }
    app.run_jobs().await;
}

#[tokio::test]
async fn who_pays_and_never_returns_to_the_page_has_access_all_the_same() {
    let (_stripe, app, merchant, payer) = paying().await;
    // Only this one arrives.
    let event = payer.invoiced("paid", app.clock.now(), 1, day(&app, 31));
    app.stripe_tells_all(&[event]).await;
    app.clock.advance(TimeDelta::days(8));
    assert_eq!(standing(&merchant).await, "active");
    merchant.store("GBP", "Europe/London").await;
    assert_eq!(mails(&app).await, ["payment_received"]);
    let letter = app.mails().remove(0);
    assert!(letter.contains("500.00 USD came in"), "{letter}");
}

#[tokio::test]
async fn paying_ends_the_trial_and_its_mails() {
    let (_stripe, app, merchant, payer) = paying().await;
    app.stripe_tells_all(&payer.subscribes(app.clock.now(), day(&app, 31)))
        .await;
    app.clock.advance(TimeDelta::days(6));
    app.enqueue(AccountId::OPERATOR, &ScanTrials {}).await;
    app.run_jobs().await;
    assert_eq!(mails(&app).await, ["payment_received"]);
    let billing = merchant.get("/v1/billing").await.expect(200).json();
    assert_eq!(billing["standing"], "active");
    assert_eq!(billing["access_until"], json!(null));
    assert_eq!(billing["subscription"]["status"], "active");
    assert_eq!(billing["subscription"]["amount_per_month"], "500.00");
    assert_eq!(billing["subscription"]["currency"], "USD");
}

#[tokio::test]
async fn a_trial_that_is_over_and_not_paid_is_locked_and_paying_opens_it() {
    let (_stripe, app, merchant, payer) = paying().await;
    let tea = json!({"name": "Tea", "currency": "GBP", "timezone": "Europe/London"});
    merchant.post("/v1/stores", &tea).await.assert_status(201);
    app.clock.advance(TimeDelta::days(7));
    assert_eq!(standing(&merchant).await, "locked");
    let me = merchant.get("/v1/me").await.expect(200).json();
    assert_eq!(me["account"]["plan"], "locked");
    let problem = merchant
        .post("/v1/stores", &tea)
        .await
        .problem(402, "plan_required");
    assert!(problem["detail"].as_str().unwrap().contains("/billing"));
    let stores = merchant.get("/v1/stores").await.expect(200).json();
    assert_eq!(stores["items"].as_array().unwrap().len(), 1, "data stays");
    app.stripe_tells_all(&payer.subscribes(app.clock.now(), day(&app, 31)))
        .await;
    merchant.post("/v1/stores", &tea).await.assert_status(201);
}

#[tokio::test]
async fn a_refused_payment_is_told_reminded_and_locks_after_three_days_and_paying_opens() {
    let (_stripe, app, merchant, payer) = paying().await;
    app.stripe_tells_all(&payer.subscribes(app.clock.now(), day(&app, 31)))
        .await;
    app.clock.advance(TimeDelta::days(31));
    app.stripe_tells_all(&payer.is_refused(app.clock.now()))
        .await;
    // Stripe tries again, in vain.
    let again = payer.invoiced("failed", day(&app, 1), 2, day(&app, 31));
    app.stripe_tells_all(&[again]).await;
    assert_eq!(mails(&app).await, ["payment_received", "payment_failed"]);
    assert_eq!(standing(&merchant).await, "ending");
    let billing = merchant.get("/v1/billing").await.expect(200).json();
    let locked_at = day(&app, 3).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(billing["access_until"], locked_at.as_str());
    remind(&app, TimeDelta::hours(47)).await;
    assert_eq!(mails(&app).await.len(), 2, "two days and an hour are left");
    remind(&app, TimeDelta::hours(1)).await;
    assert_eq!(mails(&app).await[2..], ["payment_reminder"]);
    remind(&app, TimeDelta::hours(23)).await;
    assert_eq!(standing(&merchant).await, "ending");
    remind(&app, TimeDelta::hours(1)).await;
    assert_eq!(standing(&merchant).await, "locked");
    assert_eq!(
        mails(&app).await[2..],
        ["payment_reminder", "account_locked"]
    );
    merchant
        .post("/v1/tokens", &json!({"name": "till"}))
        .await
        .problem(402, "plan_required");
    app.stripe_tells_all(&payer.recovers(app.clock.now(), day(&app, 28)))
        .await;
    assert_eq!(standing(&merchant).await, "active");
    merchant
        .post("/v1/tokens", &json!({"name": "till"}))
        .await
        .assert_status(201);
    remind(&app, TimeDelta::days(1)).await;
    assert_eq!(mails(&app).await[4..], ["payment_received"]);
}

#[tokio::test]
async fn events_before_it_is_known_whose_they_are_wait_for_it() {
    let (_stripe, app, merchant, payer) = paying().await;
    let mut orphan = payer.invoiced("paid", app.clock.now(), 1, day(&app, 31));
    orphan["data"]["object"]["parent"]["subscription_details"]["metadata"] = json!({});
    app.stripe_tells_all(&[orphan]).await;
    assert_eq!(
        app.value("SELECT state FROM stripe_events").await,
        "unclaimed"
    );
    assert_eq!(standing(&merchant).await, "trial");
    app.stripe_tells_all(&[payer.checked_out(app.clock.now())])
        .await;
    assert_eq!(standing(&merchant).await, "active");
    assert_eq!(mails(&app).await, ["payment_received"]);
    let states = app
        .sql("SELECT DISTINCT state, account_id FROM stripe_events")
        .await;
    assert_eq!(
        states,
        [["applied".to_owned(), merchant.account_id().to_string()]]
    );
}

#[tokio::test]
async fn nobody_can_be_given_what_another_has_paid() {
    let (_stripe, app, merchant, payer) = paying().await;
    let nobody = Payer::new(AccountId::new(), "2");
    let operator = Payer::new(AccountId::OPERATOR, "3");
    app.stripe_tells_all(&nobody.subscribes(app.clock.now(), day(&app, 31)))
        .await;
    app.stripe_tells_all(&operator.subscribes(app.clock.now(), day(&app, 31)))
        .await;
    assert_eq!(standing(&merchant).await, "trial");
    assert_eq!(app.value("SELECT count(*) FROM subscriptions").await, "0");
    app.stripe_tells_all(&[payer.checked_out(app.clock.now())])
        .await;
    let stranger = in_trial(&app).await;
    assert_eq!(standing(&stranger).await, "trial");
}

/// What an account comes to, all in one text.
async fn state(app: &TestApp, account_id: AccountId) -> String {
    let rows = app
        .sql(&format!(
            "SELECT a.plan, a.access_until, s.status, s.per_month, s.period_ends_at, s.ended_at, s.failed_since, s.failed_invoice,
                    (SELECT string_agg(r.kind || r.after || r.at, ',' ORDER BY r.ordinal) FROM revenue_changes r
                      WHERE r.account_id = a.id)
               FROM accounts a JOIN subscriptions s ON s.account_id = a.id WHERE a.id = '{account_id}'"
        ))
        .await;
    format!("{rows:?}")
}

#[tokio::test]
async fn a_whole_history_in_any_order_and_repeated_comes_to_the_same() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let begin = app.clock.now();
    let at = |days| begin + TimeDelta::days(days);
    let history = |account_id| -> Vec<Value> {
        let payer = Payer::new(account_id, &account_id.to_string().replace('-', ""));
        let mut over = payer.subscription("canceled", at(62));
        over["canceled_at"] = json!(at(62).timestamp());
        over["ended_at"] = json!(at(62).timestamp());
        [
            payer.subscribes(at(0), at(31)),
            payer.is_refused(at(31)),
            payer.recovers(at(33), at(62)),
            vec![payer.event("customer.subscription.deleted", at(62), &over)],
        ]
        .concat()
    };
    let first = in_trial(&app).await.account_id();
    app.stripe_tells_all(&history(first)).await;
    let name = |id: AccountId| id.to_string().replace('-', "");
    let wanted = state(&app, first).await.replace(&name(first), "?");
    assert!(wanted.contains("canceled") && wanted.contains("churn"));
    let mut dice = Dice::new(7);
    for _ in 0..6 {
        let account_id = in_trial(&app).await.account_id();
        let mut events = history(account_id);
        events.extend(events.clone().into_iter().step_by(3));
        for position in (1..events.len()).rev() {
            events.swap(position, dice.below(position + 1));
        }
        app.stripe_tells_all(&events).await;
        let came_to = state(&app, account_id).await;
        assert_eq!(came_to.replace(&name(account_id), "?"), wanted);
    }
}

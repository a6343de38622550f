//! What the operator gives by hand, before what is paid.

use suite_core::{
    id::AccountId,
    jobs::{ReconcilePayments, RemindPayments},
};
use suite_tests::{Client, Payer, StripeStandIn, TestApp};

use super::{day, in_trial, mails, standing};
use crate::cli::{audited, suitectl};

async fn paying() -> (StripeStandIn, TestApp, Client, Payer) {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let merchant = in_trial(&app).await;
    let payer = Payer::new(merchant.account_id(), "1");
    app.stripe_tells_all(&payer.subscribes(app.clock.now(), day(&app, 31)))
        .await;
    (stripe, app, merchant, payer)
}

async fn set_plan(app: &TestApp, merchant: &Client, plan: &str) -> String {
    let id = merchant.account_id().to_string();
    let ran = suitectl(app, &["accounts", "set-plan", &id, plan]).await;
    ran.fine().out.replace(&id, "ID")
}

#[tokio::test]
async fn a_given_plan_holds_whatever_stripe_tells_until_it_is_taken_back() {
    let (stripe, app, merchant, payer) = paying().await;
    let told = set_plan(&app, &merchant, "pro").await;
    assert_eq!(
        told,
        "ID has the plan pro\nwhatever it pays, until another is set\n"
    );
    // The second month is refused, and Stripe gives up; the night compares, and reminders are due.
    app.clock.advance(chrono::TimeDelta::days(31));
    app.stripe_tells_all(&payer.is_refused(app.clock.now()))
        .await;
    stripe.keep(payer.subscription("unpaid", day(&app, 31)));
    for _ in 0..5 {
        app.clock.advance(chrono::TimeDelta::days(1));
        app.enqueue(AccountId::OPERATOR, &ReconcilePayments {})
            .await;
        app.enqueue(AccountId::OPERATOR, &RemindPayments {}).await;
        app.run_jobs().await;
    }
    let status = "SELECT status FROM subscriptions";
    assert_eq!(
        app.value(status).await,
        "unpaid",
        "it is known all the same"
    );
    assert_eq!(standing(&merchant).await, "active");
    assert_eq!(
        mails(&app).await,
        ["payment_received"],
        "nobody is threatened"
    );
    merchant.store("GBP", "Europe/London").await;
    let told = set_plan(&app, &merchant, "paid").await;
    assert!(
        told.starts_with("ID has the plan pro\nby what it pays, until 2026-04-05"),
        "{told}"
    );
    assert_eq!(standing(&merchant).await, "locked");
    app.stripe_tells_all(&payer.recovers(app.clock.now(), day(&app, 26)))
        .await;
    assert_eq!(standing(&merchant).await, "active");
    assert_eq!(audited(&app, "set_plan").await.len(), 2);
}

#[tokio::test]
async fn who_is_locked_by_hand_stays_so_when_money_comes_in_and_is_told_that_it_did() {
    let (_stripe, app, merchant, payer) = paying().await;
    set_plan(&app, &merchant, "locked").await;
    app.clock.advance(chrono::TimeDelta::days(31));
    let paid = payer.invoiced("paid", app.clock.now(), 2, day(&app, 31));
    app.stripe_tells_all(&[paid]).await;
    assert_eq!(standing(&merchant).await, "locked");
    assert_eq!(mails(&app).await, ["payment_received", "payment_received"]);
    let told = set_plan(&app, &merchant, "paid").await;
    assert_eq!(told, "ID has the plan pro\nby what it pays\n");
    assert_eq!(standing(&merchant).await, "active");
}

#[tokio::test]
async fn who_has_paid_has_no_trial_any_more_and_who_has_not_gets_theirs_back() {
    let (_stripe, app, merchant, _) = paying().await;
    let id = merchant.account_id().to_string();
    let refused = suitectl(&app, &["accounts", "set-plan", &id, "trial"])
        .await
        .refused();
    assert!(
        refused.contains("has paid") && refused.contains("set-plan"),
        "{refused}"
    );
    assert_eq!(standing(&merchant).await, "active");
    assert!(audited(&app, "set_plan").await.is_empty());
    let newcomer = in_trial(&app).await;
    for (plan, wanted) in [
        ("pro", "active"),
        ("trial", "trial"),
        ("locked", "locked"),
        ("paid", "trial"),
    ] {
        set_plan(&app, &newcomer, plan).await;
        assert_eq!(standing(&newcomer).await, wanted, "{plan}");
    }
    let shown = suitectl(&app, &["accounts", "show", &id]).await.fine().out;
    assert!(shown.contains("given since"), "{shown}");
}

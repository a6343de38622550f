use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use suite_tests::{Answer, Client, Payer, StripeFault, StripeStandIn, TestApp};

use super::{day, in_trial, mails, standing};

async fn paying() -> (StripeStandIn, TestApp, Client, Payer) {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let merchant = in_trial(&app).await;
    let payer = Payer::new(merchant.account_id(), "1");
    (stripe, app, merchant, payer)
}

#[tokio::test]
async fn a_checkout_leads_to_stripe_and_a_second_one_while_it_is_paid_is_refused() {
    let (stripe, app, merchant, payer) = paying().await;
    let page = merchant
        .post_empty("/v1/billing/checkout")
        .await
        .expect(200)
        .json();
    assert_eq!(page["url"], "https://checkout.stripe.com/c/pay/cs_test_1");
    let asked = stripe.asked().await.remove(0);
    let account = merchant.account_id().to_string();
    for part in [
        "POST /v1/checkout/sessions",
        "line_items[0][price]=price_pro",
        "success_url=https%3A%2F%2Fsuite.example%2Fbilling%3Fpaid%3D1",
        &format!("subscription_data[metadata][account_id]={account}"),
        "customer_email=",
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    assert!(!asked.contains("line_items[1]"), "there is no setup price");
    app.stripe_tells_all(&payer.subscribes(app.clock.now(), day(&app, 31)))
        .await;
    merchant
        .post_empty("/v1/billing/checkout")
        .await
        .problem(409, "conflict");
    let portal = merchant
        .post_empty("/v1/billing/portal")
        .await
        .expect(200)
        .json();
    assert!(
        portal["url"]
            .as_str()
            .unwrap()
            .starts_with("https://billing.stripe.com/")
    );
    assert!(
        stripe
            .asked()
            .await
            .last()
            .unwrap()
            .contains("customer=cus_1")
    );
}

#[tokio::test]
async fn the_same_key_opens_the_same_page_and_a_setup_price_is_paid_with_the_first_month() {
    let stripe = StripeStandIn::start().await;
    let app = stripe
        .app_with(&[("STRIPE_SETUP_PRICE_ID", "price_setup")])
        .await;
    let merchant = in_trial(&app).await;
    let open = async |key: &str| {
        let request = merchant.request(Method::POST, "/v1/billing/checkout");
        let answer = Answer::of(request.header("idempotency-key", key)).await;
        answer.expect(200).json()["url"].clone()
    };
    let first = open("one").await;
    assert_eq!(open("one").await, first);
    assert_ne!(open("two").await, first);
    assert!(stripe.asked().await[0].contains("line_items[1][price]=price_setup"));
}

#[tokio::test]
async fn a_fault_of_stripes_is_passed_over_once_and_then_told_as_503() {
    let (stripe, _app, merchant, _) = paying().await;
    stripe.fail(&[StripeFault::Status(500)]);
    merchant
        .post_empty("/v1/billing/checkout")
        .await
        .assert_status(200);
    stripe.fail(&[StripeFault::Status(500), StripeFault::Status(503)]);
    let answer = merchant.post_empty("/v1/billing/checkout").await;
    assert_eq!(answer.header("retry-after"), "1");
    answer.problem(503, "unavailable");
    stripe.fail(&[StripeFault::Limit(7)]);
    let answer = merchant.post_empty("/v1/billing/checkout").await;
    assert_eq!(answer.header("retry-after"), "7");
    answer.problem(503, "unavailable");
    stripe.fail(&[StripeFault::Status(400)]);
    merchant
        .post_empty("/v1/billing/checkout")
        .await
        .problem(502, "upstream_failed");
    assert_eq!(standing(&merchant).await, "trial");
}

#[tokio::test]
async fn cancelling_holds_access_until_the_end_of_what_is_paid_and_is_told_once() {
    let (stripe, app, merchant, payer) = paying().await;
    merchant
        .post_empty("/v1/billing/cancel")
        .await
        .problem(409, "conflict");
    let end = day(&app, 31);
    app.stripe_tells_all(&payer.subscribes(app.clock.now(), end))
        .await;
    stripe.keep(payer.subscription("active", end));
    app.clock.advance(TimeDelta::days(30));
    let billing = merchant
        .post_empty("/v1/billing/cancel")
        .await
        .expect(200)
        .json();
    assert_eq!(billing["standing"], "ending");
    let until = end.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(billing["access_until"], until.as_str());
    assert_eq!(billing["subscription"]["ends_at"], until.as_str());
    app.run_jobs().await;
    assert_eq!(
        mails(&app).await,
        ["payment_received", "subscription_cancelled"]
    );
    // The webhook of it comes after, and at the end that of the end.
    let mut ending = payer.subscription("active", end);
    ending["cancel_at_period_end"] = json!(true);
    ending["canceled_at"] = json!(app.clock.now().timestamp());
    let updated = payer.event("customer.subscription.updated", app.clock.now(), &ending);
    app.stripe_tells_all(&[updated]).await;
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(standing(&merchant).await, "locked");
    let mut over = ending.clone();
    over["status"] = json!("canceled");
    over["ended_at"] = json!(end.timestamp());
    let deleted = payer.event("customer.subscription.deleted", app.clock.now(), &over);
    app.stripe_tells_all(&[deleted]).await;
    assert_eq!(mails(&app).await.len(), 2, "{:?}", mails(&app).await);
    assert_eq!(standing(&merchant).await, "locked");
    let actions = app
        .sql("SELECT action FROM audit_log WHERE action LIKE '%subscription'")
        .await;
    assert_eq!(actions, [["cancel_subscription"]]);
    // And comes back.
    merchant
        .post_empty("/v1/billing/checkout")
        .await
        .assert_status(200);
    assert!(
        stripe
            .asked()
            .await
            .last()
            .unwrap()
            .contains("customer=cus_1")
    );
}

#[tokio::test]
async fn without_a_key_paying_is_answered_with_503_and_everything_else_works() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let billing = merchant.get("/v1/billing").await.expect(200).json();
    assert_eq!(
        (&billing["can_pay"], &billing["standing"]),
        (&json!(false), &json!("trial"))
    );
    assert_eq!(
        billing["price"],
        json!({"amount": "500.00", "currency": "USD", "interval": "month"})
    );
    for what in ["checkout", "portal", "cancel"] {
        merchant
            .post_empty(&format!("/v1/billing/{what}"))
            .await
            .problem(503, "unavailable");
    }
}

use serde_json::json;
use suite_core::id::AccountId;
use suite_stripe::sign;
use suite_tests::{Payer, StripeStandIn, TestApp, WEBHOOK_SECRET, stripe_settings};

use super::{day, in_trial, standing};

async fn kept(app: &TestApp) -> String {
    app.value("SELECT count(*) FROM stripe_events").await
}

#[tokio::test]
async fn forged_changed_and_replayed_events_are_refused_and_nothing_is_written() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let payer = Payer::new(AccountId::new(), "1");
    let body = payer.checked_out(app.clock.now()).to_string();
    let now = app.clock.now();
    let at = |seconds| now + chrono::TimeDelta::seconds(seconds);
    let good = sign(body.as_bytes(), WEBHOOK_SECRET, now);
    for (body, signature) in [
        (body.clone(), sign(body.as_bytes(), "whsec_other", now)),
        (
            body.clone(),
            sign(body.as_bytes(), WEBHOOK_SECRET, at(-301)),
        ),
        (body.clone(), sign(body.as_bytes(), WEBHOOK_SECRET, at(301))),
        (body.replacen("paid", "paiD", 1), good.clone()),
        (format!("{body}\n"), good.clone()),
        (body.clone(), String::new()),
        (body.clone(), "t=1".to_owned()),
    ] {
        let answer = app.stripe_sends(&body, &signature).await;
        answer.problem(401, "unauthenticated");
    }
    assert_eq!(kept(&app).await, "0");
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "0");
    app.stripe_sends(&body, &sign(body.as_bytes(), WEBHOOK_SECRET, at(-300)))
        .await
        .assert_status(200);
    assert_eq!(kept(&app).await, "1");
}

#[tokio::test]
async fn both_secrets_hold_while_one_takes_the_place_of_the_other() {
    let stripe = StripeStandIn::start().await;
    let secrets = "whsec_new, whsec_old";
    let app = stripe.app_with(&[("STRIPE_WEBHOOK_SECRET", secrets)]).await;
    let payer = Payer::new(AccountId::new(), "1");
    let events = payer.subscribes(app.clock.now(), day(&app, 31));
    for (event, secret) in events.iter().zip(["whsec_new", "whsec_old"]) {
        let body = event.to_string();
        let signature = sign(body.as_bytes(), secret, app.clock.now());
        app.stripe_sends(&body, &signature).await.assert_status(200);
    }
    assert_eq!(kept(&app).await, "2");
}

#[tokio::test]
async fn the_same_event_many_times_at_once_is_kept_once_and_has_one_effect() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let merchant = in_trial(&app).await;
    let payer = Payer::new(merchant.account_id(), "1");
    let event = payer.invoiced("paid", app.clock.now(), 1, day(&app, 31));
    let sending = (0..40).map(|_| app.stripe_tells(&event));
    let answers = futures_util::future::join_all(sending).await;
    let repeated = answers
        .into_iter()
        .map(|answer| answer.expect(200).json()["is_repeated"] == json!(true));
    assert_eq!(repeated.filter(|repeated| *repeated).count(), 39);
    app.run_jobs().await;
    app.stripe_tells_all(std::slice::from_ref(&event)).await;
    assert_eq!(kept(&app).await, "1");
    assert_eq!(app.value("SELECT count(*) FROM mails").await, "1");
    assert_eq!(standing(&merchant).await, "active");
}

#[tokio::test]
async fn kinds_that_do_not_concern_us_and_objects_of_other_shapes_are_kept_and_change_nothing() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let merchant = in_trial(&app).await;
    let payer = Payer::new(merchant.account_id(), "1");
    let now = app.clock.now();
    let mut strange = payer.changed("updated", now, "dreaming", day(&app, 31));
    strange["data"]["object"]["text"] = json!("a NUL: \u{0}");
    for event in [
        payer.event(
            "plan.created",
            now,
            &json!({"status": "x", "text": "\u{0}"}),
        ),
        strange,
    ] {
        app.stripe_tells(&event).await.assert_status(200);
    }
    app.run_jobs().await;
    let states = app
        .sql("SELECT kind, state FROM stripe_events ORDER BY 1")
        .await;
    assert_eq!(
        states,
        [
            ["customer.subscription.updated", "unreadable"],
            ["plan.created", "ignored"]
        ]
    );
    assert_eq!(standing(&merchant).await, "trial");
    let no_event = "[1]";
    let signature = sign(no_event.as_bytes(), WEBHOOK_SECRET, now);
    app.stripe_sends(no_event, &signature)
        .await
        .problem(400, "invalid");
}

#[tokio::test]
async fn with_redis_down_events_are_taken_at_once_and_applied_when_it_is_back() {
    let stripe = StripeStandIn::start().await;
    let url = stripe.url();
    let (app, redis) = TestApp::before_redis(&stripe_settings(&url)).await;
    let merchant = in_trial(&app).await;
    let payer = Payer::new(merchant.account_id(), "1");
    redis.cut();
    for event in payer.subscribes(app.clock.now(), day(&app, 31)) {
        app.stripe_tells(&event).await.assert_status(200);
    }
    assert_eq!(kept(&app).await, "4");
    redis.restore();
    app.run_jobs().await;
    assert_eq!(standing(&merchant).await, "active");
}

#[tokio::test]
async fn without_a_secret_events_are_answered_with_503_and_stripe_keeps_them() {
    let app = TestApp::new().await;
    let event = Payer::new(AccountId::new(), "1").checked_out(app.clock.now());
    app.stripe_tells(&event).await.problem(503, "unavailable");
    assert_eq!(kept(&app).await, "0");
}

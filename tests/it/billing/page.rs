use reqwest::{Method, RequestBuilder};
use suite_tests::{Answer, Payer, StripeStandIn, TestApp};

use super::day;

/// A browser of somebody who has registered.
struct Browser<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn registered(app: &'a TestApp) -> Self {
        let cookie = app
            .register("ada@example.com", "correct horse battery")
            .await;
        app.run_jobs().await;
        Self { app, cookie }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let client = self.app.stranger();
        client
            .request(method, path)
            .header("accept", "text/html")
            .header("cookie", &self.cookie)
    }

    async fn open(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    async fn send(&self, path: &str) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        Answer::of(request.body("form_key=1")).await
    }
}

#[tokio::test]
async fn the_page_leads_to_stripe_and_shows_what_was_paid() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let browser = Browser::registered(&app).await;
    let page = browser.open("/billing").await.expect(200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(
        policy.contains("form-action 'self' https://checkout.stripe.com"),
        "{policy}"
    );
    let text = page.text();
    assert!(
        text.contains("500.00 USD a month") && text.contains("Go to payment"),
        "{text}"
    );
    assert!(
        !text.contains("Cancel at the end"),
        "there is nothing to cancel"
    );
    let moved = browser.send("/billing/checkout").await.expect(303);
    assert_eq!(
        moved.header("location"),
        "https://checkout.stripe.com/c/pay/cs_test_1"
    );
    // A double click leads to the same page.
    let again = browser.send("/billing/checkout").await.expect(303);
    assert_eq!(
        again.header("location"),
        "https://checkout.stripe.com/c/pay/cs_test_1"
    );
    let back = browser.open("/billing?paid=1").await.expect(200).text();
    assert!(back.contains("Your payment is on its way"), "{back}");
    let id = app.value("SELECT account_id::text FROM users").await;
    let payer = Payer::new(id.parse().unwrap(), "1");
    let end = day(&app, 31);
    app.stripe_tells_all(&payer.subscribes(app.clock.now(), end))
        .await;
    stripe.keep(payer.subscription("active", end));
    let paid = browser.open("/billing?paid=1").await.expect(200).text();
    assert!(
        paid.contains("Your plan is paid") && !paid.contains("on its way"),
        "{paid}"
    );
    browser.send("/billing/cancel").await.assert_status(303);
    let ending = browser.open("/billing").await.expect(200).text();
    assert!(
        ending.contains("Everything works until it ends"),
        "{ending}"
    );
    assert!(ending.contains("2 Apr 2026, 10:00"), "{ending}");
}

#[tokio::test]
async fn who_is_locked_reads_on_is_told_so_and_is_led_to_billing() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app().await;
    let browser = Browser::registered(&app).await;
    let fields = "name=Tea&currency=GBP&timezone=Europe/London";
    let make = |path: &'static str| {
        let request = browser
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        Answer::of(request.body(fields))
    };
    make("/stores").await.assert_status(303);
    app.clock.advance(chrono::TimeDelta::days(7));
    let refused = make("/stores").await.expect(402).text();
    assert!(
        refused.contains("Your account is locked") && refused.contains("href=\"/billing\""),
        "{refused}"
    );
    let list = browser.open("/stores").await.expect(200).text();
    assert!(
        list.contains("Your account is locked") && list.contains("Tea"),
        "{list}"
    );
    let billing = browser.open("/billing").await.expect(200).text();
    assert!(billing.contains("Go to payment"), "{billing}");
    Answer::of(
        browser
            .request(Method::POST, "/logout")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded"),
    )
    .await
    .assert_status(303);
}

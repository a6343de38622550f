use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use suite_tests::{Answer, Client, Payer, StripeStandIn, TestApp};

use super::standing;
use crate::cli::{audited, suitectl};

const OPERATOR: &str = "ops@example.com";

async fn operator(app: &TestApp) -> Client {
    let cookie = app.register(OPERATOR, "correct horse battery").await;
    let request = app.stranger().request(Method::POST, "/v1/tokens");
    let request = request
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .body(r#"{"name": "funnel"}"#);
    let made = Answer::of(request).await.expect(201).json();
    app.stranger().with_token(made["token"].as_str().unwrap())
}

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}T12:00:00Z").parse().unwrap()
}

/// An account that signed up on a day, and pays by what Stripe tells of it.
async fn merchant(app: &TestApp, name: &str, signed_up: &str) -> Payer {
    let account_id = app.account().await.account_id();
    app.sql(&format!(
        "UPDATE accounts SET created_at = '{signed_up}T12:00:00Z', trial_ends_at = '{signed_up}T12:00:00Z'::timestamptz + interval '7 days'
          WHERE id = '{account_id}'"
    ))
    .await;
    Payer::new(account_id, name)
}

fn ends(payer: &Payer, on: &str) -> Value {
    let mut over = payer.subscription("canceled", at(on));
    over["canceled_at"] = json!(at(on).timestamp());
    over["ended_at"] = json!(at(on).timestamp());
    payer.event("customer.subscription.deleted", at(on), &over)
}

fn pays(payer: &Payer, on: &str, cents: i64) -> Value {
    let payer = Payer {
        cents,
        ..payer.clone()
    };
    payer.changed("updated", at(on), "active", at(on) + TimeDelta::days(31))
}

/// Four merchants: one stays, one grows and shrinks, one leaves and comes back, one never pays. The clock stands at 2 March 2026.
async fn history(app: &TestApp) {
    let stays = merchant(app, "stays", "2025-12-30").await;
    let grows = merchant(app, "grows", "2026-01-10").await;
    let returns = merchant(app, "returns", "2026-01-20").await;
    merchant(app, "never", "2026-02-20").await;
    let again = Payer {
        name: "again".to_owned(),
        ..returns.clone()
    };
    let euros = merchant(app, "euros", "2026-02-01").await;
    let mut in_euros = euros.subscription("active", at("2026-03-20"));
    in_euros["currency"] = json!("eur");
    in_euros["items"]["data"][0]["price"]["currency"] = json!("eur");
    let events = [
        pays(&stays, "2026-01-05", 50_000),
        pays(&grows, "2026-01-15", 50_000),
        pays(&grows, "2026-02-15", 80_000),
        pays(&grows, "2026-03-01", 60_000),
        pays(&returns, "2026-01-25", 50_000),
        ends(&returns, "2026-02-10"),
        pays(&again, "2026-03-01", 50_000),
        euros.event("customer.subscription.updated", at("2026-02-20"), &in_euros),
    ];
    app.stripe_tells_all(&events).await;
}

#[tokio::test]
async fn the_funnel_is_as_worked_out_by_hand() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app_with(&[("OPERATOR_EMAILS", OPERATOR)]).await;
    let operator = operator(&app).await;
    history(&app).await;
    let funnel = operator
        .get("/v1/ops/funnel?months=4")
        .await
        .expect(200)
        .json();
    // The operator's own account is in its trial, as of today; the one that never paid is out of it.
    let counts = [
        "active_trials",
        "expired_trials",
        "open_plans",
        "locked_plans",
    ];
    assert_eq!(
        counts.map(|name| funnel[name].as_i64().unwrap()),
        [1, 1, 4, 0]
    );
    let months: Vec<Value> = funnel["months"].as_array().unwrap().clone();
    let row = |month: &str, sign_ups, converted, churned| json!({"month": month, "sign_ups": sign_ups, "warned": 0, "converted": converted, "churned": churned});
    assert_eq!(
        months,
        [
            row("2025-12", 1, 0, 0),
            row("2026-01", 2, 3, 0),
            row("2026-02", 2, 1, 1),
            row("2026-03", 1, 0, 0),
        ]
    );
    let revenue = funnel["revenue"].as_array().unwrap();
    let currencies: Vec<&str> = revenue
        .iter()
        .map(|one| one["currency"].as_str().unwrap())
        .collect();
    assert_eq!(currencies, ["EUR", "USD"]);
    assert_eq!(revenue[0]["per_month"], "500.00");
    assert_eq!(revenue[1]["per_month"], "1600.00");
    let columns = [
        "opening",
        "new",
        "expansion",
        "contraction",
        "churn",
        "reactivation",
        "closing",
    ];
    let table: Vec<Vec<&str>> = revenue[1]["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|month| {
            columns
                .iter()
                .map(|column| month[*column].as_str().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(
        table,
        [
            ["0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00"],
            ["0.00", "1500.00", "0.00", "0.00", "0.00", "0.00", "1500.00"],
            [
                "1500.00", "0.00", "300.00", "0.00", "-500.00", "0.00", "1300.00"
            ],
            [
                "1300.00", "0.00", "0.00", "-200.00", "0.00", "500.00", "1600.00"
            ],
        ]
    );
}

#[tokio::test]
async fn suitectl_tells_the_same_as_the_api() {
    let stripe = StripeStandIn::start().await;
    let app = stripe.app_with(&[("OPERATOR_EMAILS", OPERATOR)]).await;
    let operator = operator(&app).await;
    history(&app).await;
    let funnel = operator
        .get("/v1/ops/funnel?months=4")
        .await
        .expect(200)
        .json();
    for bad in ["months=0", "months=61"] {
        let answer = operator.get(&format!("/v1/ops/funnel?{bad}")).await;
        answer.problem(422, "invalid");
    }
    let told = suitectl(&app, &["funnel", "--months", "4", "--json"])
        .await
        .fine()
        .json();
    for part in ["months", "revenue", "active_trials", "open_plans"] {
        assert_eq!(told[part], funnel[part], "{part}");
    }
    let text = suitectl(&app, &["funnel", "--months", "2"])
        .await
        .fine()
        .out;
    let march = text
        .lines()
        .rfind(|line| line.starts_with("2026-03"))
        .unwrap();
    let cells: Vec<&str> = march.split_whitespace().collect();
    let wanted = ["2026-03", "1,300", "0", "0", "-200", "0", "500", "1,600"];
    assert_eq!(cells, wanted, "{text}");
}

#[tokio::test]
async fn accounts_that_were_warned_are_counted_once_a_month() {
    let app = TestApp::new().await;
    let first = app.account().await.account_id();
    app.sql(&format!(
        "INSERT INTO mails (account_id, id, kind, period, recipient, content, job_id, created_at)
         SELECT '{first}', gen_random_uuid(), 'trial_warning', days::text, 'a', '{{}}', gen_random_uuid(), '2026-02-27'
           FROM generate_series(1, 2) days"
    ))
    .await;
    let told = suitectl(&app, &["funnel", "--months", "2", "--json"])
        .await
        .fine()
        .json();
    assert_eq!(told["months"][0]["warned"], 1);
    assert_eq!(told["months"][1]["warned"], 0);
}

#[tokio::test]
async fn the_operator_moves_a_trial_and_gives_plans_and_it_is_noted() {
    let app = TestApp::new().await;
    let merchant = super::in_trial(&app).await;
    let id = merchant.account_id().to_string();
    app.clock.advance(TimeDelta::days(8));
    assert_eq!(standing(&merchant).await, "locked");
    // From now, as it is over.
    suitectl(&app, &["accounts", "extend-trial", &id, "--days", "3"])
        .await
        .fine();
    assert_eq!(standing(&merchant).await, "trial");
    let ends_at = merchant.get("/v1/billing").await.expect(200).json()["trial_ends_at"].clone();
    assert_eq!(ends_at, "2026-03-13T10:00:00Z");
    suitectl(&app, &["accounts", "extend-trial", &id, "--days", "1"])
        .await
        .fine();
    let ends_at = merchant.get("/v1/billing").await.expect(200).json()["trial_ends_at"].clone();
    assert_eq!(ends_at, "2026-03-14T10:00:00Z");
    for (plan, wanted) in [
        ("locked", "locked"),
        ("pro", "active"),
        ("trial", "trial"),
        ("pro", "active"),
    ] {
        suitectl(&app, &["accounts", "set-plan", &id, plan])
            .await
            .fine();
        assert_eq!(standing(&merchant).await, wanted);
    }
    let refused = suitectl(&app, &["accounts", "extend-trial", &id, "--days", "3"])
        .await
        .refused();
    assert!(refused.contains("is in no trial"), "{refused}");
    assert_eq!(audited(&app, "extend_trial").await.len(), 2);
    assert_eq!(audited(&app, "set_plan").await.len(), 4);
}

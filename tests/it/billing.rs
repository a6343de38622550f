//! Payments: what Stripe tells, what it opens and closes, and what is asked of it.

mod funnel;
mod given;
mod life;
mod lock;
mod page;
mod pay;
mod reconcile;
mod silence;
mod webhooks;

use chrono::{DateTime, TimeDelta, Utc};
use suite_tests::{Client, TestApp};

/// Returns a moment so many days after the harness's clock has started.
fn day(app: &TestApp, days: i64) -> DateTime<Utc> {
    app.clock.now() + TimeDelta::days(days)
}

/// Makes an account in its trial of seven days.
async fn in_trial(app: &TestApp) -> Client {
    let merchant = app.account().await;
    let end = day(app, 7).to_rfc3339();
    app.sql(&format!(
        "UPDATE accounts SET trial_ends_at = '{end}' WHERE id = '{}'",
        merchant.account_id()
    ))
    .await;
    merchant
}

async fn standing(client: &Client) -> String {
    let billing = client.get("/v1/billing").await.expect(200).json();
    billing["standing"].as_str().unwrap().to_owned()
}

/// Returns the kinds of all mails, in the order in which they were written.
async fn mails(app: &TestApp) -> Vec<String> {
    let rows = app
        .sql("SELECT kind FROM mails ORDER BY created_at, id")
        .await;
    rows.concat()
}

//! Schedules: that each tick fires once, and what becomes of ticks that nobody could fire in time.

mod days;
mod expire_rows;
mod fire;
mod reconcile;
mod workers;

use chrono_tz::Tz;
use suite_core::{id::AccountId, schedule::Schedule};
use suite_db::schedules::{self, Fired};
use suite_tests::{Act, PlainAct, TestApp, test_kinds};
use suite_worker::runtime::Registry;

/// Fires on New Year's Day and the first day of each month: no test runs into such a tick.
const MONTHLY: &str = "0 0 1 * *";

fn monthly(name: &str) -> Schedule {
    Schedule::new(name, MONTHLY, Tz::UTC, &PlainAct::new(Act::Succeed)).unwrap()
}

/// Writes a schedule of an account whose first due tick is at `next_at`, given as SQL.
async fn put_due(app: &TestApp, account_id: AccountId, schedule: &Schedule, next_at: &str) {
    let mut tx = app.db.account(account_id).await.unwrap();
    schedules::put(&mut tx, schedule).await.unwrap();
    tx.commit().await.unwrap();
    let name = &schedule.name;
    app.sql(&format!(
        "UPDATE schedules SET next_at = {next_at} WHERE account_id = '{account_id}' AND name = '{name}'"
    ))
    .await;
}

async fn fire(app: &TestApp, account_id: AccountId, name: &str) -> Option<Fired> {
    let kinds = Registry::new(test_kinds()).terms();
    let mut tx = app.db.account(account_id).await.unwrap();
    let fired = schedules::fire_due(&mut tx, name, &kinds).await.unwrap();
    tx.commit().await.unwrap();
    fired
}

const THIS_MONTH: &str = "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'";

//! Measures lists and searches over a million finished jobs, and what their index costs the jobs: `bin/bench list`.

mod hot_path;

use std::{
    io::Write,
    time::{Duration, Instant},
};

use anyhow::Result;
use chrono::{TimeDelta, Utc};
use suite_core::{
    clock::Clock,
    config::{Purpose, Settings},
    id::AccountId,
    job::JobState,
};
use suite_db::{
    Db,
    operator::jobs::{self, JobFilter},
};
use suite_tests::{TestDb, finished_jobs};

const JOBS: u32 = 1_000_000;
const TIMES: usize = 7;
const LIMIT: i32 = 51;

#[tokio::main]
async fn main() -> Result<()> {
    let mut settings = Settings::from_environment(Purpose::Worker)?;
    let database = TestDb::new().await;
    settings.database.url = database.url().into();
    let db = Db::new(&settings.database, "suite-bench").await?;
    let mut out = std::io::stdout();
    writeln!(out, "writing {JOBS} finished jobs")?;
    database.sql("SET statement_timeout = 0").await;
    database.sql(&finished_jobs(JOBS)).await;
    database.sql("VACUUM ANALYZE jobs").await;
    for (name, filter) in filters(Clock::System.now())? {
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..TIMES {
            let started = Instant::now();
            let mut tx = db.fleet().await?;
            found = jobs::list(&mut tx, &filter, LIMIT).await?.rows.len();
            tx.commit().await?;
            times.push(started.elapsed());
        }
        let first = times[0];
        writeln!(
            out,
            "{name:<46} {found:>3} rows  first {:>6.1} ms  median {:>6.1} ms",
            milliseconds(first),
            milliseconds(median(&mut times))
        )?;
    }
    hot_path::measure(&database, &mut out).await
}

/// A filter with a name, for the table.
type Named = (&'static str, fn(&mut JobFilter, &Told));

/// What the filters ask for.
struct Told {
    now: chrono::DateTime<Utc>,
    large: AccountId,
    small: AccountId,
}

impl Told {
    fn hours_ago(&self, count: i64) -> Option<chrono::DateTime<Utc>> {
        Some(self.now - TimeDelta::hours(count))
    }
}

fn kind(filter: &mut JobFilter, name: &str) {
    filter.kind = Some(name.to_owned());
}

fn search(filter: &mut JobFilter, text: &str) {
    filter.search = Some(text.to_owned());
}

const FILTERS: &[Named] = &[
    ("everything", |_, _| {}),
    ("a common kind", |filter, _| {
        kind(filter, "send_email");
    }),
    ("a rare kind", |filter, _| {
        kind(filter, "back_up_database");
    }),
    ("no such kind", |filter, _| {
        kind(filter, "nothing");
    }),
    ("a common state", |filter, _| {
        filter.states = vec![JobState::Succeeded];
    }),
    ("a rare state", |filter, _| {
        filter.states = vec![JobState::Cancelled];
    }),
    ("a large account", |filter, told| {
        filter.account_id = Some(told.large);
    }),
    ("a small account", |filter, told| {
        filter.account_id = Some(told.small);
    }),
    ("two days ago, for an hour", |filter, told| {
        filter.since = told.hours_ago(49);
        filter.until = told.hours_ago(48);
    }),
    ("a text that one error has", |filter, _| {
        search(filter, "mailbox 500003 is");
    }),
    ("a text that no error has", |filter, _| {
        search(filter, "no such text");
    }),
    ("a large account, a rare kind", |filter, told| {
        filter.account_id = Some(told.large);
        kind(filter, "back_up_database");
    }),
    ("a large account, a kind it has not", |filter, told| {
        filter.account_id = Some(told.large);
        kind(filter, "nothing");
    }),
    ("a small account, a kind it has not", |filter, told| {
        filter.account_id = Some(told.small);
        kind(filter, "build_report");
    }),
    ("a rare kind, a time", |filter, told| {
        kind(filter, "back_up_database");
        filter.since = told.hours_ago(49);
        filter.until = told.hours_ago(2);
    }),
    ("kind, state, account, time and text", |filter, told| {
        kind(filter, "send_email");
        filter.states = vec![JobState::Dead];
        filter.account_id = Some(told.large);
        filter.since = told.hours_ago(100);
        search(filter, "mailbox");
    }),
];

fn filters(now: chrono::DateTime<Utc>) -> Result<Vec<(&'static str, JobFilter)>> {
    let told = Told {
        now,
        large: "0190d3c8-7c00-7000-8000-000000000000".parse()?,
        small: "0190d3c8-7c00-7000-8000-000000000007".parse()?,
    };
    let fill = |(name, change): &Named| {
        let mut filter = JobFilter::default();
        change(&mut filter, &told);
        (*name, filter)
    };
    Ok(FILTERS.iter().map(fill).collect())
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

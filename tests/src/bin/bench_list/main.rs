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

fn filters(now: chrono::DateTime<Utc>) -> Result<Vec<(&'static str, JobFilter)>> {
    let any = JobFilter::default;
    let kind = |name: &str| Some(name.to_owned());
    let large: AccountId = "0190d3c8-7c00-7000-8000-000000000000".parse()?;
    let small: AccountId = "0190d3c8-7c00-7000-8000-000000000007".parse()?;
    let search = |text: &str| Some(text.to_owned());
    let hours = |count| Some(now - TimeDelta::hours(count));
    Ok(vec![
        ("everything", any()),
        (
            "a common kind",
            JobFilter {
                kind: kind("send_email"),
                ..any()
            },
        ),
        (
            "a rare kind",
            JobFilter {
                kind: kind("back_up_database"),
                ..any()
            },
        ),
        (
            "no such kind",
            JobFilter {
                kind: kind("nothing"),
                ..any()
            },
        ),
        (
            "a common state",
            JobFilter {
                states: vec![JobState::Succeeded],
                ..any()
            },
        ),
        (
            "a rare state",
            JobFilter {
                states: vec![JobState::Cancelled],
                ..any()
            },
        ),
        (
            "a large account",
            JobFilter {
                account_id: Some(large),
                ..any()
            },
        ),
        (
            "a small account",
            JobFilter {
                account_id: Some(small),
                ..any()
            },
        ),
        (
            "two days ago, for an hour",
            JobFilter {
                since: hours(49),
                until: hours(48),
                ..any()
            },
        ),
        (
            "a text that one error has",
            JobFilter {
                search: search("mailbox 500003 is"),
                ..any()
            },
        ),
        (
            "a text that no error has",
            JobFilter {
                search: search("no such text"),
                ..any()
            },
        ),
        (
            "a large account, a rare kind",
            JobFilter {
                account_id: Some(large),
                kind: kind("back_up_database"),
                ..any()
            },
        ),
        (
            "a large account, a kind it has not",
            JobFilter {
                account_id: Some(large),
                kind: kind("nothing"),
                ..any()
            },
        ),
        (
            "a small account, a kind it has not",
            JobFilter {
                account_id: Some(small),
                kind: kind("build_report"),
                ..any()
            },
        ),
        (
            "a rare kind, a time",
            JobFilter {
                kind: kind("back_up_database"),
                since: hours(49),
                until: hours(2),
                ..any()
            },
        ),
        (
            "kind, state, account, time and text",
            JobFilter {
                kind: kind("send_email"),
                states: vec![JobState::Dead],
                account_id: Some(large),
                since: hours(100),
                search: search("mailbox"),
                ..any()
            },
        ),
    ])
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

use chrono::{DateTime, Utc};
use suite_core::{alert::Vitals, clock::Clock};
use suite_db::{
    FleetTx, backups,
    operator::{queues, server, vitals},
};
use suite_queue::inspect;
use tokio::process::Command;

use crate::runtime::{JobContext, JobError};

/// Measures everything. What can only be measured where Redis answers is left out while it does not: its absence shows in jobs
/// that wait.
pub(super) async fn vitals(context: &JobContext) -> Result<Vitals, JobError> {
    let settings = context.settings();
    let now = context.clock().now();
    let mut tx = context.db().fleet().await?;
    let before = Clock::System.now();
    let facts = server::facts(&mut tx).await?;
    let after = Clock::System.now();
    if let Some(bytes) = facts.database_bytes {
        metrics::gauge!("database_size_bytes").set(bytes as f64);
    }
    let dead = vitals::dead_jobs(&mut tx).await?;
    let bounces = vitals::bounces(&mut tx).await?;
    let hours = i32::try_from(settings.monitor.silent_store_hours).unwrap_or(i32::MAX);
    let silent = vitals::silent_stores(&mut tx, now, hours).await?;
    let oldest = queues::list(&mut tx).await?;
    let oldest = oldest.into_iter().filter(|queue| queue.paused_at.is_none());
    let oldest =
        oldest.filter_map(|queue| Some((positive(queue.oldest_waiting_seconds?), queue.name)));
    let mut found = Vitals {
        oldest_waiting: Some(oldest.max().unwrap_or_default()),
        dead_jobs: Some((positive(dead.count), dead.kinds.unwrap_or_default())),
        silent_stores: Some(positive(silent)),
        bounces: Some((positive(bounces.bounced), positive(bounces.sent))),
        clock_skew_seconds: Some(skew(before, facts.now, after)),
        connections_percent: percent(facts.connections_used, i64::from(facts.connections_limit)),
        database_percent: facts
            .database_bytes
            .and_then(|bytes| of_limit(bytes, settings.monitor.database_limit_mib)),
        disk_percent: disk_percent().await,
        ..Vitals::default()
    };
    if settings.backup.is_on() {
        (found.backup_seconds, found.drill_seconds) = ages(&mut tx, now).await?;
    }
    tx.commit().await?;
    if let Ok(redis) = inspect::inspect(&settings.redis).await {
        let (used, limit) = (
            i64::try_from(redis.used_bytes),
            i64::try_from(redis.limit_bytes),
        );
        // Without a limit there is nothing to run out of.
        found.redis_memory_percent =
            percent(used.unwrap_or(i64::MAX), limit.unwrap_or(i64::MAX)).or(Some(0));
        found.redis_eviction = Some(redis.eviction_policy);
    }
    Ok(found)
}

/// What was never done counts from the first account: before that there was nothing to lose.
async fn ages(
    tx: &mut FleetTx,
    now: DateTime<Utc>,
) -> Result<(Option<u64>, Option<u64>), JobError> {
    let first = vitals::first_account_at(tx).await?;
    let made = backups::latest(tx)
        .await?
        .map(|row| row.verified_at)
        .or(first);
    let drilled = backups::latest_drill(tx)
        .await?
        .and_then(|row| row.drilled_at)
        .or(first);
    let age = |at: DateTime<Utc>| positive((now - at).num_seconds());
    Ok((made.map(age), drilled.map(age)))
}

/// Within the round trip nobody can tell a difference.
fn skew(before: DateTime<Utc>, server: DateTime<Utc>, after: DateTime<Utc>) -> u64 {
    let skew = (before - server).max(server - after);
    positive(skew.num_seconds())
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn percent(part: i64, whole: i64) -> Option<u64> {
    part.saturating_mul(100).checked_div(whole).map(positive)
}

/// Without a limit there is nothing to fill.
fn of_limit(bytes: i64, limit_mib: u64) -> Option<u64> {
    let limit = limit_mib.saturating_mul(1 << 20);
    percent(bytes, i64::try_from(limit).unwrap_or(i64::MAX)).or(Some(0))
}

/// Asks `df` for the disk that this process works on: no program of ours may call the system directly.
async fn disk_percent() -> Option<u64> {
    let output = Command::new("df")
        .args(["-P", "."])
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    parse_df(&String::from_utf8_lossy(&output.stdout))
}

fn parse_df(text: &str) -> Option<u64> {
    let line = text.lines().nth(1)?;
    let cell = line.split_whitespace().find(|cell| cell.ends_with('%'))?;
    cell.trim_end_matches('%').parse().ok()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn the_disk_is_read_from_what_df_prints() {
        let text = "Filesystem     1024-blocks      Used Available Capacity Mounted on\n\
                    /dev/sda1         41152736  33000000   6000000      85% /\n";
        assert_eq!(parse_df(text), Some(85));
        assert_eq!(parse_df("df: no such file"), None);
    }

    #[test]
    fn a_database_without_a_limit_fills_nothing() {
        assert_eq!(of_limit(80 << 20, 100), Some(80));
        assert_eq!(of_limit((80 << 20) - 1, 100), Some(79));
        assert_eq!(of_limit(300 << 20, 100), Some(300));
        assert_eq!(of_limit(1 << 50, 0), Some(0));
        assert_eq!(of_limit(1 << 20, u64::MAX), Some(0));
    }

    #[test]
    fn a_slow_answer_is_no_skew_and_a_wrong_clock_is_one_either_way() {
        let before = DateTime::UNIX_EPOCH;
        let after = before + TimeDelta::seconds(4);
        assert_eq!(skew(before, before + TimeDelta::seconds(3), after), 0);
        assert_eq!(skew(before, before - TimeDelta::seconds(40), after), 40);
        assert_eq!(skew(before, after + TimeDelta::seconds(50), after), 50);
    }
}

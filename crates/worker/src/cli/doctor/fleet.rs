use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use suite_core::job::Queue;
use suite_db::{
    FleetTx, backups,
    operator::{
        queues::{self, QueueRow},
        server::{self, ServerFacts},
        workers::{self, WorkerRow},
    },
    web_processes::{self, WebProcess},
};

use super::{
    Subject,
    check::{Check, Source},
};
use crate::cli::show;

/// Connections that a worker holds at most beside its pool and one for each queue: finisher, lease, slots, keeper and what
/// hands out in time.
const BESIDE_THE_POOL: i64 = 5;
/// A web process asks on a connection of its own whether the database hangs.
const WATCHER: i64 = 1;
/// A web process beats every five seconds.
const WEB_SILENCE_SECONDS: i64 = 15;
const BACKUP_KIND: &str = "back_up_database";
const WAIT_TO_MENTION_SECONDS: i64 = 60;
const WAIT_TO_FAIL_SECONDS: i64 = 600;

/// Looks at workers and queues as their rows show them.
pub(super) async fn examine(
    subject: &Subject<'_>,
    tx: &mut FleetTx,
    facts: &ServerFacts,
) -> anyhow::Result<Vec<Check>> {
    let mut alive = workers::list(tx).await?;
    alive.retain(|worker| worker.is_alive);
    let web = web_processes::alive(tx, WEB_SILENCE_SECONDS).await?;
    let queues = queues::list(tx).await?;
    let mut checks = vec![
        pool_budget(subject, facts, &alive, &web),
        served(&alive, &queues),
        versions(&alive, &web),
        orphans(subject, tx, facts).await?,
        waiting(&queues),
        backup(subject, tx).await?,
    ];
    checks.extend(paused(&queues));
    Ok(checks)
}

/// Adds up what all processes may open at most. A worker's pool is taken to be as large as that of this environment.
fn pool_budget(
    subject: &Subject<'_>,
    facts: &ServerFacts,
    alive: &[WorkerRow],
    web: &[WebProcess],
) -> Check {
    let pool = i64::from(subject.settings.database.pool_size);
    let workers = i64::try_from(alive.len()).unwrap_or(i64::MAX);
    let queues: usize = alive.iter().map(|worker| worker.queues.len()).sum();
    let fetchers = i64::try_from(queues).unwrap_or(i64::MAX);
    let pools: i64 = web
        .iter()
        .map(|process| i64::from(process.pool_size) + WATCHER)
        .sum();
    let needed = workers * (pool + BESIDE_THE_POOL) + fetchers + pools;
    let limit = i64::from(facts.connections_limit);
    let fact = format!(
        "{} and {} may open {needed} of {limit} connections; {} are open now",
        show::count(workers, "worker"),
        processes(web.len()),
        facts.connections_used
    );
    if needed > limit || facts.connections_used * 10 > limit * 9 {
        Check::fail("pool budget", Source::PostgreSql, fact)
            .advise("lower DATABASE_POOL_SIZE, run fewer processes, or raise max_connections")
    } else if needed * 10 > limit * 8 {
        Check::warn("pool budget", Source::PostgreSql, fact)
            .advise("little is left for a rolling deploy, when old and new processes run together")
    } else {
        Check::ok("pool budget", Source::PostgreSql, fact)
    }
}

fn served(alive: &[WorkerRow], queues: &[QueueRow]) -> Check {
    const NAME: &str = "workers";
    let unserved: Vec<Queue> = Queue::ALL
        .into_iter()
        .filter(|queue| {
            !alive
                .iter()
                .any(|worker| worker.queues.iter().any(|name| name == queue.name()))
        })
        .collect();
    if unserved.is_empty() {
        let count = show::count(i64::try_from(alive.len()).unwrap_or(i64::MAX), "worker");
        return Check::ok(
            NAME,
            Source::PostgreSql,
            format!("{count} alive, every queue is served"),
        );
    }
    let names = unserved
        .iter()
        .map(|queue| queue.name())
        .collect::<Vec<_>>()
        .join(", ");
    let has_work = queues.iter().any(|row| {
        unserved.iter().any(|queue| queue.name() == row.name) && row.queued + row.retrying > 0
    });
    let (fact, advice) = (
        format!("none alive for {names}"),
        "start suite-worker (--queue takes names)",
    );
    if has_work {
        Check::fail(
            NAME,
            Source::PostgreSql,
            format!("{fact}, and jobs wait there"),
        )
        .advise(advice)
    } else {
        Check::warn(NAME, Source::PostgreSql, fact).advise(advice)
    }
}

fn processes(number: usize) -> String {
    match number {
        1 => "1 web process".to_owned(),
        _ => format!("{number} web processes"),
    }
}

/// How old the last whole backup is, and when one was last restored on trial.
async fn backup(subject: &Subject<'_>, tx: &mut FleetTx) -> anyhow::Result<Check> {
    const NAME: &str = "backup";
    let Some(last) = backups::latest(tx).await? else {
        let (fact, advice) = if subject.settings.backup.is_on() {
            ("none was made yet", "suitectl backup create")
        } else {
            (
                "none is configured",
                "set S3_BACKUP_BUCKET and its keys, or have the server's provider make them",
            )
        };
        return Ok(Check::warn(NAME, Source::PostgreSql, fact).advise(advice));
    };
    // By the clock that the row was written by.
    let now = subject.clock.now();
    let age = |at: DateTime<Utc>| show::span((now - at).num_seconds());
    let drill = match backups::latest_drill(tx)
        .await?
        .and_then(|row| row.drilled_at)
    {
        Some(at) => format!("one was restored on trial {} ago", age(at)),
        None => "none was restored on trial yet".to_owned(),
    };
    let fact = format!("the last one is {} old, {drill}", age(last.verified_at));
    let hours = (now - last.verified_at).num_hours();
    let limit = i64::try_from(subject.settings.monitor.backup_hours).unwrap_or(i64::MAX);
    Ok(if hours >= limit {
        Check::fail(NAME, Source::PostgreSql, fact).advise(format!(
            "suitectl jobs list --kind {BACKUP_KIND} tells why there is no newer one"
        ))
    } else {
        Check::ok(NAME, Source::PostgreSql, fact)
    })
}

fn versions(alive: &[WorkerRow], web: &[WebProcess]) -> Check {
    const NAME: &str = "versions";
    let ours = env!("CARGO_PKG_VERSION");
    let workers = alive.iter().map(|worker| worker.version.as_str());
    let web = web.iter().map(|process| process.version.as_str());
    let versions: BTreeSet<&str> = workers.chain(web).collect();
    match versions.iter().copied().collect::<Vec<_>>()[..] {
        [] => Check::ok(
            NAME,
            Source::PostgreSql,
            format!("suitectl is {ours}; no process to compare with"),
        ),
        [one] if one == ours => Check::ok(
            NAME,
            Source::PostgreSql,
            format!("all processes and suitectl are {ours}"),
        ),
        _ => Check::warn(
            NAME,
            Source::PostgreSql,
            format!(
                "processes are {}, suitectl is {ours}",
                versions.into_iter().collect::<Vec<_>>().join(" and ")
            ),
        )
        .advise("expected during a deploy only"),
    }
}

async fn orphans(
    subject: &Subject<'_>,
    tx: &mut FleetTx,
    facts: &ServerFacts,
) -> anyhow::Result<Check> {
    const NAME: &str = "orphans";
    let orphans = server::orphans(tx).await?;
    let Some(oldest) = orphans.oldest.filter(|_| orphans.count > 0) else {
        return Ok(Check::ok(
            NAME,
            Source::PostgreSql,
            "every running job has a worker that lives",
        ));
    };
    let since = (facts.now - oldest).num_seconds();
    let fact = format!(
        "{} run for workers that are gone, the first for {}",
        show::count(orphans.count, "job"),
        show::span(since)
    );
    // The keeper takes them back right after the lease; two leases later nobody does.
    let overdue = i64::try_from(subject.settings.worker.lease_seconds * 2).unwrap_or(i64::MAX);
    Ok(if since > overdue {
        Check::fail(NAME, Source::PostgreSql, fact)
            .advise("the keeper should have taken them back: start any worker")
    } else {
        Check::warn(NAME, Source::PostgreSql, fact)
            .advise("the keeper takes them back within seconds")
    })
}

fn waiting(queues: &[QueueRow]) -> Check {
    const NAME: &str = "oldest waiting";
    // A queue that is held waits because somebody said so.
    let longest = queues
        .iter()
        .filter(|queue| queue.paused_at.is_none())
        .filter_map(|queue| Some((queue.oldest_waiting_seconds?, &queue.name)))
        .max();
    let Some((seconds, queue)) = longest else {
        return Check::ok(NAME, Source::PostgreSql, "no job waits");
    };
    let fact = format!("a job in {queue} waits for {}", show::span(seconds));
    if seconds <= WAIT_TO_MENTION_SECONDS {
        Check::ok(NAME, Source::PostgreSql, fact)
    } else if seconds <= WAIT_TO_FAIL_SECONDS {
        Check::warn(NAME, Source::PostgreSql, fact).advise("more workers for this queue would help")
    } else {
        Check::fail(NAME, Source::PostgreSql, fact).advise(
            "are its workers alive and is Redis there? `suitectl workers list`, `suitectl jobs list --state queued`",
        )
    }
}

fn paused(queues: &[QueueRow]) -> Option<Check> {
    let names: Vec<&str> = queues
        .iter()
        .filter(|queue| queue.paused_at.is_some())
        .map(|queue| queue.name.as_str())
        .collect();
    (!names.is_empty()).then(|| {
        Check::warn(
            "paused",
            Source::PostgreSql,
            format!("held by an operator: {}", names.join(", ")),
        )
        .advise("suitectl queues resume NAME")
    })
}

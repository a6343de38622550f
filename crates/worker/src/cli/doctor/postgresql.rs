use std::time::Duration;

use chrono::{DateTime, Utc};
use suite_db::{
    Db, FleetTx, migrate,
    operator::server::{self, ServerFacts},
};

use super::{
    Subject,
    check::{Check, Source},
    fleet, operators,
};
use crate::cli::{session::open_db, show};

/// PostgreSQL 15 is the oldest that the tests run on.
const OLDEST_VERSION: i32 = 150_000;
/// Longer, and a server counts as hanging.
const PATIENCE: Duration = Duration::from_secs(5);
const SKEW_TO_MENTION_MS: i64 = 1_000;
const SKEW_TO_FAIL_MS: i64 = 10_000;

/// Looks at the server and at the fleet as its rows show it.
pub(super) async fn examine(subject: &Subject<'_>, only_ready: bool) -> Vec<Check> {
    let looked = tokio::time::timeout(PATIENCE, async {
        let db = open_db(subject.settings).await?;
        look(subject, &db, only_ready).await
    });
    let problem = match looked.await {
        Ok(Ok(checks)) => return checks,
        Ok(Err(error)) => show::chain(error.as_ref()),
        Err(_) => format!("no answer in {} s", PATIENCE.as_secs()),
    };
    vec![
        Check::fail("postgresql", Source::PostgreSql, problem)
            .advise("nothing works without it: start it or correct DATABASE_URL")
            .vital(),
    ]
}

async fn look(subject: &Subject<'_>, db: &Db, only_ready: bool) -> anyhow::Result<Vec<Check>> {
    let mut tx = db.fleet().await?;
    let before = subject.clock.now();
    let facts = server::facts(&mut tx).await?;
    let after = subject.clock.now();
    let mut checks = vec![answers(&facts, after - before)];
    let (migrations, is_migrated) = migrations(subject).await;
    checks.push(migrations);
    if only_ready {
        return Ok(checks);
    }
    checks.push(row_security(&mut tx, &facts).await?);
    if !facts.is_durable {
        checks.push(
            Check::warn(
                "durability",
                Source::PostgreSql,
                "fsync or synchronous_commit is off: a crash loses commits",
            )
            .advise("switch both on where the data matters"),
        );
    }
    checks.push(clock_check(Source::PostgreSql, before, facts.now, after));
    checks.push(size(subject, &facts));
    if is_migrated {
        checks.push(operators::examine(subject, &mut tx).await?);
        checks.extend(fleet::examine(subject, &mut tx, &facts).await?);
    }
    Ok(checks)
}

/// How much of what it may take the database takes; only an operator knows how much that is.
fn size(subject: &Subject<'_>, facts: &ServerFacts) -> Check {
    const NAME: &str = "database size";
    let monitor = &subject.settings.monitor;
    let Some(bytes) = facts
        .database_bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
    else {
        let fact = format!("the role {} may not ask for it", facts.role);
        return Check::warn(NAME, Source::PostgreSql, fact).advise(format!(
            "GRANT CONNECT ON DATABASE {} TO {}",
            facts.database, facts.role
        ));
    };
    let (mib, limit) = (bytes >> 20, monitor.database_limit_mib);
    if limit == 0 {
        let fact = format!(
            "{mib} MiB; SUITE__MONITOR__DATABASE_LIMIT_MIB does not say how large it may be"
        );
        return Check::ok(NAME, Source::PostgreSql, fact);
    }
    let percent = mib.saturating_mul(100) / limit;
    let fact = format!("{mib} of {limit} MiB, {percent} %");
    if percent >= monitor.database_percent {
        Check::warn(NAME, Source::PostgreSql, fact)
            .advise("deploy/runbooks/database_size.md says what to do before it is full")
    } else {
        Check::ok(NAME, Source::PostgreSql, fact)
    }
}

fn answers(facts: &ServerFacts, took: chrono::TimeDelta) -> Check {
    let fact = format!(
        "{} answers in {} ms (database {}, role {})",
        facts.version,
        took.num_milliseconds(),
        facts.database,
        facts.role
    );
    if facts.is_standby {
        Check::fail(
            "postgresql",
            Source::PostgreSql,
            format!("{fact}, but is a standby and takes no writes"),
        )
        .advise("DATABASE_URL must name the primary")
        .vital()
    } else if facts.version_number < OLDEST_VERSION {
        Check::warn("postgresql", Source::PostgreSql, fact)
            .advise("versions before 15 are not tested")
    } else {
        Check::ok("postgresql", Source::PostgreSql, fact)
    }
}

/// Also tells whether the tables that other checks read are there.
async fn migrations(subject: &Subject<'_>) -> (Check, bool) {
    const NAME: &str = "migrations";
    match migrate::pending(&subject.settings.database).await {
        Ok(pending) if pending.is_empty() => {
            (Check::ok(NAME, Source::PostgreSql, "none is pending"), true)
        }
        Ok(pending) => {
            let fact = format!("{} pending, the first is {}", pending.len(), pending[0]);
            let check = Check::fail(NAME, Source::PostgreSql, fact)
                .advise("suitectl migrate")
                .vital();
            (check, false)
        }
        Err(error) => (
            Check::fail(NAME, Source::PostgreSql, show::chain(&error)).vital(),
            false,
        ),
    }
}

async fn row_security(tx: &mut FleetTx, facts: &ServerFacts) -> anyhow::Result<Check> {
    const NAME: &str = "row security";
    if facts.bypasses_row_security {
        let fact = format!("does not bind the role {}", facts.role);
        return Ok(Check::fail(NAME, Source::PostgreSql, fact)
            .advise("create the role suite_app (NOLOGIN NOBYPASSRLS), grant it to the login role, run suitectl migrate"));
    }
    let open = server::unprotected_tables(tx).await?;
    Ok(if open.is_empty() {
        Check::ok(
            NAME,
            Source::PostgreSql,
            format!("binds the role {} on every table", facts.role),
        )
    } else {
        Check::fail(
            NAME,
            Source::PostgreSql,
            format!("is not forced on {}", open.join(", ")),
        )
        .advise("SELECT protect_account_table('…') for each, by a migration")
    })
}

/// Compares a server's clock with ours, allowing for the time that the answer was on its way.
pub(super) fn clock_check(
    source: Source,
    before: DateTime<Utc>,
    server: DateTime<Utc>,
    after: DateTime<Utc>,
) -> Check {
    const NAME: &str = "clock";
    // Within the round trip nobody can tell a difference.
    let skew = if server < before {
        (server - before).num_milliseconds()
    } else if server > after {
        (server - after).num_milliseconds()
    } else {
        0
    };
    let fact = match skew {
        0 => "agrees with this machine's".to_owned(),
        ..0 => format!("is {} ms behind this machine's", -skew),
        1.. => format!("is {skew} ms ahead of this machine's"),
    };
    let skew = skew.abs();
    if skew <= SKEW_TO_MENTION_MS {
        Check::ok(NAME, source, fact)
    } else if skew <= SKEW_TO_FAIL_MS {
        Check::warn(NAME, source, fact).advise("synchronise both machines' clocks (NTP)")
    } else {
        Check::fail(NAME, source, fact)
            .advise("synchronise both machines' clocks (NTP): tokens and sessions go by them")
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::cli::doctor::check::Status;

    #[test]
    fn a_slow_answer_is_no_skew() {
        let before = DateTime::UNIX_EPOCH;
        let after = before + TimeDelta::seconds(3);
        let inside = clock_check(Source::Redis, before, before + TimeDelta::seconds(2), after);
        assert_eq!(inside.status, Status::Ok);
        let ahead = clock_check(Source::Redis, before, after + TimeDelta::seconds(2), after);
        assert_eq!(
            (ahead.status, ahead.fact.as_str()),
            (Status::Warn, "is 2000 ms ahead of this machine's")
        );
        let behind = clock_check(
            Source::Redis,
            before,
            before - TimeDelta::seconds(11),
            after,
        );
        assert_eq!(behind.status, Status::Fail);
    }
}

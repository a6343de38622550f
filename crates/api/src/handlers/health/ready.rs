use std::time::Duration;

use actix_web::{HttpResponse, web::Data};
use serde::Serialize;
use suite_core::{Result, job::Queue};
use suite_db::{health, migrate, operator::workers};
use utoipa::ToSchema;

use crate::App;

/// An orchestrator asks every few seconds; a part that hangs must not make the answer hang.
const LONGEST: Duration = Duration::from_secs(2);

/// Whether this process can serve, part by part.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`; `degraded` when a part is away that is not needed to answer; `unavailable`.
    status: Status,
    checks: Vec<Check>,
}

/// One part that was looked at.
#[derive(Serialize, ToSchema)]
pub(crate) struct Check {
    /// `postgresql`, `migrations`, `redis` or `workers`.
    name: &'static str,
    status: Status,
    /// What was found, for a person.
    detail: String,
}

/// How a part is, and the whole: the worst of its parts.
#[derive(Clone, Copy, Serialize, ToSchema, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Ready,
    Degraded,
    Unavailable,
}

impl Check {
    fn new(name: &'static str, status: Status, detail: impl Into<String>) -> Self {
        Self {
            name,
            status,
            detail: detail.into(),
        }
    }
}

/// Looks at everything that this process needs.
///
/// Without Redis or workers everything is still taken in and done later: that is degraded, not unavailable.
#[utoipa::path(get, path = "/ready", tag = "operation",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn ready(app: Data<App>) -> HttpResponse {
    let (mut checks, redis) = tokio::join!(database(&app), redis(&app));
    checks.push(redis);
    let status = checks.iter().map(|check| check.status).max();
    let status = status.unwrap_or(Status::Unavailable);
    let mut response = match status {
        Status::Ready | Status::Degraded => HttpResponse::Ok(),
        Status::Unavailable => HttpResponse::ServiceUnavailable(),
    };
    response.json(Readiness { status, checks })
}

async fn redis(app: &App) -> Check {
    match tokio::time::timeout(LONGEST, app.broker.ping()).await {
        Ok(Ok(())) => Check::new("redis", Status::Ready, "answers"),
        _ => Check::new(
            "redis",
            Status::Degraded,
            "does not answer; jobs wait in PostgreSQL",
        ),
    }
}

async fn database(app: &App) -> Vec<Check> {
    match tokio::time::timeout(LONGEST, look_into_database(app)).await {
        Ok(Ok(checks)) => checks,
        _ => vec![Check::new(
            "postgresql",
            Status::Unavailable,
            "does not answer",
        )],
    }
}

async fn look_into_database(app: &App) -> Result<Vec<Check>> {
    let mut tx = app.db.fleet().await?;
    let answers = Check::new("postgresql", Status::Ready, "answers");
    let served: Vec<String> = workers::list(&mut tx)
        .await?
        .into_iter()
        .filter(|worker| worker.is_alive)
        .flat_map(|worker| worker.queues)
        .collect();
    let run = health::migrations_run(&mut tx).await.ok();
    Ok(vec![
        answers,
        migrations(run.as_deref())?,
        workers_of(&served),
    ])
}

fn migrations(run: Option<&[String]>) -> Result<Check> {
    let Some(run) = run else {
        let detail = "the list of migrations cannot be read";
        return Ok(Check::new("migrations", Status::Unavailable, detail));
    };
    let expected = migrate::expected()?;
    let missing = expected.iter().filter(|version| !run.contains(version));
    Ok(match missing.count() {
        0 => Check::new("migrations", Status::Ready, "all have run"),
        missing => Check::new(
            "migrations",
            Status::Unavailable,
            format!("{missing} have not run; `suitectl migrate` runs them"),
        ),
    })
}

fn workers_of(served: &[String]) -> Check {
    let unserved: Vec<&str> = Queue::ALL
        .map(Queue::name)
        .into_iter()
        .filter(|queue| !served.iter().any(|name| name == queue))
        .collect();
    if unserved.is_empty() {
        Check::new("workers", Status::Ready, "every queue is served")
    } else {
        let detail = format!("nobody serves {}; its jobs wait", unserved.join(", "));
        Check::new("workers", Status::Degraded, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_nobody_serves_degrades() {
        let all: Vec<String> = Queue::ALL.map(|queue| queue.name().to_owned()).to_vec();
        assert!(workers_of(&all).status == Status::Ready);
        let check = workers_of(&all[1..]);
        assert!(check.status == Status::Degraded);
        assert!(check.detail.contains("inventory"), "{}", check.detail);
    }

    #[test]
    fn a_database_behind_the_program_is_unavailable_and_one_ahead_is_not() {
        let mut run = migrate::expected().unwrap();
        run.push("99991231235959".to_owned());
        assert!(migrations(Some(&run)).unwrap().status == Status::Ready);
        run.remove(0);
        assert!(migrations(Some(&run)).unwrap().status == Status::Unavailable);
        assert!(migrations(None).unwrap().status == Status::Unavailable);
    }
}

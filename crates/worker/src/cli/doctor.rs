//! `suitectl doctor`: looks at everything that goes wrong quietly, and says what to do about it.

mod check;
mod fleet;
mod operators;
mod postgresql;
mod redis;

use std::io::Write;

use clap::Args;
use secrecy::ExposeSecret;
use serde_json::json;
use suite_core::config::{BillingConfig, Settings};

use super::{Console, Ending, Environment, show};
use check::{Check, Source, Status};

/// Checks configuration, PostgreSQL, Redis and the fleet.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Only what a process needs in order to serve; the health check of a container
    #[arg(long)]
    ready: bool,
}

/// What every check looks at.
struct Subject<'a> {
    settings: &'a Settings,
    clock: &'a suite_core::clock::Clock,
}

pub(super) async fn run(
    command: &Doctor,
    json: bool,
    environment: Environment,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let checks = match &environment.settings {
        Ok(settings) => {
            let subject = Subject {
                settings,
                clock: &environment.clock,
            };
            examine(command, &subject).await
        }
        Err(faults) => vec![
            Check::fail("configuration", Source::Environment, faults.to_string())
                .advise("README has a table of every variable"),
        ],
    };
    let worst = checks
        .iter()
        .map(|check| check.status)
        .max()
        .unwrap_or(Status::Ok);
    if json {
        let status = worst.word();
        show::json(console.out, &json!({ "status": status, "checks": checks }))?;
    } else if command.ready && worst != Status::Fail {
        writeln!(console.out, "ready")?;
    } else {
        for check in &checks {
            check.print(console.out)?;
        }
        summarise(console.out, &checks)?;
    }
    Ok(if worst == Status::Fail {
        Ending::Bad
    } else {
        Ending::Fine
    })
}

async fn examine(command: &Doctor, subject: &Subject<'_>) -> Vec<Check> {
    let mut checks = vec![configuration(subject.settings)];
    checks.extend(payments(&subject.settings.billing));
    // Both at once: a server that hangs must not double the wait.
    let (postgresql, redis, cache) = tokio::join!(
        postgresql::examine(subject, command.ready),
        redis::examine(subject),
        redis::examine_cache(subject)
    );
    checks.extend(postgresql);
    checks.extend(redis);
    checks.extend(cache);
    if command.ready {
        // What only makes the fleet slower or less safe does not make this process unfit to serve.
        for check in &mut checks {
            check.soften_unless_vital();
        }
    }
    checks
}

/// This program works with what there is; the web process is told here what it would miss.
fn configuration(settings: &Settings) -> Check {
    const NAME: &str = "configuration";
    if settings.security.secret_key.expose_secret().is_empty() {
        let fact = "SECRET_KEY is not set: suite-api does not start with this environment";
        Check::warn(NAME, Source::Environment, fact).advise("`openssl rand -hex 32` makes one")
    } else {
        Check::ok(NAME, Source::Environment, "every setting can be read")
    }
}

/// Who takes money must hear of it; who takes none is not told.
fn payments(billing: &BillingConfig) -> Option<Check> {
    const NAME: &str = "payments";
    if !billing.is_configured() {
        return None;
    }
    if billing.webhook_secrets().next().is_none() {
        let fact =
            "STRIPE_WEBHOOK_SECRET is not set: who pays is let in by the nightly comparison only";
        let advice = "add a webhook to BASE_URL/webhooks/stripe in Stripe's dashboard";
        return Some(Check::warn(NAME, Source::Environment, fact).advise(advice));
    }
    Some(Check::ok(NAME, Source::Environment, "Stripe is set up"))
}

fn summarise(out: &mut dyn Write, checks: &[Check]) -> anyhow::Result<()> {
    let count = |status: Status| checks.iter().filter(|check| check.status == status).count();
    writeln!(
        out,
        "{} ok, {} to look at, {} failed",
        count(Status::Ok),
        count(Status::Warn),
        count(Status::Fail)
    )?;
    Ok(())
}

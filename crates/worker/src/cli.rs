//! `suitectl`: what an operator does from a terminal.
//!
//! Each command says whether a fact comes from PostgreSQL or from Redis, and prints what it can when one of them is away.
//! Every write goes to the audit log. Commands write to an injected [`Console`], so tests read what a person would.

mod accounts;
mod alerts;
mod arguments;
mod audit;
mod backup;
mod confirm;
mod console;
mod cron;
mod demo;
mod doctor;
mod funnel;
mod jobs;
mod mail;
mod migrate;
mod queue;
mod queues;
mod schema;
mod session;
mod show;
mod since;
mod table;
mod workers;

use std::{ffi::OsString, io};

use clap::Parser;

pub use arguments::{Arguments, Command};
pub use audit::operating_system_user;
pub use console::Console;
pub use session::{Environment, Session};

/// How a command ended that did what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All is well.
    Fine,
    /// It told everything, and part of that is bad news: exit code 1.
    Bad,
}

const FAILURE: u8 = 1;

/// Runs one command and returns the exit code: 0 fine, 1 failed or bad news, 2 wrong usage.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Environment,
    console: &mut Console<'_>,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => return tell_usage(&usage, console),
    };
    let ended = dispatch(arguments, environment, console).await;
    let ended = ended.and_then(|ending| {
        console.out.flush()?;
        Ok(ending)
    });
    match ended {
        Ok(Ending::Fine) => 0,
        Ok(Ending::Bad) => FAILURE,
        // `suitectl jobs list | head` is no failure.
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            let _ = console.out.flush();
            let _ = writeln!(console.err, "suitectl: {}", show::chain(error.as_ref()));
            FAILURE
        }
    }
}

async fn dispatch(
    arguments: Arguments,
    environment: Environment,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let json = arguments.json;
    // The doctor looks at a broken configuration too; all others need a whole one.
    if let Command::Doctor(command) = &arguments.command {
        return doctor::run(command, json, environment, console).await;
    }
    let session = Session::new(environment, json)?;
    // Each on the heap: their states side by side would be larger than the stack of a thread.
    match arguments.command {
        Command::Doctor(_) => Ok(Ending::Fine),
        Command::Migrate(command) => Box::pin(migrate::run(&command, &session, console)).await,
        Command::Schema(command) => Box::pin(schema::run(&command, &session, console)).await,
        Command::Accounts(command) => Box::pin(accounts::run(command, &session, console)).await,
        Command::Jobs(command) => Box::pin(jobs::run(command, &session, console)).await,
        Command::Queues(command) => Box::pin(queues::run(command, &session, console)).await,
        Command::Cron(command) => Box::pin(cron::run(command, &session, console)).await,
        Command::Workers(command) => Box::pin(workers::run(&command, &session, console)).await,
        Command::Audit(command) => Box::pin(audit::run(command, &session, console)).await,
        Command::Alerts(command) => Box::pin(alerts::run(&command, &session, console)).await,
        Command::Backup(command) => Box::pin(backup::run(command, &session, console)).await,
        Command::Funnel(command) => Box::pin(funnel::run(&command, &session, console)).await,
        Command::Mail(command) => Box::pin(mail::run(&command, &session, console)).await,
        Command::Demo(command) => Box::pin(demo::run(command, &session, console)).await,
    }
}

fn tell_usage(usage: &clap::Error, console: &mut Console<'_>) -> u8 {
    let code = u8::try_from(usage.exit_code()).unwrap_or(FAILURE);
    let target = if usage.use_stderr() {
        &mut *console.err
    } else {
        &mut *console.out
    };
    let _ = write!(target, "{}", usage.render()).and_then(|()| target.flush());
    code
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

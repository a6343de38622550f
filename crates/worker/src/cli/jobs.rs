mod delete;
mod enqueue;
mod list;
mod run;
mod select;
mod show;
mod steer;
mod tail;

use clap::Subcommand;

use super::{Console, Ending, Session};

/// Background jobs of all accounts.
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// List jobs, the newest first
    List(list::List),
    /// Show everything that is known of jobs
    Show(show::Show),
    /// Print each change of jobs as it happens
    Tail(tail::Tail),
    /// Write a job and hand it out
    Enqueue(enqueue::Enqueue),
    /// Run one job in this process, fenced like in any worker
    Run(run::Run),
    /// Run jobs again that failed or were called off, or at once those that wait for their time
    Retry(steer::Steer),
    /// Call jobs off: at once while they wait, through their worker while they run
    Cancel(steer::Steer),
    /// Take running jobs from their workers at once; nothing that they still write counts
    Kill(steer::Steer),
    /// Delete jobs that are over
    Delete(select::Selection),
}

pub(super) async fn run(
    command: Jobs,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    match command {
        Jobs::List(command) => list::run(command, session, console).await,
        Jobs::Show(command) => show::run(&command, session, console).await,
        Jobs::Tail(command) => tail::run(command, session, console).await,
        Jobs::Enqueue(command) => enqueue::run(command, session, console).await,
        Jobs::Run(command) => run::run(command, session, console).await,
        Jobs::Retry(command) => steer::run(steer::Order::Retry, command, session, console).await,
        Jobs::Cancel(command) => steer::run(steer::Order::Cancel, command, session, console).await,
        Jobs::Kill(command) => steer::run(steer::Order::Kill, command, session, console).await,
        Jobs::Delete(command) => delete::run(command, session, console).await,
    }
}

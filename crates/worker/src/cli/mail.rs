mod list;
mod preview;
mod show;
mod suppressions;

use clap::Subcommand;

use super::{Console, Ending, Session};

/// Mails that were written, and how they read.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// List mails, the newest first
    List(list::List),
    /// Show one mail: what became of it, and how it reads
    Show(show::Show),
    /// Write how a kind of mail reads, with made-up content
    Preview(preview::Preview),
    /// Who is not mailed any more
    #[command(subcommand)]
    Suppressions(suppressions::Suppressions),
}

pub(super) async fn run(
    command: &Mail,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    match command {
        Mail::List(command) => list::run(command, session, console).await,
        Mail::Show(command) => show::run(command, session, console).await,
        Mail::Preview(command) => preview::run(command, session, console),
        Mail::Suppressions(command) => suppressions::run(command, session, console).await,
    }
}

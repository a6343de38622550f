use clap::{Args, ValueEnum};
use suite_db::schema_text;

use super::{Console, Ending, Session};

/// Prints the text of schema.rs for the database as it is.
#[derive(Debug, Args)]
pub struct Schema {
    #[arg(value_enum, default_value_t = Action::Print)]
    action: Action,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Action {
    /// Print it
    Print,
}

pub(super) async fn run(
    command: &Schema,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    match command.action {
        Action::Print => {
            let text = schema_text::print(&mut session.db().await?.fleet().await?).await?;
            console.out.write_all(text.as_bytes())?;
            Ok(Ending::Fine)
        }
    }
}

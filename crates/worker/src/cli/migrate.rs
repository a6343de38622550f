use anyhow::ensure;
use clap::Args;
use serde_json::json;
use suite_core::id::AccountId;
use suite_db::{migrate, operator};

use super::{Console, Ending, Session, audit, show};

/// Brings the database to the version of this program.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only list what would run
    #[arg(long, conflicts_with = "redo_all")]
    dry_run: bool,

    /// Take every migration back and run it again: loses all data
    #[arg(long, hide = true)]
    redo_all: bool,
}

pub(super) async fn run(
    command: &Migrate,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let config = &session.settings.database;
    if command.dry_run {
        let pending = migrate::pending(config).await?;
        tell(session, console, "pending", &pending)?;
        return Ok(Ending::Fine);
    }
    if command.redo_all {
        tell(session, console, "applied", &migrate::up(config).await?)?;
        refuse_unless_empty(session).await?;
        tell(session, console, "reverted", &migrate::down(config).await?)?;
    }
    let ran = migrate::up(config).await?;
    tell(session, console, "applied", &ran)?;
    if !ran.is_empty() {
        let detail = json!({ "migrations": ran });
        let mut tx = session.db().await?.fleet().await?;
        audit::note_for(
            &mut tx,
            AccountId::OPERATOR,
            session,
            "migrate_database",
            "database",
            detail,
        )
        .await?;
        tx.commit().await?;
    }
    Ok(Ending::Fine)
}

/// Going down drops every table: only a database that nobody uses may be taken through it.
async fn refuse_unless_empty(session: &Session) -> anyhow::Result<()> {
    let mut tx = session.db().await?.fleet().await?;
    let accounts = operator::accounts::count_others(&mut tx, None).await?;
    ensure!(
        accounts == 0,
        "this database holds {}: --redo-all would lose everything",
        show::count(accounts, "account")
    );
    Ok(())
}

fn tell(
    session: &Session,
    console: &mut Console<'_>,
    what: &str,
    names: &[String],
) -> anyhow::Result<()> {
    if session.json {
        return show::json(console.out, &json!({ what: names }));
    }
    for name in names {
        writeln!(console.out, "{what} {name}")?;
    }
    if names.is_empty() {
        writeln!(console.out, "PostgreSQL: no migration {what}")?;
    } else {
        let count = show::count(i64::try_from(names.len())?, "migration");
        writeln!(console.out, "PostgreSQL: {count} {what}")?;
    }
    Ok(())
}

use clap::Args;
use secrecy::ExposeSecret;
use serde_json::json;
use suite_core::id::AccountId;
use suite_db::backups::{address_of_database, analyze, note_made};

use super::find;
use crate::{
    backup::Backups,
    cli::{Console, Ending, Session, audit, confirm::confirm, show},
};

/// Restores a backup into the empty database of `DATABASE_URL`.
#[derive(Debug, Args)]
pub struct Restore {
    /// Its name, or `latest`
    name: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(
    command: &Restore,
    backups: &Backups,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let name = find(backups, &command.name).await?;
    let config = &session.settings.database;
    let url = config.url.expose_secret();
    let (_, database) = address_of_database(url, str::to_owned)?;
    let question = format!("Restore {name} into the database {database}?");
    confirm(console, command.yes, &question)?;
    let restored = backups.restore(&name, url, &|_| {}).await?;
    analyze(config, url).await?;
    let mut tx = session.db().await?.fleet().await?;
    let detail = json!({ "seconds": restored.seconds });
    let nobody = AccountId::OPERATOR;
    let name = &restored.manifest.name;
    note_made(&mut tx, &restored.manifest, session.clock.now()).await?;
    audit::note_for(&mut tx, nobody, session, "restore_backup", name, detail).await?;
    tx.commit().await?;
    if session.json {
        let answer = json!({ "backup": name, "rows": restored.manifest.rows(), "seconds": restored.seconds });
        show::json(console.out, &answer)?;
    } else {
        let (rows, seconds) = (
            show::count(restored.manifest.rows(), "row"),
            restored.seconds,
        );
        writeln!(console.out, "{name} is restored in {seconds:.1} s:")?;
        writeln!(console.out, "{rows}, every table as its manifest says")?;
        writeln!(
            console.out,
            "run `suitectl migrate`, then start the processes"
        )?;
    }
    Ok(Ending::Fine)
}

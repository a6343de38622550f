//! `suitectl backup`: makes, lists, verifies and restores backups by itself, for when no worker can.

mod restore;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use suite_core::{
    backup::{BackupManifest, BackupName},
    id::AccountId,
};
use suite_db::backups::note_made;

use super::{
    Console, Ending, Session, audit, show,
    table::{Kind, Table},
};
use crate::backup::Backups;

/// Backups on the bucket.
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Make one now, and read it back
    Create,
    /// List those on the bucket, the newest first
    List,
    /// Read one back, and check every byte
    Verify(Verify),
    /// Restore one into the empty database of `DATABASE_URL`
    Restore(restore::Restore),
}

#[derive(Debug, Args)]
pub struct Verify {
    /// Its name, or `latest`
    #[arg(default_value = "latest")]
    name: String,
}

pub(super) async fn run(
    command: Backup,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let backups = Backups::of(&session.settings, &session.clock)?;
    let backups = backups.context("S3_BACKUP_BUCKET is not set: there is no place for backups")?;
    match command {
        Backup::Create => create(&backups, session, console).await,
        Backup::List => list(&backups, session, console).await,
        Backup::Verify(command) => verify(&command, &backups, session, console).await,
        Backup::Restore(command) => restore::run(&command, &backups, session, console).await,
    }
}

async fn create(
    backups: &Backups,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let manifest = backups.create(&|_| {}).await?;
    let mut tx = session.db().await?.fleet().await?;
    note_made(&mut tx, &manifest, session.clock.now()).await?;
    let detail = json!({ "size_bytes": manifest.size_bytes });
    let nobody = AccountId::OPERATOR;
    audit::note_for(
        &mut tx,
        nobody,
        session,
        "create_backup",
        &manifest.name,
        detail,
    )
    .await?;
    tx.commit().await?;
    tell(&manifest, "made and read back", session, console)
}

async fn list(
    backups: &Backups,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut names = backups.list().await?;
    names.reverse();
    let mut rows = Vec::new();
    for name in &names {
        // One that was sealed with another key is listed all the same.
        rows.push((name, backups.manifest(name).await));
    }
    if session.json {
        let items: Vec<_> = rows
            .iter()
            .map(|(name, manifest)| match manifest {
                Ok(manifest) => json!({
                    "name": manifest.name, "snapshot_at": manifest.snapshot_at, "size_bytes": manifest.size_bytes,
                    "rows": manifest.rows(), "sha256": manifest.sha256,
                }),
                Err(error) => json!({ "name": name.to_string(), "error": error.to_string() }),
            })
            .collect();
        show::json(console.out, &json!({ "source": "bucket", "items": items }))?;
        return Ok(Ending::Fine);
    }
    if rows.is_empty() {
        writeln!(console.out, "Bucket: no backup")?;
        return Ok(Ending::Fine);
    }
    let mut table = Table::new(&[
        ("BACKUP", Kind::Text),
        ("SHOWS", Kind::Text),
        ("MIB", Kind::Number),
        ("ROWS", Kind::Number),
        ("", Kind::Elastic),
    ]);
    for (name, manifest) in rows {
        match manifest {
            Ok(manifest) => table.add([
                manifest.name.clone(),
                show::time(manifest.snapshot_at),
                mebibytes(&manifest),
                show::thousands(manifest.rows()),
                String::new(),
            ]),
            Err(error) => {
                let dash = || "-".to_owned();
                table.add([name.to_string(), dash(), dash(), dash(), error.to_string()]);
            }
        }
    }
    writeln!(console.out, "{table}\n(the bucket; times are UTC)")?;
    Ok(Ending::Fine)
}

async fn verify(
    command: &Verify,
    backups: &Backups,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let name = find(backups, &command.name).await?;
    let manifest = backups.manifest(&name).await?;
    backups.verify(&name, &manifest).await?;
    tell(&manifest, "is whole", session, console)
}

/// Finds the backup that somebody has named.
async fn find(backups: &Backups, name: &str) -> anyhow::Result<BackupName> {
    if name == "latest" {
        return backups.newest().await.context("the bucket");
    }
    Ok(name.parse()?)
}

fn tell(
    manifest: &BackupManifest,
    what: &str,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    if session.json {
        show::json(console.out, manifest)?;
    } else {
        writeln!(console.out, "{} {what}:", manifest.name)?;
        let (rows, size) = (show::count(manifest.rows(), "row"), mebibytes(manifest));
        let at = show::time(manifest.snapshot_at);
        writeln!(console.out, "{rows}, {size} MiB, as of {at} UTC")?;
    }
    Ok(Ending::Fine)
}

fn mebibytes(manifest: &BackupManifest) -> String {
    let tenths = manifest.size_bytes * 10 / (1 << 20);
    format!("{}.{}", tenths / 10, tenths % 10)
}

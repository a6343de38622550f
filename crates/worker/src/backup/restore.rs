use std::{process::Stdio, time::Instant};

use suite_core::{
    Error, Result,
    backup::{BackupManifest, BackupName},
};
use suite_db::backups::{self, address_of_database};
use tokio::io::AsyncWriteExt;

use super::{Backups, Progress, Restored, program::Program};

impl Backups {
    /// Restores a backup into the database at `url`, which must be empty, and compares every table with the manifest.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the database is not empty; when the backup is not whole; when anything fails on the way. Then the
    /// database holds a part, and is to be dropped.
    pub async fn restore(
        &self,
        name: &BackupName,
        url: &str,
        progress: Progress<'_>,
    ) -> Result<Restored> {
        let config = &self.settings.database;
        let manifest = self.manifest(name).await?;
        if !backups::is_empty(config, url).await? {
            return Err(Error::Conflict {
                reason: "the database is not empty: a backup is restored into an empty one only"
                    .to_owned(),
            });
        }
        let begun = Instant::now();
        let keeps_privileges = backups::prepare_roles(config, url).await?;
        self.pour(name, &manifest, (url, keeps_privileges), progress)
            .await?;
        let seconds = begun.elapsed().as_secs_f64();
        manifest.compare(&backups::sums(config, url).await?)?;
        Ok(Restored { manifest, seconds })
    }

    async fn pour(
        &self,
        name: &BackupName,
        manifest: &BackupManifest,
        (url, keeps_privileges): (&str, bool),
        progress: Progress<'_>,
    ) -> Result<()> {
        let database = backups::libpq_environment(url)?
            .into_iter()
            .find_map(|(name, value)| (name == "PGDATABASE").then_some(value));
        let database = format!("--dbname={}", database.unwrap_or_default());
        let mut arguments = vec![
            "--format=custom",
            "--no-owner",
            "--no-password",
            "--exit-on-error",
            &database,
        ];
        if !keeps_privileges {
            arguments.push("--no-privileges");
        }
        let program = (self.settings.backup.postgres_bin.as_str(), "pg_restore");
        let pipes = (Stdio::piped(), Stdio::null());
        let mut reader = self.read(name).await?;
        let mut program = Program::start(program, url, &arguments, pipes)?;
        let mut pipe = program
            .child
            .stdin
            .take()
            .ok_or_else(|| Error::internal("no pipe"))?;
        let mut plain = Vec::new();
        loop {
            let goes_on = reader.next(manifest, &mut plain).await?;
            if pipe.write_all(&plain).await.is_err() {
                // It has ended; its complaints say why.
                break;
            }
            plain.clear();
            progress(reader.size_bytes());
            if !goes_on {
                break;
            }
        }
        drop(pipe);
        program.finish().await
    }

    /// Restores a backup into a database of its own, compares it with its manifest, and drops it again.
    ///
    /// # Errors
    /// When the backup cannot be restored, or is not what its manifest says.
    pub async fn drill(&self, name: &BackupName, progress: Progress<'_>) -> Result<Restored> {
        let config = &self.settings.database;
        let server = self.drill_url();
        // One name for each installation: what a killed drill left is dropped by the next.
        let (url, database) = address_of_database(server, |name| format!("{name}_drill"))?;
        backups::create_empty(config, server, &database).await?;
        let restored = self.restore(name, &url, progress).await;
        let dropped = backups::drop_database(config, server, &database).await;
        let restored = restored?;
        dropped?;
        Ok(restored)
    }
}

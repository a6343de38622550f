//! Backups: a dump that streams, sealed, from `pg_dump` to a bucket, and the way back.
//!
//! A *dump* is the object with the data, a *manifest* the small object beside it that says what it holds. The manifest is
//! written last, once the dump was read back and found whole: what has none does not count. Nothing is ever held in memory
//! but one part of an upload.

mod create;
mod program;
mod read;
mod restore;
mod retention;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use suite_core::{
    Error, Result,
    backup::{BackupManifest, BackupName},
    clock::Clock,
    config::Settings,
};

use crate::s3::Bucket;

/// The bucket with the backups of one installation, and the key to them.
#[derive(Clone)]
pub struct Backups {
    bucket: Bucket,
    settings: Settings,
    clock: Clock,
}

/// How far a backup or a restoring is: bytes so far.
pub type Progress<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// What a restoring took.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What the backup holds, and the database with it.
    pub manifest: BackupManifest,
    /// From the first byte read to the last index made.
    pub seconds: f64,
}

impl Backups {
    /// Prepares to work on the configured bucket; `None` when none is.
    ///
    /// # Errors
    /// When the configuration makes no sense, or has no key.
    pub fn of(settings: &Settings, clock: &Clock) -> Result<Option<Self>> {
        if !settings.backup.is_on() {
            return Ok(None);
        }
        if settings.security.encryption_key.expose_secret().is_empty() {
            return Err(Error::invalid(
                "ENCRYPTION_KEY",
                "is not set: no backup leaves the house unsealed",
            ));
        }
        Ok(Some(Self {
            // Requests to the bucket bear the true time, whatever the business goes by.
            bucket: Bucket::new(&settings.backup, Clock::System)?,
            settings: settings.clone(),
            clock: clock.clone(),
        }))
    }

    /// Returns the names of all whole backups, the oldest first.
    ///
    /// # Errors
    /// When the bucket is away.
    pub async fn list(&self) -> Result<Vec<BackupName>> {
        let keys = self.bucket.list(&self.settings.backup.prefix).await?;
        let mut names: Vec<BackupName> = keys
            .iter()
            .filter_map(|key| key.strip_suffix(".json")?.parse().ok())
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Reads what a backup holds, and makes sure that we wrote it.
    ///
    /// # Errors
    /// When there is no such backup, it was signed with another key, or the bucket is away.
    pub async fn manifest(&self, name: &BackupName) -> Result<BackupManifest> {
        let key = self.key(&name.manifest());
        let text = self.bucket.get(&key).await?;
        let text = text.ok_or(Error::NotFound { what: "backup" })?;
        let manifest: BackupManifest = serde_json::from_slice(&text)
            .map_err(|error| Error::invalid("manifest", error.to_string()))?;
        manifest.check_proof(self.secret())?;
        if manifest.name == name.to_string() {
            Ok(manifest)
        } else {
            Err(Error::invalid("manifest", "is that of another backup"))
        }
    }

    /// Returns the newest whole backup.
    ///
    /// # Errors
    /// When there is none, or the bucket is away.
    pub async fn newest(&self) -> Result<BackupName> {
        let newest = self.list().await?.pop();
        newest.ok_or(Error::NotFound { what: "backup" })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.settings.backup.prefix)
    }

    fn secret(&self) -> &[u8] {
        self.settings
            .security
            .encryption_key
            .expose_secret()
            .as_bytes()
    }

    /// Returns where dumps are read from.
    fn source_url(&self) -> &str {
        match self.settings.backup.database_url.expose_secret() {
            "" => self.settings.database.url.expose_secret(),
            url => url,
        }
    }

    /// Returns the server on which the drill may make a database.
    fn drill_url(&self) -> &str {
        match self.settings.backup.drill_url.expose_secret() {
            "" => self.settings.database.url.expose_secret(),
            url => url,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

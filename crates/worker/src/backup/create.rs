use std::process::Stdio;

use bytes::Bytes;
use ring::digest::{Context, SHA256};
use suite_core::{
    Error, Result,
    backup::{BackupManifest, BackupName, hex},
    sealed::Sealer,
};
use suite_db::backups::Snapshot;
use tokio::io::AsyncReadExt;

use super::{Backups, Progress, program::Program};

/// What is read of a dump at a time.
const PIECE_BYTES: usize = 64 * 1024;
const MIB: usize = 1 << 20;

/// What became of the bytes of a dump.
struct Sent {
    size_bytes: u64,
    sha256: String,
}

impl Backups {
    /// Makes a backup, reads it back, and writes its manifest.
    ///
    /// # Errors
    /// When the database, `pg_dump` or the bucket fail, or what was read back is not what was sent.
    pub async fn create(&self, progress: Progress<'_>) -> Result<BackupManifest> {
        let name = BackupName::new(self.now());
        let url = self.source_url();
        let mut snapshot = Snapshot::open(&self.settings.database, url).await?;
        let sent = self.dump(&name, &snapshot, progress).await?;
        let manifest = BackupManifest {
            name: name.to_string(),
            snapshot_at: snapshot.at(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            server_version: snapshot.server_version().to_owned(),
            size_bytes: sent.size_bytes,
            sha256: sent.sha256,
            tables: snapshot.sums().await?,
            proof: String::new(),
        };
        // It holds back the database's cleaning.
        drop(snapshot);
        let manifest = manifest.sign(self.secret())?;
        self.verify(&name, &manifest).await?;
        let text = serde_json::to_vec_pretty(&manifest).map_err(Error::internal)?;
        let key = self.key(&name.manifest());
        self.bucket.put(&key, text.into()).await?;
        Ok(manifest)
    }

    async fn dump(
        &self,
        name: &BackupName,
        snapshot: &Snapshot,
        progress: Progress<'_>,
    ) -> Result<Sent> {
        let key = self.key(&name.dump());
        let upload = self.bucket.begin_upload(&key).await?;
        let sent = self.send_dump(&key, &upload, snapshot, progress).await;
        if sent.is_err() {
            // What this leaves behind, retention removes.
            let _ = self.bucket.abort_upload(&key, &upload).await;
        }
        sent
    }

    async fn send_dump(
        &self,
        key: &str,
        upload: &str,
        snapshot: &Snapshot,
        progress: Progress<'_>,
    ) -> Result<Sent> {
        let snapshot = format!("--snapshot={}", snapshot.id());
        let arguments = [
            "--format=custom",
            "--no-owner",
            "--no-password",
            // Rows are read in the scope of the whole fleet, which the session of the program has.
            "--enable-row-security",
            "--lock-wait-timeout=60000",
            &snapshot,
        ];
        let program = (self.settings.backup.postgres_bin.as_str(), "pg_dump");
        let pipes = (Stdio::null(), Stdio::piped());
        let mut program = Program::start(program, self.source_url(), &arguments, pipes)?;
        let mut dump = program
            .child
            .stdout
            .take()
            .ok_or_else(|| Error::internal("no pipe"))?;
        let part_bytes = self.settings.backup.part_mib * MIB;
        let mut sealer = Sealer::new(self.secret())?;
        let (mut part, mut tags) = (Vec::with_capacity(part_bytes + 2 * PIECE_BYTES), Vec::new());
        let (mut hash, mut size_bytes) = (Context::new(&SHA256), 0);
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let length = dump.read(&mut piece).await.map_err(Error::internal)?;
            if length == 0 {
                break;
            }
            sealer.push(&piece[..length], &mut part)?;
            while part.len() >= part_bytes {
                let rest = part.split_off(part_bytes);
                let full = Bytes::from(std::mem::replace(&mut part, rest));
                hash.update(&full);
                size_bytes += full.len() as u64;
                tags.push(
                    self.bucket
                        .put_part(key, upload, tags.len() + 1, full)
                        .await?,
                );
                progress(size_bytes);
            }
        }
        // Before the end is sealed: a dump that broke off must not look whole.
        program.finish().await?;
        sealer.finish(&mut part)?;
        hash.update(&part);
        size_bytes += part.len() as u64;
        tags.push(
            self.bucket
                .put_part(key, upload, tags.len() + 1, part.into())
                .await?,
        );
        self.bucket.complete_upload(key, upload, &tags).await?;
        progress(size_bytes);
        Ok(Sent {
            size_bytes,
            sha256: hex(hash.finish().as_ref()),
        })
    }
}

use reqwest::Response;
use ring::digest::{Context, SHA256};
use suite_core::{
    Error, Result,
    backup::{BackupManifest, BackupName, hex},
    sealed::Opener,
};

use super::Backups;
use crate::s3::next_piece;

/// What every dump in the custom format begins with.
const DUMP_MAGIC: &[u8] = b"PGDMP";

/// A dump on its way from the bucket, opened as it comes. Only at its end is it known whether it is whole.
pub(super) struct DumpReader {
    response: Response,
    opener: Option<Opener>,
    hash: Context,
    size_bytes: u64,
}

impl DumpReader {
    /// Appends the next bytes of the dump to `out`; `false` at the end, when all of it is what the manifest says.
    pub(super) async fn next(
        &mut self,
        manifest: &BackupManifest,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        if let Some(piece) = next_piece(&mut self.response).await? {
            self.hash.update(&piece);
            self.size_bytes += piece.len() as u64;
            let opener = self
                .opener
                .as_mut()
                .ok_or_else(|| Error::internal("read on"))?;
            opener.push(&piece, out)?;
            return Ok(true);
        }
        if let Some(opener) = self.opener.take() {
            opener.finish(out)?;
            let sha256 = hex(self.hash.clone().finish().as_ref());
            if (self.size_bytes, sha256.as_str()) != (manifest.size_bytes, manifest.sha256.as_str())
            {
                return Err(Error::invalid("backup", "is not what its manifest says"));
            }
        }
        Ok(false)
    }

    /// Returns how many bytes of the object have come.
    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Backups {
    /// Begins to read a dump.
    pub(super) async fn read(&self, name: &BackupName) -> Result<DumpReader> {
        let response = self.bucket.open(&self.key(&name.dump())).await?;
        Ok(DumpReader {
            response: response.ok_or(Error::NotFound {
                what: "dump of this backup",
            })?,
            opener: Some(Opener::new(self.secret())),
            hash: Context::new(&SHA256),
            size_bytes: 0,
        })
    }

    /// Reads a dump to its end, and makes sure that every byte is what was sent.
    ///
    /// # Errors
    /// When it is not, or the bucket is away.
    pub async fn verify(&self, name: &BackupName, manifest: &BackupManifest) -> Result<()> {
        let mut reader = self.read(name).await?;
        let (mut begin, mut plain) = (Vec::new(), Vec::new());
        loop {
            let goes_on = reader.next(manifest, &mut plain).await?;
            if begin.len() < DUMP_MAGIC.len() {
                begin.extend(plain.iter().take(DUMP_MAGIC.len()));
            }
            plain.clear();
            if !goes_on {
                break;
            }
        }
        if begin.starts_with(DUMP_MAGIC) {
            Ok(())
        } else {
            Err(Error::invalid("backup", "is no dump of PostgreSQL"))
        }
    }
}

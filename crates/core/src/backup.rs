//! What a backup is called, what it must hold, and which ones have served their time.

use std::{collections::BTreeSet, fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use ring::hmac;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result};

const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// A dump without a manifest is being made, or was given up; after so long it is the latter.
const ABANDONED_DAYS: i64 = 2;
/// Told of the first differences; more do not help.
const DIFFERENCES_TOLD: usize = 5;

/// The name of a backup: when it was begun, and some digits of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackupName {
    at: DateTime<Utc>,
    digits: String,
}

impl BackupName {
    /// Names one that begins now.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        let random = Uuid::now_v7().simple().to_string();
        Self {
            // To the second, as the name has it.
            at: DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at),
            digits: random[random.len() - 8..].to_owned(),
        }
    }

    /// Returns when it was begun.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Returns the key of its dump, below the prefix.
    #[must_use]
    pub fn dump(&self) -> String {
        format!("{self}.dump")
    }

    /// Returns the key of its manifest, below the prefix.
    #[must_use]
    pub fn manifest(&self) -> String {
        format!("{self}.json")
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.at.format(TIME_FORMAT), self.digits)
    }
}

/// The text is no name of a backup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a backup")]
pub struct NoBackupName(pub String);

impl FromStr for BackupName {
    type Err = NoBackupName;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let wrong = || NoBackupName(text.to_owned());
        let (at, digits) = text.split_once('-').ok_or_else(wrong)?;
        let at = NaiveDateTime::parse_from_str(at, TIME_FORMAT).map_err(|_| wrong())?;
        let name = Self {
            at: at.and_utc(),
            digits: digits.to_owned(),
        };
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let is_plain = digits.len() == 8 && digits.chars().all(is_hex);
        // Only what we would write ourselves is ours.
        if is_plain && name.to_string() == text {
            Ok(name)
        } else {
            Err(wrong())
        }
    }
}

/// What one table held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSum {
    /// Its name.
    pub name: String,
    /// How many rows.
    pub rows: i64,
    /// The sum of the rows' hashes: the same in whatever order they lie.
    pub checksum: String,
}

/// What a backup holds, written beside it once it was read back and found whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// The backup's name.
    pub name: String,
    /// The moment that it shows: what was committed later is not in it.
    pub snapshot_at: DateTime<Utc>,
    /// The version of the program that made it.
    pub version: String,
    /// The version of PostgreSQL that it was read from.
    pub server_version: String,
    /// Bytes on the bucket.
    pub size_bytes: u64,
    /// SHA-256 of these, in hex.
    pub sha256: String,
    /// Each table, in alphabetical order, as the same snapshot shows it.
    pub tables: Vec<TableSum>,
    /// Proves that who wrote this has the key.
    #[serde(default)]
    pub proof: String,
}

impl BackupManifest {
    /// Returns how many rows all tables have together.
    #[must_use]
    pub fn rows(&self) -> i64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Signs it.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn sign(mut self, secret: &[u8]) -> Result<Self> {
        self.proof = hex(hmac::sign(&proof_key(secret), &self.signed_bytes()?).as_ref());
        Ok(self)
    }

    /// Makes sure that who wrote it has the key.
    ///
    /// # Errors
    /// When not.
    pub fn check_proof(&self, secret: &[u8]) -> Result<()> {
        let proof = unhex(&self.proof).unwrap_or_default();
        hmac::verify(&proof_key(secret), &self.signed_bytes()?, &proof).map_err(|_| {
            Error::invalid(
                "manifest",
                "was signed with another ENCRYPTION_KEY, or changed",
            )
        })
    }

    fn signed_bytes(&self) -> Result<Vec<u8>> {
        let unsigned = Self {
            proof: String::new(),
            ..self.clone()
        };
        serde_json::to_vec(&unsigned).map_err(Error::internal)
    }

    /// Compares what a restored database holds with what it must hold.
    ///
    /// # Errors
    /// The first differences.
    pub fn compare(&self, restored: &[TableSum]) -> Result<()> {
        let expected: BTreeSet<String> = self.tables.iter().map(describe).collect();
        let found: BTreeSet<String> = restored.iter().map(describe).collect();
        let missing = expected.difference(&found).map(|row| format!("not {row}"));
        let surplus = found.difference(&expected).map(|row| format!("but {row}"));
        let differences: Vec<String> = missing.chain(surplus).take(DIFFERENCES_TOLD).collect();
        if differences.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid("restored database", differences.join(", ")))
        }
    }
}

fn describe(table: &TableSum) -> String {
    format!(
        "{} with {} rows ({})",
        table.name, table.rows, table.checksum
    )
}

fn proof_key(secret: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &[b"manifest:", secret].concat())
}

/// Writes bytes as hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::try_from(pair.first()? * 16 + pair.get(1)?).ok())
        .collect()
}

/// Returns which objects below the prefix have served their time. The newest whole backup stays however old it is, and what
/// is not named as a backup is never touched.
#[must_use]
pub fn expired(keys: &[String], now: DateTime<Utc>, retention_days: u32) -> Vec<String> {
    let parse = |key: &String, ending: &str| key.strip_suffix(ending)?.parse::<BackupName>().ok();
    let whole: BTreeSet<BackupName> = keys.iter().filter_map(|key| parse(key, ".json")).collect();
    let dumps: BTreeSet<BackupName> = keys.iter().filter_map(|key| parse(key, ".dump")).collect();
    let newest = whole.iter().rfind(|name| dumps.contains(*name));
    let kept_since = now - TimeDelta::days(i64::from(retention_days));
    let abandoned_before = now - TimeDelta::days(ABANDONED_DAYS);
    let mut gone = Vec::new();
    for name in whole.union(&dumps) {
        let is_whole = whole.contains(name) && dumps.contains(name);
        let limit = if is_whole {
            kept_since
        } else {
            abandoned_before
        };
        // Without a whole one that is newer, nothing is deleted.
        if name.at < limit && newest.is_some_and(|newest| name < newest) {
            // A manifest without its dump would count as a backup.
            let keys_of = [name.manifest(), name.dump()];
            gone.extend(keys_of.into_iter().filter(|key| keys.contains(key)));
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn keys(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_name_reads_back_and_nothing_else_is_one() {
        let name = BackupName::new(at("2026-11-29T01:13:00.250Z"));
        assert_eq!(name.to_string().parse(), Ok(name.clone()));
        assert!(name.to_string().starts_with("20261129T011300Z-"), "{name}");
        for other in [
            "",
            "notes",
            "20261129T011300Z",
            "20261129T011300Z-xyz",
            "20261129T011300Z-00000000.old",
        ] {
            assert!(other.parse::<BackupName>().is_err(), "{other}");
        }
    }

    #[test]
    fn old_backups_go_and_whatever_else_lies_there_stays() {
        let lying = keys(&[
            "20261001T010000Z-00000001.dump",
            "20261001T010000Z-00000001.json",
            "20261120T010000Z-00000002.dump",
            "20261120T010000Z-00000002.json",
            "20261125T010000Z-00000003.dump",
            "20261128T230000Z-00000004.dump",
            "20261129T010000Z-00000005.dump",
            "20261129T010000Z-00000005.json",
            "20261001T010000Z-00000001.txt",
            "important.dump",
        ]);
        let gone = expired(&lying, at("2026-11-29T02:00:00Z"), 30);
        assert_eq!(
            gone,
            keys(&[
                "20261001T010000Z-00000001.json",
                "20261001T010000Z-00000001.dump",
                "20261125T010000Z-00000003.dump",
            ])
        );
    }

    #[test]
    fn without_a_newer_whole_one_nothing_is_deleted() {
        let only = keys(&[
            "20250101T010000Z-00000001.dump",
            "20250101T010000Z-00000001.json",
        ]);
        assert_eq!(expired(&only, at("2026-11-29T02:00:00Z"), 1), keys(&[]));
        // The newer one was never found whole.
        let both = [only, keys(&["20261129T010000Z-00000002.dump"])].concat();
        assert_eq!(expired(&both, at("2026-11-29T02:00:00Z"), 1), keys(&[]));
    }

    #[test]
    fn a_manifest_proves_its_key_and_tells_each_difference() {
        let table = |name: &str, rows| TableSum {
            name: name.to_owned(),
            rows,
            checksum: "7".to_owned(),
        };
        let manifest = BackupManifest {
            name: "n".to_owned(),
            snapshot_at: at("2026-11-29T01:13:00Z"),
            version: "1".to_owned(),
            server_version: "15".to_owned(),
            size_bytes: 3,
            sha256: "00".to_owned(),
            tables: vec![table("orders", 2), table("stores", 1)],
            proof: String::new(),
        };
        let signed = manifest.sign(b"key").unwrap();
        assert!(signed.check_proof(b"key").is_ok());
        assert!(signed.check_proof(b"other").is_err());
        let forged = BackupManifest {
            size_bytes: 4,
            ..signed.clone()
        };
        assert!(forged.check_proof(b"key").is_err());
        assert!(
            signed
                .compare(&[table("stores", 1), table("orders", 2)])
                .is_ok()
        );
        let told = signed
            .compare(&[table("orders", 1)])
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("not orders with 2") && told.contains("not stores"),
            "{told}"
        );
    }
}

//! Measures the main job on this machine and prints ratios, so that the figures mean the same on any other.
//!
//! `just bench-main [FILE.csv.gz]`. Each round has a database of its own and a fresh worker process; every figure is the
//! median of the rounds. A *ratio* compares two things that were measured in one round, one right after the other.

mod database;
mod figures;
mod import;
mod jobs;
mod latency;
mod plain;
mod report;
mod stand;
mod worker_process;

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use suite_core::config::{Purpose, Settings};

use crate::{
    figures::{Round, write_summary},
    stand::Stand,
};

const ROUNDS: u32 = 3;
/// Beside the project, as it is not ours to give away.
const REAL_FILE: &str = "../shared/data/online-retail-2010-2011.csv.gz";

#[tokio::main]
async fn main() -> Result<()> {
    let settings = Settings::from_environment(Purpose::Worker)?;
    let path = std::env::args_os()
        .nth(1)
        .map_or_else(real_file, PathBuf::from);
    let mut out = std::io::stdout();
    let Some(file) = read_file(&path)? else {
        writeln!(
            out,
            "{} is absent: the import and the report are NOT measured, only the latency.\n\
             Give another file of invoice lines as the argument: just bench-main FILE.csv.gz",
            path.display()
        )?;
        let stand = Stand::open(&settings, "latency").await?;
        let latency = latency::measure(&stand).await?;
        writeln!(out, "{latency}")?;
        return stand.close().await;
    };
    writeln!(out, "{} rows of {}", file.rows, path.display())?;
    let mut rounds = Vec::new();
    for number in 1..=ROUNDS {
        let stand = Stand::open(&settings, &number.to_string()).await?;
        let round = measure(&stand, &file).await;
        stand.close().await?;
        let round = round?;
        writeln!(out, "round {number}: {round}")?;
        rounds.push(round);
    }
    write_summary(&mut out, &file, &rounds)?;
    Ok(())
}

async fn measure(stand: &Stand, file: &File) -> Result<Round> {
    let copy = plain::copy(stand, &file.plain).await?;
    let idle_kib = stand.worker.resident_kib()?;
    let import = import::run(stand, file).await?;
    let peak_kib = stand.worker.peak_kib()?;
    let report = report::run(stand).await?;
    let group_by = plain::group_by(stand, &report.result).await?;
    let latency = latency::measure(stand).await?;
    Ok(Round {
        copy,
        import,
        report: report.worker_time,
        group_by,
        idle_kib,
        peak_kib,
        latency,
    })
}

/// The file to import, as it comes and as it reads.
struct File {
    gzip: Vec<u8>,
    plain: Vec<u8>,
    rows: u64,
}

fn real_file() -> PathBuf {
    // The manifest of this package lies one folder below the project.
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(REAL_FILE)
}

/// Returns `None` when there is no such file.
fn read_file(path: &Path) -> Result<Option<File>> {
    let gzip = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(gzip.as_slice())
        .read_to_end(&mut plain)
        .with_context(|| format!("{} is not gzip", path.display()))?;
    let rows = csv::Reader::from_reader(plain.as_slice())
        .into_byte_records()
        .count();
    Ok(Some(File {
        gzip,
        plain,
        rows: rows.try_into()?,
    }))
}

use std::path::PathBuf;

use anyhow::{Context, Result};
use tokio::process::Command;

/// A job system that takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum System {
    /// This project's: each job a row that is on disk.
    Ours,
    /// BullMQ's port to Rust.
    BullmqPort,
    /// BullMQ on Node.
    Bullmq,
    /// Celery with Redis.
    Celery,
    /// apalis-redis as published.
    StockApalis,
}

impl System {
    pub(crate) const ALL: [Self; 5] = [
        Self::Ours,
        Self::BullmqPort,
        Self::Bullmq,
        Self::Celery,
        Self::StockApalis,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::BullmqPort => "BullMQ, Rust port",
            Self::Bullmq => "BullMQ, Node",
            Self::Celery => "Celery",
            Self::StockApalis => "apalis-redis",
        }
    }

    /// Returns the command line of a rival, as `bin/bench duel` has installed it: COMMAND QUEUE COUNT CONCURRENCY follow.
    pub(crate) fn program(self) -> Result<Command> {
        let installed = installed()?;
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/duel");
        let mut command = match self {
            Self::Ours => Command::new(std::env::current_exe()?),
            Self::BullmqPort | Self::StockApalis => {
                Command::new(installed.join("rivals/release/duel-rivals"))
            }
            Self::Bullmq => Command::new("node"),
            Self::Celery => Command::new(installed.join("python/bin/python")),
        };
        match self {
            Self::Ours => {}
            Self::BullmqPort => drop(command.arg("bullmq-port")),
            Self::StockApalis => drop(command.arg("stock-apalis")),
            Self::Bullmq => drop(command.arg(installed.join("node/duel.mjs"))),
            Self::Celery => drop(command.arg(sources.join("celery/duel.py"))),
        }
        Ok(command)
    }
}

fn installed() -> Result<PathBuf> {
    std::env::var_os("DUEL_HOME")
        .map(PathBuf::from)
        .context("DUEL_HOME is not set: run bin/bench duel, which installs the rivals")
}

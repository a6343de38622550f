use std::{collections::BTreeMap, fmt, time::Duration};

use anyhow::{Context, Result};

use crate::system::System;

/// The numbers of one measurement, by name.
pub(crate) type Numbers = BTreeMap<String, f64>;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    /// Enqueue one by one, one producer.
    One,
    /// Enqueue in bulk, 500 in a call.
    Bulk,
    /// Run a backlog of jobs that do nothing.
    Drain,
    /// The same while Redis writes its log to disk each second, which is all the durability that the rivals have.
    DrainAof,
    /// From the call to the start, 50 a second, nothing else to do.
    Latency,
    /// Jobs that are all due in the same second.
    Due,
    /// A merchant floods the queue, another adds ten jobs.
    Flood,
    /// What Redis holds for a waiting and for a finished job.
    Memory,
    /// From the kill of a worker until its jobs run again.
    Crash,
    /// What a worker without jobs costs.
    Idle,
    /// What only ours promises.
    Promises,
}

impl Figure {
    pub(crate) const ALL: [Self; 11] = [
        Self::One,
        Self::Bulk,
        Self::Drain,
        Self::DrainAof,
        Self::Latency,
        Self::Due,
        Self::Flood,
        Self::Memory,
        Self::Crash,
        Self::Idle,
        Self::Promises,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Bulk => "bulk",
            Self::Drain => "drain",
            Self::DrainAof => "drain-aof",
            Self::Latency => "latency",
            Self::Due => "due",
            Self::Flood => "flood",
            Self::Memory => "memory",
            Self::Crash => "crash",
            Self::Idle => "idle",
            Self::Promises => "promises",
        }
    }

    /// Returns what a rival is told to do.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::DrainAof => Self::Drain.name(),
            _ => self.name(),
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|figure| figure.name() == name)
            .with_context(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|figure| figure.name()).collect();
                format!("no figure {name:?}: there are {}, steady", names.join(", "))
            })
    }

    /// Memory is the same each time.
    pub(crate) fn rounds(self) -> u32 {
        if self == Self::Memory { 1 } else { 3 }
    }

    /// Jobs at a time in one worker: every system does best with many small ones at a time.
    pub(crate) fn concurrency(self, system: System) -> usize {
        match (self, system) {
            // A pool of processes, two cores.
            (
                Self::Drain | Self::DrainAof | Self::Latency | Self::Due | Self::Memory,
                System::Celery,
            ) => 2,
            (Self::Flood, _) => 20,
            (Self::Crash | Self::Idle, _) => 8,
            _ => 100,
        }
    }

    /// How many jobs. Stock apalis breaks near 8,000 due ones; Celery is too slow for the full number in bearable time.
    pub(crate) fn count(self, system: System) -> u64 {
        match (self, system) {
            (
                Self::One | Self::Bulk | Self::Drain | Self::DrainAof | Self::Due,
                System::StockApalis,
            ) => 5_000,
            (Self::Flood | Self::Memory, System::StockApalis) => 5_000,
            (Self::Bulk | Self::Drain | Self::DrainAof, System::Celery) => 20_000,
            (Self::Due | Self::Flood, System::Celery) => 10_000,
            (Self::Memory, System::Celery | System::Bullmq) => 100_000,
            (Self::Memory, _) => 1_000_000,
            (Self::One, _) => 5_000,
            (Self::Latency, _) => 250,
            (Self::Flood, _) => 50_000,
            (Self::Crash, _) => 8,
            _ => 100_000,
        }
    }

    /// How long a rival gets for it.
    pub(crate) fn limit(self) -> Duration {
        match self {
            Self::Memory => Duration::from_secs(400),
            _ => Duration::from_secs(120),
        }
    }
}

/// What came of a measurement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The numbers.
    Figures(Numbers),
    /// Why there are none.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figures(numbers) => {
                for (name, number) in numbers {
                    write!(formatter, "{name}={number:.2} ")?;
                }
                Ok(())
            }
            Self::Failed(reason) => formatter.write_str(reason),
        }
    }
}

/// Makes numbers of pairs.
pub(crate) fn numbers<const N: usize>(pairs: [(&str, f64); N]) -> Numbers {
    pairs
        .into_iter()
        .map(|(name, number)| (name.to_owned(), number))
        .collect()
}

/// Returns the three percentiles of waits in milliseconds.
pub(crate) fn percentiles(prefix: &str, mut waits: Vec<f64>) -> Numbers {
    waits.sort_unstable_by(f64::total_cmp);
    [50, 95, 99]
        .into_iter()
        .map(|percent| {
            (
                format!("{prefix}p{percent}_ms"),
                percentile(&waits, percent),
            )
        })
        .collect()
}

/// Returns one percentile of sorted values.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}

use std::{collections::BTreeMap, fmt, time::Duration};

use super::Fault;

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What the plan was made from.
    pub seed: u64,
    /// Faults by kind, and for those after which the fleet got time: how long until a new job had run.
    pub faults: BTreeMap<Fault, Vec<Duration>>,
    /// How many faults there were.
    pub fault_count: usize,
    /// Jobs whose commit was answered, by the API's clients too.
    pub committed: usize,
    /// Jobs whose transaction was rolled back.
    pub rolled_back: usize,
    /// Jobs whose commit was not answered.
    pub unknown: usize,
    /// Starts of attempts.
    pub starts: usize,
    /// Attempts that ended with their worker.
    pub crashes: usize,
    /// Jobs that were buried for their crashes, and retried by the operator.
    pub buried: usize,
    /// Writes with the token of an attempt that had lost its job; all were refused, or it is a broken promise.
    pub stale: usize,
    /// How long the jobs of killed workers waited for their next start.
    pub recoveries: Vec<Duration>,
    /// How long it all took.
    pub took: Duration,
    /// Committed jobs that have no end.
    pub lost: usize,
    /// Jobs with more than one effect.
    pub doubled: usize,
    /// Every broken promise, with the history of the job.
    pub broken: Vec<String>,
}

fn longest(times: &[Duration]) -> Duration {
    times.iter().max().copied().unwrap_or_default()
}

fn middle(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "seed {}: {} faults, {} jobs committed ({} rolled back, {} with a lost answer), {} starts, {} crashes, \
             {} buried and retried, {} stale writes refused, {:.0} s",
            self.seed,
            self.fault_count,
            self.committed,
            self.rolled_back,
            self.unknown,
            self.starts,
            self.crashes,
            self.buried,
            self.stale,
            self.took.as_secs_f64(),
        )?;
        writeln!(formatter, "lost {}, doubled {}", self.lost, self.doubled)?;
        for (fault, times) in &self.faults {
            writeln!(
                formatter,
                "{fault:?}: a new job had run after {:.2} s (median of {}), {:.2} s at most",
                middle(times).as_secs_f64(),
                times.len(),
                longest(times).as_secs_f64(),
            )?;
        }
        writeln!(
            formatter,
            "jobs of killed workers started again after {:.2} s (median of {}), {:.2} s at most",
            middle(&self.recoveries).as_secs_f64(),
            self.recoveries.len(),
            longest(&self.recoveries).as_secs_f64(),
        )?;
        for broken in &self.broken {
            writeln!(formatter, "BROKEN: {broken}")?;
        }
        Ok(())
    }
}

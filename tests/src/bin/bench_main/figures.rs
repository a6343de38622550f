use std::{fmt, io::Write, time::Duration};

use crate::{File, latency::Latency};

/// What one round measured.
pub(crate) struct Round {
    pub(crate) copy: Duration,
    pub(crate) import: Duration,
    pub(crate) report: Duration,
    pub(crate) group_by: Duration,
    pub(crate) idle_kib: u64,
    pub(crate) peak_kib: u64,
    pub(crate) latency: Latency,
}

impl Round {
    fn import_to_copy(&self) -> f64 {
        self.copy.as_secs_f64() / self.import.as_secs_f64()
    }

    fn group_by_to_report(&self) -> f64 {
        self.group_by.as_secs_f64() / self.report.as_secs_f64()
    }

    fn mib_above_idle(&self) -> u64 {
        self.peak_kib.saturating_sub(self.idle_kib) / 1024
    }
}

impl fmt::Display for Round {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "COPY {:.2?}, import {:.2?}; report {:.1?}, GROUP BY {:.0?}; worker {} MiB idle, {} MiB at most; {}",
            self.copy,
            self.import,
            self.report,
            self.group_by,
            self.idle_kib / 1024,
            self.peak_kib / 1024,
            self.latency
        )
    }
}

/// Writes the medians of the rounds beside what is promised.
pub(crate) fn write_summary(
    out: &mut impl Write,
    file: &File,
    rounds: &[Round],
) -> std::io::Result<()> {
    let of = |figure: fn(&Round) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(figure).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let seconds =
        |figure: fn(&Round) -> Duration| median(&mut rounds.iter().map(figure).collect::<Vec<_>>());
    let rate = |taken: Duration| file.rows as f64 / taken.as_secs_f64();
    let memory = rounds
        .iter()
        .map(Round::mib_above_idle)
        .max()
        .unwrap_or_default();
    writeln!(out, "\nmedians of {} rounds", rounds.len())?;
    let mut line = |name: &str, measured: String, promised: &str| {
        writeln!(out, "{name:<34}{measured:>18}   {promised}")
    };
    line(
        "bare COPY",
        format!("{:.0} rows/s", rate(seconds(|round| round.copy))),
        "",
    )?;
    line(
        "import, end to end",
        format!("{:.0} rows/s", rate(seconds(|round| round.import))),
        "",
    )?;
    line(
        "import / COPY",
        format!("{:.2}", of(Round::import_to_copy)),
        "at least 0.33",
    )?;
    line(
        "report, worker time",
        format!("{:.1?}", seconds(|round| round.report)),
        "under 300 ms",
    )?;
    line(
        "plain GROUP BY",
        format!("{:.0?}", seconds(|round| round.group_by)),
        "",
    )?;
    line(
        "GROUP BY / report",
        format!("{:.1}", of(Round::group_by_to_report)),
        "at least 5",
    )?;
    line(
        "commit to start, p50",
        format!("{:.2?}", seconds(|round| round.latency.p50)),
        "under 2 ms",
    )?;
    line(
        "commit to start, p95",
        format!("{:.2?}", seconds(|round| round.latency.p95)),
        "",
    )?;
    line(
        "commit to start, p99",
        format!("{:.2?}", seconds(|round| round.latency.p99)),
        "",
    )?;
    line(
        "worker above idle, largest",
        format!("{memory} MiB"),
        "under 100 MB (95 MiB)",
    )
}

/// Returns the middle value.
pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

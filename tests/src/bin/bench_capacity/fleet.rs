//! The processes of one small machine.

use std::{io::Write, net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use suite_tests::{Memory, TestApp, TestProcess, free_address, memory_kib, until};

/// As one machine of two processors is set up: defaults, but for the heavy queues, which take turns and leave a processor to
/// the web.
/// One proxy is believed, as the merchants' clients come from addresses of their own.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("SUITE__HTTP__TRUSTED_PROXY_HOPS", "1"),
    ("SUITE__DATABASE__POOL_SIZE", "8"),
    ("SUITE__DATABASE__ACQUIRE_TIMEOUT_MS", "500"),
    ("SUITE__REDIS__COMMAND_TIMEOUT_MS", "250"),
    ("SUITE__LIMITS__ACCOUNT_PER_MINUTE", "1200"),
    ("SUITE__LIMITS__TOKEN_PER_MINUTE", "900"),
    ("SUITE__LIMITS__ADDRESS_PER_MINUTE", "600"),
    ("SUITE__WORKER__CONCURRENCY", "1"),
    ("SUITE__WORKER__SHARE_SLOTS", "true"),
    ("SUITE__WORKER__LEASE_SECONDS", "10"),
    ("SUITE__WORKER__KEEPER_INTERVAL_MS", "500"),
    ("STRIPE_WEBHOOK_SECRET", crate::merchants::STRIPE_SECRET),
];
/// What each worker serves. Mails are light, and wait for no report.
const WORKERS: [&str; 2] = ["inventory,reports,maintenance", "email"];
/// Linux counts a process's time in hundredths of a second.
const TICKS: f64 = 100.0;

/// One web process and its workers.
pub(crate) struct Fleet {
    pub(crate) address: SocketAddr,
    processes: Vec<(String, TestProcess)>,
}

impl Fleet {
    pub(crate) async fn start(app: &TestApp) -> Result<Self> {
        let address = free_address();
        let (host, port) = address.split_once(':').context("an address has a port")?;
        let web = app.spawn_with(
            "suite-api",
            &[],
            &[
                ("SUITE__HTTP__PORT", port),
                ("SUITE__HTTP__HOST", host),
                ("RUST_LOG", "error"),
                ("SUITE__HTTP__THREADS", "2"),
            ],
        );
        let mut processes = vec![("suite-api".to_owned(), web)];
        for queues in WORKERS {
            let worker = app.spawn_with(
                "suite-worker",
                &["--queue", queues],
                &[("RUST_LOG", "error")],
            );
            processes.push((format!("suite-worker --queue {queues}"), worker));
        }
        let fleet = Self {
            address: address.parse()?,
            processes,
        };
        fleet.wait_until_ready().await;
        Ok(fleet)
    }

    async fn wait_until_ready(&self) {
        let url = format!("http://{}/ready", self.address);
        until(&format!("the processes are ready: see {url}"), || async {
            let answer = reqwest::get(&url).await;
            answer.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Returns how much processor time each process has taken.
    pub(crate) fn processor_seconds(&self) -> Result<Vec<f64>> {
        let of = |(_, process): &(String, TestProcess)| {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id()))?;
            // The name, which may hold anything, ends with the last bracket; see proc(5).
            let fields = stat.rsplit_once(')').context("a name in brackets")?.1;
            let ticks = fields.split_whitespace().skip(11).take(2);
            let ticks: u64 = ticks.filter_map(|text| text.parse::<u64>().ok()).sum();
            Ok(ticks as f64 / TICKS)
        };
        self.processes.iter().map(of).collect()
    }

    /// Writes what each process took.
    pub(crate) fn write_processes(
        &self,
        before: &[f64],
        length: Duration,
        out: &mut impl Write,
    ) -> Result<()> {
        writeln!(
            out,
            "\n{:<48}{:>12}{:>12}{:>14}",
            "process", "MiB now", "MiB at most", "% of a core"
        )?;
        let after = self.processor_seconds()?;
        ensure!(after.len() == before.len(), "a process is missing");
        for ((name, process), (before, after)) in
            self.processes.iter().zip(before.iter().zip(after))
        {
            let percent = (after - before) / length.as_secs_f64() * 100.0;
            writeln!(
                out,
                "{name:<48}{:>12}{:>12}{percent:>14.1}",
                memory_kib(process.id(), Memory::Resident)? / 1024,
                memory_kib(process.id(), Memory::Peak)? / 1024
            )?;
        }
        Ok(())
    }

    pub(crate) async fn stop(self) -> Result<()> {
        for (name, process) in self.processes {
            let status = process.terminate().await;
            ensure!(status.success(), "{name} ended with {status}");
        }
        Ok(())
    }
}

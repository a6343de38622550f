//! The worker program with the kinds of the harness beside its own, and ways to make it older, or unsound.

use clap::Parser;
use suite_core::{
    config::{Purpose, Settings},
    job::Queue,
    telemetry,
};
use suite_tests::chaos::process_kinds;
use suite_worker::runtime::{Registry, run_program, run_until_stopped, signalled};
use tokio::runtime::{Builder, Handle};

/// Runs background jobs of tests.
#[derive(Parser)]
struct Arguments {
    /// The queues to serve, with commas between; all when left out.
    #[arg(long = "queue", value_delimiter = ',')]
    queues: Vec<Queue>,
    /// Knows only the kinds of the released program, like one that was built before a new kind came.
    #[arg(long)]
    old: bool,
    /// Runs jobs where the job layer runs: one that never awaits makes it stuck.
    #[arg(long)]
    one_runtime: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings::from_environment(Purpose::Worker)?;
    let _reports = telemetry::start(&settings)?;
    let kinds = match arguments.old {
        true => Registry::of_program(),
        false => Registry::of_program().with(process_kinds()),
    };
    let queues = match arguments.queues.as_slice() {
        [] => settings.worker.served_queues(),
        named => named.to_vec(),
    };
    if arguments.one_runtime {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        return runtime.block_on(async {
            let (executor, stop) = (Handle::current(), signalled()?);
            Ok(run_until_stopped(&settings, queues, kinds, executor, stop).await?)
        });
    }
    Ok(run_program(&settings, queues, kinds)?)
}

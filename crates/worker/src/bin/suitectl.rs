//! The operator's command line.

use std::{
    io::{self, BufWriter, IsTerminal},
    process::ExitCode,
};

use suite_core::{
    clock::Clock,
    config::{Purpose, Settings},
};
use suite_worker::{
    cli::{self, Console, Environment},
    runtime::Registry,
};

#[tokio::main]
async fn main() -> ExitCode {
    // The one provider of cryptography; a second call is refused and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let environment = Environment {
        settings: Settings::from_environment(Purpose::Command),
        clock: Clock::System,
        user: cli::operating_system_user(),
        kinds: Registry::of_program(),
    };
    // Questions are only asked where a person sees them and can answer.
    let is_interactive = io::stdin().is_terminal() && io::stderr().is_terminal();
    let mut console = Console {
        out: &mut BufWriter::new(io::stdout()),
        err: &mut io::stderr(),
        input: &mut io::stdin().lock(),
        is_interactive,
    };
    ExitCode::from(cli::run(std::env::args_os(), environment, &mut console).await)
}

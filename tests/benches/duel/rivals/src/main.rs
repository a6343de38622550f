//! The rivals that are written in Rust: `duel-rivals SYSTEM COMMAND QUEUE COUNT CONCURRENCY`, the protocol of ../README.md.

mod bullmq_port;
mod figures;
mod rival;
mod stock_apalis;

use anyhow::{Context, Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [system, command, queue, count, concurrency] = arguments.as_slice() else {
        bail!("usage: duel-rivals SYSTEM COMMAND QUEUE COUNT CONCURRENCY");
    };
    let url = std::env::var("REDIS_URL").context("REDIS_URL is not set")?;
    let task = figures::Task {
        command: command.clone(),
        count: count.parse()?,
        concurrency: concurrency.parse()?,
    };
    match system.as_str() {
        "bullmq-port" => {
            let rival = bullmq_port::BullmqPort::new(&url, queue).await?;
            figures::run(rival, &url, &task).await
        }
        "stock-apalis" => {
            let rival = stock_apalis::StockApalis::new(&url, queue).await?;
            figures::run(rival, &url, &task).await
        }
        other => bail!("no such system: {other}"),
    }
}

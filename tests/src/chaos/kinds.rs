use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use suite_core::{
    Error,
    job::{Backoff, Job, Queue},
};
use suite_db::AccountTx;
use suite_worker::runtime::{JobContext, JobError, Kind};

/// Where jobs of a run write down that they started, and their effects.
pub(super) const MAKE_LOG: &str = "
    CREATE TABLE chaos_log (
        at timestamptz NOT NULL DEFAULT clock_timestamp(), job_id uuid NOT NULL, attempt smallint NOT NULL,
        pid integer NOT NULL, what text NOT NULL);
    CREATE INDEX ON chaos_log (job_id);
    GRANT SELECT, INSERT ON chaos_log TO suite_app";

/// A job that takes its time, fails a few times, and has one effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChaosWork {
    /// Its number in the plan.
    pub number: u64,
    /// How long it works, in milliseconds.
    pub takes_ms: u64,
    /// How many attempts fail.
    pub fails: i16,
    /// Whether it ends in the transaction of its effect. Otherwise it may run again after its effect, and makes sure by the
    /// job's id that there is one.
    pub ends_in_transaction: bool,
}

impl Job for ChaosWork {
    const NAME: &'static str = "test_chaos";
    const QUEUE: Queue = Queue::Inventory;
    // A crash counts as an attempt, and there are many crashes.
    const MAX_ATTEMPTS: u16 = 50;
    const TIMEOUT: Duration = Duration::from_secs(60);
    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(50),
        longest: Duration::from_millis(500),
    };
}

/// What only a test's worker process does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessAct {
    /// Succeeds.
    Succeed,
    /// Works so many milliseconds, and succeeds.
    Work(u64),
    /// Ends the process without a word.
    Abort,
    /// Calls itself until the stack is full.
    OverflowStack,
    /// Computes so many milliseconds without awaiting.
    Compute(u64),
    /// Takes so many MiB and keeps them until it is stopped.
    Grow(usize),
}

/// A job that harms its process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessWork {
    /// How.
    pub act: ProcessAct,
}

impl Job for ProcessWork {
    const NAME: &'static str = "test_process";
    const QUEUE: Queue = Queue::Inventory;
    const TIMEOUT: Duration = Duration::from_secs(60);
}

/// The kinds of job that the test's worker process knows beside those of the program.
#[must_use]
pub fn process_kinds() -> Vec<Kind> {
    vec![
        Kind::new(|work: ChaosWork, context| work_chaotically(work, context)),
        Kind::new(|work: ProcessWork, context| harm(work.act, context)),
    ]
}

async fn work_chaotically(work: ChaosWork, context: JobContext) -> Result<Value, JobError> {
    let mut tx = context.db().account(context.account_id()).await?;
    write(&mut tx, &context, "start").await?;
    tx.commit().await?;
    wait(&context, work.takes_ms).await?;
    if context.attempt() <= work.fails {
        return Err(JobError::Retry(Error::internal("as it was told")));
    }
    let result = json!({"attempt": context.attempt(), "pid": std::process::id()});
    let mut tx = context.db().account(context.account_id()).await?;
    context.fence(&mut tx).await?;
    if work.ends_in_transaction {
        write(&mut tx, &context, "effect").await?;
        context.finish(&mut tx, &result).await?;
    } else {
        write_once(&mut tx, &context).await?;
    }
    tx.commit().await?;
    Ok(result)
}

async fn wait(context: &JobContext, milliseconds: u64) -> Result<(), JobError> {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(milliseconds)) => Ok(()),
        () = context.cancelled().cancelled() => Err(JobError::Stopped),
    }
}

async fn write(tx: &mut AccountTx, context: &JobContext, what: &str) -> Result<(), JobError> {
    execute(
        tx,
        &format!(
            "INSERT INTO chaos_log (job_id, attempt, pid, what) VALUES ('{}', {}, {}, '{what}')",
            context.job_id(),
            context.attempt(),
            std::process::id()
        ),
    )
    .await
}

/// The fence holds the job: nobody else can be at this point with it.
async fn write_once(tx: &mut AccountTx, context: &JobContext) -> Result<(), JobError> {
    let id = context.job_id();
    execute(
        tx,
        &format!(
            "INSERT INTO chaos_log (job_id, attempt, pid, what) SELECT '{id}', {}, {}, 'effect'
              WHERE NOT EXISTS (SELECT 1 FROM chaos_log WHERE job_id = '{id}' AND what = 'effect')",
            context.attempt(),
            std::process::id()
        ),
    )
    .await
}

async fn execute(tx: &mut AccountTx, sql: &str) -> Result<(), JobError> {
    let done: Result<(), suite_db::DbError> = tx.batch_execute(sql).await.map_err(Into::into);
    Ok(done?)
}

async fn harm(act: ProcessAct, context: JobContext) -> Result<Value, JobError> {
    match act {
        ProcessAct::Succeed => {}
        ProcessAct::Work(milliseconds) => wait(&context, milliseconds).await?,
        ProcessAct::Abort => std::process::abort(),
        ProcessAct::OverflowStack => drop(dig(0)),
        ProcessAct::Compute(milliseconds) => {
            let begun = std::time::Instant::now();
            while begun.elapsed() < Duration::from_millis(milliseconds) {
                std::hint::spin_loop();
            }
        }
        ProcessAct::Grow(mebibytes) => {
            // Written to, or the system would only promise it.
            let memory = vec![1_u8; mebibytes << 20];
            wait(&context, 60_000).await?;
            drop(std::hint::black_box(memory));
        }
    }
    Ok(json!({"attempt": context.attempt(), "pid": std::process::id()}))
}

/// Uses a KiB of stack at each depth.
#[allow(unconditional_recursion, reason = "it must not end")]
fn dig(depth: u64) -> [u64; 128] {
    let mut room = std::hint::black_box([depth; 128]);
    let below = dig(depth + 1);
    room[0] = room[0].wrapping_add(below[127]);
    std::hint::black_box(room)
}

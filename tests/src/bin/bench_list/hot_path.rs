use std::{
    io::Write,
    time::{Duration, Instant},
};

use anyhow::Result;
use suite_tests::TestDb;

use crate::{median, milliseconds};

const ROUNDS: usize = 5;
const DROP: &str = "DROP INDEX IF EXISTS jobs_over";
const CREATE: &str = "CREATE INDEX jobs_over ON jobs (queue, kind, state, id, account_id)
    WHERE state IN ('succeeded', 'dead', 'cancelled')";

/// The life of 10,000 jobs in batches of 100: written, claimed, finished, as the job layer's statements do it.
const LIVES: &str = "DO $$
    DECLARE ids uuid[]; owners uuid[]; worker uuid := gen_random_uuid();
    BEGIN
        SET LOCAL suite.scope = 'fleet'; SET LOCAL enable_seqscan = off;
        SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
        FOR batch IN 1..100 LOOP
            WITH written AS (
                INSERT INTO jobs (account_id, id, kind, queue, state, priority, args, max_attempts, timeout_ms, dispatched_at)
                SELECT gen_random_uuid(),
                       (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7000'
                           || '8' || lpad(to_hex(batch * 1000 + n), 15, '0'))::uuid,
                       'build_report', 'reports', 'queued', 1, '{}', 5, 60000, now()
                  FROM generate_series(1, 100) n RETURNING account_id, id)
            SELECT array_agg(account_id), array_agg(id) INTO owners, ids FROM written;
            UPDATE jobs j SET state = 'running', attempt = 1, worker_id = worker, revision = 2
              FROM unnest(owners, ids) AS p (account_id, id) WHERE j.account_id = p.account_id AND j.id = p.id;
            UPDATE jobs j SET state = 'succeeded', worker_id = NULL, finished_at = now(), revision = 3
              FROM unnest(owners, ids) AS p (account_id, id) WHERE j.account_id = p.account_id AND j.id = p.id;
            COMMIT;
        END LOOP;
    END $$";

/// Compares the lives of jobs with the index and without, in turns.
pub(crate) async fn measure(database: &TestDb, out: &mut impl Write) -> Result<()> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        database.sql(DROP).await;
        without.push(live(database).await);
        database.sql(CREATE).await;
        with.push(live(database).await);
    }
    let (with, without) = (median(&mut with), median(&mut without));
    writeln!(
        out,
        "10,000 jobs written, claimed and finished: {:.0} ms with the index, {:.0} ms without: {:+.1} %",
        milliseconds(with),
        milliseconds(without),
        (with.as_secs_f64() / without.as_secs_f64() - 1.0) * 100.0
    )?;
    Ok(())
}

async fn live(database: &TestDb) -> Duration {
    let started = Instant::now();
    database.sql(LIVES).await;
    started.elapsed()
}

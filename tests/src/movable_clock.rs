//! An installation whose time can be moved, in the programs and in the database alike: days pass in seconds.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{PATIENCE, RedisSpace, Servers, TestApp, TestDb, wait::until};

/// `now()` without a schema is looked up along the search path, where PostgreSQL's own comes last for this once. What the
/// migrations make by it (defaults of columns, bodies of functions) goes by it as well.
const CLOCK: &str = "
    CREATE SCHEMA simulated;
    CREATE TABLE simulated.shift (\"by\" interval NOT NULL);
    INSERT INTO simulated.shift VALUES ('0');
    CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT pg_catalog.now() + \"by\" FROM simulated.shift';
    CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT pg_catalog.clock_timestamp() + \"by\" FROM simulated.shift';
    GRANT USAGE ON SCHEMA simulated TO PUBLIC;
    GRANT SELECT ON simulated.shift TO PUBLIC;
    DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path = public, simulated, pg_catalog', current_database());
    END $$";

impl TestDb {
    /// Makes one whose clock can be moved; it is slower to make than others, as it has no template.
    pub(crate) async fn with_movable_clock(servers: Servers) -> Self {
        let database = Self::empty_on(servers).await;
        database.sql(CLOCK).await;
        suite_db::migrate::up(&database.config())
            .await
            .expect("the migrations run on an empty database");
        database
    }
}

impl TestApp {
    /// Starts an installation whose time can be moved.
    pub async fn with_movable_clock(settings: &[(&str, &str)]) -> Self {
        let servers = Servers::from_environment();
        let database = TestDb::with_movable_clock(servers).await;
        let app = Self::start(database, RedisSpace::new(), settings).await;
        // The database goes with its machine at first; the programs stand still.
        let by = app.clock.now() - app.database_time().await;
        app.move_database(by).await;
        app
    }

    /// Lets time pass, and waits until everything that falls due by then has been done.
    ///
    /// # Panics
    /// When that takes too long; the message lists what is left.
    pub async fn live(&self, by: TimeDelta) {
        self.pass(by).await;
        let deadline = tokio::time::Instant::now() + PATIENCE - Duration::from_secs(1);
        until("all that is due has been done", || async {
            let left = self.left_to_do().await;
            let is_late = tokio::time::Instant::now() > deadline;
            assert!(left.is_empty() || !is_late, "left to do: {left:#?}");
            left.is_empty()
        })
        .await;
    }

    /// Lets time pass and waits for nothing.
    pub async fn pass(&self, by: TimeDelta) {
        // What the database wakes must not find the programs in the past.
        self.clock.advance(by);
        self.move_database(by).await;
        // The database's clock runs on between the moves.
        let ahead = self.database_time().await - self.clock.now();
        self.clock.advance(ahead);
    }

    async fn move_database(&self, by: TimeDelta) {
        let microseconds = by.num_microseconds().expect("no more than ages");
        // Leases move along: the hour passes for what is planned, not for whoever is at work.
        let sql = format!(
            "UPDATE simulated.shift SET \"by\" = \"by\" + interval '{microseconds} microseconds';
             UPDATE workers SET lease_until = lease_until + interval '{microseconds} microseconds';
             UPDATE keeper SET lease_until = lease_until + interval '{microseconds} microseconds'"
        );
        self.sql(&sql).await;
    }

    async fn database_time(&self) -> DateTime<Utc> {
        let seconds = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text";
        let microseconds = self.value(seconds).await.parse().expect("a number");
        DateTime::from_timestamp_micros(microseconds).expect("a time")
    }

    /// Returns ticks that have not fired, and jobs that are due or run.
    async fn left_to_do(&self) -> Vec<Vec<String>> {
        self.sql(
            "SELECT 'schedule', name, next_at::text FROM schedules
              WHERE next_at <= clock_timestamp() AND paused_at IS NULL AND retired_at IS NULL
             UNION ALL
             SELECT 'job', kind, state FROM jobs
              WHERE state IN ('queued', 'running') OR (state IN ('scheduled', 'retrying') AND run_at <= clock_timestamp())",
        )
        .await
    }
}

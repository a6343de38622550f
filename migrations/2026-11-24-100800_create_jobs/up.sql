-- Why: the row is the job; Redis only carries its id. Written in the transaction of the business, claimed and finished in
-- batches. No foreign key to accounts: it would lock one account's row for every job. The account of the operator's own jobs
-- is the nil UUID.
CREATE TABLE jobs (
    account_id uuid NOT NULL,
    -- UUIDv7: time-ordered, so the primary key is also the order of the lists.
    id uuid NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'scheduled', 'running', 'retrying', 'succeeded', 'dead', 'cancelled')),
    -- 0 high, 1 normal, 2 low.
    priority smallint NOT NULL,
    args jsonb NOT NULL,
    attempt smallint NOT NULL DEFAULT 0,
    max_attempts smallint NOT NULL,
    -- How often a worker died with this job; three bury it.
    crashes smallint NOT NULL DEFAULT 0,
    timeout_ms integer NOT NULL,
    run_at timestamptz NOT NULL DEFAULT now(),
    -- When the id was last meant for Redis; NULL while the job waits for run_at.
    dispatched_at timestamptz,
    worker_id uuid,
    unique_key text,
    traceparent text,
    cancel_requested_at timestamptz,
    progress jsonb,
    result jsonb,
    -- What the merchant may read, and the whole chain of causes for the operator.
    error text,
    error_detail text,
    -- Raised by each change that a watcher should see: the id of its events.
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (account_id, id)
) WITH (
    fillfactor = 75,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0
);
-- Handed out and not yet claimed: where the keeper looks for lost ids.
CREATE INDEX jobs_waiting ON jobs (dispatched_at, id)
    WHERE state IN ('queued', 'retrying') AND dispatched_at IS NOT NULL;
-- Not handed out: delayed, retrying later, or refused by Redis. Nearly always empty or short.
CREATE INDEX jobs_due ON jobs (run_at)
    WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL;
CREATE INDEX jobs_running ON jobs (worker_id) WHERE state = 'running';
-- What failed, for the operator's lists and searches; a job that went well is never in it.
CREATE INDEX jobs_failed ON jobs (account_id, id) WHERE error IS NOT NULL;
CREATE UNIQUE INDEX jobs_unique_key ON jobs (account_id, kind, unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('queued', 'scheduled', 'running', 'retrying');
-- For retention: rows lie in the order of their making, so a few bytes for each megabyte are enough.
CREATE INDEX jobs_created_at ON jobs USING brin (created_at) WITH (autosummarize = on, pages_per_range = 32);
SELECT protect_account_table('jobs');

-- One row a worker process and queue set; jobs belong to it while its lease lasts.
CREATE TABLE workers (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    queues text[] NOT NULL,
    concurrency integer NOT NULL,
    running integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    beat_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);
SELECT grant_table('workers');

CREATE TABLE queues (
    name text PRIMARY KEY,
    paused_at timestamptz
);
INSERT INTO queues (name) VALUES ('inventory'), ('reports'), ('email'), ('maintenance');
SELECT grant_table('queues');

-- Which worker keeps the house at the moment (one at a time, by lease, never by who started first).
CREATE TABLE keeper (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    worker_id uuid,
    lease_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO keeper DEFAULT VALUES;
SELECT grant_table('keeper');

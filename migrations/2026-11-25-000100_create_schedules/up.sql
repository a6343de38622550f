-- Why: each tick of a schedule fires once in the whole fleet, whoever fires it. The tick's row, the job's row and the next
-- time are written in one transaction that holds the schedule's row. The fleet's own schedules belong to the nil UUID, as its
-- jobs do.
CREATE TABLE schedules (
    account_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    -- Five fields of cron, read on the wall clock of the time zone.
    expression text NOT NULL,
    timezone text NOT NULL,
    -- What becomes of missed ticks: the latest fires for all, or none does.
    catch_up text NOT NULL CHECK (catch_up IN ('once', 'never')),
    -- The job.
    kind text NOT NULL,
    args jsonb NOT NULL,
    unique_key text,
    -- Of the program's list that wrote this row: only a higher one changes it. 0 for an account's own.
    revision integer NOT NULL,
    -- NULL: no tick ever comes.
    next_at timestamptz,
    last_tick_at timestamptz,
    last_job_id uuid,
    paused_at timestamptz,
    -- Set when a program took it off its list: an older program must not bring it back.
    retired_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, name)
);
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused_at IS NULL AND retired_at IS NULL;
SELECT protect_account_table('schedules');

CREATE TABLE schedule_ticks (
    account_id uuid NOT NULL,
    schedule text NOT NULL,
    tick_at timestamptz NOT NULL,
    -- NULL: missed, and its schedule does not catch up.
    job_id uuid,
    -- How many ticks before this one nobody fired.
    skipped integer NOT NULL DEFAULT 0,
    -- Its time came; an outside cron service called; the operator wanted it.
    cause text NOT NULL CHECK (cause IN ('time', 'call', 'operator')),
    fired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, schedule, tick_at),
    FOREIGN KEY (account_id, schedule) REFERENCES schedules (account_id, name) ON DELETE CASCADE
);
CREATE INDEX schedule_ticks_fired_at ON schedule_ticks (fired_at);
SELECT protect_account_table('schedule_ticks');

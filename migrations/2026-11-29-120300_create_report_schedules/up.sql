-- Why: a merchant wants a report in the morning without asking for it. When it is made is a row of schedules; this one says
-- what is made and who reads it. last_day is the day it was last made for: it is moved in the transaction that makes the
-- report, so that each period has one.
CREATE TABLE report_schedules (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    kind text NOT NULL,
    -- group_by
    params jsonb NOT NULL,
    rhythm text NOT NULL CHECK (rhythm IN ('daily', 'weekly', 'monthly')),
    minute_of_day smallint NOT NULL CHECK (minute_of_day BETWEEN 0 AND 1439),
    -- 1 is Monday; of a weekly one.
    weekday smallint CHECK (weekday BETWEEN 1 AND 7),
    -- Of a monthly one; every month has it.
    day_of_month smallint CHECK (day_of_month BETWEEN 1 AND 28),
    paused_at timestamptz,
    last_day date,
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX report_schedules_store ON report_schedules (account_id, store_id, id);
SELECT protect_account_table('report_schedules');

-- Each reader stops by themselves; who has stopped stays here, so that nobody adds them again by mistake.
CREATE TABLE report_schedule_readers (
    account_id uuid NOT NULL,
    schedule_id uuid NOT NULL,
    address text NOT NULL,
    removed_at timestamptz,
    stopped_at timestamptz,
    PRIMARY KEY (account_id, schedule_id, address),
    FOREIGN KEY (account_id, schedule_id) REFERENCES report_schedules (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('report_schedule_readers');

-- Why: a batch is done when all its jobs have ended, and then, once, its callback is written as a job; a chain is a job that
-- carries the next one. Both in the statement that writes the end of the job, which is why what follows is kept as a value.
CREATE TABLE batches (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    total integer NOT NULL,
    -- Not over yet: total without the three below.
    pending integer NOT NULL CHECK (pending >= 0),
    succeeded integer NOT NULL DEFAULT 0,
    dead integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    -- How often pending has come to zero: a job that is retried by hand makes it fall again. The first time calls back.
    completed integer NOT NULL DEFAULT 0,
    -- The job to write then.
    callback jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (account_id, id)
) WITH (fillfactor = 50);
SELECT protect_account_table('batches');

ALTER TABLE jobs
    ADD COLUMN batch_id uuid,
    -- The job to write when this one succeeds, with its own next job in it.
    ADD COLUMN next_job jsonb;

-- Why: at most so many jobs of a queue, of an account in a queue, or against an outside service may run at a time in the whole
-- fleet. Who runs is read from the jobs themselves, so that nothing has to be counted and nothing can leak: a slot is free
-- when its job no longer runs. A job that meets a full limit is parked: parked_on names the limit, dispatched_at is NULL.
ALTER TABLE jobs
    -- The outside service that it speaks to, such as sendgrid or shopify:<store>.
    ADD COLUMN service text,
    -- The limit that it waits for; kept while it is on its way to a worker, when the slot is reserved for it.
    ADD COLUMN parked_on text;
-- By account, so that each has its turn; by dispatched_at first, as parked jobs have none and those with a reservation do.
CREATE INDEX jobs_parked ON jobs (parked_on, dispatched_at, account_id, priority, id)
    WHERE parked_on IS NOT NULL AND state IN ('queued', 'retrying');
-- A parked job waits for a slot and not for its time: the keeper must not walk over all of them at every round.
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (run_at)
    WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL AND parked_on IS NULL;

-- What the operator has steered, and whose turn it is.
CREATE TABLE limits (
    -- queue:<queue>, account:<queue>, account:<queue>:<account>, service:<name> or service:<name>:<part>.
    key text PRIMARY KEY,
    -- How many may run at a time, in place of the configured number; NULL leaves that in force.
    most integer CHECK (most >= 0),
    -- The account that was served last.
    turn uuid
) WITH (fillfactor = 50);
SELECT grant_table('limits');

DROP TABLE limits;
DROP INDEX jobs_due;
-- What is parked would wait for ever: it becomes due, and is not limited any more. The owner is bound by the policies too.
SET LOCAL suite.scope = 'fleet';
UPDATE jobs SET dispatched_at = NULL, run_at = least(run_at, now())
 WHERE parked_on IS NOT NULL AND state IN ('queued', 'retrying');
CREATE INDEX jobs_due ON jobs (run_at)
    WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL;
DROP INDEX jobs_parked;
ALTER TABLE jobs DROP COLUMN parked_on, DROP COLUMN service;

CREATE INDEX jobs_failed ON jobs (account_id, id) WHERE error IS NOT NULL;
DROP INDEX jobs_over;

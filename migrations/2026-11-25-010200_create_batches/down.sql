ALTER TABLE jobs DROP COLUMN next_job, DROP COLUMN batch_id;
DROP TABLE batches;

ALTER TABLE accounts DROP COLUMN plan_given_at;

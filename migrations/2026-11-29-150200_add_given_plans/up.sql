-- Why: what the operator gives by hand must hold whatever is paid or not paid; without a note of it the next event of a payer
-- took it back. Null: the account has what it pays for, or its trial.
ALTER TABLE accounts ADD COLUMN plan_given_at timestamptz;

-- Why: a plan that is paid may have a known end: it was cancelled, or a payment is open. From then on the account is locked.
-- Null: no end is known. Nothing has to run for the lock to fall; each request compares it with the time.
ALTER TABLE accounts ADD COLUMN access_until timestamptz;

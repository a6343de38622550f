-- Why: an operator lists and searches a million finished jobs by kind, state, queue and account. Without an index on the kind
-- a rare one took seconds. Only rows that are over are in it, so that a job enters it once, with its finish, and neither its
-- insert nor its claim pays. There are few triples of queue, kind and state: a list hops from one to the next and reads the
-- newest of each. The account stands last: a condition on it is tested on the entry, without a visit to the row.
CREATE INDEX jobs_over ON jobs (queue, kind, state, id, account_id) WHERE state IN ('succeeded', 'dead', 'cancelled');
-- What it was for is answered by jobs_over as well.
DROP INDEX jobs_failed;

-- Why: an operator lists the newest entries of all accounts, and the primary key begins with the account.
CREATE INDEX CONCURRENTLY audit_log_newest ON audit_log (id);

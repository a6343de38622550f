DROP INDEX CONCURRENTLY audit_log_newest;

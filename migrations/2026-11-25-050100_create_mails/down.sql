DROP INDEX accounts_trial_ends_at;
DROP TABLE mail_suppressions;
DROP TABLE mails;

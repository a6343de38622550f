-- Why: a mail is written in the transaction of what it tells, and sent by a job afterwards. The unique key is what keeps it
-- from being written twice, whatever calls twice: the period says which event of its kind it is about.
CREATE TABLE mails (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL,
    period text NOT NULL,
    recipient text NOT NULL,
    -- The kind's content (suite_core::mail::MailContent); never a rendered text, which would be out of date when it is sent.
    content jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN
        ('queued', 'sending', 'unknown', 'sent', 'delivered', 'bounced', 'dropped', 'suppressed', 'failed')),
    -- How often it was handed to the provider: twice at most.
    sends smallint NOT NULL DEFAULT 0,
    -- What the provider calls it.
    provider_id text,
    -- Why it is in its state, for the operator; no address in it.
    reason text,
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT mails_once UNIQUE (account_id, kind, period, recipient)
);
-- The operator's mail log, the newest first.
CREATE INDEX mails_created_at ON mails (created_at, id);
SELECT protect_account_table('mails');

-- Who does not want a kind of mail any more, or cannot be reached.
CREATE TABLE mail_suppressions (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    recipient text NOT NULL,
    -- A topic of suite_core::mail::MailTopic, or 'all' for an address that cannot be reached.
    topic text NOT NULL CHECK (topic IN ('all', 'trial', 'reports', 'alerts')),
    reason text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, recipient, topic)
);
SELECT protect_account_table('mail_suppressions');

-- The hourly scan for trials that end soon or have ended.
CREATE INDEX accounts_trial_ends_at ON accounts (trial_ends_at) WHERE plan = 'trial';

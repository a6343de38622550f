-- Why: the mail provider tells afterwards what became of a mail, more than once and in any order. Its events are kept once,
-- by its own id; no address and none of its words, which like to repeat the address.
CREATE TABLE mail_events (
    account_id uuid NOT NULL,
    event_id text NOT NULL,
    mail_id uuid NOT NULL,
    kind text NOT NULL,
    -- Why, in our words, as the operator is told.
    reason text,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, event_id),
    FOREIGN KEY (account_id, mail_id) REFERENCES mails (account_id, id) ON DELETE CASCADE
);
CREATE INDEX mail_events_mail_id ON mail_events (account_id, mail_id);
CREATE INDEX mail_events_received_at ON mail_events (received_at);
SELECT protect_account_table('mail_events');

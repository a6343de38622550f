-- Why: a client that saw no answer repeats its request. The answer is stored in the transaction of the effect, so there is
-- never one without the other.
CREATE TABLE idempotency_keys (
    account_id uuid NOT NULL,
    key text NOT NULL,
    -- Method, path, query and SHA-256 of the body: the same key with other content is refused.
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
SELECT protect_account_table('idempotency_keys');

-- Why: a merchant is an account; people and programs act for it. Secrets are stored as SHA-256 of 256 random bits, passwords
-- as argon2id.
CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    plan text NOT NULL DEFAULT 'trial' CHECK (plan IN ('trial', 'pro', 'locked', 'system')),
    trial_ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
SELECT protect_account_table('accounts', 'id');

CREATE TABLE users (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    -- Lower-cased and trimmed once, at the edge.
    email text NOT NULL,
    password_hash text NOT NULL,
    email_verified_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
);
-- The one unique key that does not begin with account_id: a person logs in before any account is known, so an address may
-- stand for one account only.
CREATE UNIQUE INDEX users_email_key ON users (email);
SELECT protect_account_table('users');

CREATE TABLE sessions (
    account_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, token_hash),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
SELECT protect_account_table('sessions');

CREATE TABLE api_tokens (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    -- The last four characters, so that a person can tell tokens apart.
    suffix text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    PRIMARY KEY (account_id, id),
    CONSTRAINT api_tokens_token_hash_key UNIQUE (account_id, token_hash)
);
SELECT protect_account_table('api_tokens');

-- Who did what: every write of the operator's command line, and what touches access.
CREATE TABLE audit_log (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
);
SELECT protect_account_table('audit_log');

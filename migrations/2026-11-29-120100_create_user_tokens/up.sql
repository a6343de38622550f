-- Why: a link in a mail proves an address, or lets its owner choose a new password. Only the token's SHA-256 is stored; a row
-- that has served is deleted, so a link opens once.
CREATE TABLE user_tokens (
    account_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, token_hash),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX user_tokens_expires_at ON user_tokens (expires_at);
SELECT protect_account_table('user_tokens');

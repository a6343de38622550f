-- Why: what an account wants to be told is for its people to say. An account without a row wants what is usual.
CREATE TABLE account_preferences (
    account_id uuid PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    stock_alerts boolean NOT NULL DEFAULT true,
    updated_at timestamptz NOT NULL DEFAULT now()
);
SELECT protect_account_table('account_preferences');

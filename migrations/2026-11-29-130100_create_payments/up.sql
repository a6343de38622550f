-- Why: what Stripe tells comes late, twice and out of order. Each event is stored once, by its id, and an account's state is
-- recounted from all of them (suite_core::billing).
CREATE TABLE stripe_events (
    -- Stripe's own, or one that we made for what we read ourselves.
    id text PRIMARY KEY,
    -- Null until it is known whose it is: then only the fleet sees it.
    account_id uuid REFERENCES accounts (id) ON DELETE CASCADE,
    customer_id text,
    kind text NOT NULL,
    -- When it happened there.
    at timestamptz NOT NULL,
    -- As it came; null for what we read ourselves, and once it has served its time: there is personal data in it.
    body bytea,
    -- What it means (suite_core::billing::Fact); null when it does not concern us or was not read yet.
    fact jsonb,
    state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'applied', 'ignored', 'unclaimed', 'unreadable')),
    received_at timestamptz NOT NULL DEFAULT now(),
    applied_at timestamptz
);
CREATE INDEX stripe_events_account ON stripe_events (account_id, at) WHERE account_id IS NOT NULL;
CREATE INDEX stripe_events_customer ON stripe_events (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX stripe_events_received_at ON stripe_events (received_at) WHERE body IS NOT NULL;
SELECT protect_account_table('stripe_events');

-- What all events of an account come to.
CREATE TABLE subscriptions (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id text NOT NULL,
    customer_id text,
    status text NOT NULL,
    price_id text,
    -- What it comes to in a month.
    per_month numeric NOT NULL,
    currency text,
    period_ends_at timestamptz,
    ends_at timestamptz,
    canceled_at timestamptz,
    ended_at timestamptz,
    -- Since when a payment is open, and of which invoice.
    failed_since timestamptz,
    failed_invoice text,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id)
);
-- The reminders look for open payments.
CREATE INDEX subscriptions_failed_since ON subscriptions (failed_since) WHERE failed_since IS NOT NULL;
SELECT protect_account_table('subscriptions');

-- How what an account pays a month has changed: what the operator's figures are made of.
CREATE TABLE revenue_changes (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    ordinal integer NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('new', 'expansion', 'contraction', 'churn', 'reactivation')),
    currency text NOT NULL,
    before numeric NOT NULL,
    after numeric NOT NULL,
    PRIMARY KEY (account_id, ordinal)
);
SELECT protect_account_table('revenue_changes');

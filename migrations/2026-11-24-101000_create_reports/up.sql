-- Why: a report is asked for once and read many times.
CREATE TABLE reports (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    kind text NOT NULL,
    params jsonb NOT NULL,
    result jsonb,
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX reports_store ON reports (account_id, store_id, id);
SELECT protect_account_table('reports');

-- Why: an upload is kept as it came, in pieces, until its job has read it; the API and the worker may live on two machines.
CREATE TABLE imports (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    format text NOT NULL,
    state text NOT NULL DEFAULT 'uploading'
        CHECK (state IN ('uploading', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
    is_gzip boolean NOT NULL,
    size_bytes bigint NOT NULL DEFAULT 0,
    job_id uuid,
    -- Rows of the file that are done with: where a restarted job goes on.
    rows_read bigint NOT NULL DEFAULT 0,
    rows_total bigint,
    rows_added bigint NOT NULL DEFAULT 0,
    rows_unchanged bigint NOT NULL DEFAULT 0,
    rows_rejected bigint NOT NULL DEFAULT 0,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX imports_store ON imports (account_id, store_id, id);
CREATE INDEX imports_unfinished ON imports (created_at) WHERE state = 'uploading';
SELECT protect_account_table('imports');

CREATE TABLE import_chunks (
    account_id uuid NOT NULL,
    import_id uuid NOT NULL,
    ordinal integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (account_id, import_id, ordinal),
    FOREIGN KEY (account_id, import_id) REFERENCES imports (account_id, id) ON DELETE CASCADE
);
-- Mostly gzip already: compressing again only costs time.
ALTER TABLE import_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
SELECT protect_account_table('import_chunks');

CREATE TABLE import_rejects (
    account_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line_number bigint NOT NULL,
    reason text NOT NULL,
    -- The row as it stood in the file, cut at 1,000 characters.
    content text NOT NULL,
    PRIMARY KEY (account_id, import_id, line_number),
    FOREIGN KEY (account_id, import_id) REFERENCES imports (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('import_rejects');

-- Why: `suitectl doctor` adds up the connections that all processes may open and tells which versions run. Workers have rows
-- of their own; web processes had none. A row counts while it beats; the next process that starts removes those that stopped.
CREATE TABLE web_processes (
    id uuid PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    pool_size integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    beat_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
SELECT grant_table('web_processes');

-- Why: an operator is told once that something is out of order, and once that it is no longer, whichever worker looks and
-- however often. So what was told, and to whom, is kept with the alert.
CREATE TABLE alerts (
    id uuid PRIMARY KEY,
    -- A kind of suite_core::alert::AlertKind.
    kind text NOT NULL,
    -- What is wrong, as of the last look.
    fault text NOT NULL,
    began_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    -- Looks in a row at which nothing was wrong any more: one alone may be luck.
    fine_looks integer NOT NULL DEFAULT 0,
    ended_at timestamptz,
    -- Who was told of what: 'began:mail', 'ended:webhook'.
    told text[] NOT NULL DEFAULT '{}'
);
-- One alert of a kind at a time.
CREATE UNIQUE INDEX alerts_open ON alerts (kind) WHERE ended_at IS NULL;
CREATE INDEX alerts_began_at ON alerts (began_at, id);
SELECT grant_table('alerts');

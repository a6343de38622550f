-- Why: the rows of a long series are read by files, a piece at a time, and never all together; a result that held them all
-- would have to be read as a whole each time. A piece is a JSON array in text, kept as it is: packing it costs more than the room.
CREATE TABLE report_pieces (
    account_id uuid NOT NULL,
    report_id uuid NOT NULL,
    grouping_name text NOT NULL,
    -- From 0, in the order of the series.
    piece integer NOT NULL,
    rows text NOT NULL,
    PRIMARY KEY (account_id, report_id, grouping_name, piece),
    FOREIGN KEY (account_id, report_id) REFERENCES reports (account_id, id) ON DELETE CASCADE
);
ALTER TABLE report_pieces ALTER COLUMN rows SET STORAGE EXTERNAL;
SELECT protect_account_table('report_pieces');

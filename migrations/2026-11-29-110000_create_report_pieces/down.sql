DROP TABLE report_pieces;

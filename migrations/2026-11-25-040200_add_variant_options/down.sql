DROP INDEX variants_options_key;
ALTER TABLE variants DROP COLUMN options;

ALTER TABLE report_schedules DROP CONSTRAINT report_schedules_day_of_month_range;
-- What comes later in the month comes on the 28th again, and fires by an expression that the old program reads. The owner is
-- bound by the policies too.
SET LOCAL suite.scope = 'fleet';
UPDATE report_schedules SET day_of_month = 28 WHERE day_of_month > 28;
UPDATE schedules SET expression = split_part(expression, ' ', 1) || ' ' || split_part(expression, ' ', 2) || ' 28 * *'
 WHERE kind = 'run_report_schedule' AND split_part(expression, ' ', 3) IN ('29', '30', 'L');
ALTER TABLE report_schedules ADD CONSTRAINT report_schedules_day_of_month_check CHECK (day_of_month BETWEEN 1 AND 28);

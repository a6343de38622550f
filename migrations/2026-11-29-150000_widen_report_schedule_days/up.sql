-- Why: a monthly report may come on the 29th to the 31st too; a month that is shorter has it on its last day.
ALTER TABLE report_schedules DROP CONSTRAINT report_schedules_day_of_month_check;
ALTER TABLE report_schedules ADD CONSTRAINT report_schedules_day_of_month_range
    CHECK (day_of_month BETWEEN 1 AND 31) NOT VALID;

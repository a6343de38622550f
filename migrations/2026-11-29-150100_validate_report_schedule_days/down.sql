ALTER TABLE report_schedules DROP CONSTRAINT report_schedules_day_of_month_range;
ALTER TABLE report_schedules ADD CONSTRAINT report_schedules_day_of_month_range
    CHECK (day_of_month BETWEEN 1 AND 31) NOT VALID;

-- Why: rows are looked through without a lock that would hold up writers; the constraint itself stands already.
ALTER TABLE report_schedules VALIDATE CONSTRAINT report_schedules_day_of_month_range;

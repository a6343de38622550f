DROP TABLE report_schedule_readers;
DROP TABLE report_schedules;

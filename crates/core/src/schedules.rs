//! The fleet's own schedules. Their rows are brought up to this list when a worker starts.
//!
//! To add, change or remove one: change [`fleet`], raise [`REVISION`], and say so in the test below. A program changes only
//! rows of a lower revision than its own, and what it removes stays behind as a mark with that revision: so an older program
//! that still runs, or starts once more, never takes back what a newer one has written.

use chrono_tz::Tz;

use crate::{
    Result,
    jobs::{
        AuditStores, AuditSubject, BackUpDatabase, CheckInvariants, DrillBackup, ExpireRows,
        ReconcilePayments, RemindPayments, ScanTrials,
    },
    schedule::Schedule,
};

/// Raised by one with every change to [`fleet`].
pub const REVISION: i32 = 7;

/// Returns the schedules of the fleet, by name.
///
/// # Errors
/// When an expression cannot be read: a test makes sure that each can.
pub fn fleet() -> Result<Vec<Schedule>> {
    let audit = |subject| AuditStores { subject };
    Ok(vec![
        Schedule::new(
            "alert_stock",
            "47 * * * *",
            Tz::UTC,
            &audit(AuditSubject::StockAlerts),
        )?,
        Schedule::new(
            "back_up_database",
            "13 1 * * *",
            Tz::UTC,
            &BackUpDatabase {},
        )?,
        // In the night of most merchants, and not when everything else begins.
        Schedule::new(
            "check_stock_ledgers",
            "41 2 * * *",
            Tz::UTC,
            &audit(AuditSubject::StockLedger),
        )?,
        // On Sundays, well after the night's backup.
        Schedule::new("drill_backup", "31 4 * * 0", Tz::UTC, &DrillBackup {})?,
        // Not at the full hour, when everybody else's timers go off.
        Schedule::new("expire_rows", "17 * * * *", Tz::UTC, &ExpireRows {})?,
        // Late, a look is worth nothing: the next one comes in a minute.
        Schedule::new("monitor", "* * * * *", Tz::UTC, &CheckInvariants {})?.without_catch_up(),
        Schedule::new(
            "rebuild_rollups",
            "23 3 * * 0",
            Tz::UTC,
            &audit(AuditSubject::Rollups),
        )?,
        Schedule::new(
            "reconcile_payments",
            "52 3 * * *",
            Tz::UTC,
            &ReconcilePayments {},
        )?,
        Schedule::new("remind_payments", "37 * * * *", Tz::UTC, &RemindPayments {})?,
        // Named after what an outside cron service calls: /cron/send-trial-warnings.
        Schedule::new("send_trial_warnings", "7 * * * *", Tz::UTC, &ScanTrials {})?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs;

    #[test]
    fn the_list_of_this_revision_is_this() {
        let list: Vec<String> = fleet()
            .unwrap()
            .iter()
            .map(|schedule| {
                format!(
                    "{}: {} {} {} {} {}",
                    schedule.name,
                    schedule.expression,
                    schedule.timezone,
                    schedule.catch_up.name(),
                    schedule.terms.name,
                    schedule.args
                )
            })
            .collect();
        // Whoever changes the list raises the revision with it, or running fleets keep the old one.
        assert_eq!(
            (REVISION, list),
            (
                7,
                vec![
                    "alert_stock: 47 * * * * UTC once audit_stores {\"subject\":\"stock_alerts\"}".to_owned(),
                    "back_up_database: 13 1 * * * UTC once back_up_database {}".to_owned(),
                    "check_stock_ledgers: 41 2 * * * UTC once audit_stores {\"subject\":\"stock_ledger\"}".to_owned(),
                    "drill_backup: 31 4 * * 0 UTC once drill_backup {}".to_owned(),
                    "expire_rows: 17 * * * * UTC once expire_rows {}".to_owned(),
                    "monitor: * * * * * UTC never check_invariants {}".to_owned(),
                    "rebuild_rollups: 23 3 * * 0 UTC once audit_stores {\"subject\":\"rollups\"}".to_owned(),
                    "reconcile_payments: 52 3 * * * UTC once reconcile_payments {}".to_owned(),
                    "remind_payments: 37 * * * * UTC once remind_payments {}".to_owned(),
                    "send_trial_warnings: 7 * * * * UTC once scan_trials {}".to_owned(),
                ]
            )
        );
    }

    #[test]
    fn every_schedule_has_a_next_tick_and_a_known_kind_and_a_name_of_its_own() {
        let fleet = fleet().unwrap();
        assert!(fleet.windows(2).all(|pair| pair[0].name < pair[1].name));
        for schedule in fleet {
            let from = chrono::DateTime::UNIX_EPOCH;
            let next = crate::cron::next_tick_after(&schedule.expression, schedule.timezone, from);
            assert!(next.is_some(), "{}", schedule.name);
            assert_eq!(jobs::find(schedule.terms.name), Some(&schedule.terms));
            let is_plain = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(schedule.name.chars().all(is_plain), "{}", schedule.name);
        }
    }
}

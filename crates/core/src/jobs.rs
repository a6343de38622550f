//! The wire contracts of all jobs, one file a kind, under the same name as the code in the worker.

mod alert_stock;
mod analyze_inventory;
mod apply_payment_event;
mod audit_stores;
mod back_up_database;
mod build_report;
mod check_invariants;
mod check_stock_ledger;
mod delete_store;
mod drill_backup;
mod expire_rows;
mod mail_report;
mod rebuild_rollups;
mod reconcile_payments;
mod remind_payments;
mod run_import;
mod run_report_schedule;
mod scan_trials;
mod send_email;

pub use alert_stock::AlertStock;
pub use analyze_inventory::AnalyzeInventory;
pub use apply_payment_event::ApplyPaymentEvent;
pub use audit_stores::{AuditStores, AuditSubject};
pub use back_up_database::BackUpDatabase;
pub use build_report::BuildReport;
pub use check_invariants::CheckInvariants;
pub use check_stock_ledger::CheckStockLedger;
pub use delete_store::DeleteStore;
pub use drill_backup::DrillBackup;
pub use expire_rows::ExpireRows;
pub use mail_report::MailReport;
pub use rebuild_rollups::RebuildRollups;
pub use reconcile_payments::ReconcilePayments;
pub use remind_payments::RemindPayments;
pub use run_import::RunImport;
pub use run_report_schedule::RunReportSchedule;
pub use scan_trials::ScanTrials;
pub use send_email::SendEmail;

use crate::job::JobTerms;

/// The terms of every kind, in alphabetical order.
pub const ALL: &[JobTerms] = &[
    JobTerms::of::<AlertStock>(),
    JobTerms::of::<AnalyzeInventory>(),
    JobTerms::of::<ApplyPaymentEvent>(),
    JobTerms::of::<AuditStores>(),
    JobTerms::of::<BackUpDatabase>(),
    JobTerms::of::<BuildReport>(),
    JobTerms::of::<CheckInvariants>(),
    JobTerms::of::<CheckStockLedger>(),
    JobTerms::of::<DeleteStore>(),
    JobTerms::of::<DrillBackup>(),
    JobTerms::of::<ExpireRows>(),
    JobTerms::of::<MailReport>(),
    JobTerms::of::<RebuildRollups>(),
    JobTerms::of::<ReconcilePayments>(),
    JobTerms::of::<RemindPayments>(),
    JobTerms::of::<RunImport>(),
    JobTerms::of::<RunReportSchedule>(),
    JobTerms::of::<ScanTrials>(),
    JobTerms::of::<SendEmail>(),
];

/// Returns the terms of the kind called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static JobTerms> {
    ALL.iter().find(|terms| terms.name == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::job::Job;

    #[test]
    fn kinds_are_listed_once_and_in_order() {
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn the_terms_of_the_kinds_are_these() {
        let terms: Vec<String> = ALL
            .iter()
            .map(|terms| {
                format!(
                    "{} {} {} {}s",
                    terms.name,
                    terms.queue,
                    terms.max_attempts,
                    terms.timeout.as_secs()
                )
            })
            .collect();
        assert_eq!(
            terms,
            [
                "alert_stock inventory 5 300s",
                "analyze_inventory inventory 5 900s",
                "apply_payment_event maintenance 20 60s",
                "audit_stores maintenance 5 900s",
                "back_up_database maintenance 8 14400s",
                "build_report reports 5 900s",
                "check_invariants maintenance 3 50s",
                "check_stock_ledger inventory 5 900s",
                "delete_store maintenance 20 3600s",
                "drill_backup maintenance 5 14400s",
                "expire_rows maintenance 10 1800s",
                "mail_report reports 5 60s",
                "rebuild_rollups inventory 5 3600s",
                "reconcile_payments maintenance 5 1800s",
                "remind_payments maintenance 5 600s",
                "run_import inventory 10 7200s",
                "run_report_schedule reports 5 60s",
                "scan_trials maintenance 5 600s",
                "send_email email 12 60s"
            ]
        );
    }

    fn decodes<J: Job>(golden: serde_json::Value) {
        let job: J = serde_json::from_value(golden.clone()).unwrap();
        assert_eq!(serde_json::to_value(&job).unwrap(), golden, "{}", J::NAME);
    }

    #[test]
    fn payloads_written_by_earlier_versions_still_decode() {
        let id = "0190d3c8-7c00-7000-8000-000000000001";
        decodes::<AlertStock>(json!({"store_id": id}));
        decodes::<AnalyzeInventory>(json!({"analysis_id": id}));
        decodes::<ApplyPaymentEvent>(json!({"event_id": "evt_1Pgc76B7WZ01zgkWwyRHS12y"}));
        decodes::<AuditStores>(json!({"subject": "stock_ledger"}));
        decodes::<AuditStores>(json!({"subject": "rollups"}));
        decodes::<AuditStores>(json!({"subject": "stock_alerts"}));
        decodes::<BackUpDatabase>(json!({}));
        decodes::<BuildReport>(json!({"report_id": id}));
        decodes::<CheckInvariants>(json!({}));
        decodes::<CheckStockLedger>(json!({"store_id": id}));
        decodes::<DeleteStore>(json!({"store_id": id}));
        decodes::<DrillBackup>(json!({}));
        decodes::<ExpireRows>(json!({}));
        decodes::<MailReport>(json!({
            "report_id": id, "schedule_id": id, "day": "2026-03-02", "user_id": null,
        }));
        decodes::<RebuildRollups>(json!({"store_id": id}));
        decodes::<ReconcilePayments>(json!({}));
        decodes::<RemindPayments>(json!({}));
        decodes::<RunImport>(json!({"import_id": id}));
        decodes::<RunReportSchedule>(json!({"schedule_id": id}));
        decodes::<ScanTrials>(json!({}));
        decodes::<SendEmail>(json!({"mail_id": id}));
    }
}

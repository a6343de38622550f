//! The code of each kind of job, one file a kind, under the same name as its contract in `suite_core::jobs`.

pub(crate) mod alert_stock;
pub(crate) mod analyze_inventory;
pub(crate) mod apply_payment_event;
pub(crate) mod audit_stores;
pub(crate) mod back_up_database;
pub(crate) mod build_report;
pub(crate) mod check_invariants;
pub(crate) mod check_stock_ledger;
pub(crate) mod delete_store;
pub(crate) mod drill_backup;
pub(crate) mod expire_rows;
pub(crate) mod mail_report;
pub(crate) mod rebuild_rollups;
pub(crate) mod reconcile_payments;
pub(crate) mod remind_payments;
pub(crate) mod run_import;
pub(crate) mod run_report_schedule;
pub(crate) mod scan_trials;
pub(crate) mod send_email;

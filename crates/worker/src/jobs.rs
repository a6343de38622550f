//! The code of each kind of job, one file a kind, under the same name as its contract in `suite_core::jobs`.

pub(crate) mod build_report;
pub(crate) mod delete_store;
pub(crate) mod expire_rows;
pub(crate) mod run_import;

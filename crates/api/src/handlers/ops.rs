//! What an operator sees and steers over HTTP, across all accounts. `suitectl` does the same from a terminal.

mod alerts;
mod autoscale;
mod funnel;
mod jobs;
mod mails;
mod queues;
mod steer;
mod workers;

pub(crate) use alerts::{__path_list_alerts, list_alerts};
pub(crate) use autoscale::{__path_autoscale, autoscale};
pub(crate) use funnel::{__path_funnel, funnel};
pub(crate) use jobs::{__path_get_job, __path_list_jobs, get_job, list_jobs};
pub(crate) use mails::{__path_lift_suppression, __path_list_mails, lift_suppression, list_mails};
pub(crate) use queues::{
    __path_list_queues, __path_pause_queue, __path_resume_queue, list_queues, pause_queue,
    resume_queue,
};
pub(crate) use steer::{
    __path_cancel_job, __path_kill_job, __path_retry_job, cancel_job, kill_job, retry_job,
};
pub(crate) use workers::{__path_list_workers, list_workers};

use serde_json::Value;
use suite_db::audit::AuditEntry;

use crate::{App, extract::Member};

/// Returns what the audit log says of a deed of an operator.
fn entry(
    app: &App,
    operator: &Member,
    action: &'static str,
    subject: String,
    detail: Value,
) -> AuditEntry {
    AuditEntry {
        actor: operator.actor(),
        action,
        subject,
        detail,
        at: app.clock.now(),
    }
}

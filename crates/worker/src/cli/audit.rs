//! Who did what with this program, written in the transaction of the deed.

mod list;

pub(super) use list::{Audit, run};

use serde_json::{Value, json};
use suite_core::id::AccountId;
use suite_db::{
    AccountTx, FleetTx,
    audit::{self, AuditEntry},
};

use super::Session;

/// Returns who this process runs as: `name@machine`.
#[must_use]
pub fn operating_system_user() -> String {
    let name = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    let machine = whoami::hostname().unwrap_or_else(|_| "unknown".to_owned());
    format!("{name}@{machine}")
}

/// Notes what is done in `tx` to the account of `tx`.
pub(super) async fn note(
    tx: &mut AccountTx,
    session: &Session,
    action: &'static str,
    subject: &str,
    detail: Value,
) -> anyhow::Result<()> {
    let entry = entry(session, action, subject, detail);
    Ok(audit::record(tx, &entry).await?)
}

/// Notes what is done in `tx` to `account_id`, or to nobody's data in particular: [`AccountId::OPERATOR`].
pub(super) async fn note_for(
    tx: &mut FleetTx,
    account_id: AccountId,
    session: &Session,
    action: &'static str,
    subject: &str,
    detail: Value,
) -> anyhow::Result<()> {
    let entry = entry(session, action, subject, detail);
    Ok(audit::record_for(tx, account_id, &entry).await?)
}

/// Returns the detail of an action that has none.
pub(super) fn no_detail() -> Value {
    json!({})
}

fn entry(session: &Session, action: &'static str, subject: &str, detail: Value) -> AuditEntry {
    AuditEntry {
        actor: format!("operator:{}", session.user),
        action,
        subject: subject.to_owned(),
        detail,
        at: session.clock.now(),
    }
}

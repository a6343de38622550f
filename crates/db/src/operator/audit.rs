//! What was done, by whom and when, across all accounts.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::Value;
use suite_core::id::{AccountId, AuditId};
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// One thing that somebody did.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct AuditRow {
    /// Whose account it touched; the nil UUID for none.
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Who: `user:<id>`, `token:<id>`, `operator:<name>`.
    #[diesel(sql_type = Text)]
    pub actor: String,
    /// What: a verb and its object.
    #[diesel(sql_type = Text)]
    pub action: String,
    /// To what.
    #[diesel(sql_type = Text)]
    pub subject: String,
    /// What else is worth knowing.
    #[diesel(sql_type = Jsonb)]
    pub detail: Value,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
}

/// Which entries to list. Nothing set means all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// With this in the name of who did it, in any case.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// Done to this.
    pub subject: Option<String>,
    /// That touched this account.
    pub account_id: Option<AccountId>,
    /// Done at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Only entries written before this one.
    pub before: Option<AuditId>,
}

// As with jobs: the key begins with the account, so each account is asked in turn, hopping from one to the next.
const LIST: &str = "WITH RECURSIVE owners AS (
    (SELECT account_id FROM audit_log ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT a.account_id FROM audit_log a WHERE a.account_id > o.account_id ORDER BY a.account_id LIMIT 1)
      FROM owners o WHERE o.account_id IS NOT NULL
)
SELECT n.* FROM owners o CROSS JOIN LATERAL (
    SELECT a.account_id, a.id, a.actor, a.action, a.subject, a.detail, a.at FROM audit_log a
     WHERE a.account_id = o.account_id
       AND ($2 IS NULL OR a.actor ILIKE $2)
       AND ($3 IS NULL OR a.action = $3)
       AND ($4 IS NULL OR a.subject = $4)
       AND ($5 IS NULL OR a.at >= $5)
       AND ($6 IS NULL OR a.id < $6)
     ORDER BY a.id DESC LIMIT $7
) n WHERE ($1 IS NULL OR o.account_id = $1)
 ORDER BY n.id DESC LIMIT $7";

/// Lists what was done, the newest first.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut FleetTx, filter: &AuditFilter, limit: i32) -> DbResult<Vec<AuditRow>> {
    let actor = filter.actor.as_deref().map(super::contains_pattern);
    Ok(sql_query(LIST)
        .bind::<Nullable<SqlUuid>, _>(filter.account_id.map(AccountId::as_uuid))
        .bind::<Nullable<Text>, _>(actor)
        .bind::<Nullable<Text>, _>(filter.action.clone())
        .bind::<Nullable<Text>, _>(filter.subject.clone())
        .bind::<Nullable<Timestamptz>, _>(filter.since)
        .bind::<Nullable<SqlUuid>, _>(filter.before.map(AuditId::as_uuid))
        .bind::<Integer, _>(limit)
        .load(&mut **tx)
        .await?)
}

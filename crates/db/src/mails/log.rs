use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::Value;
use suite_core::{
    id::{AccountId, MailId},
    mail::MailState,
};
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// Which mails to list.
#[derive(Debug, Clone, Default)]
pub struct MailFilter {
    /// Only this one.
    pub id: Option<MailId>,
    /// Of this account.
    pub account_id: Option<AccountId>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this state.
    pub state: Option<MailState>,
    /// Written before this one: time and id.
    pub before: Option<(DateTime<Utc>, Uuid)>,
}

/// A mail in the operator's log.
#[derive(Clone, QueryableByName, Serialize)]
pub struct MailRow {
    /// Whose.
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    /// Which.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Its kind.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Which event of its kind it is about.
    #[diesel(sql_type = Text)]
    pub period: String,
    /// Who reads it.
    #[diesel(sql_type = Text)]
    pub recipient: String,
    /// What it says.
    #[diesel(sql_type = Jsonb)]
    pub content: Value,
    /// What has become of it.
    #[diesel(sql_type = Text)]
    pub state: String,
    /// How often it was handed to the provider.
    #[diesel(sql_type = SmallInt)]
    pub sends: i16,
    /// What the provider calls it.
    #[diesel(sql_type = Nullable<Text>)]
    pub provider_id: Option<String>,
    /// Why it is in its state.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// The job that sends it.
    #[diesel(sql_type = SqlUuid)]
    pub job_id: Uuid,
    /// When it was written.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When its state changed last.
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: DateTime<Utc>,
}

/// Lists mails of all accounts, the newest first.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut FleetTx, filter: &MailFilter, limit: i32) -> DbResult<Vec<MailRow>> {
    Ok(sql_query(
        "SELECT account_id, id, kind, period, recipient, content, state, sends, provider_id, reason, job_id, \
                created_at, changed_at \
         FROM mails WHERE ($1 IS NULL OR id = $1) AND ($2 IS NULL OR account_id = $2) \
              AND ($3 IS NULL OR kind = $3) AND ($4 IS NULL OR state = $4) \
              AND ($5 IS NULL OR (created_at, id) < ($5, $6)) \
         ORDER BY created_at DESC, id DESC LIMIT $7",
    )
    .bind::<Nullable<SqlUuid>, _>(filter.id.map(MailId::as_uuid))
    .bind::<Nullable<SqlUuid>, _>(filter.account_id.map(AccountId::as_uuid))
    .bind::<Nullable<Text>, _>(filter.kind.as_deref())
    .bind::<Nullable<Text>, _>(filter.state.map(MailState::name))
    .bind::<Nullable<Timestamptz>, _>(filter.before.map(|(at, _)| at))
    .bind::<Nullable<SqlUuid>, _>(filter.before.map(|(_, id)| id))
    .bind::<Integer, _>(limit)
    .load(&mut **tx)
    .await?)
}

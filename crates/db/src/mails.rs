//! Mails: written in the transaction of what they tell, sent by a job afterwards.

mod events;
mod log;
mod send;
mod suppressions;

pub use events::apply_events;
pub use log::{MailFilter, MailRow, list};
pub use send::{Mail, begin_sending, find, settle};
pub use suppressions::{
    Stoppable, SuppressionRow, is_suppressed, lift, stop, stoppable, suppress, suppressions,
};

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Jsonb, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    Error,
    id::MailId,
    job::{JobRef, NewJob},
    jobs::SendEmail,
    mail::MailContent,
};
use uuid::Uuid;

use crate::{AccountTx, DbResult, jobs};

/// A mail that is about to be written.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// The normalised address of its only reader.
    pub recipient: String,
    /// What it says.
    pub content: MailContent,
    /// Which event of its kind it is about: with account, kind and reader what it is known by.
    pub period: String,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Writes a mail and the job that sends it; `None` when it was written before.
///
/// # Errors
/// When the database refuses.
pub async fn write(tx: &mut AccountTx, new: &NewMail) -> DbResult<Option<JobRef>> {
    let id = MailId::new();
    let job = NewJob::new(tx.account_id(), &SendEmail { mail_id: id })?;
    let rows: Vec<IdRow> = sql_query(
        "INSERT INTO mails (account_id, id, kind, period, recipient, content, job_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (account_id, kind, period, recipient) DO NOTHING RETURNING id",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .bind::<Text, _>(new.content.kind())
    .bind::<Text, _>(&new.period)
    .bind::<Text, _>(&new.recipient)
    .bind::<Jsonb, _>(serde_json::to_value(&new.content).map_err(Error::internal)?)
    .bind::<SqlUuid, _>(job.id.as_uuid())
    .load(&mut **tx)
    .await?;
    if rows.iter().any(|row| row.id == id.as_uuid()) {
        Ok(Some(jobs::enqueue(tx, job).await?.job))
    } else {
        Ok(None)
    }
}

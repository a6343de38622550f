//! Mails: written in the transaction of what they tell, sent by a job afterwards.

mod events;
mod log;
mod send;
mod suppressions;

pub use events::apply_events;
pub use log::{MailFilter, MailRow, list};
pub use send::{Mail, begin_sending, find, settle};
pub use suppressions::{
    Stoppable, SuppressionRow, is_suppressed, lift, lift_for, stop, stoppable, suppress,
    suppressions,
};

use std::collections::HashSet;

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, Jsonb, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    Error,
    id::{AccountId, MailId},
    job::{JobRef, NewJob},
    jobs::SendEmail,
    mail::MailContent,
};
use uuid::Uuid;

use crate::{AccountTx, DbResult, FleetTx, jobs};

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

/// Writes mails of many accounts with the jobs that send them, and returns these jobs.
///
/// What was written before is left out, by the same key as in [`write()`]. Two that write to the same accounts at once must have
/// them in the same order.
///
/// # Errors
/// When the database refuses; then none of them is written.
pub async fn write_to_accounts(
    tx: &mut FleetTx,
    new: &[(AccountId, NewMail)],
) -> DbResult<Vec<JobRef>> {
    let (mut ids, mut contents, mut mail_jobs) = (vec![], vec![], vec![]);
    for (account_id, mail) in new {
        let id = MailId::new();
        ids.push(id.as_uuid());
        contents.push(serde_json::to_value(&mail.content).map_err(Error::internal)?);
        mail_jobs.push(NewJob::new(*account_id, &SendEmail { mail_id: id })?);
    }
    let account_ids: Vec<Uuid> = new.iter().map(|(id, _)| id.as_uuid()).collect();
    let kinds: Vec<&str> = new.iter().map(|(_, mail)| mail.content.kind()).collect();
    let periods: Vec<&str> = new.iter().map(|(_, mail)| mail.period.as_str()).collect();
    let recipients: Vec<&str> = new
        .iter()
        .map(|(_, mail)| mail.recipient.as_str())
        .collect();
    let job_ids: Vec<Uuid> = mail_jobs.iter().map(|job| job.id.as_uuid()).collect();
    let rows: Vec<IdRow> = sql_query(
        "INSERT INTO mails (account_id, id, kind, period, recipient, content, job_id) \
         SELECT n.* FROM unnest($1, $2, $3, $4, $5, $6, $7) \
             AS n (account_id, id, kind, period, recipient, content, job_id) \
         ON CONFLICT (account_id, kind, period, recipient) DO NOTHING RETURNING job_id AS id",
    )
    .bind::<Array<SqlUuid>, _>(account_ids)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<Text>, _>(periods)
    .bind::<Array<Text>, _>(recipients)
    .bind::<Array<Jsonb>, _>(contents)
    .bind::<Array<SqlUuid>, _>(job_ids)
    .load(&mut **tx)
    .await?;
    let written: HashSet<Uuid> = rows.into_iter().map(|row| row.id).collect();
    mail_jobs.retain(|job| written.contains(&job.id.as_uuid()));
    jobs::enqueue_for_accounts(tx, &mail_jobs).await
}

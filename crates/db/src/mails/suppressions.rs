use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use suite_core::{
    id::{AccountId, MailId, ReportScheduleId},
    mail::{MailContent, MailTopic},
};
use uuid::Uuid;

use crate::{AccountTx, DbResult, FleetTx, report_schedules};

#[derive(QueryableByName)]
struct Suppressed {
    #[diesel(sql_type = Bool)]
    suppressed: bool,
}

/// Tells whether a reader does not want a topic, or cannot be reached at all.
///
/// # Errors
/// When the server is away.
pub async fn is_suppressed(
    tx: &mut AccountTx,
    recipient: &str,
    topic: MailTopic,
) -> DbResult<bool> {
    let row: Suppressed = sql_query(
        "SELECT EXISTS (SELECT FROM mail_suppressions \
                         WHERE account_id = $1 AND recipient = $2 AND topic IN ('all', $3)) AS suppressed",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(recipient)
    .bind::<Text, _>(topic.name())
    .get_result(&mut **tx)
    .await?;
    Ok(row.suppressed)
}

/// Notes that a reader does not want a topic any more. `None` stands for an address that cannot be reached.
///
/// # Errors
/// When the server is away.
pub async fn suppress(
    tx: &mut AccountTx,
    recipient: &str,
    topic: Option<MailTopic>,
    reason: &str,
) -> DbResult<()> {
    sql_query(
        "INSERT INTO mail_suppressions (account_id, recipient, topic, reason) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id, recipient, topic) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(recipient)
    .bind::<Text, _>(topic.map_or("all", MailTopic::name))
    .bind::<Text, _>(reason)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What the reader of a mail may stop by a link in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stoppable {
    /// All mails of a topic.
    Topic(MailTopic),
    /// The reports of one schedule; others go on.
    Schedule(ReportScheduleId),
}

/// Returns what the reader of a mail may stop; `None` when there is no such mail, or it may not be stopped.
///
/// # Errors
/// When the server is away.
pub async fn stoppable(tx: &mut AccountTx, id: MailId) -> DbResult<Option<Stoppable>> {
    Ok(reader_of(tx, id).await?.map(|(_, what)| what))
}

/// Notes that the reader of a mail wants no more of its kind. Doing it again changes nothing.
///
/// # Errors
/// When the server is away.
pub async fn stop(tx: &mut AccountTx, id: MailId) -> DbResult<Option<Stoppable>> {
    let Some((recipient, what)) = reader_of(tx, id).await? else {
        return Ok(None);
    };
    match what {
        Stoppable::Topic(topic) => {
            suppress(tx, &recipient, Some(topic), "the reader asked for it").await?;
        }
        Stoppable::Schedule(schedule_id) => {
            report_schedules::stop_reader(tx, schedule_id, &recipient).await?;
        }
    }
    Ok(Some(what))
}

async fn reader_of(tx: &mut AccountTx, id: MailId) -> DbResult<Option<(String, Stoppable)>> {
    let Some(mail) = super::find(tx, id).await? else {
        return Ok(None);
    };
    let content = mail.content()?;
    let what = match content {
        MailContent::ScheduledReport {
            schedule_id: Some(id),
            ..
        } => Stoppable::Schedule(id),
        _ => Stoppable::Topic(content.topic()),
    };
    let may = content.topic().may_be_stopped();
    Ok(may.then_some((mail.recipient, what)))
}

/// A reader who is not mailed, as the operator sees it.
#[derive(Clone, QueryableByName, Serialize)]
pub struct SuppressionRow {
    /// By whom.
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    /// Who.
    #[diesel(sql_type = Text)]
    pub recipient: String,
    /// About what: a topic, or `all`.
    #[diesel(sql_type = Text)]
    pub topic: String,
    /// Why.
    #[diesel(sql_type = Text)]
    pub reason: String,
    /// Since when.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Lists readers who are not mailed, of one account or of all, the newest first.
///
/// # Errors
/// When the server is away.
pub async fn suppressions(
    tx: &mut FleetTx,
    account_id: Option<AccountId>,
    limit: i32,
) -> DbResult<Vec<SuppressionRow>> {
    Ok(sql_query(
        "SELECT account_id, recipient, topic, reason, created_at FROM mail_suppressions \
          WHERE ($1 IS NULL OR account_id = $1) ORDER BY created_at DESC, recipient, topic LIMIT $2",
    )
    .bind::<Nullable<SqlUuid>, _>(account_id.map(AccountId::as_uuid))
    .bind::<Integer, _>(limit)
    .load(&mut **tx)
    .await?)
}

/// Lets a reader be mailed again, about one topic (`all` for an address that could not be reached) or about everything;
/// returns how much was lifted.
///
/// # Errors
/// When the server is away.
pub async fn lift(tx: &mut AccountTx, recipient: &str, topic: Option<&str>) -> DbResult<usize> {
    Ok(sql_query(
        "DELETE FROM mail_suppressions WHERE account_id = $1 AND recipient = $2 AND ($3 IS NULL OR topic = $3)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(recipient)
    .bind::<Nullable<Text>, _>(topic)
    .execute(&mut **tx)
    .await?)
}

/// Lets the reader of a mail be mailed again about what that mail is about, and returns how much was lifted; `None` when there is
/// no such mail.
///
/// # Errors
/// When the server is away, or a newer version wrote the mail.
pub async fn lift_for(tx: &mut AccountTx, id: MailId) -> DbResult<Option<usize>> {
    let Some(mail) = super::find(tx, id).await? else {
        return Ok(None);
    };
    let topic = mail.content()?.topic();
    let lifted = lift(tx, &mail.recipient, Some(topic.name())).await?;
    Ok(Some(lifted + lift(tx, &mail.recipient, Some("all")).await?))
}

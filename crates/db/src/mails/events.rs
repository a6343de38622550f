//! What the provider tells afterwards. Stored once, applied in any order to the same end.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::mail::{MailEvent, MailTopic};
use uuid::Uuid;

use crate::{DbResult, FleetTx};

#[derive(QueryableByName)]
struct NewEvent {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = Text)]
    event_id: String,
}

/// Stores events that are not known yet, and applies them; returns how many were new. Events of mails that we do not know
/// are left out.
///
/// # Errors
/// When the server is away.
pub async fn apply_events(tx: &mut FleetTx, events: &[MailEvent]) -> DbResult<usize> {
    let new = store(tx, events).await?;
    let is_new = |event: &&MailEvent| {
        new.iter()
            .any(|row| row.event_id == event.id && row.account_id == event.account_id.as_uuid())
    };
    let applied: Vec<&MailEvent> = events.iter().filter(is_new).collect();
    change_states(tx, &applied).await?;
    suppress_readers(tx, &applied).await?;
    Ok(new.len())
}

async fn store(tx: &mut FleetTx, events: &[MailEvent]) -> DbResult<Vec<NewEvent>> {
    let accounts: Vec<Uuid> = events.iter().map(|e| e.account_id.as_uuid()).collect();
    let ids: Vec<&str> = events.iter().map(|e| e.id.as_str()).collect();
    let mails: Vec<Uuid> = events.iter().map(|e| e.mail_id.as_uuid()).collect();
    let kinds: Vec<&str> = events.iter().map(|e| e.kind.name()).collect();
    let reasons: Vec<Option<&str>> = events.iter().map(|e| e.reason.as_deref()).collect();
    let times: Vec<DateTime<Utc>> = events.iter().map(|e| e.at).collect();
    // In the order of the keys, so that two requests with the same events do not wait for each other in a circle.
    Ok(sql_query(
        "INSERT INTO mail_events (account_id, event_id, mail_id, kind, reason, occurred_at) \
         SELECT e.account_id, e.event_id, e.mail_id, e.kind, e.reason, e.at \
           FROM unnest($1, $2, $3, $4, $5, $6) e (account_id, event_id, mail_id, kind, reason, at) \
           JOIN mails m ON m.account_id = e.account_id AND m.id = e.mail_id \
          ORDER BY e.account_id, e.event_id \
         ON CONFLICT (account_id, event_id) DO NOTHING RETURNING account_id, event_id",
    )
    .bind::<Array<SqlUuid>, _>(accounts)
    .bind::<Array<Text>, _>(ids)
    .bind::<Array<SqlUuid>, _>(mails)
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<Nullable<Text>>, _>(reasons)
    .bind::<Array<Timestamptz>, _>(times)
    .load(&mut **tx)
    .await?)
}

async fn change_states(tx: &mut FleetTx, events: &[&MailEvent]) -> DbResult<()> {
    let mut rows = Vec::new();
    for event in events {
        if let Some((state, rank)) = event.kind.state() {
            rows.push((event, state.name(), rank));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let accounts: Vec<Uuid> = rows.iter().map(|(e, ..)| e.account_id.as_uuid()).collect();
    let mails: Vec<Uuid> = rows.iter().map(|(e, ..)| e.mail_id.as_uuid()).collect();
    let states: Vec<&str> = rows.iter().map(|(_, state, _)| *state).collect();
    let ranks: Vec<i16> = rows.iter().map(|(.., rank)| *rank).collect();
    let reasons: Vec<Option<&str>> = rows.iter().map(|(e, ..)| e.reason.as_deref()).collect();
    sql_query(
        "WITH told AS (SELECT DISTINCT ON (account_id, mail_id) * \
              FROM unnest($1, $2, $3, $4, $5) t (account_id, mail_id, state, rank, reason) \
             ORDER BY account_id, mail_id, rank DESC, reason), \
         held AS (SELECT m.account_id, m.id FROM mails m JOIN told t ON t.account_id = m.account_id AND t.mail_id = m.id \
             ORDER BY m.account_id, m.id FOR UPDATE OF m) \
         UPDATE mails m SET state = t.state, reason = t.reason, changed_at = now() \
           FROM told t JOIN held h ON h.account_id = t.account_id AND h.id = t.mail_id \
          WHERE m.account_id = t.account_id AND m.id = t.mail_id \
            AND t.rank > CASE m.state WHEN 'delivered' THEN 2 WHEN 'dropped' THEN 3 WHEN 'bounced' THEN 4 ELSE 0 END",
    )
    .bind::<Array<SqlUuid>, _>(accounts)
    .bind::<Array<SqlUuid>, _>(mails)
    .bind::<Array<Text>, _>(states)
    .bind::<Array<SmallInt>, _>(ranks)
    .bind::<Array<Nullable<Text>>, _>(reasons)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn suppress_readers(tx: &mut FleetTx, events: &[&MailEvent]) -> DbResult<()> {
    let (mut accounts, mut mails, mut topics, mut reasons) = (vec![], vec![], vec![], vec![]);
    for event in events {
        for topic in event.kind.suppresses() {
            accounts.push(event.account_id.as_uuid());
            mails.push(event.mail_id.as_uuid());
            topics.push(topic.map_or("all", MailTopic::name));
            reasons.push(event.reason.as_deref().unwrap_or_else(|| event.kind.name()));
        }
    }
    if accounts.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO mail_suppressions (account_id, recipient, topic, reason) \
         SELECT DISTINCT ON (m.account_id, m.recipient, s.topic) m.account_id, m.recipient, s.topic, s.reason \
           FROM unnest($1, $2, $3, $4) s (account_id, mail_id, topic, reason) \
           JOIN mails m ON m.account_id = s.account_id AND m.id = s.mail_id \
          ORDER BY m.account_id, m.recipient, s.topic \
         ON CONFLICT (account_id, recipient, topic) DO NOTHING",
    )
    .bind::<Array<SqlUuid>, _>(accounts)
    .bind::<Array<SqlUuid>, _>(mails)
    .bind::<Array<Text>, _>(topics)
    .bind::<Array<Text>, _>(reasons)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

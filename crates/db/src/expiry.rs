//! Drops what has served its time: log-ins, kept answers, uploads that nobody will read any more, records of ticks.

use diesel::{sql_query, sql_types::BigInt};
use diesel_async::RunQueryDsl;

use crate::{DbResult, FleetTx};

/// What serves only for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expired {
    /// Answers kept for requests that may be repeated.
    Answers,
    /// The bytes of uploads that were never completed: a process left them behind when it died.
    AbandonedBytes,
    /// Such uploads themselves, once their bytes are gone.
    AbandonedUploads,
    /// The bytes of imports that failed or were cancelled; the imports themselves stay.
    FailedBytes,
    /// What the provider told of mails; the mails stay.
    MailEvents,
    /// The bodies of payment events, with the personal data in them; what they mean stays.
    PaymentBodies,
    /// Log-ins that have ended.
    Sessions,
    /// The record of ticks; their schedules stay.
    Ticks,
    /// Links in mails that do nothing any more.
    UserTokens,
}

impl Expired {
    /// Takes the age in days as `$1` and the largest number of rows as `$2`.
    const fn statement(self) -> &'static str {
        match self {
            Self::Answers => {
                "DELETE FROM idempotency_keys k USING (
                     SELECT account_id, key FROM idempotency_keys
                      WHERE created_at < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED) old
                  WHERE k.account_id = old.account_id AND k.key = old.key"
            }
            Self::AbandonedBytes => {
                "DELETE FROM import_chunks c USING (
                     SELECT c.account_id, c.import_id, c.ordinal FROM import_chunks c
                       JOIN imports i ON i.account_id = c.account_id AND i.id = c.import_id
                      WHERE i.state = 'uploading' AND i.created_at < now() - $1 * interval '1 day'
                      LIMIT $2 FOR UPDATE OF c SKIP LOCKED) old
                  WHERE c.account_id = old.account_id AND c.import_id = old.import_id AND c.ordinal = old.ordinal"
            }
            Self::AbandonedUploads => {
                "DELETE FROM imports i USING (
                     SELECT account_id, id FROM imports u
                      WHERE state = 'uploading' AND created_at < now() - $1 * interval '1 day'
                        AND NOT EXISTS (SELECT 1 FROM import_chunks c
                                         WHERE c.account_id = u.account_id AND c.import_id = u.id)
                      LIMIT $2 FOR UPDATE SKIP LOCKED) old
                  WHERE i.account_id = old.account_id AND i.id = old.id"
            }
            Self::FailedBytes => {
                "DELETE FROM import_chunks c USING (
                     SELECT c.account_id, c.import_id, c.ordinal FROM import_chunks c
                       JOIN imports i ON i.account_id = c.account_id AND i.id = c.import_id
                      WHERE i.state IN ('failed', 'cancelled') AND i.finished_at < now() - $1 * interval '1 day'
                      LIMIT $2 FOR UPDATE OF c SKIP LOCKED) old
                  WHERE c.account_id = old.account_id AND c.import_id = old.import_id AND c.ordinal = old.ordinal"
            }
            Self::MailEvents => {
                "DELETE FROM mail_events e USING (
                     SELECT account_id, event_id FROM mail_events
                      WHERE received_at < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED) old
                  WHERE e.account_id = old.account_id AND e.event_id = old.event_id"
            }
            Self::PaymentBodies => {
                "UPDATE stripe_events e SET body = NULL FROM (
                     SELECT id FROM stripe_events
                      WHERE body IS NOT NULL AND received_at < now() - $1 * interval '1 day'
                      LIMIT $2 FOR UPDATE SKIP LOCKED) old
                  WHERE e.id = old.id"
            }
            Self::Sessions => {
                "DELETE FROM sessions s USING (
                     SELECT account_id, token_hash FROM sessions
                      WHERE expires_at < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED) old
                  WHERE s.account_id = old.account_id AND s.token_hash = old.token_hash"
            }
            Self::Ticks => {
                "DELETE FROM schedule_ticks t USING (
                     SELECT account_id, schedule, tick_at FROM schedule_ticks
                      WHERE fired_at < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED) old
                  WHERE t.account_id = old.account_id AND t.schedule = old.schedule AND t.tick_at = old.tick_at"
            }
            Self::UserTokens => {
                "DELETE FROM user_tokens t USING (
                     SELECT account_id, token_hash FROM user_tokens
                      WHERE expires_at < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED) old
                  WHERE t.account_id = old.account_id AND t.token_hash = old.token_hash"
            }
        }
    }
}

/// Drops up to `limit` rows that are older than `days`; returns how many were dropped. Rows that somebody holds are left.
///
/// # Errors
/// When the server is away.
pub async fn drop_expired(
    tx: &mut FleetTx,
    what: Expired,
    days: u32,
    limit: i64,
) -> DbResult<usize> {
    Ok(sql_query(what.statement())
        .bind::<BigInt, _>(i64::from(days))
        .bind::<BigInt, _>(limit)
        .execute(&mut **tx)
        .await?)
}

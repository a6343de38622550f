use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{BigInt, Bytea, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{Error, billing::Fact, id::AccountId};
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// An event as it came.
#[derive(Clone, Copy)]
pub struct NewEvent<'a> {
    /// What Stripe calls it.
    pub id: &'a str,
    /// Its type, such as `invoice.paid`.
    pub kind: &'a str,
    /// When it happened there.
    pub at: DateTime<Utc>,
    /// Who pays, if it says so.
    pub customer_id: Option<&'a str>,
    /// The body of the webhook.
    pub body: &'a [u8],
}

/// Keeps an event; false when it was kept before.
///
/// # Errors
/// When the server is away.
pub async fn store(tx: &mut FleetTx, new: NewEvent<'_>) -> DbResult<bool> {
    let rows = sql_query(
        "INSERT INTO stripe_events (id, kind, at, body, customer_id) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind::<Text, _>(new.id)
    .bind::<Text, _>(new.kind)
    .bind::<Timestamptz, _>(new.at)
    .bind::<Bytea, _>(new.body)
    .bind::<Nullable<Text>, _>(new.customer_id)
    .execute(&mut **tx)
    .await?;
    Ok(rows == 1)
}

/// A kept event. It cannot be printed: there is personal data in it.
#[derive(QueryableByName)]
pub struct StoredEvent {
    /// The body of the webhook; gone once the event has served its time.
    #[diesel(sql_type = Nullable<Bytea>)]
    pub body: Option<Vec<u8>>,
    /// `received`, `applied`, `ignored`, `unclaimed` or `unreadable`.
    #[diesel(sql_type = Text)]
    pub state: String,
}

/// Returns an event, and holds those of the same customer until the transaction ends: two of them at once would each take the
/// other's for nobody's.
///
/// # Errors
/// When the server is away.
pub async fn find(tx: &mut FleetTx, id: &str) -> DbResult<Option<StoredEvent>> {
    sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended('stripe:' || coalesce(customer_id, id), 0)) \
           FROM stripe_events WHERE id = $1",
    )
    .bind::<Text, _>(id)
    .execute(&mut **tx)
    .await?;
    Ok(
        sql_query("SELECT body, state FROM stripe_events WHERE id = $1 FOR UPDATE")
            .bind::<Text, _>(id)
            .get_result(&mut **tx)
            .await
            .optional()?,
    )
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Finds out whose an event is: the account that was written on it, or the one whose events name the same customer.
///
/// # Errors
/// When the server is away.
pub async fn account_of(
    tx: &mut FleetTx,
    named: Option<AccountId>,
    customer_id: Option<&str>,
) -> DbResult<Option<AccountId>> {
    let found: Option<Id> = sql_query(
        "SELECT id FROM ( \
             SELECT id, 1 AS turn FROM accounts WHERE id = $1 AND plan <> 'system' \
             UNION ALL \
             (SELECT account_id, 2 FROM stripe_events \
               WHERE customer_id = $2 AND account_id IS NOT NULL ORDER BY at DESC, id LIMIT 1)) AS found \
         ORDER BY turn LIMIT 1",
    )
    .bind::<Nullable<SqlUuid>, _>(named.map(AccountId::as_uuid))
    .bind::<Nullable<Text>, _>(customer_id)
    .get_result(&mut **tx)
    .await
    .optional()?;
    Ok(found.map(|row| row.id.into()))
}

/// Notes what an event means and whose it is. What came before from the same customer, and was nobody's, is theirs as well.
///
/// # Errors
/// When the server is away.
pub async fn claim(
    tx: &mut FleetTx,
    id: &str,
    account_id: Option<AccountId>,
    fact: &Fact,
) -> DbResult<()> {
    sql_query(
        "UPDATE stripe_events SET fact = $2, customer_id = $3, account_id = $4, \
                state = CASE WHEN $4 IS NULL THEN 'unclaimed' ELSE 'received' END \
          WHERE id = $1",
    )
    .bind::<Text, _>(id)
    .bind::<Jsonb, _>(serde_json::to_value(fact).map_err(Error::internal)?)
    .bind::<Nullable<Text>, _>(fact.customer_id())
    .bind::<Nullable<SqlUuid>, _>(account_id.map(AccountId::as_uuid))
    .execute(&mut **tx)
    .await?;
    if let (Some(account_id), Some(customer_id)) = (account_id, fact.customer_id()) {
        sql_query(
            "UPDATE stripe_events SET account_id = $2, state = 'received' \
              WHERE customer_id = $1 AND account_id IS NULL",
        )
        .bind::<Text, _>(customer_id)
        .bind::<SqlUuid, _>(account_id.as_uuid())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Notes that an event changes nothing: it is `ignored`, or `unreadable`.
///
/// # Errors
/// When the server is away.
pub async fn mark(tx: &mut FleetTx, id: &str, state: &'static str) -> DbResult<()> {
    sql_query("UPDATE stripe_events SET state = $2, applied_at = now() WHERE id = $1")
        .bind::<Text, _>(id)
        .bind::<Text, _>(state)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct EventId {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Returns events that came before `before` and were not taken in, the oldest first.
///
/// # Errors
/// When the server is away.
pub async fn stuck(tx: &mut FleetTx, before: DateTime<Utc>, limit: i64) -> DbResult<Vec<String>> {
    let rows: Vec<EventId> = sql_query(
        "SELECT id FROM stripe_events \
          WHERE body IS NOT NULL AND state IN ('received', 'unreadable') AND received_at < $1 \
          ORDER BY received_at LIMIT $2",
    )
    .bind::<Timestamptz, _>(before)
    .bind::<BigInt, _>(limit)
    .load(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

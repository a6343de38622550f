use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Integer, Jsonb, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::{
    Error,
    billing::{Fact, History, Opens, PaymentEvent, PaymentNotice, Subscription, notices, recount},
    job::JobRef,
    mail::MailContent,
    money::Currency,
};

use super::owner_email;
use crate::{
    AccountTx, DbResult,
    mails::{self, NewMail},
};

/// What recounting an account came to.
#[derive(Debug)]
pub struct Settled {
    /// All of it.
    pub history: History,
    /// Until when the account is open by what it pays.
    pub opens: Opens,
    /// Mails that were written: their jobs, to be handed out after the commit.
    pub jobs: Vec<JobRef>,
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Jsonb)]
    fact: Value,
    #[diesel(sql_type = Bool)]
    is_fresh: bool,
}

/// Keeps what we have read ourselves, as an event; nothing when it is kept already.
///
/// # Errors
/// When the server is away.
pub async fn learn(tx: &mut AccountTx, event: &PaymentEvent) -> DbResult<()> {
    sql_query(
        "INSERT INTO stripe_events (id, account_id, customer_id, kind, at, fact) \
         VALUES ($1, $2, $3, 'read', $4, $5) ON CONFLICT (id) DO NOTHING",
    )
    .bind::<Text, _>(&event.id)
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Nullable<Text>, _>(event.fact.customer_id())
    .bind::<Timestamptz, _>(event.at)
    .bind::<Jsonb, _>(serde_json::to_value(&event.fact).map_err(Error::internal)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Recounts the account of the transaction from all its events: subscriptions, access, revenue, and the mails that are due.
///
/// Nothing of it depends on the order in which events came, nor on how often this is called.
///
/// # Errors
/// When the server is away, or a newer version has written an event.
pub async fn settle(tx: &mut AccountTx, grace: TimeDelta, now: DateTime<Utc>) -> DbResult<Settled> {
    let is_given = hold_account(tx).await?;
    let (events, fresh) = read_events(tx).await?;
    let history = recount(&events);
    let opens = history.opens(grace);
    write_subscriptions(tx, &history, now).await?;
    write_revenue(tx, &history).await?;
    write_access(tx, opens).await?;
    let mut jobs = Vec::new();
    for notice in notices(&history, &fresh, grace, now) {
        // Nothing that is not paid locks who has been given a plan, or opens who was shut.
        if is_given && !matches!(notice.content, MailContent::PaymentReceived { .. }) {
            continue;
        }
        jobs.extend(write_mail(tx, notice).await?);
    }
    sql_query(
        "UPDATE stripe_events SET state = 'applied', applied_at = $2 \
          WHERE account_id = $1 AND state = 'received' AND fact IS NOT NULL",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Timestamptz, _>(now)
    .execute(&mut **tx)
    .await?;
    Ok(Settled {
        history,
        opens,
        jobs,
    })
}

#[derive(QueryableByName)]
struct Given {
    #[diesel(sql_type = Bool)]
    is_given: bool,
}

/// Holds the account, so that two events of it are taken in one after the other, and tells whether it has its plan by the
/// operator's hand.
async fn hold_account(tx: &mut AccountTx) -> DbResult<bool> {
    let rows: Vec<Given> = sql_query(
        "SELECT plan_given_at IS NOT NULL OR plan = 'locked' AS is_given FROM accounts WHERE id = $1 FOR UPDATE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .load(&mut **tx)
    .await?;
    Ok(rows.iter().any(|row| row.is_given))
}

/// Returns all events of the account, and those of them that were not applied before.
async fn read_events(tx: &mut AccountTx) -> DbResult<(Vec<PaymentEvent>, Vec<PaymentEvent>)> {
    let rows: Vec<EventRow> = sql_query(
        "SELECT id, at, fact, state = 'received' AS is_fresh FROM stripe_events \
          WHERE account_id = $1 AND fact IS NOT NULL ORDER BY at, id",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .load(&mut **tx)
    .await?;
    let (mut events, mut fresh) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let fact: Fact = serde_json::from_value(row.fact).map_err(Error::internal)?;
        let event = PaymentEvent {
            id: row.id,
            at: row.at,
            fact,
        };
        if row.is_fresh {
            fresh.push(event.clone());
        }
        events.push(event);
    }
    Ok((events, fresh))
}

async fn write_subscriptions(
    tx: &mut AccountTx,
    history: &History,
    now: DateTime<Utc>,
) -> DbResult<()> {
    for subscription in &history.subscriptions {
        write_subscription(tx, subscription, now).await?;
    }
    Ok(())
}

async fn write_subscription(
    tx: &mut AccountTx,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> DbResult<()> {
    sql_query(
        "INSERT INTO subscriptions (account_id, id, customer_id, status, price_id, per_month, currency, period_ends_at, \
                                    ends_at, canceled_at, ended_at, failed_since, failed_invoice, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         ON CONFLICT (account_id, id) DO UPDATE SET (customer_id, status, price_id, per_month, currency, period_ends_at, \
                ends_at, canceled_at, ended_at, failed_since, failed_invoice, changed_at) = \
               ROW (excluded.customer_id, excluded.status, excluded.price_id, excluded.per_month, excluded.currency, \
                excluded.period_ends_at, excluded.ends_at, excluded.canceled_at, excluded.ended_at, excluded.failed_since, \
                excluded.failed_invoice, excluded.changed_at)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(&subscription.id)
    .bind::<Nullable<Text>, _>(subscription.customer_id.as_deref())
    .bind::<Text, _>(subscription.status.name())
    .bind::<Nullable<Text>, _>(subscription.price_id.as_deref())
    .bind::<Numeric, _>(subscription.per_month)
    .bind::<Nullable<Text>, _>(subscription.currency.as_ref().map(Currency::code))
    .bind::<Nullable<Timestamptz>, _>(subscription.period_ends_at)
    .bind::<Nullable<Timestamptz>, _>(subscription.ends_at)
    .bind::<Nullable<Timestamptz>, _>(subscription.canceled_at)
    .bind::<Nullable<Timestamptz>, _>(subscription.ended_at)
    .bind::<Nullable<Timestamptz>, _>(subscription.failed_since)
    .bind::<Nullable<Text>, _>(subscription.failed_invoice.as_deref())
    .bind::<Timestamptz, _>(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Written anew: what comes late changes what was counted before it.
async fn write_revenue(tx: &mut AccountTx, history: &History) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    sql_query("DELETE FROM revenue_changes WHERE account_id = $1")
        .bind::<SqlUuid, _>(account_id)
        .execute(&mut **tx)
        .await?;
    for (ordinal, change) in (0_i32..).zip(&history.changes) {
        sql_query(
            "INSERT INTO revenue_changes (account_id, ordinal, at, kind, currency, before, after) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind::<SqlUuid, _>(account_id)
        .bind::<Integer, _>(ordinal)
        .bind::<Timestamptz, _>(change.at)
        .bind::<Text, _>(change.kind.name())
        .bind::<Text, _>(change.currency.code())
        .bind::<Numeric, _>(change.before)
        .bind::<Numeric, _>(change.after)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Who has never paid stays in their trial, and who was given a plan by the operator has it until that is taken back.
async fn write_access(tx: &mut AccountTx, opens: Opens) -> DbResult<()> {
    let until = match opens {
        Opens::Nothing => return Ok(()),
        Opens::Until(until) => Some(until),
        Opens::All => None,
    };
    sql_query(
        "UPDATE accounts SET plan = 'pro', access_until = $2 \
          WHERE id = $1 AND plan IN ('trial', 'pro') AND plan_given_at IS NULL",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Nullable<Timestamptz>, _>(until)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_mail(tx: &mut AccountTx, notice: PaymentNotice) -> DbResult<Option<JobRef>> {
    let Some(recipient) = owner_email(tx).await? else {
        return Ok(None);
    };
    let mail = NewMail {
        recipient,
        content: notice.content,
        period: notice.period,
    };
    mails::write(tx, &mail).await
}

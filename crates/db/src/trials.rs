//! Accounts whose trial ends soon or has ended.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{id::AccountId, trial::TrialNotice};
use uuid::Uuid;

use crate::{AccountTx, DbResult, FleetTx};

/// An account in its trial.
#[derive(Clone, QueryableByName)]
pub struct Trial {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    /// When it ends or ended.
    #[diesel(sql_type = Timestamptz)]
    pub ends_at: DateTime<Utc>,
    /// The days before its end of which it was warned.
    #[diesel(sql_type = Array<Integer>)]
    pub warned: Vec<i32>,
}

impl Trial {
    /// Returns whose it is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account_id.into()
    }
}

/// Returns the period by which a notice about one end of a trial is known.
#[must_use]
pub fn period(ends_at: DateTime<Utc>, notice: TrialNotice) -> String {
    let end = ends_at.timestamp_micros();
    match notice {
        TrialNotice::Warning { days_before } => format!("{end}/{days_before}"),
        TrialNotice::Ended => end.to_string(),
    }
}

/// Returns trials that end before `until` and whose end nobody was told yet, by account, behind `after`.
///
/// # Errors
/// When the server is away.
pub async fn ending(
    tx: &mut FleetTx,
    until: DateTime<Utc>,
    after: Option<AccountId>,
    limit: i32,
) -> DbResult<Vec<Trial>> {
    Ok(sql_query(
        "SELECT a.id AS account_id, a.trial_ends_at AS ends_at, \
                ARRAY(SELECT split_part(m.period, '/', 2)::integer FROM mails m \
                       WHERE m.account_id = a.id AND m.kind = 'trial_warning' \
                         AND m.period LIKE (extract(epoch FROM a.trial_ends_at) * 1000000)::bigint || '/%') AS warned \
           FROM accounts a \
          WHERE a.plan = 'trial' AND a.trial_ends_at <= $1 AND ($2 IS NULL OR a.id > $2) \
            AND NOT EXISTS (SELECT FROM mails m WHERE m.account_id = a.id AND m.kind = 'trial_ended' \
                AND m.period = (extract(epoch FROM a.trial_ends_at) * 1000000)::bigint::text) \
          ORDER BY a.id LIMIT $3",
    )
    .bind::<Timestamptz, _>(until)
    .bind::<Nullable<SqlUuid>, _>(after.map(AccountId::as_uuid))
    .bind::<Integer, _>(limit)
    .load(&mut **tx)
    .await?)
}

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = Timestamptz)]
    ends_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    email: String,
}

/// Returns the present end of the account's trial and its owner's address, and holds both until the transaction ends;
/// `None` when it is in no trial any more.
///
/// # Errors
/// When the server is away.
pub async fn hold(tx: &mut AccountTx) -> DbResult<Option<(DateTime<Utc>, String)>> {
    let owners: Vec<Owner> = sql_query(
        "SELECT a.trial_ends_at AS ends_at, u.email FROM accounts a \
         JOIN users u ON u.account_id = a.id \
         WHERE a.id = $1 AND a.plan = 'trial' ORDER BY u.created_at, u.id LIMIT 1 FOR SHARE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .load(&mut **tx)
    .await?;
    Ok(owners
        .into_iter()
        .next()
        .map(|owner| (owner.ends_at, owner.email)))
}

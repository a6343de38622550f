//! Accounts whose trial ends soon or has ended.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{id::AccountId, trial::TrialNotice};
use uuid::Uuid;

use crate::{DbResult, FleetTx};

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

/// An account whose trial still runs or has just ended, and who is told of it. It cannot be printed: it holds an address.
#[derive(Clone, QueryableByName)]
pub struct HeldTrial {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    /// When it ends or ended.
    #[diesel(sql_type = Timestamptz)]
    pub ends_at: DateTime<Utc>,
    /// The address of its owner.
    #[diesel(sql_type = Text)]
    pub recipient: String,
}

impl HeldTrial {
    /// Returns whose it is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account_id.into()
    }
}

/// Returns the present ends of the accounts' trials with their owners' addresses, by account, and holds both.
///
/// They are held until the transaction ends. Accounts that are in no trial any more are left out.
///
/// # Errors
/// When the server is away.
pub async fn hold(tx: &mut FleetTx, accounts: &[AccountId]) -> DbResult<Vec<HeldTrial>> {
    let ids: Vec<Uuid> = accounts.iter().map(|id| id.as_uuid()).collect();
    Ok(sql_query(
        "SELECT a.id AS account_id, a.trial_ends_at AS ends_at, u.email AS recipient FROM accounts a \
         CROSS JOIN LATERAL (SELECT email FROM users WHERE account_id = a.id \
                              ORDER BY created_at, id LIMIT 1 FOR SHARE) u \
         WHERE a.id = ANY ($1) AND a.plan = 'trial' ORDER BY a.id FOR SHARE OF a",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(&mut **tx)
    .await?)
}

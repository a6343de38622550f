use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Date, Numeric, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    Error,
    billing::{RevenueMonth, RevenueSum, by_month},
    money::Currency,
};

use crate::{DbResult, FleetTx};

/// How many accounts stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct FunnelCounts {
    /// In their trial.
    #[diesel(sql_type = BigInt)]
    pub active_trials: i64,
    /// Their trial has ended, and they have not paid.
    #[diesel(sql_type = BigInt)]
    pub expired_trials: i64,
    /// Open by what they pay, a payment that is open or a cancellation to come included, or by the operator's gift.
    #[diesel(sql_type = BigInt)]
    pub open_plans: i64,
    /// Their plan has ended.
    #[diesel(sql_type = BigInt)]
    pub locked_plans: i64,
}

/// From the sign-up to the money, over all accounts.
#[derive(Debug, Clone)]
pub struct Funnel {
    /// When it was counted.
    pub as_of: DateTime<Utc>,
    /// How many accounts stand how.
    pub counts: FunnelCounts,
    /// What happened in each month, the present one last.
    pub months: Vec<MonthCounts>,
    /// How recurring revenue has moved in each of them.
    pub revenue: BTreeMap<Currency, Vec<RevenueMonth>>,
}

/// Returns the funnel of the month of `now` and those before it, `months` in all.
///
/// # Errors
/// When the server is away.
pub async fn funnel(tx: &mut FleetTx, now: DateTime<Utc>, months: u32) -> DbResult<Funnel> {
    let present = now.date_naive().with_day(1).unwrap_or(now.date_naive());
    let first = present
        .checked_sub_months(Months::new(months.saturating_sub(1)))
        .unwrap_or(present);
    Ok(Funnel {
        as_of: now,
        counts: counts(tx, now).await?,
        months: count_months(tx, first, now).await?,
        revenue: by_month(&revenue_sums(tx, now).await?, first, present),
    })
}

async fn counts(tx: &mut FleetTx, now: DateTime<Utc>) -> DbResult<FunnelCounts> {
    Ok(sql_query(
        "SELECT count(*) FILTER (WHERE plan = 'trial' AND trial_ends_at > $1) AS active_trials, \
                count(*) FILTER (WHERE plan = 'trial' AND trial_ends_at <= $1) AS expired_trials, \
                count(*) FILTER (WHERE plan = 'pro' AND (access_until IS NULL OR access_until > $1)) AS open_plans, \
                count(*) FILTER (WHERE plan = 'locked' OR plan = 'pro' AND access_until <= $1) AS locked_plans \
           FROM accounts WHERE plan <> 'system'",
    )
    .bind::<Timestamptz, _>(now)
    .get_result(&mut **tx)
    .await?)
}

/// What happened to accounts in a month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct MonthCounts {
    /// Its first day.
    #[diesel(sql_type = Date)]
    pub month: NaiveDate,
    /// Accounts that were made.
    #[diesel(sql_type = BigInt)]
    pub sign_ups: i64,
    /// Accounts that were warned of the end of their trial, each once a month.
    #[diesel(sql_type = BigInt)]
    pub warned: i64,
    /// Accounts that paid for the first time.
    #[diesel(sql_type = BigInt)]
    pub converted: i64,
    /// Accounts that stopped paying.
    #[diesel(sql_type = BigInt)]
    pub churned: i64,
}

async fn count_months(
    tx: &mut FleetTx,
    first: NaiveDate,
    now: DateTime<Utc>,
) -> DbResult<Vec<MonthCounts>> {
    Ok(sql_query(
        "WITH spans AS ( \
             SELECT m::date AS month, m AT TIME ZONE 'UTC' AS begins, (m + interval '1 month') AT TIME ZONE 'UTC' AS ends \
               FROM generate_series($1::timestamp, $2 AT TIME ZONE 'UTC', interval '1 month') AS m) \
         SELECT s.month, \
                (SELECT count(*) FROM accounts a \
                  WHERE a.plan <> 'system' AND a.created_at >= s.begins AND a.created_at < s.ends) AS sign_ups, \
                (SELECT count(DISTINCT m.account_id) FROM mails m \
                  WHERE m.kind = 'trial_warning' AND m.created_at >= s.begins AND m.created_at < s.ends) AS warned, \
                (SELECT count(DISTINCT r.account_id) FROM revenue_changes r \
                  WHERE r.kind = 'new' AND r.at >= s.begins AND r.at < s.ends) AS converted, \
                (SELECT count(DISTINCT r.account_id) FROM revenue_changes r \
                  WHERE r.kind = 'churn' AND r.at >= s.begins AND r.at < s.ends) AS churned \
           FROM spans s ORDER BY s.month",
    )
    .bind::<Date, _>(first)
    .bind::<Timestamptz, _>(now)
    .load(&mut **tx)
    .await?)
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
}

/// Sums up all changes of revenue by month, kind and currency.
async fn revenue_sums(tx: &mut FleetTx, now: DateTime<Utc>) -> DbResult<Vec<RevenueSum>> {
    let rows: Vec<SumRow> = sql_query(
        "SELECT date_trunc('month', at AT TIME ZONE 'UTC')::date AS month, kind, currency, sum(after - before) AS amount \
           FROM revenue_changes WHERE at <= $1 GROUP BY 1, 2, 3 ORDER BY 3, 1, 2",
    )
    .bind::<Timestamptz, _>(now)
    .load(&mut **tx)
    .await?;
    let read = |row: SumRow| {
        Ok(RevenueSum {
            currency: row.currency.parse().map_err(Error::internal)?,
            month: row.month,
            kind: row.kind.parse().map_err(Error::internal)?,
            amount: row.amount,
        })
    };
    rows.into_iter().map(read).collect()
}

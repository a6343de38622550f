use chrono::{DateTime, Utc};
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use suite_core::{
    id::StoreId,
    report::{Grouping, NamedTurnover},
};

use super::NamedRow;
use crate::{AccountTx, DbResult};

/// Sums each channel through which orders of `from..end` came.
///
/// The heads of orders hold the sums of their lines: all of an order stands on the day on which it was placed, also what was
/// added on a later one.
///
/// # Errors
/// When the database is away.
pub async fn by_channel(
    tx: &mut AccountTx,
    store_id: StoreId,
    (from, end): (DateTime<Utc>, DateTime<Utc>),
) -> DbResult<Vec<NamedTurnover>> {
    let rows: Vec<NamedRow> = diesel::sql_query(
        "SELECT channel AS name, sum(gross) AS gross, sum(discounts) AS discounts, sum(returns) AS returns,
                sum(adjustments) AS adjustments, sum(tax) AS tax, sum(shipping) AS shipping, sum(units) AS units,
                count(*) FILTER (WHERE gross > 0) AS orders,
                count(DISTINCT customer_id) FILTER (WHERE gross > 0) AS customers
           FROM orders
          WHERE account_id = $1 AND store_id = $2 AND placed_at >= $3 AND placed_at < $4
          GROUP BY 1",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Timestamptz, _>(from)
    .bind::<Timestamptz, _>(end)
    .load(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| NamedTurnover::by_name(Grouping::Channel, row.name, row.turnover.into()))
        .collect())
}

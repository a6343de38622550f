//! Stock that has run low or out since somebody last looked.
//!
//! With hysteresis: what is low is fine again only when it is above its threshold by a fifth (one piece at least), and what is
//! out is so until a fifth of the threshold is there; so a level that goes up and down around its threshold is told once.

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Numeric, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::id::StoreId;

use super::stock_terms::non_merchandise;
use crate::{AccountTx, DbResult};

/// A variant whose stock has run low or out.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Crossing {
    /// Its SKU.
    #[diesel(sql_type = Text)]
    pub sku: String,
    /// What it is called.
    #[diesel(sql_type = Text)]
    pub title: String,
    /// How much there is, at all locations.
    #[diesel(sql_type = Numeric)]
    pub available: Decimal,
}

/// Notes what the stock of a store is like now and returns what has become worse.
///
/// The most urgent comes first: out before low, then by what is left. A variant that is seen for the first time has crossed nothing; archived ones and what is no merchandise
/// are left out.
///
/// # Errors
/// When the query fails.
pub async fn look(tx: &mut AccountTx, store_id: StoreId) -> DbResult<Vec<Crossing>> {
    let others = non_merchandise(tx, store_id).await?;
    let mut crossed: Vec<Crossing> = sql_query(
        "WITH seen AS (
             SELECT v.id, v.sku, v.title, stocked.available, b.state AS before, t.threshold, t.margin
               FROM stores s
               JOIN (SELECT variant_id, sum(available) AS available FROM stock_levels
                      WHERE account_id = $1 AND store_id = $2 GROUP BY variant_id) stocked ON true
               JOIN variants v ON v.account_id = $1 AND v.id = stocked.variant_id
               JOIN products p ON p.account_id = $1 AND p.id = v.product_id AND p.status <> 'archived'
               CROSS JOIN LATERAL (SELECT coalesce(v.low_stock_threshold, s.low_stock_threshold) AS threshold,
                    greatest(1, ceil(coalesce(v.low_stock_threshold, s.low_stock_threshold) / 5)) AS margin) t
               LEFT JOIN stock_alert_states b ON b.account_id = $1 AND b.store_id = $2 AND b.variant_id = v.id
              WHERE s.account_id = $1 AND s.id = $2 AND s.deleted_at IS NULL),
         judged AS (
             SELECT *, CASE WHEN available <= 0 OR (before = 'out' AND available < margin) THEN 'out'
                            WHEN available <= threshold THEN 'low'
                            WHEN before IN ('low', 'out') AND available < threshold + margin THEN 'low'
                            ELSE 'fine' END AS state FROM seen),
         noted AS (
             INSERT INTO stock_alert_states (account_id, store_id, variant_id, state)
             SELECT $1, $2, id, state FROM judged WHERE before IS DISTINCT FROM state ORDER BY id
             ON CONFLICT (account_id, store_id, variant_id) DO UPDATE
                SET state = excluded.state, changed_at = now())
         SELECT sku, title, available FROM judged
          WHERE (before = 'fine' AND state <> 'fine') OR (before = 'low' AND state = 'out')
          ORDER BY state <> 'out', available, sku",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .load(&mut **tx)
    .await?;
    crossed.retain(|variant| !others.has(&variant.sku));
    Ok(crossed)
}

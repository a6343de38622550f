//! What an analysis reads: the catalogue, the sales of each day, the levels and the ledger, each in one pass.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName,
    prelude::*,
    sql_types::{Bool, Date, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use suite_core::id::{LocationId, StoreId, VariantId, VendorId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{daily_product_sales as sales, variants},
};

/// A variant of the store.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct CatalogueVariant {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: VariantId,
    /// Its SKU; empty when the source has none.
    pub sku: String,
    /// For how much it is sold.
    pub price: Option<Decimal>,
    /// For how much it is bought.
    pub cost: Option<Decimal>,
}

/// Returns the variants of a store.
///
/// # Errors
/// When the server is away.
pub async fn catalogue(tx: &mut AccountTx, store_id: StoreId) -> DbResult<Vec<CatalogueVariant>> {
    Ok(variants::table
        .filter(variants::account_id.eq(tx.account_id().as_uuid()))
        .filter(variants::store_id.eq(store_id.as_uuid()))
        .select((variants::id, variants::sku, variants::price, variants::cost))
        .load(&mut **tx)
        .await?)
}

/// What was sold of a variant on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SalesDay {
    /// The variant.
    pub variant_id: VariantId,
    /// The day.
    pub day: NaiveDate,
    /// Pieces.
    pub units: Decimal,
    /// Their gross.
    pub gross: Decimal,
}

/// Hands on each day's sales of each variant, in no order; a million of them are never in memory together.
///
/// # Errors
/// When the server is away.
pub async fn each_sales_day(
    tx: &mut AccountTx,
    store_id: StoreId,
    (from, to): (NaiveDate, NaiveDate),
    mut take: impl FnMut(SalesDay),
) -> DbResult<()> {
    type Row = (Uuid, NaiveDate, Option<Decimal>, Option<Decimal>);
    let mut rows = std::pin::pin!(
        sales::table
            .filter(sales::account_id.eq(tx.account_id().as_uuid()))
            .filter(sales::store_id.eq(store_id.as_uuid()))
            .filter(sales::day.between(from, to))
            .filter(sales::units.is_not_null())
            .select((sales::variant_id, sales::day, sales::units, sales::gross))
            .load_stream::<Row>(&mut **tx)
            .await?
    );
    while let Some((variant_id, day, units, gross)) = rows.try_next().await? {
        take(SalesDay {
            variant_id: variant_id.into(),
            day,
            units: units.unwrap_or_default(),
            gross: gross.unwrap_or_default(),
        });
    }
    Ok(())
}

/// The levels of a variant at a location at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct LevelThen {
    #[diesel(sql_type = SqlUuid)]
    variant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    location_id: Uuid,
    /// On the shelf.
    #[diesel(sql_type = Numeric)]
    pub on_hand: Decimal,
    /// On the shelf and promised.
    #[diesel(sql_type = Numeric)]
    pub reserved: Decimal,
    /// Ordered and not there yet.
    #[diesel(sql_type = Numeric)]
    pub incoming: Decimal,
}

impl LevelThen {
    /// Returns the variant.
    #[must_use]
    pub fn variant_id(&self) -> VariantId {
        self.variant_id.into()
    }

    /// Returns the location.
    #[must_use]
    pub fn location_id(&self) -> LocationId {
        self.location_id.into()
    }
}

/// Returns the levels as they were at `end`: the present ones without what happened from then on.
///
/// # Errors
/// When the server is away.
pub async fn levels_at(
    tx: &mut AccountTx,
    store_id: StoreId,
    end: DateTime<Utc>,
) -> DbResult<Vec<LevelThen>> {
    Ok(diesel::sql_query(
        "WITH later AS ( \
             SELECT variant_id, location_id, \
                    coalesce(sum(quantity) FILTER (WHERE level = 'on_hand'), 0) AS on_hand, \
                    coalesce(sum(quantity) FILTER (WHERE level = 'reserved'), 0) AS reserved, \
                    coalesce(sum(quantity) FILTER (WHERE level = 'incoming'), 0) AS incoming \
             FROM stock_movements WHERE account_id = $1 AND store_id = $2 AND occurred_at >= $3 \
             GROUP BY variant_id, location_id) \
         SELECT level.variant_id, level.location_id, level.on_hand - coalesce(later.on_hand, 0) AS on_hand, \
                level.reserved - coalesce(later.reserved, 0) AS reserved, \
                level.incoming - coalesce(later.incoming, 0) AS incoming \
         FROM stock_levels level LEFT JOIN later USING (variant_id, location_id) \
         WHERE level.account_id = $1 AND level.store_id = $2",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Timestamptz, _>(end)
    .load(&mut **tx)
    .await?)
}

/// A change of what lies on a variant's shelves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct OnHandChange {
    #[diesel(sql_type = SqlUuid)]
    variant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    location_id: Uuid,
    /// The store's day on which it happened.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// Pieces that came, or went with a minus.
    #[diesel(sql_type = Numeric)]
    pub quantity: Decimal,
    /// What a piece has cost.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub unit_cost: Option<Decimal>,
    /// Whether it went from one shelf to another.
    #[diesel(sql_type = Bool)]
    pub is_transfer: bool,
}

impl OnHandChange {
    /// Returns the variant.
    #[must_use]
    pub fn variant_id(&self) -> VariantId {
        self.variant_id.into()
    }

    /// Returns the location.
    #[must_use]
    pub fn location_id(&self) -> LocationId {
        self.location_id.into()
    }
}

/// Hands on each change of stock on hand before `end`, in the order in which they happened.
///
/// # Errors
/// When the server is away.
pub async fn each_on_hand_change(
    tx: &mut AccountTx,
    store_id: StoreId,
    end: DateTime<Utc>,
    zone: &str,
    mut take: impl FnMut(OnHandChange),
) -> DbResult<()> {
    let mut rows = std::pin::pin!(
        diesel::sql_query(
            "SELECT variant_id, location_id, (occurred_at AT TIME ZONE $4)::date AS day, quantity, unit_cost, \
                    source = 'transfer' AS is_transfer \
             FROM stock_movements \
             WHERE account_id = $1 AND store_id = $2 AND level = 'on_hand' AND occurred_at < $3 \
             ORDER BY occurred_at, id",
        )
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(store_id.as_uuid())
        .bind::<Timestamptz, _>(end)
        .bind::<Text, _>(zone)
        .load_stream::<OnHandChange>(&mut **tx)
        .await?
    );
    while let Some(change) = rows.try_next().await? {
        take(change);
    }
    Ok(())
}

/// From whom a variant is bought, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct SupplyRow {
    #[diesel(sql_type = SqlUuid)]
    variant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = Integer)]
    lead_time_days: i32,
    /// The least that is sold.
    #[diesel(sql_type = Numeric)]
    pub minimum_quantity: Decimal,
    /// Only whole packs of so many are sold.
    #[diesel(sql_type = Numeric)]
    pub pack_size: Decimal,
}

impl SupplyRow {
    /// Returns the variant.
    #[must_use]
    pub fn variant_id(&self) -> VariantId {
        self.variant_id.into()
    }

    /// Returns the vendor.
    #[must_use]
    pub fn vendor_id(&self) -> VendorId {
        self.vendor_id.into()
    }

    /// Returns the days from order to shelf.
    #[must_use]
    pub fn lead_time_days(&self) -> u32 {
        u32::try_from(self.lead_time_days).unwrap_or(0)
    }
}

/// Returns the vendor of each variant that has one: the preferred, else the quickest, else the first.
///
/// # Errors
/// When the server is away.
pub async fn supplies(tx: &mut AccountTx, store_id: StoreId) -> DbResult<Vec<SupplyRow>> {
    Ok(diesel::sql_query(
        "SELECT DISTINCT ON (price.variant_id) price.variant_id, price.vendor_id, \
                coalesce(price.lead_time_days, vendor.lead_time_days) AS lead_time_days, \
                price.minimum_quantity, price.pack_size \
         FROM supplier_prices price \
         JOIN vendors vendor ON vendor.account_id = price.account_id AND vendor.id = price.vendor_id \
         WHERE price.account_id = $1 AND price.store_id = $2 \
         ORDER BY price.variant_id, price.is_preferred DESC, 3, price.vendor_id",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .load(&mut **tx)
    .await?)
}

//! The items of an analysis, ranked by what it costs to ignore them.

use diesel::{
    prelude::*,
    sql_types::{Array, Bool, Integer, Nullable, Numeric, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use serde_json::Value;
use suite_core::{
    Error,
    id::{AnalysisId, LocationId, VariantId, VendorId},
    inventory::Figures,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{inventory_analysis_items as items, locations, variants, vendors},
};

/// Items that are about to be written, a column each.
#[derive(Debug, Default)]
pub struct NewItems {
    ranks: Vec<i32>,
    variant_ids: Vec<Uuid>,
    location_ids: Vec<Uuid>,
    vendor_ids: Vec<Option<Uuid>>,
    abc: Vec<String>,
    xyz: Vec<String>,
    due: Vec<bool>,
    dead: Vec<bool>,
    overstocked: Vec<bool>,
    suggested: Vec<Decimal>,
    figures: Vec<String>,
}

impl NewItems {
    /// Adds an item of that rank.
    ///
    /// # Errors
    /// Never in practice: figures are plain values.
    pub fn push(
        &mut self,
        rank: i32,
        (variant_id, location_id): (VariantId, LocationId),
        vendor_id: Option<VendorId>,
        figures: &Figures,
    ) -> DbResult<()> {
        self.ranks.push(rank);
        self.variant_ids.push(variant_id.as_uuid());
        self.location_ids.push(location_id.as_uuid());
        self.vendor_ids.push(vendor_id.map(VendorId::as_uuid));
        self.abc.push(figures.abc.clone().unwrap_or_default());
        self.xyz.push(figures.xyz.clone().unwrap_or_default());
        self.due.push(figures.is_due);
        self.dead.push(figures.is_dead);
        let surplus = figures.overstock_quantity.unwrap_or_default();
        self.overstocked.push(surplus > Decimal::ZERO);
        self.suggested
            .push(figures.suggested_quantity.unwrap_or_default());
        self.figures
            .push(serde_json::to_string(figures).map_err(Error::internal)?);
        Ok(())
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranks.len()
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranks.is_empty()
    }
}

/// Writes items of an analysis.
///
/// # Errors
/// When the database is away.
pub async fn insert(tx: &mut AccountTx, id: AnalysisId, new: NewItems) -> DbResult<()> {
    diesel::sql_query(
        "INSERT INTO inventory_analysis_items (account_id, analysis_id, rank, variant_id, location_id, vendor_id, abc, xyz, \
                                               is_due, is_dead, is_overstock, suggested_quantity, figures) \
         SELECT $1, $2, unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9), unnest($10), \
                unnest($11), unnest($12), unnest($13)::json",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .bind::<Array<Integer>, _>(new.ranks)
    .bind::<Array<SqlUuid>, _>(new.variant_ids)
    .bind::<Array<SqlUuid>, _>(new.location_ids)
    .bind::<Array<Nullable<SqlUuid>>, _>(new.vendor_ids)
    .bind::<Array<Text>, _>(new.abc)
    .bind::<Array<Text>, _>(new.xyz)
    .bind::<Array<Bool>, _>(new.due)
    .bind::<Array<Bool>, _>(new.dead)
    .bind::<Array<Bool>, _>(new.overstocked)
    .bind::<Array<Numeric>, _>(new.suggested)
    .bind::<Array<Text>, _>(new.figures)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets the items of an analysis: those of an earlier attempt.
///
/// # Errors
/// When the database is away.
pub async fn clear(tx: &mut AccountTx, id: AnalysisId) -> DbResult<usize> {
    Ok(diesel::delete(
        items::table
            .filter(items::account_id.eq(tx.account_id().as_uuid()))
            .filter(items::analysis_id.eq(id.as_uuid())),
    )
    .execute(&mut **tx)
    .await?)
}

/// An item with the names of what it is about.
#[derive(Debug, Clone, PartialEq, Queryable)]
#[diesel(check_for_backend(Pg))]
pub struct Item {
    /// Its place among the items, from 1.
    pub rank: i32,
    /// The variant.
    #[diesel(deserialize_as = Uuid)]
    pub variant_id: VariantId,
    /// Its SKU.
    pub sku: String,
    /// What people call it.
    pub title: String,
    /// The location.
    #[diesel(deserialize_as = Uuid)]
    pub location_id: LocationId,
    /// What people call it.
    pub location: String,
    /// From whom it is bought.
    pub vendor_id: Option<Uuid>,
    /// What people call the vendor.
    pub vendor: Option<String>,
    /// What is known: [`Figures`] in JSON.
    pub figures: Value,
}

/// Which items to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Only at this location.
    pub location_id: Option<LocationId>,
    /// Only of this vendor.
    pub vendor_id: Option<VendorId>,
    /// Only of this class by gross.
    pub abc: Option<String>,
    /// Only of this class by variation.
    pub xyz: Option<String>,
    /// Only those to order now, or only the others.
    pub is_due: Option<bool>,
    /// Only dead ones, or only the others.
    pub is_dead: Option<bool>,
    /// Only those of which there is too much, or only the others.
    pub is_overstock: Option<bool>,
    /// Only those for which an order is suggested.
    pub is_suggested: bool,
}

/// Lists the items of an analysis by rank, those after `after` only.
///
/// # Errors
/// When the database is away.
pub async fn list(
    tx: &mut AccountTx,
    id: AnalysisId,
    filter: &ItemFilter,
    after: Option<i32>,
    limit: i64,
) -> DbResult<Vec<Item>> {
    let variant = variants::account_id
        .eq(items::account_id)
        .and(variants::id.eq(items::variant_id));
    let location = locations::account_id
        .eq(items::account_id)
        .and(locations::id.eq(items::location_id));
    let vendor = vendors::account_id
        .eq(items::account_id)
        .and(items::vendor_id.eq(vendors::id.nullable()));
    let mut query = items::table
        .inner_join(variants::table.on(variant))
        .inner_join(locations::table.on(location))
        .left_join(vendors::table.on(vendor))
        .filter(items::account_id.eq(tx.account_id().as_uuid()))
        .filter(items::analysis_id.eq(id.as_uuid()))
        .select((
            items::rank,
            items::variant_id,
            variants::sku,
            variants::title,
            items::location_id,
            locations::name,
            items::vendor_id,
            vendors::name.nullable(),
            items::figures,
        ))
        .order(items::rank)
        .limit(limit)
        .into_boxed();
    if let Some(location_id) = filter.location_id {
        query = query.filter(items::location_id.eq(location_id.as_uuid()));
    }
    if let Some(vendor_id) = filter.vendor_id {
        query = query.filter(items::vendor_id.eq(vendor_id.as_uuid()));
    }
    if let Some(abc) = &filter.abc {
        query = query.filter(items::abc.eq(abc.clone()));
    }
    if let Some(xyz) = &filter.xyz {
        query = query.filter(items::xyz.eq(xyz.clone()));
    }
    if let Some(is_due) = filter.is_due {
        query = query.filter(items::is_due.eq(is_due));
    }
    if let Some(is_dead) = filter.is_dead {
        query = query.filter(items::is_dead.eq(is_dead));
    }
    if let Some(is_overstock) = filter.is_overstock {
        query = query.filter(items::is_overstock.eq(is_overstock));
    }
    if filter.is_suggested {
        query = query.filter(items::suggested_quantity.gt(Decimal::ZERO));
    }
    if let Some(after) = after {
        query = query.filter(items::rank.gt(after));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns what an analysis suggests to order from a vendor for a location, by rank.
///
/// # Errors
/// When the database is away.
pub async fn suggestions(
    tx: &mut AccountTx,
    id: AnalysisId,
    vendor_id: VendorId,
    location_id: LocationId,
    limit: i64,
) -> DbResult<Vec<(VariantId, Decimal)>> {
    let rows: Vec<(Uuid, Decimal)> = items::table
        .filter(items::account_id.eq(tx.account_id().as_uuid()))
        .filter(items::analysis_id.eq(id.as_uuid()))
        .filter(items::vendor_id.eq(vendor_id.as_uuid()))
        .filter(items::location_id.eq(location_id.as_uuid()))
        .filter(items::suggested_quantity.gt(Decimal::ZERO))
        .order(items::rank)
        .limit(limit)
        .select((items::variant_id, items::suggested_quantity))
        .load(&mut **tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(variant_id, quantity)| (variant_id.into(), quantity))
        .collect())
}

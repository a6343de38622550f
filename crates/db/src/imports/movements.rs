use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, Numeric, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    id::{ImportId, LocationId, StockMovementId, StoreId, VariantId},
    import::ImportFormat,
};
use uuid::Uuid;

use super::raced::raced;
use crate::{AccountTx, DbResult};

/// A movement that the ledger has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, QueryableByName)]
pub struct KnownMovement {
    /// The invoice that it stands on.
    #[diesel(sql_type = Text)]
    pub source_ref: String,
    /// The key of its line.
    #[diesel(sql_type = Text)]
    pub source_line: String,
}

#[derive(QueryableByName)]
struct Level {
    #[diesel(sql_type = SqlUuid)]
    variant_id: Uuid,
    #[diesel(sql_type = Numeric)]
    on_hand: Decimal,
}

#[derive(QueryableByName)]
struct Location {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Returns the movements that these invoices, told in files of that format, have made so far.
///
/// # Errors
/// When the server is away.
pub async fn known_movements(
    tx: &mut AccountTx,
    store_id: StoreId,
    source: ImportFormat,
    invoices: Vec<&str>,
) -> DbResult<Vec<KnownMovement>> {
    let known = diesel::sql_query(
        "SELECT source_ref, source_line FROM stock_movements \
         WHERE account_id = $1 AND store_id = $2 AND source = $3 AND source_ref = ANY($4)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Text, _>(source.name())
    .bind::<Array<Text>, _>(invoices)
    .load(&mut **tx)
    .await?;
    Ok(known)
}

/// Returns where a store's stock lies when nothing else is said; makes the place when the store has none.
///
/// # Errors
/// When the server is away.
pub async fn default_location(tx: &mut AccountTx, store_id: StoreId) -> DbResult<LocationId> {
    diesel::sql_query(
        "INSERT INTO locations (account_id, id, store_id, name, is_default) \
         SELECT $1, $3, $2, 'Main', true \
         WHERE NOT EXISTS (SELECT 1 FROM locations WHERE account_id = $1 AND store_id = $2 AND is_default)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<SqlUuid, _>(LocationId::new().as_uuid())
    .execute(&mut **tx)
    .await
    .map_err(raced)?;
    let location: Location = diesel::sql_query(
        "SELECT id FROM locations WHERE account_id = $1 AND store_id = $2 AND is_default",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .get_result(&mut **tx)
    .await?;
    Ok(location.id.into())
}

/// Returns what lies at a location, held until the transaction ends; levels that were not there begin at zero.
///
/// # Errors
/// When the server is away.
pub async fn lock_levels(
    tx: &mut AccountTx,
    store_id: StoreId,
    location_id: LocationId,
    variant_ids: &[VariantId],
) -> DbResult<Vec<(VariantId, Decimal)>> {
    let mut variant_ids: Vec<Uuid> = variant_ids.iter().map(|id| id.as_uuid()).collect();
    // In the order of the key, for everybody who locks levels.
    variant_ids.sort_unstable();
    diesel::sql_query(
        "INSERT INTO stock_levels (account_id, store_id, variant_id, location_id) \
         SELECT $1, $2, unnest($4), $3 ON CONFLICT (account_id, variant_id, location_id) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<SqlUuid, _>(location_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(&variant_ids)
    .execute(&mut **tx)
    .await?;
    let levels: Vec<Level> = diesel::sql_query(
        "SELECT variant_id, on_hand FROM stock_levels \
         WHERE account_id = $1 AND location_id = $2 AND variant_id = ANY($3) ORDER BY variant_id FOR UPDATE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(location_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(&variant_ids)
    .load(&mut **tx)
    .await?;
    Ok(levels
        .into_iter()
        .map(|level| (level.variant_id.into(), level.on_hand))
        .collect())
}

/// Movements to be written, a column each.
#[derive(Debug, Default)]
pub struct NewMovements<'a> {
    ids: Vec<Uuid>,
    variant_ids: Vec<Uuid>,
    quantities: Vec<Decimal>,
    before: Vec<Decimal>,
    reasons: Vec<&'a str>,
    invoices: Vec<&'a str>,
    line_keys: Vec<&'a str>,
    times: Vec<DateTime<Utc>>,
}

impl<'a> NewMovements<'a> {
    /// Adds one, which finds `before` and leaves `before + quantity`.
    pub fn push(
        &mut self,
        variant_id: VariantId,
        (before, quantity): (Decimal, Decimal),
        reason: &'a str,
        (invoice, line_key): (&'a str, &'a str),
        at: DateTime<Utc>,
    ) {
        self.ids.push(StockMovementId::new().as_uuid());
        self.variant_ids.push(variant_id.as_uuid());
        self.quantities.push(quantity);
        self.before.push(before);
        self.reasons.push(reason);
        self.invoices.push(invoice);
        self.line_keys.push(line_key);
        self.times.push(at);
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Adds movements to the ledger; the import is their actor.
///
/// # Errors
/// [`suite_core::Error::Conflict`] when somebody else has just written one of them.
pub async fn insert_movements(
    tx: &mut AccountTx,
    store_id: StoreId,
    location_id: LocationId,
    (source, import_id): (ImportFormat, ImportId),
    movements: &NewMovements<'_>,
) -> DbResult<()> {
    diesel::sql_query(
        "INSERT INTO stock_movements (account_id, store_id, location_id, source, actor, id, variant_id, quantity, before, \
                                      after, reason, source_ref, source_line, occurred_at) \
         SELECT $1, $2, $3, $4, $5, id, variant_id, quantity, before, before + quantity, reason, source_ref, source_line, \
                occurred_at \
         FROM unnest($6, $7, $8, $9, $10, $11, $12, $13) \
              AS new (id, variant_id, quantity, before, reason, source_ref, source_line, occurred_at)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<SqlUuid, _>(location_id.as_uuid())
    .bind::<Text, _>(source.name())
    .bind::<Text, _>(format!("import:{import_id}"))
    .bind::<Array<SqlUuid>, _>(&movements.ids)
    .bind::<Array<SqlUuid>, _>(&movements.variant_ids)
    .bind::<Array<Numeric>, _>(&movements.quantities)
    .bind::<Array<Numeric>, _>(&movements.before)
    .bind::<Array<Text>, _>(&movements.reasons)
    .bind::<Array<Text>, _>(&movements.invoices)
    .bind::<Array<Text>, _>(&movements.line_keys)
    .bind::<Array<Timestamptz>, _>(&movements.times)
    .execute(&mut **tx)
    .await
    .map_err(raced)?;
    Ok(())
}

/// Writes levels that the transaction has locked.
///
/// # Errors
/// When the server is away.
pub async fn set_levels(
    tx: &mut AccountTx,
    location_id: LocationId,
    levels: &[(VariantId, Decimal)],
) -> DbResult<()> {
    let variant_ids: Vec<Uuid> = levels.iter().map(|(id, _)| id.as_uuid()).collect();
    let on_hand: Vec<Decimal> = levels.iter().map(|(_, on_hand)| *on_hand).collect();
    diesel::sql_query(
        "UPDATE stock_levels SET on_hand = new.on_hand, updated_at = now() \
         FROM unnest($3, $4) AS new (variant_id, on_hand) \
         WHERE stock_levels.account_id = $1 AND stock_levels.location_id = $2 \
           AND stock_levels.variant_id = new.variant_id",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(location_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(variant_ids)
    .bind::<Array<Numeric>, _>(on_hand)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

//! Changes of levels: the only way in which one changes, beside the import of invoice lines.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::{Decimal, dec};
use suite_core::{
    Error,
    id::{LocationId, StockMovementId, StoreId, VariantId},
    inventory::StockLevel,
};
use uuid::Uuid;

use crate::{AccountTx, DbResult, imports::raced};

/// No shelf holds more, in either direction.
const LEVEL_LIMIT: Decimal = dec!(1_000_000_000_000_000);

/// How a level changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// By so many pieces.
    By(Decimal),
    /// To so many pieces: what was counted.
    To(Decimal),
}

/// One change of one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Of which variant.
    pub variant_id: VariantId,
    /// Where.
    pub location_id: LocationId,
    /// Which of its levels.
    pub level: StockLevel,
    /// By how much.
    pub change: Change,
    /// What a piece has cost, where that is known.
    pub unit_cost: Option<Decimal>,
    /// What makes it known among the entries of its source.
    pub line: String,
}

/// What all entries of one act have in common.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The kind of act, such as `adjustment`.
    pub kind: &'static str,
    /// Which one.
    pub reference: &'a str,
    /// Why, for a person.
    pub reason: &'a str,
    /// Who: `user:…`, `token:…`, `import:…`.
    pub actor: &'a str,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

/// What came of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// The level before.
    pub before: Decimal,
    /// The level after; the same when nothing changed, and then the ledger has no line for it.
    pub after: Decimal,
}

type Place = (Uuid, Uuid);

#[derive(QueryableByName)]
struct LevelRow {
    #[diesel(sql_type = SqlUuid)]
    variant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    location_id: Uuid,
    #[diesel(sql_type = Numeric)]
    on_hand: Decimal,
    #[diesel(sql_type = Numeric)]
    reserved: Decimal,
    #[diesel(sql_type = Numeric)]
    incoming: Decimal,
}

impl LevelRow {
    fn of(&mut self, level: StockLevel) -> &mut Decimal {
        match level {
            StockLevel::OnHand => &mut self.on_hand,
            StockLevel::Reserved => &mut self.reserved,
            StockLevel::Incoming => &mut self.incoming,
        }
    }
}

/// Writes entries to the ledger and changes their levels; returns what came of each, in their order.
///
/// The caller has made sure that variants and locations are the store's: see [`super::levels::strangers`].
///
/// # Errors
/// [`Error::Invalid`] when a level would leave all bounds; [`Error::Conflict`] when the same entry was written before.
pub async fn post(
    tx: &mut AccountTx,
    store_id: StoreId,
    source: &Source<'_>,
    entries: &[Entry],
) -> DbResult<Vec<Posted>> {
    let mut levels = lock(tx, store_id, entries).await?;
    let mut posted = Vec::with_capacity(entries.len());
    let mut rows = Rows::default();
    for (position, entry) in entries.iter().enumerate() {
        let place = (entry.variant_id.as_uuid(), entry.location_id.as_uuid());
        let row = levels
            .get_mut(&place)
            .ok_or_else(|| Error::internal("a stock level was not written"))?;
        let level = row.of(entry.level);
        let before = *level;
        let after = match entry.change {
            Change::By(quantity) => before.checked_add(quantity),
            Change::To(quantity) => Some(quantity),
        };
        let after = after
            .filter(|after| after.abs() < LEVEL_LIMIT)
            .ok_or_else(|| {
                let field = format!("lines[{position}].quantity");
                Error::invalid(field, "would leave a stock of a quadrillion pieces or more")
            })?;
        *level = after;
        posted.push(Posted { before, after });
        if after != before {
            rows.push(entry, before, after);
        }
    }
    rows.insert(tx, store_id, source).await?;
    write_levels(tx, &levels).await?;
    Ok(posted)
}

/// Locks the levels of all entries in the order of the key; those that were not there begin at zero.
async fn lock(
    tx: &mut AccountTx,
    store_id: StoreId,
    entries: &[Entry],
) -> DbResult<BTreeMap<Place, LevelRow>> {
    let mut places: Vec<Place> = entries
        .iter()
        .map(|entry| (entry.variant_id.as_uuid(), entry.location_id.as_uuid()))
        .collect();
    places.sort_unstable();
    places.dedup();
    let (variant_ids, location_ids): (Vec<Uuid>, Vec<Uuid>) = places.into_iter().unzip();
    diesel::sql_query(
        "INSERT INTO stock_levels (account_id, store_id, variant_id, location_id) \
         SELECT $1, $2, unnest($3), unnest($4) ON CONFLICT (account_id, variant_id, location_id) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(&variant_ids)
    .bind::<Array<SqlUuid>, _>(&location_ids)
    .execute(&mut **tx)
    .await?;
    let rows: Vec<LevelRow> = diesel::sql_query(
        "SELECT level.variant_id, level.location_id, on_hand, reserved, incoming FROM stock_levels level \
         JOIN unnest($2, $3) AS wanted (variant_id, location_id) \
           ON level.variant_id = wanted.variant_id AND level.location_id = wanted.location_id \
         WHERE account_id = $1 ORDER BY level.variant_id, level.location_id FOR UPDATE OF level",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Array<SqlUuid>, _>(variant_ids)
    .bind::<Array<SqlUuid>, _>(location_ids)
    .load(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.variant_id, row.location_id), row))
        .collect())
}

async fn write_levels(tx: &mut AccountTx, levels: &BTreeMap<Place, LevelRow>) -> DbResult<()> {
    let column = |value: fn(&LevelRow) -> Decimal| levels.values().map(value).collect::<Vec<_>>();
    let (variant_ids, location_ids): (Vec<Uuid>, Vec<Uuid>) = levels.keys().copied().unzip();
    diesel::sql_query(
        "UPDATE stock_levels level SET on_hand = new.on_hand, reserved = new.reserved, incoming = new.incoming, updated_at = now() \
         FROM unnest($2, $3, $4, $5, $6) AS new (variant_id, location_id, on_hand, reserved, incoming) \
         WHERE level.account_id = $1 AND level.variant_id = new.variant_id AND level.location_id = new.location_id \
           AND (level.on_hand, level.reserved, level.incoming) IS DISTINCT FROM (new.on_hand, new.reserved, new.incoming)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Array<SqlUuid>, _>(variant_ids)
    .bind::<Array<SqlUuid>, _>(location_ids)
    .bind::<Array<Numeric>, _>(column(|row| row.on_hand))
    .bind::<Array<Numeric>, _>(column(|row| row.reserved))
    .bind::<Array<Numeric>, _>(column(|row| row.incoming))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Movements to be written, a column each.
#[derive(Default)]
struct Rows<'a> {
    ids: Vec<Uuid>,
    variant_ids: Vec<Uuid>,
    location_ids: Vec<Uuid>,
    levels: Vec<&'static str>,
    before: Vec<Decimal>,
    after: Vec<Decimal>,
    unit_costs: Vec<Option<Decimal>>,
    lines: Vec<&'a str>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, entry: &'a Entry, before: Decimal, after: Decimal) {
        // Made under the lock of the level: ids of one level sort as they were written.
        self.ids.push(StockMovementId::new().as_uuid());
        self.variant_ids.push(entry.variant_id.as_uuid());
        self.location_ids.push(entry.location_id.as_uuid());
        self.levels.push(entry.level.name());
        self.before.push(before);
        self.after.push(after);
        self.unit_costs.push(entry.unit_cost);
        self.lines.push(&entry.line);
    }

    async fn insert(
        self,
        tx: &mut AccountTx,
        store_id: StoreId,
        source: &Source<'_>,
    ) -> DbResult<()> {
        if self.ids.is_empty() {
            return Ok(());
        }
        diesel::sql_query(
            "INSERT INTO stock_movements (account_id, store_id, source, source_ref, reason, actor, occurred_at, id, \
                                          variant_id, location_id, level, quantity, before, after, unit_cost, source_line) \
             SELECT $1, $2, $3, $4, $5, $6, $7, id, variant_id, location_id, level, after - before, before, after, unit_cost, line \
             FROM unnest($8, $9, $10, $11, $12, $13, $14, $15) \
                  AS new (id, variant_id, location_id, level, before, after, unit_cost, line)",
        )
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(store_id.as_uuid())
        .bind::<Text, _>(source.kind)
        .bind::<Text, _>(source.reference)
        .bind::<Text, _>(source.reason)
        .bind::<Text, _>(source.actor)
        .bind::<Timestamptz, _>(source.occurred_at)
        .bind::<Array<SqlUuid>, _>(self.ids)
        .bind::<Array<SqlUuid>, _>(self.variant_ids)
        .bind::<Array<SqlUuid>, _>(self.location_ids)
        .bind::<Array<Text>, _>(self.levels)
        .bind::<Array<Numeric>, _>(self.before)
        .bind::<Array<Numeric>, _>(self.after)
        .bind::<Array<Nullable<Numeric>>, _>(self.unit_costs)
        .bind::<Array<Text>, _>(self.lines)
        .execute(&mut **tx)
        .await
        .map_err(raced)?;
        Ok(())
    }
}

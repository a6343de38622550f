//! The ledger, added up again and compared with the levels.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::id::{LocationId, StockCheckId, StoreId, VariantId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{stock_check_differences as differences, stock_checks as checks, stores},
};

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = checks, check_for_backend(Pg))]
pub struct Check {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: StockCheckId,
    /// The store.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// How many levels were compared.
    pub levels: i64,
    /// How many of them the ledger contradicts.
    pub differences: i64,
    /// When.
    pub checked_at: DateTime<Utc>,
}

/// A level that the ledger contradicts.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Difference {
    /// The variant.
    #[diesel(deserialize_as = Uuid)]
    pub variant_id: VariantId,
    /// The location.
    #[diesel(deserialize_as = Uuid)]
    pub location_id: LocationId,
    /// Which level.
    pub level: String,
    /// What it says.
    pub level_quantity: Decimal,
    /// What the ledger adds up to.
    pub ledger_quantity: Decimal,
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    levels: i64,
    #[diesel(sql_type = BigInt)]
    differences: i64,
}

/// Compares the levels of a store with its ledger, at one moment, and keeps what differs. Mends nothing.
///
/// # Errors
/// When the store does not exist or the database refuses.
pub async fn run(tx: &mut AccountTx, store_id: StoreId, now: DateTime<Utc>) -> DbResult<Check> {
    let id = StockCheckId::new();
    // Differences refer to their check, and a statement sees no row that it writes itself: hence the deferred count.
    diesel::insert_into(checks::table)
        .values((
            checks::account_id.eq(tx.account_id().as_uuid()),
            checks::id.eq(id.as_uuid()),
            checks::store_id.eq(store_id.as_uuid()),
            checks::levels.eq(0),
            checks::differences.eq(0),
            checks::checked_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    let counts: Counts = diesel::sql_query(
        "WITH ledger AS ( \
             SELECT variant_id, location_id, level, sum(quantity) AS quantity FROM stock_movements \
             WHERE account_id = $1 AND store_id = $2 GROUP BY variant_id, location_id, level), \
         levels AS ( \
             SELECT variant_id, location_id, named.level, named.quantity FROM stock_levels, \
                    LATERAL (VALUES ('on_hand', on_hand), ('reserved', reserved), ('incoming', incoming)) AS named (level, quantity) \
             WHERE account_id = $1 AND store_id = $2), \
         compared AS ( \
             SELECT variant_id, location_id, level, coalesce(levels.quantity, 0) AS level_quantity, \
                    coalesce(ledger.quantity, 0) AS ledger_quantity \
             FROM levels FULL JOIN ledger USING (variant_id, location_id, level)), \
         written AS ( \
             INSERT INTO stock_check_differences (account_id, check_id, variant_id, location_id, level, level_quantity, ledger_quantity) \
             SELECT $1, $3, * FROM compared WHERE level_quantity <> ledger_quantity RETURNING 1) \
         SELECT (SELECT count(*) FROM compared) AS levels, (SELECT count(*) FROM written) AS differences",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .get_result(&mut **tx)
    .await?;
    Ok(
        diesel::update(checks::table.find((tx.account_id().as_uuid(), id.as_uuid())))
            .set((
                checks::levels.eq(counts.levels),
                checks::differences.eq(counts.differences),
            ))
            .returning(Check::as_returning())
            .get_result(&mut **tx)
            .await?,
    )
}

/// Forgets the checks of a store from before `than` that found nothing.
///
/// # Errors
/// When the database is away.
pub async fn forget_clean(
    tx: &mut AccountTx,
    store_id: StoreId,
    than: DateTime<Utc>,
) -> DbResult<usize> {
    Ok(diesel::sql_query(
        "DELETE FROM stock_checks WHERE account_id = $1 AND store_id = $2 AND checked_at < $3 AND differences = 0",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Timestamptz, _>(than)
    .execute(&mut **tx)
    .await?)
}

/// Lists checks, the last first, those before `before` only.
///
/// # Errors
/// When the database is away.
pub async fn list(
    tx: &mut AccountTx,
    store_id: Option<StoreId>,
    before: Option<StockCheckId>,
    limit: i64,
) -> DbResult<Vec<Check>> {
    let store = stores::account_id
        .eq(checks::account_id)
        .and(stores::id.eq(checks::store_id))
        .and(stores::deleted_at.is_null());
    let mut query = checks::table
        .inner_join(stores::table.on(store))
        .filter(checks::account_id.eq(tx.account_id().as_uuid()))
        .select(Check::as_select())
        .order(checks::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = store_id {
        query = query.filter(checks::store_id.eq(store_id.as_uuid()));
    }
    if let Some(before) = before {
        query = query.filter(checks::id.lt(before.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns one check.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut AccountTx, id: StockCheckId) -> DbResult<Option<Check>> {
    let store = stores::account_id
        .eq(checks::account_id)
        .and(stores::id.eq(checks::store_id))
        .and(stores::deleted_at.is_null());
    Ok(checks::table
        .inner_join(stores::table.on(store))
        .filter(checks::account_id.eq(tx.account_id().as_uuid()))
        .filter(checks::id.eq(id.as_uuid()))
        .select(Check::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Returns the first `limit` differences of a check, by variant, location and level.
///
/// # Errors
/// When the database is away.
pub async fn differences(
    tx: &mut AccountTx,
    id: StockCheckId,
    limit: i64,
) -> DbResult<Vec<Difference>> {
    Ok(differences::table
        .filter(differences::account_id.eq(tx.account_id().as_uuid()))
        .filter(differences::check_id.eq(id.as_uuid()))
        .order((
            differences::variant_id,
            differences::location_id,
            differences::level,
        ))
        .limit(limit)
        .select((
            differences::variant_id,
            differences::location_id,
            differences::level,
            differences::level_quantity,
            differences::ledger_quantity,
        ))
        .load(&mut **tx)
        .await?)
}

use diesel::{
    QueryableByName,
    sql_types::{Array, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::id::{CustomerId, StoreId};
use uuid::Uuid;

use crate::{AccountTx, DbResult};

/// A customer that the store has.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct KnownCustomer {
    /// What the source calls the customer.
    #[diesel(sql_type = Text)]
    pub outside_id: String,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

impl KnownCustomer {
    /// Returns the customer's id.
    #[must_use]
    pub fn id(&self) -> CustomerId {
        self.id.into()
    }
}

/// A customer that the store lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCustomer<'a> {
    /// The customer's id.
    pub id: CustomerId,
    /// What the source calls the customer.
    pub outside_id: &'a str,
    /// Where the customer was seen first.
    pub country: &'a str,
}

/// Finds customers by what the source calls them.
///
/// # Errors
/// When the server is away.
pub async fn customers_by_outside_id(
    tx: &mut AccountTx,
    store_id: StoreId,
    outside_ids: Vec<&str>,
) -> DbResult<Vec<KnownCustomer>> {
    let known = diesel::sql_query(
        "SELECT outside_id, id FROM customers \
         WHERE account_id = $1 AND store_id = $2 AND outside_id = ANY($3)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<Text>, _>(outside_ids)
    .load(&mut **tx)
    .await?;
    Ok(known)
}

/// Writes customers and returns how many were new: fewer when somebody else was quicker.
///
/// # Errors
/// When the server is away.
pub async fn insert_customers(
    tx: &mut AccountTx,
    store_id: StoreId,
    new: &[NewCustomer<'_>],
) -> DbResult<usize> {
    let ids: Vec<Uuid> = new.iter().map(|customer| customer.id.as_uuid()).collect();
    let outside_ids: Vec<&str> = new.iter().map(|customer| customer.outside_id).collect();
    let countries: Vec<&str> = new.iter().map(|customer| customer.country).collect();
    let inserted = diesel::sql_query(
        "INSERT INTO customers (account_id, id, store_id, outside_id, country) \
         SELECT $1, unnest($3), $2, unnest($4), unnest($5) \
         ON CONFLICT (account_id, store_id, outside_id) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(outside_ids)
    .bind::<Array<Text>, _>(countries)
    .execute(&mut **tx)
    .await?;
    Ok(inserted)
}

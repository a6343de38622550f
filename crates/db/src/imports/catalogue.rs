use diesel::{
    QueryableByName,
    sql_types::{Array, Bool, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::id::{ProductId, StoreId, VariantId};
use uuid::Uuid;

use crate::{AccountTx, DbResult};

/// A variant that the store has.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct KnownVariant {
    /// What it is found by.
    #[diesel(sql_type = Text)]
    pub sku: String,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// Whether it is called by more than its SKU.
    #[diesel(sql_type = Bool)]
    pub has_title: bool,
}

impl KnownVariant {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> VariantId {
        self.id.into()
    }
}

/// A variant that the store lacks, and its product of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewVariant<'a> {
    /// The variant's id.
    pub id: VariantId,
    /// The product's id, where no product has this handle yet.
    pub product_id: ProductId,
    /// The SKU, and the product's handle.
    pub sku: &'a str,
    /// What both are called.
    pub title: &'a str,
}

/// Finds variants by their SKUs.
///
/// # Errors
/// When the server is away.
pub async fn variants_by_sku(
    tx: &mut AccountTx,
    store_id: StoreId,
    skus: Vec<&str>,
) -> DbResult<Vec<KnownVariant>> {
    let known = diesel::sql_query(
        "SELECT sku, id, title <> sku AS has_title FROM variants \
         WHERE account_id = $1 AND store_id = $2 AND sku <> '' AND sku = ANY($3)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<Text>, _>(skus)
    .load(&mut **tx)
    .await?;
    Ok(known)
}

/// Writes variants and their products, and returns how many variants were new: fewer when somebody else was quicker.
///
/// # Errors
/// When the server is away.
pub async fn insert_variants(
    tx: &mut AccountTx,
    store_id: StoreId,
    new: &[NewVariant<'_>],
) -> DbResult<usize> {
    let skus: Vec<&str> = new.iter().map(|variant| variant.sku).collect();
    let titles: Vec<&str> = new.iter().map(|variant| variant.title).collect();
    let product_ids: Vec<Uuid> = new
        .iter()
        .map(|variant| variant.product_id.as_uuid())
        .collect();
    let ids: Vec<Uuid> = new.iter().map(|variant| variant.id.as_uuid()).collect();
    diesel::sql_query(
        "INSERT INTO products (account_id, id, store_id, handle, title) \
         SELECT $1, unnest($3), $2, unnest($4), unnest($5) \
         ON CONFLICT (account_id, store_id, handle) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(product_ids)
    .bind::<Array<Text>, _>(&skus)
    .bind::<Array<Text>, _>(&titles)
    .execute(&mut **tx)
    .await?;
    // A product of that handle may have been there before: the variant joins it.
    let inserted = diesel::sql_query(
        "INSERT INTO variants (account_id, id, store_id, product_id, sku, title) \
         SELECT $1, new.id, $2, products.id, new.sku, new.title \
         FROM unnest($3, $4, $5) AS new (id, sku, title) \
         JOIN products ON products.account_id = $1 AND products.store_id = $2 AND products.handle = new.sku \
         ORDER BY new.sku \
         ON CONFLICT (account_id, store_id, sku) WHERE sku <> '' DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(&skus)
    .bind::<Array<Text>, _>(&titles)
    .execute(&mut **tx)
    .await?;
    Ok(inserted)
}

/// Names variants, and products of the same handle, that were called by their SKU so far.
///
/// # Errors
/// When the server is away.
pub async fn set_titles(
    tx: &mut AccountTx,
    store_id: StoreId,
    skus: &[&str],
    titles: &[&str],
) -> DbResult<()> {
    for statement in [
        "UPDATE variants SET title = named.title, updated_at = now() \
         FROM unnest($3, $4) AS named (sku, title) \
         WHERE variants.account_id = $1 AND variants.store_id = $2 AND variants.sku = named.sku \
           AND variants.sku <> '' AND variants.title = variants.sku",
        "UPDATE products SET title = named.title, updated_at = now() \
         FROM unnest($3, $4) AS named (sku, title) \
         WHERE products.account_id = $1 AND products.store_id = $2 AND products.handle = named.sku \
           AND products.title = products.handle",
    ] {
        diesel::sql_query(statement)
            .bind::<SqlUuid, _>(tx.account_id().as_uuid())
            .bind::<SqlUuid, _>(store_id.as_uuid())
            .bind::<Array<Text>, _>(skus)
            .bind::<Array<Text>, _>(titles)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

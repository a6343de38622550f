//! Variants as the line items of an order name them: by SKU, or by title and options.

use diesel::{
    QueryableByName,
    sql_types::{Array, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::id::{ProductId, StoreId, VariantId};
use uuid::Uuid;

use crate::{AccountTx, DbResult};

/// What Shopify calls the options of a product that has only one variant, as they are kept.
pub const ONLY_VARIANT: &str = "[\"Default Title\"]";

/// A variant with what names it.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct NamedVariant {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// Its SKU; may be empty.
    #[diesel(sql_type = Text)]
    pub sku: String,
    /// Its option values as a JSON array; may be empty.
    #[diesel(sql_type = Text)]
    pub options: String,
    /// Its product's title.
    #[diesel(sql_type = Text)]
    pub title: String,
    /// Its product's handle.
    #[diesel(sql_type = Text)]
    pub handle: String,
}

impl NamedVariant {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> VariantId {
        self.id.into()
    }
}

/// Finds the variants that have one of these SKUs, or whose product has one of these titles or handles, the oldest first.
///
/// # Errors
/// When the server is away.
pub async fn named_variants(
    tx: &mut AccountTx,
    store_id: StoreId,
    skus: &[&str],
    titles: &[&str],
) -> DbResult<Vec<NamedVariant>> {
    // A union of three look-ups by key: as one condition it would read the whole catalogue.
    Ok(diesel::sql_query(
        "SELECT variants.id, variants.sku, variants.options, products.title, products.handle \
         FROM (SELECT id FROM variants WHERE account_id = $1 AND store_id = $2 AND sku <> '' AND sku = ANY($3) \
               UNION SELECT variants.id FROM products \
                     JOIN variants ON variants.account_id = $1 AND variants.product_id = products.id \
                     WHERE products.account_id = $1 AND products.store_id = $2 AND products.title = ANY($4) \
               UNION SELECT variants.id FROM products \
                     JOIN variants ON variants.account_id = $1 AND variants.product_id = products.id \
                     WHERE products.account_id = $1 AND products.store_id = $2 AND products.handle = ANY($4)) AS named \
         JOIN variants ON variants.account_id = $1 AND variants.id = named.id \
         JOIN products ON products.account_id = $1 AND products.id = variants.product_id \
         ORDER BY variants.id",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<Text>, _>(skus)
    .bind::<Array<Text>, _>(titles)
    .load(&mut **tx)
    .await?)
}

/// A thing that was sold and that the catalogue lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewGoods<'a> {
    /// The product's handle: the SKU, else the name.
    pub handle: &'a str,
    /// May be empty.
    pub sku: &'a str,
    /// What the order calls it.
    pub title: &'a str,
    /// Who makes it; may be empty.
    pub vendor: &'a str,
}

/// Writes products and their variants where they are missing; they come in the order of their handles, one of each.
///
/// # Errors
/// When the server is away.
pub async fn add_goods(
    tx: &mut AccountTx,
    store_id: StoreId,
    new: &[NewGoods<'_>],
) -> DbResult<()> {
    let column =
        |value: fn(&NewGoods<'_>) -> String| -> Vec<String> { new.iter().map(value).collect() };
    let handles = column(|goods| goods.handle.to_owned());
    let titles = column(|goods| goods.title.to_owned());
    let product_ids: Vec<Uuid> = new.iter().map(|_| ProductId::new().as_uuid()).collect();
    let ids: Vec<Uuid> = new.iter().map(|_| VariantId::new().as_uuid()).collect();
    // Only without an SKU a variant needs options to be known by.
    let options = column(|goods| {
        if goods.sku.is_empty() {
            ONLY_VARIANT
        } else {
            ""
        }
        .to_owned()
    });
    diesel::sql_query(
        "INSERT INTO products (account_id, store_id, id, handle, title, vendor) \
         SELECT $1, $2, * FROM unnest($3, $4, $5, $6) ON CONFLICT (account_id, store_id, handle) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(product_ids)
    .bind::<Array<Text>, _>(&handles)
    .bind::<Array<Text>, _>(&titles)
    .bind::<Array<Text>, _>(column(|goods| goods.vendor.to_owned()))
    .execute(&mut **tx)
    .await?;
    // A product of that handle may have been there before: the variant joins it.
    diesel::sql_query(
        "INSERT INTO variants (account_id, store_id, id, product_id, sku, title, options) \
         SELECT $1, $2, new.id, products.id, new.sku, new.title, new.options \
         FROM unnest($3, $4, $5, $6, $7) AS new (id, handle, sku, title, options) \
         JOIN products ON products.account_id = $1 AND products.store_id = $2 AND products.handle = new.handle \
         ORDER BY new.handle \
         ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(&handles)
    .bind::<Array<Text>, _>(column(|goods| goods.sku.to_owned()))
    .bind::<Array<Text>, _>(&titles)
    .bind::<Array<Text>, _>(&options)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

use std::{collections::HashMap, sync::Arc};

use suite_core::{
    Error,
    id::{ProductId, StoreId, VariantId},
    sales::LineMeaning,
};
use suite_db::{
    AccountTx, DbResult,
    imports::{self, NewVariant},
};

use crate::import::batch::Batch;

/// More SKUs are looked up again: memory counts for more than the time of an unusual shop.
const REMEMBERED: usize = 100_000;

#[derive(Debug, Clone, Copy)]
struct Variant {
    id: VariantId,
    has_title: bool,
}

/// The variants that this import has met.
#[derive(Debug, Default)]
pub(super) struct Catalogue(HashMap<Arc<str>, Variant>);

impl Catalogue {
    /// Returns the variant of each SKU of the batch, by the SKU's number; writes those that the store lacks.
    pub(super) async fn resolve(
        &mut self,
        tx: &mut AccountTx,
        store_id: StoreId,
        batch: &Batch,
    ) -> DbResult<Vec<VariantId>> {
        if self.0.len() > REMEMBERED {
            self.0.clear();
        }
        let titles = first_titles(batch);
        let skus = batch.skus.texts();
        self.look_up(tx, store_id, skus).await?;
        self.write_missing(tx, store_id, batch, &titles).await?;
        self.name_nameless(tx, store_id, batch, &titles).await?;
        skus.iter()
            .map(|sku| {
                self.0
                    .get(sku)
                    .map(|variant| variant.id)
                    .ok_or_else(|| Error::internal(format!("no variant has the SKU {sku}")).into())
            })
            .collect()
    }

    async fn look_up(
        &mut self,
        tx: &mut AccountTx,
        store_id: StoreId,
        skus: &[Arc<str>],
    ) -> DbResult<()> {
        let unknown: Vec<&str> = self.unknown(skus).map(|(_, sku)| &**sku).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        for variant in imports::variants_by_sku(tx, store_id, unknown).await? {
            let known = Variant {
                id: variant.id(),
                has_title: variant.has_title,
            };
            self.0.insert(variant.sku.into(), known);
        }
        Ok(())
    }

    fn unknown<'k>(&self, skus: &'k [Arc<str>]) -> impl Iterator<Item = (usize, &'k Arc<str>)> {
        skus.iter()
            .enumerate()
            .filter(|(_, sku)| !self.0.contains_key(*sku))
    }

    async fn write_missing(
        &mut self,
        tx: &mut AccountTx,
        store_id: StoreId,
        batch: &Batch,
        titles: &[Option<u32>],
    ) -> DbResult<()> {
        let skus = batch.skus.texts();
        let mut new: Vec<NewVariant<'_>> = self
            .unknown(skus)
            .map(|(number, sku)| NewVariant {
                id: VariantId::new(),
                product_id: ProductId::new(),
                sku,
                title: titles[number].map_or(sku, |title| batch.titles.get(title)),
            })
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        // In the order of the key, as everybody who writes variants.
        new.sort_unstable_by_key(|variant| variant.sku);
        let inserted = imports::insert_variants(tx, store_id, &new).await?;
        if inserted < new.len() {
            // Somebody else was quicker with one of them and has committed by now.
            return self.look_up(tx, store_id, skus).await;
        }
        for variant in new {
            let known = Variant {
                id: variant.id,
                has_title: variant.title != variant.sku,
            };
            self.0.insert(variant.sku.into(), known);
        }
        Ok(())
    }

    /// A variant first seen on a line without a price is called by its SKU, until a priced line says more.
    async fn name_nameless(
        &mut self,
        tx: &mut AccountTx,
        store_id: StoreId,
        batch: &Batch,
        titles: &[Option<u32>],
    ) -> DbResult<()> {
        let mut named: Vec<(&str, &str)> = Vec::new();
        for (sku, title) in batch.skus.texts().iter().zip(titles) {
            let Some(title) = title else { continue };
            if let Some(variant) = self.0.get_mut(sku)
                && !variant.has_title
            {
                variant.has_title = true;
                named.push((&**sku, &**batch.titles.get(*title)));
            }
        }
        if named.is_empty() {
            return Ok(());
        }
        named.sort_unstable();
        let (skus, titles): (Vec<&str>, Vec<&str>) = named.into_iter().unzip();
        imports::set_titles(tx, store_id, &skus, &titles).await
    }
}

/// Returns the title of the first priced line of each SKU, where that has one.
fn first_titles(batch: &Batch) -> Vec<Option<u32>> {
    let mut titles = vec![None; batch.skus.texts().len()];
    for line in &batch.lines {
        let title = &mut titles[line.sku as usize];
        if title.is_none()
            && matches!(line.meaning, LineMeaning::Sales(_))
            && !batch.titles.get(line.title).is_empty()
        {
            *title = Some(line.title);
        }
    }
    titles
}

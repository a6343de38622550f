use std::collections::{BTreeSet, HashMap};

use suite_core::{
    Error,
    id::{StoreId, VariantId},
    shopify_orders::OrderItem,
};
use suite_db::{
    AccountTx, DbResult,
    goods::{NamedVariant, NewGoods, ONLY_VARIANT, add_goods, named_variants},
};

use crate::import::whole_orders::FileOrder;

/// What stands between title and options in the name of a line item.
const BETWEEN: &str = " - ";

/// Returns the variant of each item of each order; writes what the store lacks.
pub(super) async fn resolve(
    tx: &mut AccountTx,
    store_id: StoreId,
    orders: &[FileOrder],
) -> DbResult<Vec<Vec<VariantId>>> {
    let items = || orders.iter().flat_map(|order| &order.items);
    let skus: BTreeSet<&str> = items().map(|item| item.sku.as_str()).collect();
    let skus: Vec<&str> = skus.into_iter().filter(|sku| !sku.is_empty()).collect();
    let titles: BTreeSet<&str> = items().flat_map(|item| titles(&item.name)).collect();
    let titles: Vec<&str> = titles.into_iter().collect();
    let mut names = Names::of(named_variants(tx, store_id, &skus, &titles).await?);
    // In the order of the key, as everybody who writes products.
    let missing: BTreeSet<NewGoods<'_>> = items()
        .filter(|item| names.find(item).is_none())
        .map(new_goods)
        .collect();
    if !missing.is_empty() {
        let missing: Vec<NewGoods<'_>> = missing.into_iter().collect();
        add_goods(tx, store_id, &missing).await?;
        names = Names::of(named_variants(tx, store_id, &skus, &titles).await?);
    }
    let found = |item: &OrderItem| -> DbResult<VariantId> {
        let missing = || Error::internal(format!("no variant is called {}", item.name));
        Ok(names.find(item).ok_or_else(missing)?)
    };
    let of_order = |order: &FileOrder| order.items.iter().map(found).collect();
    orders.iter().map(of_order).collect()
}

fn new_goods(item: &OrderItem) -> NewGoods<'_> {
    let handle = if item.sku.is_empty() {
        &item.name
    } else {
        &item.sku
    };
    NewGoods {
        handle,
        sku: &item.sku,
        title: &item.name,
        vendor: &item.vendor,
    }
}

/// Returns what the product of a line item may be called: titles may hold what stands before the options as well.
fn titles(name: &str) -> impl Iterator<Item = &str> {
    let cut = name.match_indices(BETWEEN).map(|(end, _)| &name[..end]);
    cut.chain([name])
}

/// Variants by what a line item says of them.
struct Names {
    by_sku: HashMap<String, VariantId>,
    by_name: HashMap<String, NamedVariant>,
    by_handle: HashMap<String, VariantId>,
}

impl Names {
    /// `variants` come with the oldest first.
    fn of(variants: Vec<NamedVariant>) -> Self {
        let mut names = Self {
            by_sku: HashMap::new(),
            by_name: HashMap::new(),
            by_handle: HashMap::new(),
        };
        for variant in variants {
            let id = variant.id();
            if !variant.sku.is_empty() {
                names.by_sku.entry(variant.sku.clone()).or_insert(id);
            }
            if variant.sku.is_empty() && variant.options == ONLY_VARIANT {
                let handle = variant.handle.clone();
                names.by_handle.entry(handle).or_insert(id);
            }
            names.add_name(variant);
        }
        names
    }

    /// Of several variants of one name the oldest counts, but one of the catalogue before one that an order has made.
    fn add_name(&mut self, variant: NamedVariant) {
        let is_of_catalogue = |variant: &NamedVariant| variant.handle != variant.title;
        let name = line_name(&variant);
        match self.by_name.get(&name) {
            Some(known) if is_of_catalogue(known) || !is_of_catalogue(&variant) => {}
            _ => {
                self.by_name.insert(name, variant);
            }
        }
    }

    fn find(&self, item: &OrderItem) -> Option<VariantId> {
        if let Some(id) = self.by_sku.get(&item.sku) {
            return Some(*id);
        }
        // Another SKU of the same name is another thing, unless one of the two is not said.
        let by_name = self.by_name.get(&item.name);
        let by_name = by_name.filter(|known| item.sku.is_empty() || known.sku.is_empty());
        let of_this_name = || self.by_handle.get(&item.name).copied();
        by_name.map(NamedVariant::id).or_else(|| {
            if item.sku.is_empty() {
                of_this_name()
            } else {
                None
            }
        })
    }
}

/// Returns what Shopify calls a variant in an order: `Mug - Red / Large`.
fn line_name(variant: &NamedVariant) -> String {
    let options: Vec<String> = serde_json::from_str(&variant.options).unwrap_or_default();
    if options.is_empty() || variant.options == ONLY_VARIANT {
        variant.title.clone()
    } else {
        format!("{}{BETWEEN}{}", variant.title, options.join(" / "))
    }
}

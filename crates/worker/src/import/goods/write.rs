use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use suite_core::{
    goods_file::{GoodsRow, ProductText},
    id::{ProductId, VariantId},
    inventory::StockLevel,
};
use suite_db::{
    AccountTx, DbResult,
    goods::{self, FoundVariant},
    imports::{Import, Reject, default_location},
    inventory::ledger::{self, Change, Entry, Source},
};

use super::parse::Told;
use crate::import::write::Target;

/// What came of a batch.
#[derive(Default)]
pub(super) struct Written {
    /// Rows that changed something.
    pub(super) added: usize,
    pub(super) rejects: Vec<Reject>,
}

/// A row that names a variant.
#[derive(Clone, Copy)]
struct Row<'a> {
    line: i64,
    goods: &'a GoodsRow,
    content: &'a str,
}

/// Writes a batch: products, variants, and then what lies where, through the ledger.
pub(super) async fn write(
    tx: &mut AccountTx,
    target: &Target,
    import: &Import,
    batch: &[Told],
) -> DbResult<Written> {
    let mut written = Written::default();
    let mut rows = Vec::with_capacity(batch.len());
    for told in batch {
        match told {
            Told::Nothing => {}
            Told::Refused(reject) => written.rejects.push(reject.clone()),
            Told::Goods(line, goods, content) => rows.push(Row {
                line: *line,
                goods,
                content,
            }),
        }
    }
    let products = products(tx, target, &rows).await?;
    let mut catalogue = Catalogue::of(tx, target, &rows, products).await?;
    let mut changed: HashSet<i64> = HashSet::new();
    let mut found: Vec<(Row<'_>, VariantId)> = Vec::with_capacity(rows.len());
    for row in rows {
        match catalogue.take(row.goods) {
            Some((id, is_new)) => {
                if is_new {
                    changed.insert(row.line);
                }
                found.push((row, id));
            }
            None => written.rejects.push(unknown(row)),
        }
    }
    goods::write_variants(tx, target.store_id, &catalogue.told()).await?;
    changed.extend(count(tx, target, import, &found).await?);
    written.added = changed.len();
    Ok(written)
}

fn unknown(row: Row<'_>) -> Reject {
    let reason = if row.goods.sku.is_empty() {
        "no variant of this store has this handle and these option values; import the products first".to_owned()
    } else {
        format!("no variant of this store has the SKU {}", row.goods.sku)
    };
    Reject {
        line_number: row.line,
        reason,
        content: row.content.to_owned(),
    }
}

/// Writes the products that the batch tells of, or finds those that it names.
async fn products(
    tx: &mut AccountTx,
    target: &Target,
    rows: &[Row<'_>],
) -> DbResult<HashMap<String, ProductId>> {
    // In the order of the key, as everybody who writes products.
    let told: BTreeMap<&str, &ProductText> = rows
        .iter()
        .filter_map(|row| Some((row.goods.handle.as_str(), row.goods.product.as_ref()?)))
        .collect();
    if told.is_empty() {
        let named: BTreeSet<&str> = rows
            .iter()
            .map(|row| row.goods.handle.as_str())
            .filter(|handle| !handle.is_empty())
            .collect();
        let named: Vec<&str> = named.into_iter().collect();
        return goods::products_by_handle(tx, target.store_id, &named).await;
    }
    let told: Vec<(&str, &ProductText)> = told.into_iter().collect();
    goods::write_products(tx, target.store_id, &told).await
}

/// The variants that a batch names, by SKU and by product and options.
struct Catalogue {
    products: HashMap<String, ProductId>,
    variants: Vec<FoundVariant>,
    by_sku: HashMap<String, usize>,
    by_options: HashMap<(ProductId, String), usize>,
    changed: BTreeSet<usize>,
}

impl Catalogue {
    async fn of(
        tx: &mut AccountTx,
        target: &Target,
        rows: &[Row<'_>],
        products: HashMap<String, ProductId>,
    ) -> DbResult<Self> {
        let skus: Vec<&str> = rows
            .iter()
            .map(|row| row.goods.sku.as_str())
            .filter(|sku| !sku.is_empty())
            .collect();
        let product_ids: Vec<ProductId> = products.values().copied().collect();
        let mut catalogue = Self {
            products,
            variants: Vec::new(),
            by_sku: HashMap::new(),
            by_options: HashMap::new(),
            changed: BTreeSet::new(),
        };
        for variant in goods::find_variants(tx, target.store_id, &skus, &product_ids).await? {
            catalogue.add(variant);
        }
        Ok(catalogue)
    }

    fn add(&mut self, variant: FoundVariant) -> usize {
        let index = self.variants.len();
        if !variant.sku.is_empty() {
            self.by_sku.insert(variant.sku.clone(), index);
        }
        if !variant.options.is_empty() {
            let key = (variant.product_id, variant.options.clone());
            self.by_options.insert(key, index);
        }
        self.variants.push(variant);
        index
    }

    fn find(&self, goods: &GoodsRow) -> Option<usize> {
        if !goods.sku.is_empty()
            && let Some(index) = self.by_sku.get(&goods.sku)
        {
            return Some(*index);
        }
        let product_id = self.products.get(&goods.handle)?;
        let key = (*product_id, goods.options.clone());
        let index = *self.by_options.get(&key)?;
        // Another SKU of the same options is another thing, unless the store knew none.
        let known = &self.variants[index].sku;
        (goods.sku.is_empty() || known.is_empty()).then_some(index)
    }

    /// Returns the variant of a row and whether the row told something new of it; `None` when there is none to be had.
    fn take(&mut self, goods: &GoodsRow) -> Option<(VariantId, bool)> {
        let found = self.find(goods);
        let Some(product) = &goods.product else {
            return found.map(|index| (self.variants[index].id, false));
        };
        let product_id = *self.products.get(&goods.handle)?;
        let title = if goods.variant_title.is_empty() {
            product.title.clone()
        } else {
            format!("{} / {}", product.title, goods.variant_title)
        };
        let index = match found {
            Some(index) => index,
            None => {
                // The same options under another SKU would collide with the store's key.
                let is_taken = self
                    .by_options
                    .contains_key(&(product_id, goods.options.clone()));
                if is_taken {
                    return None;
                }
                self.add(FoundVariant {
                    id: VariantId::new(),
                    product_id,
                    sku: goods.sku.clone(),
                    options: goods.options.clone(),
                    title: String::new(),
                    price: None,
                    cost: None,
                })
            }
        };
        let mut told = self.variants[index].clone();
        told.title = title;
        let key = (product_id, goods.options.clone());
        if self
            .by_options
            .get(&key)
            .is_none_or(|other| *other == index)
        {
            // A variant that was only known by its SKU joins its product.
            told.product_id = product_id;
            told.options.clone_from(&goods.options);
            self.by_options.insert(key, index);
        }
        told.price = product.price.price.or(told.price);
        told.cost = product.price.cost.or(told.cost);
        if told.sku.is_empty() && !goods.sku.is_empty() {
            told.sku.clone_from(&goods.sku);
            self.by_sku.insert(goods.sku.clone(), index);
        }
        let is_new = told != self.variants[index];
        if is_new {
            self.variants[index] = told;
            self.changed.insert(index);
        }
        Some((self.variants[index].id, is_new))
    }

    fn told(&self) -> Vec<FoundVariant> {
        self.changed
            .iter()
            .map(|index| self.variants[*index].clone())
            .collect()
    }
}

/// Sets what lies where to what the rows say, and returns the lines that changed a level.
async fn count(
    tx: &mut AccountTx,
    target: &Target,
    import: &Import,
    found: &[(Row<'_>, VariantId)],
) -> DbResult<Vec<i64>> {
    let named: BTreeSet<&str> = found
        .iter()
        .filter_map(|(row, _)| Some(row.goods.stock.as_ref()?.location.as_str()))
        .filter(|name| !name.is_empty())
        .collect();
    let named: Vec<&str> = named.into_iter().collect();
    let locations = goods::locations_by_name(tx, target.store_id, &named).await?;
    let usual = default_location(tx, target.store_id).await?;
    let mut entries = Vec::new();
    let mut lines = Vec::new();
    for (row, variant_id) in found {
        let Some(stock) = &row.goods.stock else {
            continue;
        };
        let location_id = locations.get(&stock.location).copied().unwrap_or(usual);
        let reserved = stock.reserved.map(|pieces| (StockLevel::Reserved, pieces));
        for (level, pieces) in [Some((StockLevel::OnHand, stock.on_hand)), reserved]
            .into_iter()
            .flatten()
        {
            lines.push(row.line);
            entries.push(Entry {
                variant_id: *variant_id,
                location_id,
                level,
                change: Change::To(pieces),
                unit_cost: None,
                line: format!("{}:{level}", row.line),
            });
        }
    }
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let source = Source {
        kind: import.format.name(),
        reference: &target.import_id.to_string(),
        reason: "import",
        actor: &format!("import:{}", target.import_id),
        // What a file says was so when it came, whenever it is read.
        occurred_at: import.created_at,
    };
    let posted = ledger::post(tx, target.store_id, &source, &entries).await?;
    let changed = lines.into_iter().zip(posted);
    Ok(changed
        .filter(|(_, posted)| posted.before != posted.after)
        .map(|(line, _)| line)
        .collect())
}

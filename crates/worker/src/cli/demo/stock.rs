//! Fills the made-up shop's shelves, and has what to order worked out.

use std::collections::HashMap;

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::json;
use suite_core::{
    id::{AnalysisId, StockDocumentId, VariantId},
    inventory::{AnalysisParams, AnalysisWishes, StockLevel},
    job::NewJob,
    jobs::AnalyzeInventory,
    money::format_quantity,
    store_time::store_day,
};
use suite_db::{
    AccountTx,
    imports::default_location,
    inventory::{
        analyses,
        analysis_input::{CatalogueVariant, catalogue, each_sales_day},
        documents::{self, NewDocument},
        ledger::{self, Change, Entry, Source},
        supplier_prices::{self, NewSupplierPrice},
        vendors::{self, NewVendor},
    },
    jobs,
    stores::Store,
};

use super::{
    shop::{Lines, Shop},
    wait::Work,
};
use crate::{
    cli::{Console, audit, show},
    demo::{
        Plan,
        shelves::{SUPPLIERS, Shelf, counted_from},
    },
};

/// Thirteen weeks, as an analysis looks back.
const LOOK_BACK: u32 = 91;
/// Levels are locked in slices.
const SLICE: usize = 1_000;

/// What is known of an article: pieces and money of the last weeks.
type Sold = HashMap<VariantId, (Decimal, Decimal)>;

/// Counts every shelf, names the vendors and what they ask, and runs an analysis. A shop of a file has no made-up shelves.
pub(super) async fn fill(
    shop: &Shop,
    store: &Store,
    work: &mut Work<'_>,
    console: &mut Console<'_>,
) -> anyhow::Result<()> {
    let Lines::MadeUp(plan) = &shop.lines else {
        return Ok(());
    };
    let mut tx = work.db.account(work.account_id).await?;
    let variants = catalogue(&mut tx, store.id).await?;
    let today = store_day(work.session.clock.now(), store.timezone.parse::<Tz>()?);
    let mut sold = Sold::new();
    let period = (counted_from(today, LOOK_BACK), today);
    each_sales_day(&mut tx, store.id, period, |day| {
        let sums = sold.entry(day.variant_id).or_default();
        sums.0 += day.units;
        sums.1 += day.gross;
    })
    .await?;
    let shelves: Vec<(&CatalogueVariant, Shelf)> = variants
        .iter()
        .map(|variant| (variant, shelf(plan, variant, &sold)))
        .collect();
    buy(&mut tx, store, work, &shelves, &sold).await?;
    count(&mut tx, store, work, plan, &shelves, &sold).await?;
    let (job, analysis_id) = analyze(&mut tx, store, work).await?;
    audit::note(
        &mut tx,
        work.session,
        "fill_demo_shelves",
        &analysis_id.to_string(),
        audit::no_detail(),
    )
    .await?;
    tx.commit().await?;
    let result = work.run(job, "analysis", console).await?;
    let items = result
        .get("items")
        .and_then(serde_json::Value::as_i64)
        .unwrap_or_default();
    let articles = show::count(items, "article");
    work.progress
        .done(console, &format!("worked out what to order of {articles}"))?;
    Ok(())
}

fn shelf(plan: &Plan, variant: &CatalogueVariant, sold: &Sold) -> Shelf {
    let units = sold.get(&variant.id).map_or(Decimal::ZERO, |sums| sums.0);
    Shelf::make(
        plan.seed,
        &variant.sku,
        units.to_u64().unwrap_or_default(),
        LOOK_BACK,
    )
}

/// What a piece costs; `None` where nothing was sold that tells its price.
fn unit_cost(variant: &CatalogueVariant, shelf: Shelf, sold: &Sold) -> Option<Decimal> {
    let (units, gross) = sold.get(&variant.id)?;
    let price = gross.checked_div(*units)?;
    Some((price * Decimal::new(i64::from(shelf.cost_percent), 2)).round_dp(2))
}

async fn buy(
    tx: &mut AccountTx,
    store: &Store,
    work: &Work<'_>,
    shelves: &[(&CatalogueVariant, Shelf)],
    sold: &Sold,
) -> anyhow::Result<()> {
    let now = work.session.clock.now();
    for (number, supplier) in SUPPLIERS.iter().enumerate() {
        let new = NewVendor {
            name: supplier.name.to_owned(),
            email: String::new(),
            currency: store.currency,
            lead_time_days: supplier.lead_time_days,
        };
        let vendor = vendors::create(tx, store.id, &new, now).await?;
        let prices: Vec<NewSupplierPrice> = shelves
            .iter()
            .filter(|(_, shelf)| shelf.supplier == number)
            .filter_map(|(variant, shelf)| {
                Some(NewSupplierPrice {
                    variant_id: variant.id,
                    price: unit_cost(variant, *shelf, sold)?,
                    minimum_quantity: Decimal::ONE,
                    pack_size: shelf.pack_size.into(),
                    lead_time_days: None,
                    is_preferred: true,
                })
            })
            .collect();
        for prices in prices.chunks(SLICE) {
            supplier_prices::set(tx, &vendor, prices, now).await?;
        }
    }
    Ok(())
}

/// Writes the opening count, on the day before the first sale: an analysis leaves out the days without stock.
async fn count(
    tx: &mut AccountTx,
    store: &Store,
    work: &Work<'_>,
    plan: &Plan,
    shelves: &[(&CatalogueVariant, Shelf)],
    sold: &Sold,
) -> anyhow::Result<()> {
    let location_id = default_location(tx, store.id).await?;
    let opening = plan.until.date() - TimeDelta::days(i64::from(plan.days));
    let occurred_at = opening.and_time(NaiveTime::MIN).and_utc();
    for shelves in shelves.chunks(SLICE) {
        let entries: Vec<Entry> = shelves
            .iter()
            .enumerate()
            .map(|(position, (variant, shelf))| Entry {
                variant_id: variant.id,
                location_id,
                level: StockLevel::OnHand,
                change: Change::To(shelf.pieces.into()),
                unit_cost: unit_cost(variant, *shelf, sold),
                line: position.to_string(),
            })
            .collect();
        let id = StockDocumentId::new();
        let source = Source {
            kind: "count",
            reference: &id.to_string(),
            reason: "opening count",
            actor: "demo",
            occurred_at,
        };
        let posted = ledger::post(tx, store.id, &source, &entries).await?;
        let lines = entries.iter().zip(posted).map(|(entry, posted)| {
            json!({
                "variant_id": entry.variant_id.to_string(), "location_id": location_id.to_string(),
                "level": entry.level.name(), "quantity": format_quantity(posted.after - posted.before),
                "before": format_quantity(posted.before), "after": format_quantity(posted.after),
                "unit_cost": entry.unit_cost.map(|cost| store.currency.format(cost)),
            })
        });
        let document = NewDocument {
            id,
            store_id: store.id,
            kind: "count",
            location_id,
            to_location_id: None,
            purchase_order_id: None,
            reason: source.reason,
            actor: source.actor,
            lines: lines.collect(),
            occurred_at,
        };
        documents::insert(tx, &document, work.session.clock.now()).await?;
    }
    Ok(())
}

async fn analyze(
    tx: &mut AccountTx,
    store: &Store,
    work: &Work<'_>,
) -> anyhow::Result<(suite_core::job::JobRef, AnalysisId)> {
    let today = store_day(work.session.clock.now(), store.timezone.parse::<Tz>()?);
    let params = AnalysisParams::with(today, AnalysisWishes::default())?;
    let analysis_id = AnalysisId::new();
    let job = NewJob::new(work.account_id, &AnalyzeInventory { analysis_id })?;
    let enqueued = jobs::enqueue(tx, job).await?;
    analyses::insert(tx, analysis_id, store.id, &params, enqueued.job.id).await?;
    Ok((enqueued.job, analysis_id))
}

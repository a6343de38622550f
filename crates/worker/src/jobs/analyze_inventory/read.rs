use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use suite_core::{
    id::{LocationId, VariantId, VendorId},
    inventory::{HISTORY_DAYS, Stock, Supply, rounding},
    store_time::{from_wall_clock, store_day},
};
use suite_db::{
    AccountTx,
    inventory::{
        analyses::AnalysisSubject,
        analysis_input::{self, CatalogueVariant, OnHandChange},
        locations::{self, Location},
        stock_terms,
    },
};

use crate::runtime::{JobContext, JobError};

/// Everything that an analysis goes by. Variants and locations are named by their places in the lists.
pub(super) struct Input {
    /// The first day of the history.
    pub(super) from: NaiveDate,
    pub(super) variants: Vec<Variant>,
    pub(super) locations: Vec<Place>,
    /// Ordered by variant.
    pub(super) sales: Vec<Sale>,
    /// Ordered by variant and location.
    pub(super) levels: Vec<Level>,
    /// Ordered by variant, and each variant's by time; what went from shelf to shelf is left out.
    pub(super) changes: Vec<(u32, OnHandChange)>,
}

/// A thing to sell.
pub(super) struct Variant {
    pub(super) catalogue: CatalogueVariant,
    /// Pieces and gross of the look-back, exactly.
    pub(super) sold: Decimal,
    pub(super) gross: Decimal,
    pub(super) supply: Option<(VendorId, Supply)>,
}

/// A location with its part of the demand.
pub(super) struct Place {
    pub(super) id: LocationId,
    pub(super) share: f64,
}

/// Pieces of a variant on a day of the history.
#[derive(Clone, Copy)]
pub(super) struct Sale {
    pub(super) variant: u32,
    pub(super) day: u16,
    pub(super) units: f64,
}

/// What lies of a variant at a location.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) variant: u32,
    pub(super) location: u32,
    pub(super) stock: Stock,
}

/// Reads all of it, in the snapshot of `tx`.
pub(super) async fn input(
    tx: &mut AccountTx,
    subject: &AnalysisSubject,
    context: &JobContext,
) -> Result<Input, JobError> {
    let store_id = subject.store_id;
    let params = &subject.params;
    let end = end_of(params.as_of, subject.timezone);
    let from = days_back(params.as_of, HISTORY_DAYS - 1);
    let mut input = Input {
        from,
        variants: Vec::new(),
        locations: places(&locations::of_store(tx, store_id).await?),
        sales: Vec::new(),
        levels: Vec::new(),
        changes: Vec::new(),
    };
    let mut others = stock_terms::non_merchandise(tx, store_id).await?;
    others.extend(params.excluded_skus.iter().map(String::as_str));
    for catalogue in analysis_input::catalogue(tx, store_id).await? {
        if !others.has(&catalogue.sku) {
            input.variants.push(Variant {
                catalogue,
                sold: Decimal::ZERO,
                gross: Decimal::ZERO,
                supply: None,
            });
        }
    }
    let numbers: HashMap<VariantId, u32> = (0..)
        .zip(&input.variants)
        .map(|(number, variant)| (variant.catalogue.id, number))
        .collect();
    context.check_cancelled()?;
    read_sales(tx, subject, &mut input, &numbers).await?;
    context.check_cancelled()?;
    read_supplies(tx, subject, &mut input, &numbers).await?;
    read_changes(tx, subject, &mut input, &numbers, end).await?;
    let is_today = store_day(context.clock().now(), subject.timezone) <= params.as_of;
    read_levels(tx, subject, &mut input, &numbers, (end, is_today)).await?;
    Ok(input)
}

async fn read_sales(
    tx: &mut AccountTx,
    subject: &AnalysisSubject,
    input: &mut Input,
    numbers: &HashMap<VariantId, u32>,
) -> Result<(), JobError> {
    let as_of = subject.params.as_of;
    let (from, begin) = (
        input.from,
        days_back(as_of, subject.params.look_back_days - 1),
    );
    let (variants, sales) = (&mut input.variants, &mut input.sales);
    let store_id = subject.store_id;
    analysis_input::each_sales_day(tx, store_id, (from, as_of), |sale| {
        let Some(&variant) = numbers.get(&sale.variant_id) else {
            return;
        };
        if sale.day >= begin {
            let sums = &mut variants[variant as usize];
            sums.sold += sale.units;
            sums.gross += sale.gross;
        }
        // Within two years.
        let day = u16::try_from((sale.day - from).num_days()).unwrap_or(0);
        sales.push(Sale {
            variant,
            day,
            units: rounding::float(sale.units),
        });
    })
    .await?;
    sales.sort_unstable_by_key(|sale| (sale.variant, sale.day));
    Ok(())
}

async fn read_supplies(
    tx: &mut AccountTx,
    subject: &AnalysisSubject,
    input: &mut Input,
    numbers: &HashMap<VariantId, u32>,
) -> Result<(), JobError> {
    for row in analysis_input::supplies(tx, subject.store_id).await? {
        if let Some(&variant) = numbers.get(&row.variant_id()) {
            let supply = Supply {
                lead_time_days: row.lead_time_days(),
                minimum_quantity: row.minimum_quantity,
                pack_size: row.pack_size,
            };
            input.variants[variant as usize].supply = Some((row.vendor_id(), supply));
        }
    }
    Ok(())
}

async fn read_changes(
    tx: &mut AccountTx,
    subject: &AnalysisSubject,
    input: &mut Input,
    numbers: &HashMap<VariantId, u32>,
    end: DateTime<Utc>,
) -> Result<(), JobError> {
    let changes = &mut input.changes;
    let zone = subject.timezone.name();
    analysis_input::each_on_hand_change(tx, subject.store_id, end, zone, |change| {
        if let Some(&variant) = numbers.get(&change.variant_id()) {
            changes.push((variant, change));
        }
    })
    .await?;
    // Keeps the order of time within a variant.
    changes.sort_by_key(|(variant, _)| *variant);
    Ok(())
}

/// Levels of which nothing is known at that time are left out: those whose ledger begins later.
async fn read_levels(
    tx: &mut AccountTx,
    subject: &AnalysisSubject,
    input: &mut Input,
    numbers: &HashMap<VariantId, u32>,
    (end, is_today): (DateTime<Utc>, bool),
) -> Result<(), JobError> {
    let locations: HashMap<LocationId, u32> = (0..)
        .zip(&input.locations)
        .map(|(number, place)| (place.id, number))
        .collect();
    let has_begun = |variant: u32, location: LocationId| {
        let first = input
            .changes
            .partition_point(|(number, _)| *number < variant);
        input.changes[first..]
            .iter()
            .take_while(|(number, _)| *number == variant)
            .any(|(_, change)| change.location_id() == location)
    };
    let mut levels = Vec::new();
    for row in analysis_input::levels_at(tx, subject.store_id, end).await? {
        let known = numbers
            .get(&row.variant_id())
            .zip(locations.get(&row.location_id()));
        let Some((&variant, &location)) = known else {
            continue;
        };
        if is_today || has_begun(variant, row.location_id()) {
            let stock = Stock {
                on_hand: row.on_hand,
                reserved: row.reserved,
                incoming: row.incoming,
            };
            levels.push(Level {
                variant,
                location,
                stock,
            });
        }
    }
    levels.sort_unstable_by_key(|level| (level.variant, level.location));
    input.levels = levels;
    // What went from shelf to shelf changes no variant's stock.
    input.changes.retain(|(_, change)| !change.is_transfer);
    Ok(())
}

/// Returns each location with its share of the demand; the default one comes first and bears what the others leave.
fn places(locations: &[Location]) -> Vec<Place> {
    let given: Decimal = locations
        .iter()
        .filter_map(|location| location.demand_share)
        .sum();
    let share = |location: &Location| match location.demand_share {
        Some(share) => share,
        None if location.is_default => (Decimal::ONE - given).max(Decimal::ZERO),
        None => Decimal::ZERO,
    };
    locations
        .iter()
        .map(|location| Place {
            id: location.id,
            share: rounding::float(share(location)),
        })
        .collect()
}

/// Returns the moment at which the day is over in the store.
fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    from_wall_clock(next.and_time(NaiveTime::MIN), zone)
}

fn days_back(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(days)))
        .unwrap_or(NaiveDate::MIN)
}

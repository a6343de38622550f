use std::cmp::Reverse;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use suite_core::{
    Error,
    id::VendorId,
    inventory::{
        Abc, Figures, Flow, HISTORY_DAYS, Place, StockChange, Summary, Supply, Terms, VariantFacts,
        VariantHistory, abc_classes, analyse_item, days_without_stock, value_stock,
    },
};
use suite_db::inventory::{
    analyses::AnalysisSubject, analysis_input::OnHandChange, analysis_items::NewItems,
};

use super::read::{Input, Level, Sale, Variant};

/// Items written by one statement.
const PIECE: usize = 5_000;

/// What an analysis comes to.
pub(super) struct Computed {
    pub(super) summary: Summary,
    /// By rank.
    pub(super) items: Vec<NewItems>,
}

/// An item, which a rank is still to be given. Variant and location are places in the lists of the input.
pub(super) struct Item {
    pub(super) variant: u32,
    pub(super) location: u32,
    pub(super) vendor_id: Option<VendorId>,
    pub(super) figures: Figures,
}

/// Computes all items and ranks them: what costs most to ignore first, then by gross, SKU and location.
pub(super) fn ranked(subject: &AnalysisSubject, input: &Input) -> Vec<Item> {
    let terms = Terms::new(&subject.params, subject.currency);
    let gross: Vec<Decimal> = input.variants.iter().map(|variant| variant.gross).collect();
    let classes = abc_classes(&gross);
    let mut items = Vec::with_capacity(input.variants.len());
    let mut run = Run {
        terms: &terms,
        input,
        units: Vec::with_capacity(HISTORY_DAYS as usize),
        sales: &input.sales,
        levels: &input.levels,
        changes: &input.changes,
    };
    for (number, class) in (0..).zip(classes) {
        run.variant(number, class, &mut items);
    }
    items.sort_by(|one, other| order(input, one).cmp(&order(input, other)));
    items
}

/// Computes all items, ranked, ready to be written.
pub(super) fn items(subject: &AnalysisSubject, input: &Input) -> Result<Computed, Error> {
    let items = ranked(subject, input);
    let mut summary = Summary::new(subject.currency);
    let mut pieces = Vec::with_capacity(items.len() / PIECE + 1);
    let mut piece = NewItems::default();
    for (rank, item) in (1..).zip(&items) {
        summary.add(&item.figures);
        let variant_id = input.variants[item.variant as usize].catalogue.id;
        let location_id = input.locations[item.location as usize].id;
        piece.push(
            rank,
            (variant_id, location_id),
            item.vendor_id,
            &item.figures,
        )?;
        if piece.len() == PIECE {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    Ok(Computed {
        summary: summary.scaled(),
        items: pieces,
    })
}

fn order<'a>(input: &'a Input, item: &Item) -> (Reverse<Decimal>, Reverse<Decimal>, &'a str, u32) {
    let sku = input.variants[item.variant as usize].catalogue.sku.as_str();
    let figures = &item.figures;
    (
        Reverse(figures.cost_of_ignoring),
        Reverse(figures.gross),
        sku,
        item.location,
    )
}

/// One pass over all that is ordered by variant.
struct Run<'a> {
    terms: &'a Terms<'a>,
    input: &'a Input,
    /// Used again for each variant.
    units: Vec<f64>,
    sales: &'a [Sale],
    levels: &'a [Level],
    changes: &'a [(u32, OnHandChange)],
}

impl<'a> Run<'a> {
    fn variant(&mut self, number: u32, abc: Option<Abc>, items: &mut Vec<Item>) {
        let input = self.input;
        let sales = take(&mut self.sales, |sale| sale.variant == number);
        let levels = take(&mut self.levels, |level| level.variant == number);
        let changes = take(&mut self.changes, |(variant, _)| *variant == number);
        if sales.is_empty() && levels.is_empty() {
            return;
        }
        let variant = &input.variants[number as usize];
        let on_hand: Decimal = levels.iter().map(|level| level.stock.on_hand).sum();
        let facts = self.facts(variant, (abc, on_hand), sales, changes);
        let supply = variant.supply.map(|(_, supply)| supply);
        let mut levels = levels.iter().peekable();
        for (location, place) in (0..).zip(&input.locations) {
            let level = levels.next_if(|level| level.location == location);
            if level.is_none() && (place.share <= 0.0 || sales.is_empty()) {
                continue;
            }
            let place = Place {
                share: place.share,
                stock: level.map(|level| level.stock),
                supply: supply.unwrap_or_else(|| Supply::unknown(self.terms.params)),
            };
            items.push(Item {
                variant: number,
                location,
                vendor_id: variant.supply.map(|(vendor_id, _)| vendor_id),
                figures: analyse_item(self.terms, &facts, &place),
            });
        }
    }

    fn facts(
        &mut self,
        variant: &Variant,
        (abc, on_hand): (Option<Abc>, Decimal),
        sales: &[Sale],
        changes: &[(u32, OnHandChange)],
    ) -> VariantFacts {
        let (from, as_of) = (self.input.from, self.terms.params.as_of);
        let day_of = |day: NaiveDate| (day - from).num_days();
        let first_change = changes.first().map(|(_, change)| day_of(change.day));
        let first_sale = sales.first().map(|sale| i64::from(sale.day));
        let known = first_change.into_iter().chain(first_sale).min();
        let known = known.map_or(HISTORY_DAYS as usize, |day| {
            usize::try_from(day.max(0)).unwrap_or(0)
        });
        self.units.clear();
        self.units
            .resize((HISTORY_DAYS as usize).saturating_sub(known), 0.0);
        for sale in sales {
            if let Some(units) = self.units.get_mut(usize::from(sale.day) - known) {
                *units += sale.units;
            }
        }
        let look_back = (self.terms.params.look_back_days as usize).min(self.units.len());
        let recent = &self.units[self.units.len() - look_back..];
        let begin = i64::from(HISTORY_DAYS) - i64::try_from(look_back).unwrap_or(0);
        let is_out = if changes.is_empty() {
            Vec::new()
        } else {
            let moves: Vec<StockChange> = changes
                .iter()
                .map(|(_, change)| StockChange {
                    day: i32::try_from(day_of(change.day) - begin).unwrap_or(i32::MIN),
                    quantity: change.quantity,
                })
                .collect();
            days_without_stock(on_hand, &moves, recent)
        };
        let flows: Vec<Flow> = changes
            .iter()
            .map(|(_, change)| Flow {
                day: change.day,
                quantity: change.quantity,
                unit_cost: change.unit_cost,
            })
            .collect();
        let last_sold_on = sales
            .last()
            .and_then(|sale| from.checked_add_days(Days::new(u64::from(sale.day))));
        let history = VariantHistory {
            units: &self.units,
            is_out: &is_out,
            last_sold_on,
            sold: variant.sold,
            gross: variant.gross,
            list_price: variant.catalogue.price,
            abc,
            on_hand,
            valuation: value_stock(on_hand, &flows, variant.catalogue.cost, as_of),
        };
        VariantFacts::of(self.terms, &history)
    }
}

/// Takes what belongs to one variant off the front.
fn take<'a, T>(rest: &mut &'a [T], belongs: impl Fn(&T) -> bool) -> &'a [T] {
    let count = rest.iter().take_while(|row| belongs(row)).count();
    let (taken, behind) = rest.split_at(count);
    *rest = behind;
    taken
}

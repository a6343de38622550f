use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    Abc, AnalysisParams, Demand, Figures, Forecast, ForecastFigures, Valuation, Xyz,
    cover::last_order_day, days_of_cover, demand, forecast, order_up_to, reorder_point,
    round_up_to_lot, rounding, safety_stock, sell_out_day, week_sums, xyz_class,
};
use crate::money::Currency;

/// Days of a year, for what keeping stock costs.
const YEAR_DAYS: f64 = 365.0;

/// What all items of an analysis have in common.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// What it goes by.
    pub params: &'a AnalysisParams,
    /// The currency of the store.
    pub currency: Currency,
    z: f64,
}

impl<'a> Terms<'a> {
    /// Takes the params of an analysis of a store with that currency.
    #[must_use]
    pub fn new(params: &'a AnalysisParams, currency: Currency) -> Self {
        Self {
            params,
            currency,
            z: params.z(),
        }
    }
}

/// What is known of a variant, whatever location it lies at.
#[derive(Debug, Clone, Copy)]
pub struct VariantHistory<'a> {
    /// Pieces sold a day since the variant is known, within two years; the last is that of `as_of`.
    pub units: &'a [f64],
    /// Which of the last days had no stock: as many as the look-back has, or none.
    pub is_out: &'a [bool],
    /// The last day with a sale.
    pub last_sold_on: Option<NaiveDate>,
    /// Pieces sold in the look-back, exactly.
    pub sold: Decimal,
    /// Gross of the look-back.
    pub gross: Decimal,
    /// The price in the catalogue.
    pub list_price: Option<Decimal>,
    /// The class by gross.
    pub abc: Option<Abc>,
    /// What lies on all shelves.
    pub on_hand: Decimal,
    /// What that is worth.
    pub valuation: Valuation,
}

/// What follows from a variant's history, computed once for all its locations.
#[derive(Debug, Clone)]
pub struct VariantFacts {
    demand: Option<Demand>,
    variation: Option<(f64, Xyz)>,
    forecast: Option<Forecast>,
    unit_price: Option<Decimal>,
    sell_through: Option<Decimal>,
    has_slept: bool,
    last_sold_on: Option<NaiveDate>,
    sold: Decimal,
    gross: Decimal,
    abc: Option<Abc>,
    on_hand: Decimal,
    valuation: Valuation,
}

impl VariantFacts {
    /// Draws what follows from a history.
    #[must_use]
    pub fn of(terms: &Terms<'_>, history: &VariantHistory<'_>) -> Self {
        let params = terms.params;
        let look_back = params.look_back_days as usize;
        let begin = history.units.len().saturating_sub(look_back);
        let units = &history.units[begin..];
        let weeks = week_sums(history.units);
        let recent_weeks = weeks.len().min(look_back / 7);
        let on_shelf = history.on_hand.max(Decimal::ZERO);
        Self {
            demand: demand(units, history.is_out),
            variation: xyz_class(&weeks[weeks.len() - recent_weeks..]),
            forecast: forecast(
                &weeks,
                horizon_days(params, params.lead_time_days).div_ceil(7),
            ),
            unit_price: history
                .gross
                .checked_div(history.sold)
                .map(|price| round_fine(price, terms.currency))
                .or(history.list_price),
            sell_through: history
                .sold
                .checked_div(history.sold + on_shelf)
                .map(|part| part.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero)),
            has_slept: has_slept(history, params),
            last_sold_on: history.last_sold_on,
            sold: history.sold,
            gross: history.gross,
            abc: history.abc,
            on_hand: history.on_hand,
            valuation: history.valuation,
        }
    }
}

/// A price may have two decimals more than the currency.
fn round_fine(price: Decimal, currency: Currency) -> Decimal {
    let digits = currency.minor_digits() + 2;
    price
        .round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
}

/// Tells whether a variant that has been there long enough was not sold for `dead_days`.
fn has_slept(history: &VariantHistory<'_>, params: &AnalysisParams) -> bool {
    let dead_days = params.dead_days as usize;
    let asleep = history
        .last_sold_on
        .is_none_or(|day| (params.as_of - day).num_days() >= i64::from(params.dead_days));
    asleep && history.units.len() >= dead_days
}

/// The levels of a variant at a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// On the shelf.
    pub on_hand: Decimal,
    /// On the shelf and promised.
    pub reserved: Decimal,
    /// Ordered and not there yet.
    pub incoming: Decimal,
}

/// How a variant is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// Days from order to shelf.
    pub lead_time_days: u32,
    /// The least that is sold.
    pub minimum_quantity: Decimal,
    /// Only whole packs of so many are sold.
    pub pack_size: Decimal,
}

impl Supply {
    /// Returns the terms where no vendor is known: single pieces, and the lead time of the analysis.
    #[must_use]
    pub fn unknown(params: &AnalysisParams) -> Self {
        Self {
            lead_time_days: params.lead_time_days,
            minimum_quantity: Decimal::ONE,
            pack_size: Decimal::ONE,
        }
    }
}

/// A variant's place: one location.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The location's part of the demand, 0 to 1.
    pub share: f64,
    /// What lies there; `None` when the ledger says nothing.
    pub stock: Option<Stock>,
    /// How it is bought.
    pub supply: Supply,
}

fn horizon_days(params: &AnalysisParams, lead_time_days: u32) -> u32 {
    lead_time_days + params.review_days
}

/// Computes the figures of one item.
#[must_use]
pub fn analyse_item(terms: &Terms<'_>, facts: &VariantFacts, place: &Place) -> Figures {
    let mut figures = Figures {
        share: rounding::rate(place.share),
        lead_time_days: place.supply.lead_time_days,
        minimum_quantity: place.supply.minimum_quantity.normalize(),
        pack_size: place.supply.pack_size.normalize(),
        unit_price: facts.unit_price,
        unit_cost: facts
            .valuation
            .unit_cost
            .map(|cost| round_fine(cost, terms.currency)),
        units_sold: facts.sold.normalize(),
        gross: facts.gross,
        sell_through: facts.sell_through,
        last_sold_on: facts.last_sold_on,
        abc: facts.abc.map(|class| class.name().to_owned()),
        xyz: facts.variation.map(|(_, class)| class.name().to_owned()),
        variation: facts
            .variation
            .map(|(variation, _)| rounding::rate(variation)),
        forecast: facts.forecast.map(|told| shown(told, place.share)),
        ..Figures::default()
    };
    let demand = facts.demand.map(|demand| demand.share(place.share));
    if let (Some(demand), Some(whole)) = (demand, facts.demand) {
        figures.units_counted = rounding::quantity(whole.per_day * f64::from(whole.days));
        figures.days_counted = demand.days;
        figures.days_out_of_stock = demand.days_left_out;
        figures.demand_per_day = Some(rounding::rate(demand.per_day));
        figures.demand_deviation = Some(rounding::rate(demand.deviation));
    }
    if let Some(stock) = place.stock {
        add_stock(&mut figures, terms, facts, stock);
        if let Some(demand) = demand {
            add_reorder(&mut figures, terms, stock, demand);
        }
        add_overstock(&mut figures, terms, facts, demand);
        add_cost(&mut figures, terms);
    }
    scale_amounts(&mut figures, terms.currency);
    figures
}

/// Amounts are written with at least the currency's decimals.
fn scale_amounts(figures: &mut Figures, currency: Currency) {
    for amount in [
        &mut figures.unit_price,
        &mut figures.unit_cost,
        &mut figures.lost_revenue_per_day,
        &mut figures.value_average,
        &mut figures.value_fifo,
        &mut figures.overstock_value,
    ] {
        *amount = amount.map(|amount| currency.scale(amount));
    }
    figures.gross = currency.scale(figures.gross);
    figures.cost_of_ignoring = currency.scale(figures.cost_of_ignoring);
}

fn shown(told: Forecast, share: f64) -> ForecastFigures {
    ForecastFigures {
        method: told.method,
        per_week: rounding::quantity(told.per_week * share),
        error_per_week: rounding::quantity(told.error_per_week * share),
        error_percent: told
            .error_percent
            .map(|percent| rounding::round(percent, 1)),
        weeks: told.weeks,
        tested_weeks: told.tested_weeks,
    }
}

fn add_stock(figures: &mut Figures, terms: &Terms<'_>, facts: &VariantFacts, stock: Stock) {
    figures.on_hand = Some(stock.on_hand.normalize());
    figures.reserved = Some(stock.reserved.normalize());
    figures.available = Some((stock.on_hand - stock.reserved).normalize());
    figures.incoming = Some(stock.incoming.normalize());
    figures.is_dead = facts.has_slept && stock.on_hand > Decimal::ZERO;
    figures.age_days = facts.valuation.age_days;
    // A piece is worth the same wherever it lies.
    let part = |value: Option<Decimal>| {
        let value = value?;
        let here = if stock.on_hand == facts.on_hand {
            value
        } else if facts.on_hand.is_zero() {
            stock.on_hand.checked_mul(facts.valuation.unit_cost?)?
        } else {
            value
                .checked_mul(stock.on_hand)?
                .checked_div(facts.on_hand)?
        };
        Some(terms.currency.round(here))
    };
    figures.value_average = part(facts.valuation.average);
    figures.value_fifo = part(facts.valuation.fifo);
}

fn add_reorder(figures: &mut Figures, terms: &Terms<'_>, stock: Stock, demand: Demand) {
    let params = terms.params;
    let lead = figures.lead_time_days;
    let safety = safety_stock(terms.z, demand.deviation, lead);
    let point = rounding::quantity(reorder_point(demand.per_day, lead, safety));
    let target = rounding::quantity(order_up_to(
        demand.per_day,
        lead,
        params.review_days,
        safety,
    ));
    let available = stock.on_hand - stock.reserved;
    let position = available + stock.incoming;
    figures.safety_stock = Some(rounding::quantity(safety));
    figures.reorder_point = Some(point);
    figures.order_up_to = Some(target);
    figures.suggested_quantity = Some(round_up_to_lot(
        target - position,
        figures.minimum_quantity,
        figures.pack_size,
    ));
    figures.is_due = demand.per_day > 0.0 && position <= point;
    if let Some(cover) = days_of_cover(rounding::float(available), demand.per_day) {
        figures.days_of_cover = Some(rounding::days(cover));
        figures.sell_out_on = sell_out_day(params.as_of, cover);
    }
    if let Some(cover) = days_of_cover(rounding::float(position), demand.per_day) {
        let horizon = f64::from(horizon_days(params, lead));
        figures.last_order_on = last_order_day(params.as_of, cover, lead);
        figures.days_uncovered = Some(rounding::round((horizon - cover).max(0.0), 1));
    }
}

fn add_overstock(
    figures: &mut Figures,
    terms: &Terms<'_>,
    facts: &VariantFacts,
    demand: Option<Demand>,
) {
    let on_hand = figures.on_hand.unwrap_or_default();
    let wanted = match demand {
        Some(demand) if demand.per_day > 0.0 => {
            let days = f64::from(terms.params.overstock_days);
            let safety = rounding::float(figures.safety_stock.unwrap_or_default());
            rounding::quantity(demand.per_day.mul_add(days, safety))
        }
        _ if figures.is_dead => Decimal::ZERO,
        // Nothing was sold, but it has not been there for long.
        _ => on_hand,
    };
    let surplus = (on_hand - wanted).max(Decimal::ZERO).normalize();
    figures.overstock_quantity = Some(surplus);
    figures.overstock_value = facts
        .valuation
        .unit_cost
        .and_then(|cost| cost.checked_mul(surplus))
        .map(|value| terms.currency.round(value));
}

/// Lost revenue of the days that will be without stock, and what keeping the surplus costs for the same time.
fn add_cost(figures: &mut Figures, terms: &Terms<'_>) {
    let days = f64::from(horizon_days(terms.params, figures.lead_time_days));
    if let (Some(per_day), Some(price)) = (figures.demand_per_day, figures.unit_price) {
        let lost = per_day.checked_mul(price).unwrap_or(Decimal::MAX);
        figures.lost_revenue_per_day = Some(terms.currency.round(lost));
    }
    let lost = figures
        .lost_revenue_per_day
        .zip(figures.days_uncovered)
        .and_then(|(lost, days)| lost.checked_mul(days))
        .unwrap_or_default();
    let yearly = rounding::float(terms.params.holding_rate) / 100.0;
    let part_of_year = rounding::round(yearly * days / YEAR_DAYS, 6);
    let kept = figures.overstock_value.unwrap_or_default();
    let kept = kept.checked_mul(part_of_year).unwrap_or_default();
    figures.cost_of_ignoring = terms
        .currency
        .round(lost.checked_add(kept).unwrap_or(Decimal::MAX));
}

#[cfg(test)]
mod tests;

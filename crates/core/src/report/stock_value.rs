use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Cell, Column,
    ColumnKind::{Count, Money, Quantity, Text},
    ReportFigures,
};
use crate::{inventory::Valuation, money::Currency};

/// What stock is worth at the end of a day: all of it, that of a variant, or that from a vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockValueFigures {
    /// From whom the product comes, as the catalogue names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Variants with stock; absent where this is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variants: Option<i64>,
    /// Pieces on all shelves; below zero more has gone than came.
    pub on_hand: Decimal,
    /// The average cost of a piece: each arrival moves it, weighted with the pieces that are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Decimal>,
    /// The stock at average cost, rounded to the currency; absent when no cost is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_average: Option<Decimal>,
    /// The stock at the cost of the very pieces that are left when what came first goes first, rounded to the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_fifo: Option<Decimal>,
    /// Their mean age in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<Decimal>,
    /// The price in the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// The stock at that price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retail_value: Option<Decimal>,
    /// Variants with stock of which no cost is known: they are missing in the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unvalued: Option<i64>,
}

impl ReportFigures for StockValueFigures {
    fn columns(_: &Self) -> Vec<Column> {
        vec![
            Column::new("vendor", "Vendor", Text),
            Column::new("variants", "Variants", Count),
            Column::new("on_hand", "On hand", Quantity),
            Column::new("unit_cost", "Unit cost", Money),
            Column::new("value_average", "Value, average cost", Money),
            Column::new("value_fifo", "Value, FIFO", Money),
            Column::new("age_days", "Age, days", Quantity),
            Column::new("unit_price", "Price", Money),
            Column::new("retail_value", "Value at price", Money),
            Column::new("unvalued", "Without cost", Count),
        ]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::text(self.vendor.as_deref()),
            Cell::count(self.variants),
            Cell::Quantity(self.on_hand),
            Cell::money(self.unit_cost),
            Cell::money(self.value_average),
            Cell::money(self.value_fifo),
            Cell::quantity(self.age_days),
            Cell::money(self.unit_price),
            Cell::money(self.retail_value),
            Cell::count(self.unvalued),
        ]
    }

    fn main_column() -> &'static str {
        "value_average"
    }
}

impl StockValueFigures {
    /// Writes out what a variant's stock is worth.
    #[must_use]
    pub fn of_variant(
        on_hand: Decimal,
        worth: &Valuation,
        price: Option<Decimal>,
        currency: Currency,
    ) -> Self {
        let money = |amount: Decimal| currency.scale(currency.round(amount));
        Self {
            on_hand: on_hand.normalize(),
            // A price may have two decimals more than the currency.
            unit_cost: worth
                .unit_cost
                .map(|cost| currency.scale(cost.round_dp(currency.minor_digits() + 2))),
            value_average: worth.average.map(money),
            value_fifo: worth.fifo.map(money),
            age_days: worth.age_days.map(|age| age.normalize()),
            unit_price: price.map(|price| currency.scale(price)),
            retail_value: price
                .and_then(|price| on_hand.checked_mul(price))
                .map(money),
            ..Self::default()
        }
    }

    /// Adds a variant to the sums of many.
    pub fn add(&mut self, variant: &Self) {
        let add = |sum: &mut Option<Decimal>, more: Option<Decimal>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or_default() + more);
            }
        };
        *self.variants.get_or_insert(0) += 1;
        *self.unvalued.get_or_insert(0) += i64::from(variant.value_average.is_none());
        self.on_hand += variant.on_hand;
        add(&mut self.value_average, variant.value_average);
        add(&mut self.value_fifo, variant.value_fifo);
        add(&mut self.retail_value, variant.retail_value);
    }
}

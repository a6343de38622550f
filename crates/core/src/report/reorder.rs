use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Cell, Column,
    ColumnKind::{Count, Date, Money, Quantity, Text},
    ReportFigures,
};
use crate::{inventory::Figures, money::Currency};

/// What to order: in all, of a variant for a location, or from a vendor. The terms are the usual ones of an analysis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReorderFigures {
    /// From whom the variant is bought; absent when no vendor sells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// For which location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Variants at locations that are due; absent where this is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<i64>,
    /// On hand less reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<Decimal>,
    /// Ordered and not there yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incoming: Option<Decimal>,
    /// Pieces a day, over the days with stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand_per_day: Option<Decimal>,
    /// `available ÷ demand_per_day`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_of_cover: Option<Decimal>,
    /// The day on which it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sell_out_on: Option<NaiveDate>,
    /// The last day on which an order arrives in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_order_on: Option<NaiveDate>,
    /// `d·L + z·σ·√L`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reorder_point: Option<Decimal>,
    /// What covers lead time and review period, less available and incoming, in whole packs and at least the minimum.
    pub suggested_quantity: Decimal,
    /// The average cost of a piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Decimal>,
    /// `suggested_quantity × unit_cost`, rounded to the currency; of several items: of those with a cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Decimal>,
    /// What a day without stock costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_revenue_per_day: Option<Decimal>,
    /// What it costs to order nothing now.
    pub cost_of_ignoring: Decimal,
}

impl ReportFigures for ReorderFigures {
    fn columns(_: &Self) -> Vec<Column> {
        vec![
            Column::new("vendor", "Vendor", Text),
            Column::new("location", "Location", Text),
            Column::new("items", "Items", Count),
            Column::new("suggested_quantity", "Order", Quantity),
            Column::new("available", "Available", Quantity),
            Column::new("incoming", "Incoming", Quantity),
            Column::new("demand_per_day", "Demand a day", Quantity),
            Column::new("days_of_cover", "Days of cover", Quantity),
            Column::new("sell_out_on", "Sold out on", Date),
            Column::new("last_order_on", "Order until", Date),
            Column::new("reorder_point", "Reorder point", Quantity),
            Column::new("unit_cost", "Unit cost", Money),
            Column::new("cost", "Cost", Money),
            Column::new("lost_revenue_per_day", "Lost a day", Money),
            Column::new("cost_of_ignoring", "Cost of ignoring", Money),
        ]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::text(self.vendor.as_deref()),
            Cell::text(self.location.as_deref()),
            Cell::count(self.items),
            Cell::Quantity(self.suggested_quantity),
            Cell::quantity(self.available),
            Cell::quantity(self.incoming),
            Cell::quantity(self.demand_per_day),
            Cell::quantity(self.days_of_cover),
            Cell::date(self.sell_out_on),
            Cell::date(self.last_order_on),
            Cell::quantity(self.reorder_point),
            Cell::money(self.unit_cost),
            Cell::money(self.cost),
            Cell::money(self.lost_revenue_per_day),
            Cell::Money(self.cost_of_ignoring),
        ]
    }

    fn main_column() -> &'static str {
        "cost_of_ignoring"
    }
}

impl ReorderFigures {
    /// Takes what an analysis says of an item; `None` when there is nothing to order.
    #[must_use]
    pub fn of_item(
        figures: &Figures,
        vendor: Option<String>,
        location: String,
        currency: Currency,
    ) -> Option<Self> {
        let suggested_quantity = figures
            .suggested_quantity
            .filter(|quantity| *quantity > Decimal::ZERO && figures.is_due)?;
        let cost = figures
            .unit_cost
            .and_then(|cost| cost.checked_mul(suggested_quantity));
        Some(Self {
            vendor,
            location: Some(location),
            items: None,
            available: figures.available,
            incoming: figures.incoming,
            demand_per_day: figures.demand_per_day,
            days_of_cover: figures.days_of_cover,
            sell_out_on: figures.sell_out_on,
            last_order_on: figures.last_order_on,
            reorder_point: figures.reorder_point,
            suggested_quantity: suggested_quantity.normalize(),
            unit_cost: figures.unit_cost,
            cost: cost.map(|cost| currency.scale(currency.round(cost))),
            lost_revenue_per_day: figures.lost_revenue_per_day,
            cost_of_ignoring: currency.scale(figures.cost_of_ignoring),
        })
    }
}

/// Adds items up.
#[must_use]
pub fn sum_reorder<'a>(
    items: impl Iterator<Item = &'a ReorderFigures>,
    currency: Currency,
) -> ReorderFigures {
    let add = |sum: &mut Option<Decimal>, more: Option<Decimal>| {
        if let Some(more) = more {
            *sum = Some(sum.unwrap_or_default() + more);
        }
    };
    let mut sums = ReorderFigures {
        items: Some(0),
        cost_of_ignoring: currency.scale(Decimal::ZERO),
        ..ReorderFigures::default()
    };
    for item in items {
        *sums.items.get_or_insert(0) += 1;
        sums.suggested_quantity += item.suggested_quantity;
        sums.cost_of_ignoring += item.cost_of_ignoring;
        add(&mut sums.cost, item.cost);
        add(&mut sums.lost_revenue_per_day, item.lost_revenue_per_day);
    }
    sums
}

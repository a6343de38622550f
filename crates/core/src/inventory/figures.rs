use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Method;

/// What is known of one variant at one location; what cannot be told is left out, never guessed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// On the shelf; this and what follows from it is left out when the ledger has no entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_hand: Option<Decimal>,
    /// On the shelf and promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Decimal>,
    /// On hand less reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<Decimal>,
    /// Ordered and not there yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incoming: Option<Decimal>,

    /// The location's part of the variant's demand, 0 to 1.
    pub share: Decimal,
    /// Pieces of the variant sold on the days counted.
    pub units_counted: Decimal,
    /// Days of the look-back on which there was stock.
    pub days_counted: u32,
    /// Days of the look-back left out for want of stock.
    pub days_out_of_stock: u32,
    /// d: pieces a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand_per_day: Option<Decimal>,
    /// σ: the deviation of a day's pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand_deviation: Option<Decimal>,

    /// For how many days `available` lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_of_cover: Option<Decimal>,
    /// The day on which it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sell_out_on: Option<NaiveDate>,
    /// The last day on which an order arrives before available and incoming are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_order_on: Option<NaiveDate>,

    /// L: days from order to shelf.
    pub lead_time_days: u32,
    /// The least that the vendor sells.
    pub minimum_quantity: Decimal,
    /// It sells whole packs of so many.
    pub pack_size: Decimal,
    /// z·σ·√L.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safety_stock: Option<Decimal>,
    /// d·L + safety stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder_point: Option<Decimal>,
    /// d·(L + R) + safety stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_up_to: Option<Decimal>,
    /// What to order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_quantity: Option<Decimal>,
    /// Whether available and incoming are down to the reorder point.
    pub is_due: bool,

    /// What a piece sells for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// What a day without stock costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_revenue_per_day: Option<Decimal>,
    /// Days of the coming lead time and review period without stock if nothing is ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_uncovered: Option<Decimal>,
    /// What it costs to leave the item alone for that time.
    pub cost_of_ignoring: Decimal,

    /// What a piece costs, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Decimal>,
    /// The stock at that cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_average: Option<Decimal>,
    /// The stock at the cost of its own pieces, first in, first out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_fifo: Option<Decimal>,
    /// The mean age of the pieces on the shelf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_days: Option<Decimal>,
    /// Pieces beyond what is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overstock_quantity: Option<Decimal>,
    /// Those at average cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overstock_value: Option<Decimal>,
    /// Whether there is stock and has been no sale for long.
    pub is_dead: bool,

    /// Pieces of the variant sold in the look-back, at all locations.
    pub units_sold: Decimal,
    /// Gross of the variant in the look-back, at all locations.
    pub gross: Decimal,
    /// Sold ÷ (sold + on hand), of the variant at all locations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sell_through: Option<Decimal>,
    /// The last day with a sale within two years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sold_on: Option<NaiveDate>,
    /// A, B or C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abc: Option<String>,
    /// X, Y or Z.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xyz: Option<String>,
    /// Deviation ÷ mean of a week's pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variation: Option<Decimal>,
    /// What will be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<ForecastFigures>,
}

/// A forecast as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastFigures {
    /// How it was made.
    pub method: Method,
    /// Pieces a week over the coming lead time and review period.
    pub per_week: Decimal,
    /// By how many pieces a week it was wrong in the test: the root of the mean square.
    pub error_per_week: Decimal,
    /// The same in percent of a week's sales then.
    pub error_percent: Option<Decimal>,
    /// Whole weeks of history.
    pub weeks: u32,
    /// Those of them on which it was tested.
    pub tested_weeks: u32,
}

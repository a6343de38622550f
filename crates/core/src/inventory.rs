//! What stock tells a merchant: what runs out, what to order, when and how much, and what it is worth.
//!
//! An *item* is one variant at one location. The *look-back* is the number of days up to `as_of` from which demand is taken; the
//! *history* is longer and serves forecasts only. A level is *tracked* once the ledger has an entry for it: what was never
//! counted is not claimed to be empty.
//!
//! Quantities and money are exact decimals. Statistics (deviation, z, forecasts) are floats inside and rounded at the edge by
//! [`rounding`]: rates to 4 decimals, days to 1, derived quantities to 2, money to the currency's decimals.

mod classes;
mod cover;
mod demand;
mod explain;
mod figures;
mod forecast;
mod item;
mod normal;
mod params;
mod purchase;
mod purchase_csv;
mod reorder;
pub mod rounding;
mod stock_days;
mod stock_level;
mod summary;
mod valuation;
mod week_sums;

pub use classes::{Abc, Xyz, abc_classes, xyz_class};
pub use cover::{days_of_cover, sell_out_day};
pub use demand::{Demand, demand};
pub use explain::{Explanation, explain};
pub use figures::{Figures, ForecastFigures};
pub use forecast::{Forecast, Method, forecast};
pub use item::{Place, Stock, Supply, Terms, VariantFacts, VariantHistory, analyse_item};
pub use normal::inverse_normal;
pub use params::{AnalysisParams, AnalysisWishes, HISTORY_DAYS};
pub use purchase::{PurchaseState, UnknownPurchaseState};
pub use purchase_csv::{PurchaseCsvLine, write_purchase_csv};
pub use reorder::{order_up_to, reorder_point, round_up_to_lot, safety_stock};
pub use stock_days::{StockChange, days_without_stock};
pub use stock_level::{StockLevel, UnknownStockLevel};
pub use summary::Summary;
pub use valuation::{Flow, Valuation, value_stock};
pub use week_sums::week_sums;

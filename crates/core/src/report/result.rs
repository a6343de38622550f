use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Cell, Column,
    ColumnKind::{Count, Money, Quantity},
    Line, ReportFigures, ReportOutcome,
};
use crate::{
    money::{Currency, format_quantity},
    sales::Measures,
};

/// A revenue report as it is stored and answered.
pub type RevenueResult = ReportOutcome<Figures>;

/// One row of a series of a revenue report.
pub type SeriesRow = Line<Figures>;

/// The figures of a set of sales, written exactly: amounts and quantities as decimal strings, counts as integers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Sales before discounts.
    pub gross: String,
    /// Taken off sales.
    pub discounts: String,
    /// Given back.
    pub returns: String,
    /// Other amounts, signed.
    pub adjustments: String,
    /// `gross − discounts − returns + adjustments`.
    pub net: String,
    /// Tax on sales less tax given back.
    pub tax: String,
    /// Charged for shipping.
    pub shipping: String,
    /// `net + tax + shipping`.
    pub total: String,
    /// Orders with at least one sale.
    pub orders: i64,
    /// Pieces sold.
    pub units: String,
    /// Known buyers with at least one sale; absent where the rows are products or customers themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<i64>,
    /// `gross / orders`, rounded to the currency; zero when there are no orders.
    pub aov: String,
}

impl Figures {
    /// Writes `measures` out in `currency`.
    #[must_use]
    pub fn new(measures: &Measures, customers: Option<i64>, currency: Currency) -> Self {
        Self {
            gross: currency.format(measures.gross),
            discounts: currency.format(measures.discounts),
            returns: currency.format(measures.returns),
            adjustments: currency.format(measures.adjustments),
            net: currency.format(measures.net()),
            tax: currency.format(measures.tax),
            shipping: currency.format(measures.shipping),
            total: currency.format(measures.total()),
            orders: measures.orders,
            units: format_quantity(measures.units),
            customers,
            aov: currency.format(measures.average_order_value(currency)),
        }
    }
}

impl ReportFigures for Figures {
    fn columns(_: &Self) -> Vec<Column> {
        vec![
            Column::new("gross", "Gross", Money),
            Column::new("discounts", "Discounts", Money),
            Column::new("returns", "Returns", Money),
            Column::new("adjustments", "Adjustments", Money),
            Column::new("net", "Net", Money),
            Column::new("tax", "Tax", Money),
            Column::new("shipping", "Shipping", Money),
            Column::new("total", "Total", Money),
            Column::new("orders", "Orders", Count),
            Column::new("units", "Units", Quantity),
            Column::new("customers", "Customers", Count),
            Column::new("aov", "Average order", Money),
        ]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let amount = |text: &str| Cell::money(Decimal::from_str(text).ok());
        vec![
            amount(&self.gross),
            amount(&self.discounts),
            amount(&self.returns),
            amount(&self.adjustments),
            amount(&self.net),
            amount(&self.tax),
            amount(&self.shipping),
            amount(&self.total),
            Cell::Count(self.orders),
            Cell::quantity(Decimal::from_str(&self.units).ok()),
            Cell::count(self.customers),
            amount(&self.aov),
        ]
    }

    fn main_column() -> &'static str {
        "gross"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rust_decimal::dec;
    use serde_json::json;

    use super::*;
    use crate::report::Grouping;

    fn first_week() -> Measures {
        Measures {
            gross: dec!(339876.4900),
            returns: dec!(59110.01),
            units: dec!(137912),
            orders: 611,
            ..Measures::default()
        }
    }

    #[test]
    fn a_result_is_written_with_the_names_that_clients_rely_on() {
        let currency: Currency = "GBP".parse().unwrap();
        let result = RevenueResult {
            currency,
            timezone: chrono_tz::Europe::London,
            from: "2010-12-01".parse().unwrap(),
            to: "2010-12-07".parse().unwrap(),
            totals: Figures::new(&first_week(), Some(423), currency),
            comparison: None,
            row_counts: BTreeMap::new(),
            series: BTreeMap::from([(
                Grouping::Product,
                vec![SeriesRow {
                    key: "85123A".to_owned(),
                    label: "WHITE HANGING HEART T-LIGHT HOLDER".to_owned(),
                    figures: Figures::new(&Measures::default(), None, currency),
                }],
            )]),
        };
        let written = serde_json::to_value(&result).unwrap();
        let zero = "0.00";
        assert_eq!(
            written,
            json!({
                "currency": "GBP", "timezone": "Europe/London", "from": "2010-12-01", "to": "2010-12-07",
                "totals": {
                    "gross": "339876.49", "discounts": zero, "returns": "59110.01", "adjustments": zero,
                    "net": "280766.48", "tax": zero, "shipping": zero, "total": "280766.48",
                    "orders": 611, "units": "137912", "customers": 423, "aov": "556.26"
                },
                "series": {"product": [{
                    "key": "85123A", "label": "WHITE HANGING HEART T-LIGHT HOLDER",
                    "gross": zero, "discounts": zero, "returns": zero, "adjustments": zero, "net": zero,
                    "tax": zero, "shipping": zero, "total": zero, "orders": 0, "units": "0", "aov": zero
                }]}
            })
        );
        assert_eq!(
            serde_json::from_value::<RevenueResult>(written).unwrap(),
            result
        );
    }
}

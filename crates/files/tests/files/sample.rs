//! A small report with everything that files must get right.

use rust_decimal::{Decimal, dec};
use suite_core::{
    report::{Figures, Grouping, RevenueResult, SeriesRow},
    sales::Measures,
};

pub(crate) const PRODUCT: Grouping = Grouping::Product;

fn figures(gross: Decimal, returns: Decimal) -> Figures {
    let measures = Measures {
        gross,
        returns,
        units: dec!(3),
        orders: 2,
        ..Measures::default()
    };
    Figures::new(&measures, None, "GBP".parse().unwrap())
}

fn row(key: &str, label: &str, gross: Decimal) -> SeriesRow {
    SeriesRow {
        key: key.to_owned(),
        label: label.to_owned(),
        figures: figures(gross, dec!(0)),
    }
}

/// Two months and two products; the returns are negative, a text looks like a formula with markup.
pub(crate) fn revenue() -> RevenueResult {
    let products = vec![
        row("A1", "=1+1 <b>", dec!(1234.567)),
        row("-B", "Bowl", dec!(10)),
    ];
    let months = vec![
        row("2011-01", "2011-01", dec!(10)),
        row("2011-02", "2011-02", dec!(1234.567)),
    ];
    RevenueResult {
        currency: "GBP".parse().unwrap(),
        timezone: chrono_tz::Europe::London,
        from: "2011-01-01".parse().unwrap(),
        to: "2011-02-28".parse().unwrap(),
        totals: figures(dec!(1244.567), dec!(-21.50)),
        comparison: None,
        series: [(Grouping::Month, months), (PRODUCT, products)].into(),
        row_counts: [].into(),
    }
}

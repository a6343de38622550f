use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Cell, Column,
    ColumnKind::{Count, Money, Percent, Quantity, Text},
    Grouping, Line, ReportFigures, percent_of,
};
use crate::{inventory::abc_classes, money::Currency, sales::Measures};

/// The figures of a products report: of all merchandise, of a product or of a vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFigures {
    /// From whom the product comes, as the catalogue names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Sales before discounts.
    pub gross: Decimal,
    /// Taken off sales.
    pub discounts: Decimal,
    /// Given back.
    pub returns: Decimal,
    /// `gross − discounts − returns + adjustments`.
    pub net: Decimal,
    /// Pieces sold.
    pub units: Decimal,
    /// Orders in which the product was sold; absent elsewhere, as an order of two products is one order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<i64>,
    /// `gross ÷ units`, rounded to the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_price: Option<Decimal>,
    /// `returns ÷ gross`, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_percent: Option<Decimal>,
    /// Its part of the gross of all merchandise, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_percent: Option<Decimal>,
    /// Its part together with all that rank before it, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cumulative_percent: Option<Decimal>,
    /// A: among those that bring the first 80 % of the gross; B: up to 95 %; C: the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abc: Option<String>,
    /// Its gross in the range that the report is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_gross: Option<Decimal>,
    /// By how much the gross differs from that, in percent; absent when that was zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_percent: Option<Decimal>,
}

impl ReportFigures for ProductFigures {
    fn columns(_: &Self) -> Vec<Column> {
        vec![
            Column::new("vendor", "Vendor", Text),
            Column::new("gross", "Gross", Money),
            Column::new("discounts", "Discounts", Money),
            Column::new("returns", "Returns", Money),
            Column::new("net", "Net", Money),
            Column::new("units", "Units", Quantity),
            Column::new("orders", "Orders", Count),
            Column::new("average_price", "Average price", Money),
            Column::new("return_percent", "Returned, %", Percent),
            Column::new("share_percent", "Share, %", Percent),
            Column::new("cumulative_percent", "Cumulative, %", Percent),
            Column::new("abc", "ABC", Text),
            Column::new("previous_gross", "Gross before", Money),
            Column::new("change_percent", "Change, %", Percent),
        ]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::text(self.vendor.as_deref()),
            Cell::Money(self.gross),
            Cell::Money(self.discounts),
            Cell::Money(self.returns),
            Cell::Money(self.net),
            Cell::Quantity(self.units),
            Cell::count(self.orders),
            Cell::money(self.average_price),
            Cell::percent(self.return_percent),
            Cell::percent(self.share_percent),
            Cell::percent(self.cumulative_percent),
            Cell::text(self.abc.as_deref()),
            Cell::money(self.previous_gross),
            Cell::percent(self.change_percent),
        ]
    }

    fn main_column() -> &'static str {
        "gross"
    }
}

impl ProductFigures {
    fn new(measures: &Measures, currency: Currency) -> Self {
        let scale = |amount| currency.scale(amount);
        let price = measures.gross.checked_div(measures.units);
        Self {
            gross: scale(measures.gross),
            discounts: scale(measures.discounts),
            returns: scale(measures.returns),
            net: scale(measures.net()),
            units: measures.units.normalize(),
            average_price: price.map(|price| scale(currency.round(price))),
            return_percent: percent_of(measures.returns, measures.gross),
            ..Self::default()
        }
    }

    fn compared(mut self, previous: Option<Decimal>, currency: Currency) -> Self {
        self.previous_gross = previous.map(|gross| currency.scale(gross));
        self.change_percent =
            previous.and_then(|gross| percent_of(self.gross - gross, gross.abs()));
        self
    }
}

/// What was sold of a product, or of all products of a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductSales {
    /// The SKU, or the vendor's name.
    pub key: String,
    /// What people read.
    pub label: String,
    /// The vendor of a product; `None` where this is a vendor.
    pub vendor: Option<String>,
    /// The figures.
    pub measures: Measures,
    /// Gross in the range compared with, where there is one.
    pub previous: Option<Decimal>,
}

impl ProductSales {
    /// Puts the gross of another range beside each product; those that were sold only then are added with zeros.
    #[must_use]
    pub fn compared(now: Vec<Self>, then: Vec<Self>) -> Vec<Self> {
        let mut before: HashMap<(String, String), Self> = then
            .into_iter()
            .map(|row| ((row.key.clone(), row.label.clone()), row))
            .collect();
        let mut rows = now;
        for row in &mut rows {
            let then = before.remove(&(row.key.clone(), row.label.clone()));
            row.previous = Some(then.map_or(Decimal::ZERO, |row| row.measures.gross));
        }
        rows.extend(before.into_values().map(|row| Self {
            previous: Some(row.measures.gross),
            measures: Measures::default(),
            ..row
        }));
        rows
    }

    /// Adds products up by vendor.
    #[must_use]
    pub fn by_vendor(products: &[Self]) -> Vec<Self> {
        let mut vendors: BTreeMap<&str, Self> = BTreeMap::new();
        for product in products {
            let name = product.vendor.as_deref().unwrap_or_default();
            let sums = vendors.entry(name).or_insert_with(|| Self {
                key: name.to_owned(),
                label: if name.is_empty() {
                    Grouping::Vendor.label_of_none().to_owned()
                } else {
                    name.to_owned()
                },
                vendor: None,
                measures: Measures::default(),
                previous: product.previous.map(|_| Decimal::ZERO),
            });
            sums.measures += product.measures;
            sums.previous = sums
                .previous
                .zip(product.previous)
                .map(|(one, other)| one + other);
        }
        vendors.into_values().collect()
    }
}

/// Ranks products or vendors: the largest gross first, then by key; none whose figures all are zero, now and then.
#[must_use]
pub fn product_rows(mut sales: Vec<ProductSales>, currency: Currency) -> Vec<Line<ProductFigures>> {
    sales.retain(|row| {
        !row.measures.is_zero() || row.previous.is_some_and(|gross| !gross.is_zero())
    });
    sales.sort_by(|one, other| {
        let rank = |row: &ProductSales| Reverse(row.measures.gross);
        (rank(one), &one.key, &one.label).cmp(&(rank(other), &other.key, &other.label))
    });
    let gross: Vec<Decimal> = sales.iter().map(|row| row.measures.gross).collect();
    let total: Decimal = gross.iter().sum();
    let mut so_far = Decimal::ZERO;
    sales
        .into_iter()
        .zip(abc_classes(&gross))
        .map(|(row, class)| {
            so_far += row.measures.gross;
            let figures = ProductFigures {
                orders: row.vendor.is_some().then_some(row.measures.orders),
                share_percent: percent_of(row.measures.gross, total),
                cumulative_percent: percent_of(so_far, total),
                abc: class.map(|class| class.name().to_owned()),
                vendor: row.vendor,
                ..ProductFigures::new(&row.measures, currency).compared(row.previous, currency)
            };
            Line {
                key: row.key,
                label: row.label,
                figures,
            }
        })
        .collect()
}

/// Adds products up.
#[must_use]
pub fn product_totals(sales: &[ProductSales], currency: Currency) -> ProductFigures {
    let mut measures = Measures::default();
    for row in sales {
        measures += row.measures;
    }
    let previous = sales.iter().map(|row| row.previous).sum();
    let has_previous = sales.iter().any(|row| row.previous.is_some());
    ProductFigures::new(&measures, currency)
        .compared(previous_or_none(previous, has_previous), currency)
}

fn previous_or_none(sum: Option<Decimal>, is_compared: bool) -> Option<Decimal> {
    sum.filter(|_| is_compared)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    fn pound() -> Currency {
        "GBP".parse().unwrap()
    }

    fn sold(key: &str, vendor: &str, gross: Decimal, units: Decimal) -> ProductSales {
        ProductSales {
            key: key.to_owned(),
            label: key.to_lowercase(),
            vendor: Some(vendor.to_owned()),
            measures: Measures {
                gross,
                units,
                orders: 1,
                ..Measures::default()
            },
            previous: None,
        }
    }

    #[test]
    fn products_are_ranked_with_their_shares_and_classes() {
        let sales = vec![
            sold("C", "Mill", dec!(5), dec!(1)),
            sold("A", "Mill", dec!(80), dec!(3)),
            sold("B", "", dec!(15), dec!(2)),
        ];
        let rows = product_rows(sales.clone(), pound());
        let seen: Vec<_> = rows
            .iter()
            .map(|row| {
                let figures = &row.figures;
                (
                    row.key.as_str(),
                    figures.share_percent.unwrap(),
                    figures.cumulative_percent.unwrap(),
                    figures.abc.as_deref().unwrap(),
                    figures.average_price.unwrap().to_string(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("A", dec!(80), dec!(80), "A", "26.67".to_owned()),
                ("B", dec!(15), dec!(95), "B", "7.50".to_owned()),
                ("C", dec!(5), dec!(100), "C", "5.00".to_owned()),
            ]
        );
        let vendors = product_rows(ProductSales::by_vendor(&sales), pound());
        assert_eq!(
            (
                vendors[0].key.as_str(),
                vendors[0].figures.gross,
                vendors[0].figures.orders
            ),
            ("Mill", dec!(85), None)
        );
        assert_eq!(vendors[1].label, "(no vendor)");
    }

    #[test]
    fn what_was_sold_only_then_is_shown_with_zeros() {
        let now = vec![sold("A", "", dec!(30), dec!(1))];
        let then = vec![
            sold("A", "", dec!(40), dec!(1)),
            sold("B", "", dec!(2), dec!(1)),
        ];
        let both = ProductSales::compared(now, then);
        let totals = product_totals(&both, pound());
        assert_eq!(
            (totals.previous_gross, totals.change_percent),
            (Some(dec!(42)), Some(dec!(-28.57)))
        );
        let rows = product_rows(both, pound());
        assert_eq!(rows[0].figures.change_percent, Some(dec!(-25)));
        assert_eq!(
            (rows[1].figures.gross, rows[1].figures.previous_gross),
            (dec!(0), Some(dec!(2)))
        );
    }

    proptest! {
        #[test]
        fn shares_never_fall_and_end_at_a_hundred(gross in proptest::collection::vec(1i64..1_000_000, 1..40)) {
            let sales = gross.iter().enumerate().map(|(number, gross)| {
                sold(&number.to_string(), "", Decimal::new(*gross, 2), dec!(1))
            });
            let rows = product_rows(sales.collect(), pound());
            let shares: Vec<Decimal> = rows.iter().filter_map(|row| row.figures.cumulative_percent).collect();
            prop_assert!(shares.is_sorted());
            prop_assert_eq!(shares.last(), Some(&dec!(100)));
        }
    }
}

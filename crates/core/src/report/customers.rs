use std::{cmp::Reverse, collections::BTreeMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Cell, Column,
    ColumnKind::{Count, Date, Money, Percent, Text},
    Grouping, Line, ReportFigures, Scores, Segment, percent_of,
};
use crate::{money::Currency, sales::Measures};

/// Among fewer customers a fifth is nobody: they get no scores.
const FEWEST_CUSTOMERS: usize = 5;

/// The figures of a customers report: of all known customers, of a segment or of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerFigures {
    /// Known customers with a sale; absent where this is one customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<i64>,
    /// The customer's country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The word for the customer's segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Orders with at least one sale: the frequency.
    pub orders: i64,
    /// Sales before discounts.
    pub gross: Decimal,
    /// `gross − discounts − returns + adjustments`: the monetary value.
    pub net: Decimal,
    /// `gross ÷ orders`, rounded to the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aov: Option<Decimal>,
    /// Its part of the net of all known customers, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_percent: Option<Decimal>,
    /// The customer's first day with a sale in the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_order_on: Option<NaiveDate>,
    /// The customer's last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_order_on: Option<NaiveDate>,
    /// Days from the last day with a sale to the end of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recency_days: Option<i64>,
    /// 1 to 5: 1 + ⌊5 × (customers whose last sale is longer ago) ÷ (all customers)⌋.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recency_score: Option<i64>,
    /// 1 to 5: the same by orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_score: Option<i64>,
    /// 1 to 5: the same by net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monetary_score: Option<i64>,
    /// Gross of sales to nobody known, which belong to no customer; in the totals only, and not in their `gross`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_gross: Option<Decimal>,
}

impl ReportFigures for CustomerFigures {
    fn columns(_: &Self) -> Vec<Column> {
        vec![
            Column::new("customers", "Customers", Count),
            Column::new("country", "Country", Text),
            Column::new("segment", "Segment", Text),
            Column::new("orders", "Orders", Count),
            Column::new("gross", "Gross", Money),
            Column::new("net", "Net", Money),
            Column::new("aov", "Average order", Money),
            Column::new("share_percent", "Share, %", Percent),
            Column::new("first_order_on", "First order", Date),
            Column::new("last_order_on", "Last order", Date),
            Column::new("recency_days", "Days since", Count),
            Column::new("recency_score", "Recency", Count),
            Column::new("frequency_score", "Frequency", Count),
            Column::new("monetary_score", "Monetary", Count),
            Column::new("unknown_gross", "Gross of unknown", Money),
        ]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::count(self.customers),
            Cell::text(self.country.as_deref()),
            Cell::text(self.segment.as_deref()),
            Cell::Count(self.orders),
            Cell::Money(self.gross),
            Cell::Money(self.net),
            Cell::money(self.aov),
            Cell::percent(self.share_percent),
            Cell::date(self.first_order_on),
            Cell::date(self.last_order_on),
            Cell::count(self.recency_days),
            Cell::count(self.recency_score),
            Cell::count(self.frequency_score),
            Cell::count(self.monetary_score),
            Cell::money(self.unknown_gross),
        ]
    }

    fn main_column() -> &'static str {
        "net"
    }
}

/// What a known customer bought in a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerSales {
    /// The source's id.
    pub outside_id: String,
    /// The customer's country; empty when the source names none.
    pub country: String,
    /// The first day with a sale.
    pub first_day: NaiveDate,
    /// The last day with a sale.
    pub last_day: NaiveDate,
    /// The figures, at least one order among them.
    pub measures: Measures,
}

/// Scores customers and puts them into segments; returns the totals and the series wanted.
///
/// Segments come from the best to the worst, also empty ones; customers by net, then by id.
#[must_use]
pub fn customer_report(
    mut sales: Vec<CustomerSales>,
    unknown_gross: Decimal,
    to: NaiveDate,
    currency: Currency,
) -> (
    CustomerFigures,
    BTreeMap<Grouping, Vec<Line<CustomerFigures>>>,
) {
    sales.sort_by(|one, other| {
        let rank = |row: &CustomerSales| Reverse(row.measures.net());
        (rank(one), &one.outside_id).cmp(&(rank(other), &other.outside_id))
    });
    let scores = scores_of(&sales);
    let mut all = Sums::default();
    for row in &sales {
        all.add(row);
    }
    let mut segments = vec![Sums::default(); Segment::ALL.len()];
    let mut rows = Vec::with_capacity(sales.len());
    for (number, row) in sales.iter().enumerate() {
        let scores = scores.get(number).copied();
        let segment = scores.map(Segment::of);
        if let Some(segment) = segment {
            segments[segment as usize].add(row);
        }
        rows.push(Line {
            key: row.outside_id.clone(),
            label: row.outside_id.clone(),
            figures: of_customer(row, scores, all.net, to, currency),
        });
    }
    let totals = CustomerFigures {
        unknown_gross: Some(currency.scale(unknown_gross)),
        ..all.figures(all.net, currency)
    };
    let segments = Segment::ALL
        .iter()
        .zip(&segments)
        .map(|(segment, sums)| Line {
            key: segment.name().to_owned(),
            label: segment.title().to_owned(),
            figures: sums.figures(all.net, currency),
        });
    let segments = if scores.is_empty() {
        Vec::new()
    } else {
        segments.collect()
    };
    let series = [(Grouping::Segment, segments), (Grouping::Customer, rows)];
    (totals, series.into())
}

fn of_customer(
    row: &CustomerSales,
    scores: Option<Scores>,
    net_of_all: Decimal,
    to: NaiveDate,
    currency: Currency,
) -> CustomerFigures {
    let measures = &row.measures;
    let country = Some(&row.country).filter(|country| !country.is_empty());
    CustomerFigures {
        customers: None,
        country: country.cloned(),
        segment: scores.map(|scores| Segment::of(scores).name().to_owned()),
        orders: measures.orders,
        gross: currency.scale(measures.gross),
        net: currency.scale(measures.net()),
        aov: Some(currency.scale(measures.average_order_value(currency))),
        share_percent: percent_of(measures.net(), net_of_all),
        first_order_on: Some(row.first_day),
        last_order_on: Some(row.last_day),
        recency_days: Some((to - row.last_day).num_days()),
        recency_score: scores.map(|scores| scores.recency),
        frequency_score: scores.map(|scores| scores.frequency),
        monetary_score: scores.map(|scores| scores.monetary),
        unknown_gross: None,
    }
}

/// Scores each customer in their order; none at all where they are too few.
fn scores_of(sales: &[CustomerSales]) -> Vec<Scores> {
    if sales.len() < FEWEST_CUSTOMERS {
        return Vec::new();
    }
    let recency = fifths(sales, |row| row.last_day);
    let frequency = fifths(sales, |row| row.measures.orders);
    let monetary = fifths(sales, |row| row.measures.net());
    recency
        .into_iter()
        .zip(frequency)
        .zip(monetary)
        .map(|((recency, frequency), monetary)| Scores {
            recency,
            frequency,
            monetary,
        })
        .collect()
}

/// Returns 1 + ⌊5 × (those below) ÷ (all)⌋ for each: equal ones have equal scores.
fn fifths<K: Ord>(sales: &[CustomerSales], figure: impl Fn(&CustomerSales) -> K) -> Vec<i64> {
    let mut sorted: Vec<K> = sales.iter().map(&figure).collect();
    sorted.sort_unstable();
    let all = sorted.len();
    sales
        .iter()
        .map(|row| {
            let own = figure(row);
            let below = sorted.partition_point(|other| *other < own);
            i64::try_from(5 * below / all).unwrap_or(4) + 1
        })
        .collect()
}

#[derive(Clone, Copy, Default)]
struct Sums {
    customers: i64,
    orders: i64,
    gross: Decimal,
    net: Decimal,
}

impl Sums {
    fn add(&mut self, row: &CustomerSales) {
        self.customers += 1;
        self.orders += row.measures.orders;
        self.gross += row.measures.gross;
        self.net += row.measures.net();
    }

    fn figures(&self, net_of_all: Decimal, currency: Currency) -> CustomerFigures {
        let aov = self.gross.checked_div(Decimal::from(self.orders));
        CustomerFigures {
            customers: Some(self.customers),
            orders: self.orders,
            gross: currency.scale(self.gross),
            net: currency.scale(self.net),
            aov: aov.map(|aov| currency.scale(currency.round(aov))),
            share_percent: percent_of(self.net, net_of_all),
            ..CustomerFigures::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    fn customer(id: &str, last: &str, orders: i64, gross: Decimal) -> CustomerSales {
        CustomerSales {
            outside_id: id.to_owned(),
            country: "France".to_owned(),
            first_day: "2011-01-01".parse().unwrap(),
            last_day: last.parse().unwrap(),
            measures: Measures {
                gross,
                orders,
                ..Measures::default()
            },
        }
    }

    fn report(
        sales: Vec<CustomerSales>,
    ) -> (
        CustomerFigures,
        BTreeMap<Grouping, Vec<Line<CustomerFigures>>>,
    ) {
        let to = "2011-12-31".parse().unwrap();
        customer_report(sales, dec!(7), to, "GBP".parse().unwrap())
    }

    fn five() -> Vec<CustomerSales> {
        vec![
            customer("a", "2011-12-30", 9, dec!(900)),
            customer("b", "2011-12-01", 1, dec!(10)),
            customer("c", "2011-10-01", 1, dec!(50)),
            customer("d", "2011-06-01", 4, dec!(400)),
            customer("e", "2011-02-01", 1, dec!(40)),
        ]
    }

    #[test]
    fn customers_are_scored_by_fifths_and_fall_into_segments() {
        let (totals, series) = report(five());
        let seen: Vec<_> = series[&Grouping::Customer]
            .iter()
            .map(|row| {
                let figures = &row.figures;
                (
                    row.key.as_str(),
                    figures.recency_score.unwrap(),
                    figures.frequency_score.unwrap(),
                    figures.monetary_score.unwrap(),
                    figures.segment.as_deref().unwrap(),
                )
            })
            .collect();
        // Three with one order each have nobody below them; (1 + 3 + 1) ÷ 2 is 2.
        assert_eq!(
            seen,
            [
                ("a", 5, 5, 5, "champions"),
                ("d", 2, 4, 4, "at_risk"),
                ("c", 3, 1, 3, "need_attention"),
                ("e", 1, 1, 2, "lost"),
                ("b", 4, 1, 1, "new"),
            ]
        );
        assert_eq!((totals.customers, totals.orders), (Some(5), 16));
        assert_eq!(
            (totals.net, totals.unknown_gross),
            (dec!(1400), Some(dec!(7)))
        );
        let champions = &series[&Grouping::Segment][0];
        assert_eq!(
            (champions.key.as_str(), champions.figures.share_percent),
            ("champions", Some(dec!(64.29)))
        );
        assert_eq!(series[&Grouping::Customer][0].figures.recency_days, Some(1));
    }

    #[test]
    fn too_few_customers_have_no_scores() {
        let (totals, series) = report(five()[..4].to_vec());
        assert_eq!(totals.customers, Some(4));
        assert!(series[&Grouping::Segment].is_empty());
        assert_eq!(series[&Grouping::Customer][0].figures.segment, None);
    }

    proptest! {
        #[test]
        fn segments_add_up_to_the_totals_and_who_buys_more_never_scores_less(
            figures in proptest::collection::vec((1i64..9, 1i64..100_000, 1u32..28), 5..60)
        ) {
            let sales: Vec<CustomerSales> = figures
                .iter()
                .enumerate()
                .map(|(number, (orders, gross, day))| {
                    customer(&number.to_string(), &format!("2011-05-{day:02}"), *orders, Decimal::new(*gross, 2))
                })
                .collect();
            let (totals, series) = report(sales);
            let of_segments = series[&Grouping::Segment].iter().map(|row| &row.figures);
            prop_assert_eq!(of_segments.clone().map(|figures| figures.net).sum::<Decimal>(), totals.net);
            prop_assert_eq!(of_segments.filter_map(|figures| figures.customers).sum::<i64>(), totals.customers.unwrap());
            let scores: Vec<i64> = series[&Grouping::Customer].iter().filter_map(|row| row.figures.monetary_score).collect();
            prop_assert!(scores.is_sorted_by(|one, other| one >= other));
            prop_assert!(scores.iter().all(|score| (1..=5).contains(score)));
        }
    }
}

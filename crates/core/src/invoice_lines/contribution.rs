use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::{
    id::{CustomerId, VariantId},
    sales::{Measures, SalesEvent},
};

/// A stored line as far as sums go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderLine {
    /// What was sold.
    pub variant_id: VariantId,
    /// When.
    pub at: DateTime<Utc>,
    /// The store's day of `at`.
    pub day: NaiveDate,
    /// How many.
    pub quantity: Decimal,
    /// For how much each.
    pub unit_price: Decimal,
    /// Taken off.
    pub discount: Decimal,
    /// Tax on top of the price.
    pub tax: Decimal,
    /// What it comes to.
    pub event: SalesEvent,
}

/// Who bought: the part of a day's sales that an order belongs to. `C` is the country, or what stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Buyer<C> {
    /// The country, which may be empty.
    pub country: C,
    /// The customer, where one is named.
    pub customer_id: Option<CustomerId>,
}

/// One product's part of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariantDay {
    /// The store's day.
    pub day: NaiveDate,
    /// The product's variant.
    pub variant_id: VariantId,
}

/// What an order row says about its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderSums {
    /// The earliest time on the lines.
    pub placed_at: DateTime<Utc>,
    /// How many there are.
    pub line_count: i32,
    /// Their sums.
    pub measures: Measures,
}

impl OrderSums {
    /// Sums up an order; `None` when it has no lines.
    #[must_use]
    pub fn of(lines: &[OrderLine]) -> Option<Self> {
        let placed_at = lines.iter().map(|line| line.at).min()?;
        let mut measures = Measures::default();
        for line in lines {
            measures += measures_of(line);
        }
        measures.orders = i64::from(lines.iter().any(is_sale));
        Some(Self {
            placed_at,
            line_count: i32::try_from(lines.len()).unwrap_or(i32::MAX),
            measures,
        })
    }
}

/// How sums change: per day and buyer, and per day and variant.
#[derive(Debug)]
pub struct Deltas<C> {
    by_buyer: HashMap<(NaiveDate, Buyer<C>), Measures>,
    by_variant: HashMap<VariantDay, Measures>,
    first_sales: HashMap<VariantId, (DateTime<Utc>, NaiveDate)>,
}

impl<C> Default for Deltas<C> {
    fn default() -> Self {
        Self {
            by_buyer: HashMap::new(),
            by_variant: HashMap::new(),
            first_sales: HashMap::new(),
        }
    }
}

/// Whether an order comes in or goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

impl<C: Clone + Eq + std::hash::Hash + Ord> Deltas<C> {
    /// Adds what an order contributes.
    ///
    /// An order counts once, on the day of its earliest sale, and once for each variant that it sells, on the day of that
    /// variant's earliest sale in it.
    pub fn add(&mut self, buyer: &Buyer<C>, lines: &[OrderLine]) {
        self.apply(buyer, lines, Direction::In);
    }

    /// Takes away what an order contributed before it changed.
    pub fn subtract(&mut self, buyer: &Buyer<C>, lines: &[OrderLine]) {
        self.apply(buyer, lines, Direction::Out);
    }

    /// Adds to what was charged for shipping on a day; taken away with a minus.
    pub fn add_shipping(&mut self, buyer: &Buyer<C>, day: NaiveDate, amount: Decimal) {
        let day = self.by_buyer.entry((day, buyer.clone())).or_default();
        day.shipping += amount;
    }

    fn apply(&mut self, buyer: &Buyer<C>, lines: &[OrderLine], direction: Direction) {
        let signed = |measures: Measures| match direction {
            Direction::In => measures,
            Direction::Out => -measures,
        };
        self.first_sales.clear();
        let mut first_sale: Option<(DateTime<Utc>, NaiveDate)> = None;
        for line in lines {
            let measures = signed(measures_of(line));
            *self.by_buyer.entry((line.day, buyer.clone())).or_default() += measures;
            let variant_day = VariantDay {
                day: line.day,
                variant_id: line.variant_id,
            };
            *self.by_variant.entry(variant_day).or_default() += measures;
            if is_sale(line) {
                let moment = (line.at, line.day);
                first_sale = Some(first_sale.map_or(moment, |first| first.min(moment)));
                self.first_sales
                    .entry(line.variant_id)
                    .and_modify(|first| *first = (*first).min(moment))
                    .or_insert(moment);
            }
        }
        let count = match direction {
            Direction::In => 1,
            Direction::Out => -1,
        };
        if let Some((_, day)) = first_sale {
            self.by_buyer
                .entry((day, buyer.clone()))
                .or_default()
                .orders += count;
        }
        for (variant_id, (_, day)) in self.first_sales.drain() {
            let variant_day = VariantDay { day, variant_id };
            self.by_variant.entry(variant_day).or_default().orders += count;
        }
    }

    /// Returns the changes by day and buyer, in the order of their keys, without those that cancel out.
    pub fn by_buyer(&self) -> Vec<((NaiveDate, Buyer<C>), Measures)> {
        sorted(&self.by_buyer)
    }

    /// Returns the changes by day and variant, in the order of their keys, without those that cancel out.
    pub fn by_variant(&self) -> Vec<(VariantDay, Measures)> {
        sorted(&self.by_variant)
    }
}

fn sorted<K: Clone + Ord>(sums: &HashMap<K, Measures>) -> Vec<(K, Measures)> {
    let mut changes: Vec<(K, Measures)> = sums
        .iter()
        .filter(|(_, measures)| !measures.is_zero())
        .map(|(key, measures)| (key.clone(), *measures))
        .collect();
    changes.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    changes
}

fn is_sale(line: &OrderLine) -> bool {
    line.event == SalesEvent::Sale
}

fn measures_of(line: &OrderLine) -> Measures {
    Measures::of_line(
        line.event,
        line.quantity,
        line.unit_price,
        line.discount,
        line.tax,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;
    use uuid::Uuid;

    use super::*;
    use crate::sales::{LineMeaning, classify};

    fn line(variant: u128, minute: i64, quantity: i64, price: Decimal) -> OrderLine {
        // A day of ten minutes, so that orders cross midnight.
        let day =
            NaiveDate::from_ymd_opt(2010, 12, 1).unwrap() + chrono::TimeDelta::days(minute / 10);
        let quantity = Decimal::from(quantity);
        let LineMeaning::Sales(event) = classify(false, quantity, price) else {
            panic!("a line with money");
        };
        OrderLine {
            variant_id: Uuid::from_u128(variant).into(),
            at: DateTime::from_timestamp(minute * 60, 0).unwrap(),
            day,
            quantity,
            unit_price: price,
            discount: Decimal::ZERO,
            tax: Decimal::ZERO,
            event,
        }
    }

    fn buyer(country: u8) -> Buyer<u8> {
        Buyer {
            country,
            customer_id: None,
        }
    }

    #[test]
    fn an_order_over_midnight_counts_once_on_the_day_of_its_first_sale() {
        let lines = [
            line(1, 9, -1, dec!(2)),
            line(1, 11, 2, dec!(3)),
            line(2, 10, 1, dec!(5)),
            line(2, 21, 1, dec!(5)),
        ];
        let mut deltas = Deltas::default();
        deltas.add(&buyer(0), &lines);
        let orders: Vec<i64> = deltas
            .by_buyer()
            .iter()
            .map(|(_, measures)| measures.orders)
            .collect();
        assert_eq!(orders, [0, 1, 0]);
        let by_variant: Vec<(u128, i64, Decimal)> = deltas
            .by_variant()
            .iter()
            .map(|(key, measures)| {
                (
                    key.variant_id.as_uuid().as_u128(),
                    measures.orders,
                    measures.gross,
                )
            })
            .collect();
        assert_eq!(
            by_variant,
            [
                (1, 0, dec!(0)),
                (1, 1, dec!(6)),
                (2, 1, dec!(5)),
                (2, 0, dec!(5))
            ]
        );
        let sums = OrderSums::of(&lines).unwrap();
        assert_eq!(sums.placed_at.timestamp(), 540);
        assert_eq!(
            (
                sums.line_count,
                sums.measures.gross,
                sums.measures.adjustments
            ),
            (4, dec!(16), dec!(-2))
        );
    }

    fn any_lines() -> impl Strategy<Value = Vec<OrderLine>> {
        let one = (
            0u128..3,
            0i64..40,
            prop_oneof![-3i64..=-1, 1i64..=3],
            1i64..500,
        )
            .prop_map(|(variant, minute, quantity, cents)| {
                line(variant, minute, quantity, Decimal::new(cents, 2))
            });
        proptest::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn what_changes_equals_a_new_computation(before in any_lines(), more in any_lines(), old in 0u8..2, new in 0u8..2) {
            let after: Vec<OrderLine> = before.iter().chain(&more).copied().collect();
            let mut stepwise = Deltas::default();
            stepwise.add(&buyer(old), &before);
            stepwise.subtract(&buyer(old), &before);
            stepwise.add(&buyer(new), &after);
            let mut at_once = Deltas::default();
            at_once.add(&buyer(new), &after);
            prop_assert_eq!(stepwise.by_buyer(), at_once.by_buyer());
            prop_assert_eq!(stepwise.by_variant(), at_once.by_variant());
        }

        #[test]
        fn both_ways_to_sum_agree(lines in any_lines()) {
            let mut deltas = Deltas::default();
            deltas.add(&buyer(0), &lines);
            let mut by_buyer = Measures::default();
            deltas.by_buyer().into_iter().for_each(|(_, measures)| by_buyer += measures);
            let mut by_variant = Measures::default();
            deltas.by_variant().into_iter().for_each(|(_, measures)| by_variant += measures);
            by_variant.orders = by_buyer.orders;
            prop_assert_eq!(by_buyer, by_variant);
            let sums = OrderSums::of(&lines).map(|sums| sums.measures).unwrap_or_default();
            prop_assert_eq!(by_buyer, sums);
        }
    }
}

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::rounding;

/// A change of what lies on all shelves of a variant together; what moves between two shelves is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// When it happened, in the store's days.
    pub day: NaiveDate,
    /// Pieces that came, or went with a minus.
    pub quantity: Decimal,
    /// What a piece has cost, where that was said.
    pub unit_cost: Option<Decimal>,
}

/// What a variant's stock is worth, and how old it is. All `None` where no cost, or no arrival, is known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Valuation {
    /// The average cost of a piece.
    pub unit_cost: Option<Decimal>,
    /// The stock at that cost.
    pub average: Option<Decimal>,
    /// The stock at the cost of its own pieces, when what came first goes first.
    pub fifo: Option<Decimal>,
    /// The mean age of the pieces on the shelf, in days, when what came first goes first.
    pub age_days: Option<Decimal>,
}

/// Values `on_hand` pieces from the flows that led to it, in their order up to `as_of`.
///
/// *Average*: each arrival moves the average by its cost, weighted with the pieces that are there; a departure leaves it. An
/// arrival without a cost comes at `catalogue_cost`, or else at the average of the moment. *FIFO*: the pieces on the shelf
/// are the last that came; pieces older than the ledger are worth `catalogue_cost`. Stock below zero is worth its negative
/// quantity at the average cost: it is owed.
#[must_use]
pub fn value_stock(
    on_hand: Decimal,
    flows: &[Flow],
    catalogue_cost: Option<Decimal>,
    as_of: NaiveDate,
) -> Valuation {
    let unit_cost = average_cost(on_hand, flows, catalogue_cost);
    let average = unit_cost.and_then(|cost| on_hand.checked_mul(cost));
    if on_hand <= Decimal::ZERO {
        return Valuation {
            unit_cost,
            average: average.or_else(|| on_hand.is_zero().then_some(Decimal::ZERO)),
            fifo: average.or_else(|| on_hand.is_zero().then_some(Decimal::ZERO)),
            age_days: None,
        };
    }
    let (fifo, age_days) = last_in(on_hand, flows, catalogue_cost, as_of);
    Valuation {
        unit_cost,
        average,
        fifo,
        age_days,
    }
}

fn average_cost(
    on_hand: Decimal,
    flows: &[Flow],
    catalogue_cost: Option<Decimal>,
) -> Option<Decimal> {
    let moved: Decimal = flows.iter().map(|flow| flow.quantity).sum();
    // What was there before the ledger began.
    let mut stock = on_hand - moved;
    let mut average = catalogue_cost;
    for flow in flows {
        if flow.quantity > Decimal::ZERO
            && let Some(cost) = flow.unit_cost.or(catalogue_cost).or(average)
        {
            let there = stock.max(Decimal::ZERO);
            average = match average {
                Some(known) => (known * there)
                    .checked_add(cost.checked_mul(flow.quantity)?)?
                    .checked_div(there + flow.quantity),
                None => Some(cost),
            };
        }
        stock += flow.quantity;
    }
    average
}

/// Goes back over the arrivals until the pieces on the shelf are covered.
fn last_in(
    on_hand: Decimal,
    flows: &[Flow],
    catalogue_cost: Option<Decimal>,
    as_of: NaiveDate,
) -> (Option<Decimal>, Option<Decimal>) {
    let mut uncovered = on_hand;
    let mut value = Some(Decimal::ZERO);
    let mut piece_days = Decimal::ZERO;
    for flow in flows.iter().rev() {
        if uncovered.is_zero() {
            break;
        }
        if flow.quantity <= Decimal::ZERO {
            continue;
        }
        let pieces = flow.quantity.min(uncovered);
        uncovered -= pieces;
        value = add_layer(value, pieces, flow.unit_cost.or(catalogue_cost));
        piece_days += pieces * Decimal::from((as_of - flow.day).num_days().max(0));
    }
    if !uncovered.is_zero() {
        // Older than the ledger: worth something, but of no known age.
        return (add_layer(value, uncovered, catalogue_cost), None);
    }
    let age = piece_days
        .checked_div(on_hand)
        .map(|age| rounding::days(rounding::float(age)));
    (value, age)
}

fn add_layer(value: Option<Decimal>, pieces: Decimal, cost: Option<Decimal>) -> Option<Decimal> {
    value?.checked_add(pieces.checked_mul(cost?)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn flow(date: &str, quantity: Decimal, unit_cost: Option<Decimal>) -> Flow {
        Flow {
            day: day(date),
            quantity,
            unit_cost,
        }
    }

    #[test]
    fn ten_at_two_and_ten_at_four_less_twelve() {
        let flows = [
            flow("2026-01-01", dec!(10), Some(dec!(2))),
            flow("2026-01-11", dec!(10), Some(dec!(4))),
            flow("2026-01-20", dec!(-12), None),
        ];
        let worth = value_stock(dec!(8), &flows, None, day("2026-01-31"));
        // Average (20 + 40) ÷ 20 = 3; the eight left are of the second arrival, twenty days old.
        assert_eq!(worth.unit_cost, Some(dec!(3)));
        assert_eq!(worth.average, Some(dec!(24)));
        assert_eq!(worth.fifo, Some(dec!(32)));
        assert_eq!(worth.age_days, Some(dec!(20)));
    }

    #[test]
    fn layers_and_ages_are_weighted_by_their_pieces() {
        let flows = [
            flow("2026-01-01", dec!(10), Some(dec!(2))),
            flow("2026-01-11", dec!(6), Some(dec!(4))),
        ];
        let worth = value_stock(dec!(8), &flows, None, day("2026-01-21"));
        // 6 × 4 + 2 × 2 = 28; (6 × 10 + 2 × 20) ÷ 8 = 12.5 days. Eight had left before the ledger's first entry.
        assert_eq!(worth.fifo, Some(dec!(28)));
        assert_eq!(worth.age_days, Some(dec!(12.5)));
    }

    #[test]
    fn stock_older_than_the_ledger_is_worth_the_catalogues_cost() {
        let flows = [flow("2026-01-11", dec!(4), Some(dec!(5)))];
        let worth = value_stock(dec!(10), &flows, Some(dec!(3)), day("2026-01-31"));
        // Average (6 × 3 + 4 × 5) ÷ 10 = 3.8; FIFO 4 × 5 + 6 × 3 = 38.
        assert_eq!(worth.average, Some(dec!(38)));
        assert_eq!(worth.fifo, Some(dec!(38)));
        assert_eq!(worth.age_days, None);
        let unknown = value_stock(dec!(10), &flows, None, day("2026-01-31"));
        assert_eq!(unknown.fifo, None);
    }

    #[test]
    fn stock_below_zero_is_owed_at_the_last_average() {
        let flows = [
            flow("2026-01-01", dec!(2), Some(dec!(7))),
            flow("2026-01-02", dec!(-5), None),
        ];
        let worth = value_stock(dec!(-3), &flows, None, day("2026-01-31"));
        assert_eq!(
            (worth.average, worth.fifo),
            (Some(dec!(-21)), Some(dec!(-21)))
        );
        let empty = value_stock(dec!(0), &[], None, day("2026-01-31"));
        assert_eq!((empty.average, empty.unit_cost), (Some(dec!(0)), None));
    }

    proptest! {
        #[test]
        fn at_one_cost_both_methods_agree(moves in proptest::collection::vec(-20i64..40, 0..30), cost in 1i64..1_000) {
            let cost = Decimal::new(cost, 2);
            let flows: Vec<Flow> = moves.iter().map(|pieces| flow("2026-01-01", Decimal::from(*pieces), Some(cost))).collect();
            let on_hand: Decimal = flows.iter().map(|flow| flow.quantity).sum();
            let worth = value_stock(on_hand, &flows, Some(cost), day("2026-02-01"));
            let plain = on_hand * cost;
            prop_assert!((worth.average.unwrap() - plain).abs() < dec!(0.000001));
            prop_assert_eq!(worth.fifo.unwrap().round_dp(6), plain.round_dp(6));
        }
    }
}

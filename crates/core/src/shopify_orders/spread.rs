use rust_decimal::{Decimal, RoundingStrategy};

/// Spreads an amount over weights, in proportion and to `digits` decimals at least; the parts add up to the amount exactly.
///
/// Each part is the step between two rounded running sums, so that none is further from its share than one unit. Without any
/// weight nothing is spread: all parts are zero.
pub(super) fn spread(amount: Decimal, weights: &[Decimal], digits: u32) -> Vec<Decimal> {
    let whole: Decimal = weights.iter().sum();
    if whole <= Decimal::ZERO || amount.is_zero() {
        return vec![Decimal::ZERO; weights.len()];
    }
    let digits = digits.max(amount.normalize().scale());
    let (mut weight, mut given) = (Decimal::ZERO, Decimal::ZERO);
    weights
        .iter()
        .map(|part| {
            weight += part;
            // The quotient first: it is at most one, so that the product has room for its digits.
            let until = if weight == whole {
                amount
            } else {
                (weight / whole * amount)
                    .round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
            };
            let step = until - given;
            given = until;
            step
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn a_discount_of_ten_over_three_equal_lines_is_not_three_times_the_same() {
        assert_eq!(
            spread(dec!(10), &[dec!(20), dec!(20), dec!(20)], 2),
            [dec!(3.33), dec!(3.34), dec!(3.33)]
        );
        assert_eq!(spread(dec!(5), &[dec!(0), dec!(7)], 0), [dec!(0), dec!(5)]);
        assert_eq!(spread(dec!(5), &[dec!(0)], 2), [dec!(0)]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_keep_within_a_unit_of_their_share(
            amount in 0i64..1_000_000_000, weights in prop::collection::vec(0i64..1_000_000_000, 1..40)
        ) {
            let amount = Decimal::new(amount, 2);
            let weights: Vec<Decimal> = weights.into_iter().map(|weight| Decimal::new(weight, 2)).collect();
            let whole: Decimal = weights.iter().sum();
            prop_assume!(whole > Decimal::ZERO);
            let parts = spread(amount, &weights, 2);
            prop_assert_eq!(parts.iter().sum::<Decimal>(), amount);
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*part >= Decimal::ZERO);
                prop_assert!((part - weight / whole * amount).abs() <= dec!(0.01));
            }
        }
    }
}

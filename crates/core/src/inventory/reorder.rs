use rust_decimal::Decimal;

/// Returns what is kept against chance: z·σ·√L.
#[must_use]
pub fn safety_stock(z: f64, deviation: f64, lead_time_days: u32) -> f64 {
    z.max(0.0) * deviation * f64::from(lead_time_days).sqrt()
}

/// Returns the stock at which to order: d·L + safety stock.
#[must_use]
pub fn reorder_point(per_day: f64, lead_time_days: u32, safety_stock: f64) -> f64 {
    per_day.mul_add(f64::from(lead_time_days), safety_stock)
}

/// Returns what stock and orders together should reach: d·(L + R) + safety stock.
#[must_use]
pub fn order_up_to(per_day: f64, lead_time_days: u32, review_days: u32, safety_stock: f64) -> f64 {
    let days = f64::from(lead_time_days) + f64::from(review_days);
    per_day.mul_add(days, safety_stock)
}

/// Rounds a wanted quantity up to what the vendor sells: the minimum, then whole packs. Nothing wanted is nothing.
#[must_use]
pub fn round_up_to_lot(wanted: Decimal, minimum: Decimal, pack: Decimal) -> Decimal {
    if wanted <= Decimal::ZERO {
        return Decimal::ZERO;
    }
    let quantity = wanted.max(minimum);
    if pack <= Decimal::ZERO {
        return quantity.ceil();
    }
    quantity
        .checked_div(pack)
        .and_then(|packs| packs.ceil().checked_mul(pack))
        .unwrap_or(quantity)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;
    use crate::inventory::inverse_normal;

    #[test]
    fn the_reorder_point_is_demand_over_the_lead_time_and_safety() {
        // d = 4, σ = 2, L = 9, 95 %: safety 1.6449 × 2 × 3 = 9.869; point 36 + 9.869; up to 4 × 16 + 9.869.
        let safety = safety_stock(inverse_normal(0.95), 2.0, 9);
        assert!((safety - 9.869_121_761_7).abs() < 1e-6, "{safety}");
        assert!((reorder_point(4.0, 9, safety) - 45.869_121_761_7).abs() < 1e-6);
        assert!((order_up_to(4.0, 9, 7, safety) - 73.869_121_761_7).abs() < 1e-6);
    }

    #[test]
    fn a_service_level_below_one_half_keeps_no_negative_safety() {
        assert_eq!(safety_stock(inverse_normal(0.3), 2.0, 9), 0.0);
    }

    #[test]
    fn quantities_go_up_to_the_minimum_and_then_to_whole_packs() {
        assert_eq!(round_up_to_lot(dec!(0), dec!(10), dec!(6)), dec!(0));
        assert_eq!(round_up_to_lot(dec!(-5), dec!(10), dec!(6)), dec!(0));
        assert_eq!(round_up_to_lot(dec!(0.2), dec!(1), dec!(1)), dec!(1));
        assert_eq!(round_up_to_lot(dec!(7), dec!(10), dec!(6)), dec!(12));
        assert_eq!(round_up_to_lot(dec!(12), dec!(10), dec!(6)), dec!(12));
        assert_eq!(round_up_to_lot(dec!(12.01), dec!(10), dec!(6)), dec!(18));
        assert_eq!(round_up_to_lot(dec!(1.3), dec!(1), dec!(0.5)), dec!(1.5));
    }

    proptest! {
        #[test]
        fn a_lot_is_the_least_that_covers(wanted in 1i64..100_000, minimum in 1i64..500, pack in 1i64..144) {
            let (wanted, minimum, pack) = (Decimal::new(wanted, 2), Decimal::from(minimum), Decimal::from(pack));
            let lot = round_up_to_lot(wanted, minimum, pack);
            prop_assert!(lot >= wanted && lot >= minimum && (lot % pack).is_zero());
            prop_assert!(lot - pack < wanted.max(minimum));
        }
    }
}

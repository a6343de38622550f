//! The edge between floats and exact decimals: half away from zero, to a stated number of decimals.

use rust_decimal::{Decimal, prelude::ToPrimitive};

/// Floats beyond this are no quantities; a decimal made of one stays at the limit.
const LIMIT: f64 = 9e14;

/// Rounds a rate (pieces a day, a share, a variation) to 4 decimals.
#[must_use]
pub fn rate(value: f64) -> Decimal {
    round(value, 4)
}

/// Rounds a derived quantity to 2 decimals.
#[must_use]
pub fn quantity(value: f64) -> Decimal {
    round(value, 2)
}

/// Rounds days down to 1 decimal: a tenth of a day that is not there is not promised.
#[must_use]
pub fn days(value: f64) -> Decimal {
    round((value * 10.0).floor() / 10.0, 1)
}

/// Rounds to up to 6 decimals, half away from zero; what is no number becomes zero.
#[must_use]
pub fn round(value: f64, decimals: u32) -> Decimal {
    if value.is_nan() {
        return Decimal::ZERO;
    }
    let decimals = decimals.min(6);
    let scaled = value.clamp(-LIMIT, LIMIT) * 10f64.powi(i32::try_from(decimals).unwrap_or(0));
    // At most 9e20 in size.
    let mut mantissa = scaled.round().to_i128().unwrap_or(0);
    let mut scale = decimals;
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).unwrap_or(Decimal::ZERO)
}

/// Takes a decimal inwards; what has more digits than a float loses the last ones.
#[must_use]
pub fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn rounding_goes_half_away_from_zero_and_leaves_no_zeros_behind() {
        assert_eq!(rate(0.123_45), dec!(0.1235));
        assert_eq!(quantity(-0.125), dec!(-0.13));
        assert_eq!(quantity(12.0).to_string(), "12");
        assert_eq!(quantity(12.5).to_string(), "12.5");
        assert_eq!(days(3.99), dec!(3.9));
        assert_eq!(days(-0.01), dec!(-0.1));
    }

    #[test]
    fn what_is_no_quantity_stays_within_bounds() {
        assert_eq!(rate(f64::NAN), dec!(0));
        assert_eq!(rate(f64::INFINITY), dec!(900_000_000_000_000));
        assert_eq!(rate(f64::NEG_INFINITY), dec!(-900_000_000_000_000));
    }

    proptest! {
        #[test]
        fn a_rounded_value_is_near_and_comes_back(value in -1e9f64..1e9) {
            let rounded = rate(value);
            prop_assert!((float(rounded) - value).abs() <= 0.000_051);
            prop_assert_eq!(rate(float(rounded)), rounded);
        }
    }
}

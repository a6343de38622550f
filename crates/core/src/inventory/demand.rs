/// What is asked for on a day, as far as the past tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// The mean d, in pieces a day.
    pub per_day: f64,
    /// The sample deviation σ of a day's pieces; zero where only one day counts.
    pub deviation: f64,
    /// Days that were counted.
    pub days: u32,
    /// Days on which there was nothing to sell: they say nothing about demand.
    pub days_left_out: u32,
}

/// Takes mean and deviation of the days on which there was stock; `None` when there was no such day.
///
/// `units` are the pieces sold, a day each; `is_out` tells the days without stock, and is empty or as long.
#[must_use]
pub fn demand(units: &[f64], is_out: &[bool]) -> Option<Demand> {
    let counted = || {
        units
            .iter()
            .enumerate()
            .filter(|(day, _)| !is_out.get(*day).copied().unwrap_or(false))
            .map(|(_, units)| *units)
    };
    let (mut days, mut sum) = (0u32, 0.0);
    for sold in counted() {
        days += 1;
        sum += sold;
    }
    if days == 0 {
        return None;
    }
    let per_day = sum / f64::from(days);
    let squares: f64 = counted().map(|sold| (sold - per_day).powi(2)).sum();
    let deviation = if days > 1 {
        (squares / f64::from(days - 1)).sqrt()
    } else {
        0.0
    };
    let all = u32::try_from(units.len()).unwrap_or(u32::MAX);
    Some(Demand {
        per_day,
        deviation,
        days,
        days_left_out: all.saturating_sub(days),
    })
}

impl Demand {
    /// Returns the part of it that one location bears.
    ///
    /// The mean is split by the share; so is the variance, as if each buyer went to one of the locations by chance.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self {
            per_day: self.per_day * share,
            deviation: self.deviation * share.sqrt(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mean_and_deviation_are_those_of_the_sample() {
        // Mean 4; squares 4 + 0 + 4 = 8; over n − 1 = 2 gives 4, whose root is 2.
        let found = demand(&[2.0, 4.0, 6.0], &[]).unwrap();
        assert_eq!((found.per_day, found.deviation, found.days), (4.0, 2.0, 3));
    }

    #[test]
    fn days_out_of_stock_are_left_out() {
        let found = demand(&[2.0, 0.0, 0.0, 6.0], &[false, true, true, false]).unwrap();
        assert_eq!(
            (found.per_day, found.days, found.days_left_out),
            (4.0, 2, 2)
        );
        assert!((found.deviation - 8f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn without_a_day_of_stock_nothing_is_known() {
        assert_eq!(demand(&[], &[]), None);
        assert_eq!(demand(&[0.0], &[true]), None);
        assert_eq!(demand(&[3.0], &[]).unwrap().deviation, 0.0);
    }

    #[test]
    fn a_quarter_of_the_demand_has_half_the_deviation() {
        let quarter = demand(&[2.0, 4.0, 6.0], &[]).unwrap().share(0.25);
        assert_eq!((quarter.per_day, quarter.deviation), (1.0, 1.0));
    }

    proptest! {
        #[test]
        fn the_mean_lies_between_the_days_and_order_does_not_matter(
            mut units in proptest::collection::vec(0.0f64..1e6, 1..60)) {
            let found = demand(&units, &[]).unwrap();
            let (low, high) = units.iter().fold((f64::MAX, f64::MIN), |(low, high), day| (low.min(*day), high.max(*day)));
            prop_assert!(found.per_day >= low - 1e-6 && found.per_day <= high + 1e-6);
            units.reverse();
            let again = demand(&units, &[]).unwrap();
            prop_assert!((again.deviation - found.deviation).abs() <= 1e-6 * found.deviation.max(1.0));
        }
    }
}

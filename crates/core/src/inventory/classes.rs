use rust_decimal::{Decimal, dec};

/// How much of the gross a variant brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Abc {
    /// Among those that together bring the first 80 %.
    A,
    /// Up to 95 %.
    B,
    /// The rest.
    C,
}

/// How evenly a variant sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Xyz {
    /// Variation of a week's pieces up to 0.5.
    X,
    /// Up to 1.
    Y,
    /// Above.
    Z,
}

impl Abc {
    /// Returns the letter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}

impl Xyz {
    /// Returns the letter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::Y => "Y",
            Self::Z => "Z",
        }
    }
}

/// Fewer weeks tell nothing of variation.
const FEWEST_WEEKS: usize = 4;

/// Sorts amounts into classes; what brought nothing has none.
///
/// From the largest down, a variant is A while those before it brought less than 80 % of all, B while less than 95 %.
/// Equal amounts keep the order in which they come.
#[must_use]
pub fn abc_classes(gross: &[Decimal]) -> Vec<Option<Abc>> {
    let mut order: Vec<usize> = (0..gross.len())
        .filter(|index| gross[*index] > Decimal::ZERO)
        .collect();
    order.sort_by(|one, other| gross[*other].cmp(&gross[*one]));
    let total: Decimal = order.iter().map(|index| gross[*index]).sum();
    let (first, second) = (total * dec!(0.8), total * dec!(0.95));
    let mut classes = vec![None; gross.len()];
    let mut before = Decimal::ZERO;
    for index in order {
        classes[index] = Some(if before < first {
            Abc::A
        } else if before < second {
            Abc::B
        } else {
            Abc::C
        });
        before += gross[index];
    }
    classes
}

/// Returns the variation of a week's pieces (deviation ÷ mean, of all weeks given) and its class.
///
/// `None` with fewer than four weeks, or when nothing was sold.
#[must_use]
pub fn xyz_class(weeks: &[f64]) -> Option<(f64, Xyz)> {
    if weeks.len() < FEWEST_WEEKS {
        return None;
    }
    #[allow(clippy::cast_precision_loss, reason = "a few hundred weeks at most")]
    let count = weeks.len() as f64;
    let mean = weeks.iter().sum::<f64>() / count;
    if mean <= 0.0 {
        return None;
    }
    let variance = weeks.iter().map(|week| (week - mean).powi(2)).sum::<f64>() / count;
    let variation = variance.sqrt() / mean;
    let class = if variation <= 0.5 {
        Xyz::X
    } else if variation <= 1.0 {
        Xyz::Y
    } else {
        Xyz::Z
    };
    Some((variation, class))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_eighty_percent_are_a_and_up_to_ninety_five_b() {
        // 100 in all: 50 and 30 are A (0 and 50 before), 10 and 6 are B (80 and 90 before), 4 is C (96 before).
        let gross = [
            dec!(10),
            dec!(50),
            dec!(0),
            dec!(4),
            dec!(30),
            dec!(6),
            dec!(-7),
        ];
        let classes = abc_classes(&gross);
        use Abc::*;
        assert_eq!(
            classes,
            [Some(B), Some(A), None, Some(C), Some(A), Some(B), None]
        );
        assert_eq!(abc_classes(&[dec!(1)]), [Some(A)]);
        assert!(abc_classes(&[]).is_empty());
    }

    #[test]
    fn variation_is_deviation_over_mean() {
        assert_eq!(xyz_class(&[5.0; 4]), Some((0.0, Xyz::X)));
        // Mean 2, deviation 2: variation 1.
        assert_eq!(xyz_class(&[0.0, 4.0, 0.0, 4.0]), Some((1.0, Xyz::Y)));
        assert_eq!(xyz_class(&[8.0, 0.0, 0.0, 0.0]).unwrap().1, Xyz::Z);
        assert_eq!(xyz_class(&[1.0, 2.0, 3.0]), None);
        assert_eq!(xyz_class(&[0.0; 9]), None);
    }

    proptest! {
        #[test]
        fn more_gross_never_has_a_worse_class(gross in proptest::collection::vec(0i64..100_000, 0..60)) {
            let gross: Vec<Decimal> = gross.into_iter().map(Decimal::from).collect();
            let classes = abc_classes(&gross);
            for (one, first) in gross.iter().enumerate() {
                for (other, second) in gross.iter().enumerate() {
                    if first > second && classes[other].is_some() {
                        prop_assert!(classes[one] <= classes[other]);
                    }
                }
            }
        }
    }
}

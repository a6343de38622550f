//! What will be asked for in the coming weeks, by the method that would have told best so far.
//!
//! Each method foretells each past week from the weeks before it only. The last weeks are the *test*: the method that erred
//! least there is taken, and that error is shown. Its weights are chosen on the weeks before the test. Errors are squared: by
//! plain ones, nothing at all would be the best forecast of what sells every fourth week. Without eight whole weeks of
//! history, or without a sale in them, nothing is foretold.

mod method;

pub use method::Method;

use method::{Foretold, Trial};

/// Fewer whole weeks are no history.
const FEWEST_WEEKS: usize = 8;
/// The first weeks of a history are learnt from and not judged.
const LEARNING_WEEKS: usize = 4;
/// The test is a quarter of the history, within these bounds.
const TEST_WEEKS: (usize, usize) = (4, 13);

/// A forecast with the error of its back-test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// How it was made.
    pub method: Method,
    /// Pieces a week, the mean of the weeks asked for.
    pub per_week: f64,
    /// By how many pieces a week's forecast was wrong in the test: the root of the mean square.
    pub error_per_week: f64,
    /// The same in percent of a week's sales in the test; `None` when there were none.
    pub error_percent: Option<f64>,
    /// Whole weeks of history.
    pub weeks: u32,
    /// Those of them on which it was tested.
    pub tested_weeks: u32,
}

/// Foretells the mean of the next `horizon` weeks from whole `weeks`, the oldest first.
#[must_use]
pub fn forecast(weeks: &[f64], horizon: u32) -> Option<Forecast> {
    if weeks.len() < FEWEST_WEEKS || weeks.iter().all(|week| *week <= 0.0) {
        return None;
    }
    let tested = (weeks.len() / 4).clamp(TEST_WEEKS.0, TEST_WEEKS.1);
    let test = weeks.len() - tested;
    let mut best: Option<(Trial, f64, Foretold)> = None;
    let mut foretold = vec![0.0; weeks.len()];
    for method in Method::ALL {
        if !method.suits(weeks) {
            continue;
        }
        // The weights that erred least before the test.
        let mut tuned: Option<(Trial, f64)> = None;
        for trial in method.trials() {
            trial.run(weeks, &mut foretold);
            let error = mean_error(weeks, &foretold, LEARNING_WEEKS..test);
            if tuned.is_none_or(|(_, least)| error < least) {
                tuned = Some((trial, error));
            }
        }
        let Some((trial, _)) = tuned else { continue };
        let next = trial.run(weeks, &mut foretold);
        let error = mean_error(weeks, &foretold, test..weeks.len());
        if best.as_ref().is_none_or(|(_, least, _)| error < *least) {
            best = Some((trial, error, next));
        }
    }
    let (trial, error_per_week, next) = best?;
    let sold: f64 = weeks[test..].iter().sum();
    #[allow(clippy::cast_precision_loss, reason = "a few hundred weeks at most")]
    let total_error = error_per_week * tested as f64;
    Some(Forecast {
        method: trial.method(),
        per_week: next.mean_of(horizon, weeks),
        error_per_week,
        error_percent: (sold > 0.0).then(|| total_error / sold * 100.0),
        weeks: u32::try_from(weeks.len()).unwrap_or(u32::MAX),
        tested_weeks: u32::try_from(tested).unwrap_or(u32::MAX),
    })
}

/// Returns the root of the mean squared error over some weeks; zero over none.
fn mean_error(weeks: &[f64], foretold: &[f64], range: std::ops::Range<usize>) -> f64 {
    if range.is_empty() {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss, reason = "a few hundred weeks at most")]
    let count = range.len() as f64;
    let errors = weeks[range.clone()].iter().zip(&foretold[range]);
    let squares: f64 = errors.map(|(sold, told)| (sold - told).powi(2)).sum();
    (squares / count).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_foretold_without_history_or_sales() {
        assert_eq!(forecast(&[5.0; 7], 3), None);
        assert_eq!(forecast(&[0.0; 52], 3), None);
    }

    #[test]
    fn steady_sales_are_foretold_without_error_by_the_plainest_method() {
        let told = forecast(&[5.0; 12], 3).unwrap();
        assert_eq!(told.method, Method::MovingAverage);
        assert_eq!((told.per_week, told.error_per_week), (5.0, 0.0));
        assert_eq!((told.weeks, told.tested_weeks), (12, 4));
        assert_eq!(told.error_percent, Some(0.0));
    }

    #[test]
    fn steady_growth_is_foretold_by_holt() {
        let weeks: Vec<f64> = (0u8..40).map(|week| 10.0 + 3.0 * f64::from(week)).collect();
        let told = forecast(&weeks, 2).unwrap();
        assert_eq!(told.method, Method::Holt);
        // Weeks 40 and 41: 130 and 133.
        assert!((told.per_week - 131.5).abs() < 0.01, "{told:?}");
        assert!(told.error_per_week < 0.01);
    }

    #[test]
    fn a_season_that_comes_again_is_foretold_by_the_year_before() {
        let year = |week: usize| if week % 52 >= 44 { 50.0 } else { 5.0 };
        let weeks: Vec<f64> = (0..100).map(year).collect();
        let told = forecast(&weeks, 4).unwrap();
        assert_eq!(told.method, Method::Seasonal);
        assert_eq!((told.per_week, told.error_per_week), (50.0, 0.0));
    }

    #[test]
    fn what_sells_now_and_then_may_be_foretold_by_croston() {
        let weeks: Vec<f64> = (0..40)
            .map(|week| if week % 4 == 0 { 8.0 } else { 0.0 })
            .collect();
        assert!(Method::Croston.suits(&weeks));
        assert!(!Method::Croston.suits(&[1.0; 40]));
        let told = forecast(&weeks, 4).unwrap();
        assert!(told.per_week > 0.0 && told.per_week < 8.0, "{told:?}");
    }

    #[test]
    fn the_error_is_that_of_weeks_the_method_had_not_seen() {
        // The last four weeks jump from 4 to 10: whatever the method, the first of them is wrong by six.
        let mut weeks = vec![4.0; 16];
        weeks.extend([10.0; 4]);
        let told = forecast(&weeks, 1).unwrap();
        assert_eq!(told.tested_weeks, 5);
        assert!(told.error_per_week >= (36.0f64 / 5.0).sqrt(), "{told:?}");
        assert!(told.error_percent.unwrap() >= (36.0f64 / 5.0).sqrt() / 8.8 * 100.0 - 1e-9);
    }

    proptest! {
        #[test]
        fn a_forecast_is_never_negative_or_endless(weeks in proptest::collection::vec(0.0f64..1e5, 8..120), horizon in 0u32..60) {
            if let Some(told) = forecast(&weeks, horizon) {
                prop_assert!(told.per_week.is_finite() && told.per_week >= 0.0);
                prop_assert!(told.error_per_week.is_finite() && told.error_per_week >= 0.0);
            }
        }

        #[test]
        fn the_test_weeks_are_never_seen_by_the_forecasts_of_earlier_ones(mut weeks in proptest::collection::vec(0.0f64..100.0, 60..110)) {
            let cut = weeks.len() - 1;
            let mut before = vec![0.0; weeks.len()];
            let mut after = before.clone();
            for method in Method::ALL {
                for trial in method.trials() {
                    trial.run(&weeks, &mut before);
                    weeks[cut] += 1_000.0;
                    trial.run(&weeks, &mut after);
                    weeks[cut] -= 1_000.0;
                    prop_assert_eq!(&before[..=cut], &after[..=cut]);
                }
            }
        }
    }
}

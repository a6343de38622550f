use serde::{Deserialize, Serialize};

/// A week is like the one a year before.
const SEASON: usize = 52;
/// How many weeks tell how this year compares with the last one.
const COMPARED: usize = 8;
/// A moving average is over these weeks.
const WINDOW: usize = 4;
/// No trend is carried on further than this.
const LONGEST_HORIZON: u32 = 26;

/// How a forecast is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The mean of the last four weeks.
    MovingAverage,
    /// Simple exponential smoothing: the level follows each week by the part α.
    Smoothing,
    /// Holt: level and trend follow each week, by the parts α and β.
    Holt,
    /// The same week of the year before, times this year's last eight weeks over last year's.
    Seasonal,
    /// Croston for slow movers, with the correction of Syntetos and Boylan (2005): size of a sale ÷ weeks between sales.
    Croston,
}

impl Method {
    /// All methods, the plainest first: of two that err alike, the plainer is taken.
    pub const ALL: [Self; 5] = [
        Self::MovingAverage,
        Self::Smoothing,
        Self::Holt,
        Self::Seasonal,
        Self::Croston,
    ];

    /// Returns the word in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MovingAverage => "moving_average",
            Self::Smoothing => "smoothing",
            Self::Holt => "holt",
            Self::Seasonal => "seasonal",
            Self::Croston => "croston",
        }
    }

    /// Tells whether the method makes sense for these weeks: a season needs a year, Croston weeks without a sale.
    pub(super) fn suits(self, weeks: &[f64]) -> bool {
        match self {
            Self::MovingAverage | Self::Smoothing | Self::Holt => true,
            // A year, what is compared, and a test to be judged on.
            Self::Seasonal => weeks.len() >= SEASON + COMPARED + WINDOW,
            Self::Croston => weeks.iter().filter(|week| **week <= 0.0).count() * 2 >= weeks.len(),
        }
    }

    /// Returns the weights to try.
    pub(super) fn trials(self) -> impl Iterator<Item = Trial> {
        let weights: &[(f64, f64)] = match self {
            Self::MovingAverage | Self::Seasonal => &[(0.0, 0.0)],
            Self::Smoothing => &[(0.1, 0.0), (0.2, 0.0), (0.3, 0.0), (0.5, 0.0), (0.7, 0.0)],
            Self::Holt => &[(0.2, 0.05), (0.2, 0.2), (0.5, 0.05), (0.5, 0.2)],
            Self::Croston => &[(0.1, 0.0), (0.2, 0.0)],
        };
        weights.iter().map(move |(alpha, beta)| Trial {
            method: self,
            alpha: *alpha,
            beta: *beta,
        })
    }
}

/// A method with its weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    method: Method,
    alpha: f64,
    beta: f64,
}

/// What lies behind the last week.
#[derive(Debug, Clone, Copy)]
pub(super) struct Foretold {
    level: f64,
    trend: f64,
    /// For a season: this year over last year.
    season: Option<f64>,
}

impl Foretold {
    /// Returns the mean of the next `horizon` weeks, at least one.
    pub(super) fn mean_of(&self, horizon: u32, weeks: &[f64]) -> f64 {
        let horizon = horizon.clamp(1, LONGEST_HORIZON);
        let mut sum = 0.0;
        for ahead in 0..horizon {
            let told = match self.season {
                Some(factor) => {
                    let index = weeks.len() - SEASON + ahead as usize;
                    weeks[index] * factor
                }
                None => self.trend.mul_add(f64::from(ahead), self.level),
            };
            sum += told.max(0.0);
        }
        sum / f64::from(horizon)
    }
}

impl Trial {
    pub(super) fn method(&self) -> Method {
        self.method
    }

    /// Foretells each week from those before it, and what comes after the last.
    pub(super) fn run(&self, weeks: &[f64], foretold: &mut [f64]) -> Foretold {
        match self.method {
            Method::MovingAverage => moving_average(weeks, foretold),
            Method::Smoothing => self.smoothing(weeks, foretold),
            Method::Holt => self.holt(weeks, foretold),
            Method::Seasonal => seasonal(weeks, foretold),
            Method::Croston => self.croston(weeks, foretold),
        }
    }

    fn smoothing(&self, weeks: &[f64], foretold: &mut [f64]) -> Foretold {
        let mut level = first(weeks);
        for (week, told) in weeks.iter().zip(foretold) {
            *told = level;
            level += self.alpha * (week - level);
        }
        Foretold::level(level)
    }

    fn holt(&self, weeks: &[f64], foretold: &mut [f64]) -> Foretold {
        // The first two weeks give the first trend; so nothing of a later week is known before it.
        let mut next = first(weeks);
        let mut trend = 0.0;
        for (index, (week, told)) in weeks.iter().zip(foretold).enumerate() {
            *told = next.max(0.0);
            let level = if index == 1 {
                trend = week - weeks[0];
                *week
            } else {
                let level = next + self.alpha * (week - next);
                trend += self.alpha * self.beta * (week - next);
                level
            };
            next = level + trend;
        }
        Foretold {
            level: next,
            trend,
            season: None,
        }
    }

    fn croston(&self, weeks: &[f64], foretold: &mut [f64]) -> Foretold {
        let mut size = 0.0;
        let mut interval = 1.0;
        let mut since = 1.0;
        let mut has_sold = false;
        let unbiased = 1.0 - self.alpha / 2.0;
        let rate = |size: f64, interval: f64| unbiased * size / interval;
        for (week, told) in weeks.iter().zip(foretold) {
            *told = rate(size, interval);
            if *week > 0.0 {
                if has_sold {
                    size += self.alpha * (week - size);
                    interval += self.alpha * (since - interval);
                } else {
                    (size, interval, has_sold) = (*week, since, true);
                }
                since = 1.0;
            } else {
                since += 1.0;
            }
        }
        Foretold::level(rate(size, interval))
    }
}

impl Foretold {
    fn level(level: f64) -> Self {
        Self {
            level,
            trend: 0.0,
            season: None,
        }
    }
}

fn first(weeks: &[f64]) -> f64 {
    weeks.first().copied().unwrap_or(0.0)
}

fn moving_average(weeks: &[f64], foretold: &mut [f64]) -> Foretold {
    let mean = |end: usize| {
        let window = &weeks[end.saturating_sub(WINDOW)..end];
        #[allow(clippy::cast_precision_loss, reason = "four weeks at most")]
        let count = window.len().max(1) as f64;
        window.iter().sum::<f64>() / count
    };
    for (index, told) in foretold.iter_mut().enumerate() {
        *told = mean(index);
    }
    Foretold::level(mean(weeks.len()))
}

fn seasonal(weeks: &[f64], foretold: &mut [f64]) -> Foretold {
    let factor = |end: usize| {
        if end < SEASON + COMPARED {
            return 1.0;
        }
        let recent: f64 = weeks[end - COMPARED..end].iter().sum();
        let before: f64 = weeks[end - SEASON - COMPARED..end - SEASON].iter().sum();
        if before > 0.0 { recent / before } else { 1.0 }
    };
    for (index, told) in foretold.iter_mut().enumerate() {
        *told = match index.checked_sub(SEASON) {
            Some(year_before) => weeks[year_before] * factor(index),
            None => weeks.get(index.wrapping_sub(1)).copied().unwrap_or(0.0),
        };
    }
    Foretold {
        level: 0.0,
        trend: 0.0,
        season: (weeks.len() >= SEASON).then(|| factor(weeks.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(method: Method, weeks: &[f64]) -> (Vec<f64>, f64) {
        let mut foretold = vec![0.0; weeks.len()];
        let trial = method.trials().next().unwrap();
        let next = trial.run(weeks, &mut foretold);
        (foretold, next.mean_of(1, weeks))
    }

    #[test]
    fn a_moving_average_is_the_mean_of_four_weeks() {
        let (told, next) = run(Method::MovingAverage, &[2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(told, [0.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(next, 7.0);
    }

    #[test]
    fn smoothing_follows_by_a_tenth() {
        // Level 10; after 20: 10 + 0.1 × 10 = 11; after 1: 11 − 1 = 10.
        let (told, next) = run(Method::Smoothing, &[10.0, 20.0, 1.0]);
        assert_eq!(told, [10.0, 10.0, 11.0]);
        assert!((next - 10.0).abs() < 1e-12);
    }

    #[test]
    fn croston_divides_size_by_interval() {
        // Sales of 6 every third week: 6 ÷ 3 × (1 − 0.1 ÷ 2) = 1.9.
        let weeks: Vec<f64> = (1..=12)
            .map(|week| if week % 3 == 0 { 6.0 } else { 0.0 })
            .collect();
        let (told, next) = run(Method::Croston, &weeks);
        assert_eq!(told[2], 0.0);
        assert!((told[3] - 1.9).abs() < 1e-12);
        assert!((next - 1.9).abs() < 1e-12);
    }
}

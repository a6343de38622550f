//! How busy a day is, and when in it people buy.

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use super::random::{Random, running_sums};

/// Percent of an average day, from January on: gifts sell before Christmas.
const MONTHS: [u32; 12] = [70, 74, 84, 88, 96, 90, 82, 86, 102, 118, 162, 150];
/// Percent of an average day, from Monday on.
const WEEKDAYS: [u32; 7] = [104, 108, 106, 112, 122, 92, 56];
/// Orders in each hour of the day, of a thousand: nights are quiet, noon and evening are busy.
const HOURS: [u64; 24] = [
    8, 4, 2, 2, 2, 6, 16, 28, 46, 64, 76, 78, 84, 70, 62, 58, 56, 58, 64, 70, 66, 46, 26, 14,
];

/// Returns how many orders a day has, if `orders` are spread over `days`.
pub(super) fn orders_on(random: &mut Random, date: NaiveDate, orders: u32, days: u32) -> u32 {
    let percent = u64::from(MONTHS[date.month0() as usize])
        * u64::from(WEEKDAYS[date.weekday().num_days_from_monday() as usize])
        * special(date);
    // In hundredths of an order, so that a small shop has days with one order and days with none.
    let average = u64::from(orders) * 100 / u64::from(days);
    let hundredths = average * percent / 1_000_000;
    // A day is up to a quarter better or worse than expected.
    let hundredths = hundredths * u64::from(random.between(75, 125)) / 100;
    let rest = u32::from(random.chance(hundredths % 100, 100));
    u32::try_from(hundredths / 100)
        .unwrap_or(u32::MAX)
        .saturating_add(rest)
}

/// Percent of what the day would be otherwise.
fn special(date: NaiveDate) -> u64 {
    match (date.month(), date.day()) {
        (12, 25) | (1, 1) => 12,
        (12, 24 | 26 | 31) => 45,
        // The sales of late November.
        (11, 23..=30) if date.weekday() == Weekday::Fri => 260,
        (11 | 12, 1..=3 | 26..=30) if date.weekday() == Weekday::Mon => 210,
        // The last parcels that arrive in time.
        (12, 10..=18) => 125,
        (2, 11..=13) | (5, 6..=9) => 135,
        _ => 100,
    }
}

/// Draws the times of a day's orders, the earliest first.
pub(super) fn times_of_day(random: &mut Random, count: u32) -> Vec<NaiveTime> {
    let mut times: Vec<NaiveTime> = (0..count).map(|_| time_of_day(random)).collect();
    times.sort_unstable();
    times
}

/// Draws a time at which something happens in the shop.
pub(super) fn time_of_day(random: &mut Random) -> NaiveTime {
    let sums = running_sums(HOURS);
    let hour = u32::try_from(random.weighted(&sums)).unwrap_or(0);
    NaiveTime::from_hms_opt(hour, random.between(0, 59), random.between(0, 59)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(month: u32, day: u32) -> u64 {
        let date = NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        (0..200)
            .map(|seed| u64::from(orders_on(&mut Random::new(seed, "day"), date, 36_500, 365)))
            .sum::<u64>()
            / 200
    }

    #[test]
    fn november_is_busier_than_january_and_friday_than_sunday() {
        assert!(day(11, 12) > day(1, 15) * 2);
        assert!(day(6, 12) > day(6, 14) * 2);
        assert!(day(12, 25) < day(12, 11) / 5);
    }

    #[test]
    fn a_year_has_about_as_many_orders_as_planned() {
        let first = NaiveDate::from_ymd_opt(2025, 11, 25).unwrap();
        let total: u32 = first
            .iter_days()
            .take(365)
            .map(|date| orders_on(&mut Random::new(7, &date.to_string()), date, 24_000, 365))
            .sum();
        assert!((22_500..26_500).contains(&total), "{total}");
    }
}

use chrono::{Days, NaiveDate};

/// A day further off is not named: a shop plans no ten years ahead.
const FARTHEST_DAYS: f64 = 3_650.0;

/// Returns for how many days `stock` lasts; `None` when nothing is sold. Nothing or less lasts no day.
#[must_use]
pub fn days_of_cover(stock: f64, per_day: f64) -> Option<f64> {
    (per_day > 0.0).then(|| (stock / per_day).max(0.0))
}

/// Returns the day on which stock of `cover` days is gone, from `as_of` on; `None` when that lies ten years off.
#[must_use]
pub fn sell_out_day(as_of: NaiveDate, cover: f64) -> Option<NaiveDate> {
    days_later(as_of, cover)
}

/// Returns the last day on which an order still arrives before the stock is gone: it may lie in the past.
pub(super) fn last_order_day(
    as_of: NaiveDate,
    cover: f64,
    lead_time_days: u32,
) -> Option<NaiveDate> {
    days_later(as_of, cover)?.checked_sub_days(Days::new(u64::from(lead_time_days)))
}

fn days_later(as_of: NaiveDate, days: f64) -> Option<NaiveDate> {
    if !(0.0..=FARTHEST_DAYS).contains(&days) {
        return None;
    }
    // At most 3,650 and not negative.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within bounds by the test above"
    )]
    let whole = days.floor() as u64;
    as_of.checked_add_days(Days::new(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn twenty_five_pieces_at_four_a_day_last_six_days_and_a_quarter() {
        let cover = days_of_cover(25.0, 4.0).unwrap();
        assert_eq!(cover, 6.25);
        assert_eq!(
            sell_out_day(day("2026-03-02"), cover),
            Some(day("2026-03-08"))
        );
        assert_eq!(
            last_order_day(day("2026-03-02"), cover, 10),
            Some(day("2026-02-26"))
        );
    }

    #[test]
    fn an_empty_shelf_is_sold_out_today_and_what_nobody_buys_lasts() {
        assert_eq!(days_of_cover(-3.0, 4.0), Some(0.0));
        assert_eq!(
            sell_out_day(day("2026-03-02"), 0.0),
            Some(day("2026-03-02"))
        );
        assert_eq!(days_of_cover(5.0, 0.0), None);
        assert_eq!(sell_out_day(day("2026-03-02"), 3_651.0), None);
        assert_eq!(sell_out_day(day("2026-03-02"), f64::NAN), None);
    }
}

//! The trial of a new account: which mail is due when.
//!
//! A *notice* is one mail about one end of a trial. It is known by its kind and that end: whoever asks twice, or after a
//! crash, or beside a second scheduler, gets the same key and sends nothing twice; an extended trial has a new end, and with
//! it new notices.

use chrono::{DateTime, TimeDelta, Utc};

/// What an account is told about its trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrialNotice {
    /// It ends soon: so many days before the end, by the plan of warnings.
    Warning {
        /// By the plan, not by the clock: a late warning says how many days are really left.
        days_before: u32,
    },
    /// It has ended.
    Ended,
}

/// Returns the notice that is due at `now` for a trial that ends at `ends_at`.
///
/// At most one is: after a scheduler has stood still, the warning of a day that has passed would only confuse. `warn_days` are
/// the days before the end on which to warn, in any order.
#[must_use]
pub fn due_notice(
    ends_at: DateTime<Utc>,
    now: DateTime<Utc>,
    warn_days: &[u32],
) -> Option<TrialNotice> {
    if now >= ends_at {
        return Some(TrialNotice::Ended);
    }
    let days_before = warn_days
        .iter()
        .copied()
        .filter(|days| now >= ends_at - TimeDelta::days(i64::from(*days)))
        .min()?;
    Some(TrialNotice::Warning { days_before })
}

/// Returns how many days are left, as a person counts them: rounded, and at least one while the trial runs.
#[must_use]
pub fn days_left(ends_at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    const DAY: i64 = 86_400;
    let seconds = (ends_at - now).num_seconds();
    if seconds <= 0 {
        return 0;
    }
    ((seconds + DAY / 2) / DAY).max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const PLAN: [u32; 2] = [3, 1];

    fn hour(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    #[test]
    fn a_trial_of_seven_days_is_warned_three_days_and_one_day_before_its_end_and_told_then() {
        let end = hour(7 * 24);
        let told: Vec<(i64, Option<TrialNotice>)> = [0, 95, 96, 143, 144, 167, 168, 500]
            .map(|hours| (hours, due_notice(end, hour(hours), &PLAN)))
            .into();
        let warning = |days_before| Some(TrialNotice::Warning { days_before });
        assert_eq!(
            told,
            [
                (0, None),
                (95, None),
                (96, warning(3)),
                (143, warning(3)),
                (144, warning(1)),
                (167, warning(1)),
                (168, Some(TrialNotice::Ended)),
                (500, Some(TrialNotice::Ended)),
            ]
        );
    }

    #[test]
    fn days_are_counted_as_a_person_counts_them() {
        let end = hour(240);
        let left =
            [240, 239, 217, 205, 204, 192, 168, 167].map(|hours| days_left(end, hour(hours)));
        assert_eq!(left, [0, 1, 1, 1, 2, 2, 3, 3]);
    }

    /// What may happen to an account, each after some hours.
    #[derive(Debug, Clone)]
    enum Event {
        /// A scheduler, or two, or an outside cron service, looks.
        Scan { times: u8 },
        /// Nobody looks for some days.
        Pause { days: u8 },
        /// The operator moves the end, into either direction.
        Move { days: i8 },
        /// The merchant pays.
        Pay,
    }

    fn histories() -> impl Strategy<Value = Vec<(u8, Event)>> {
        let event = prop_oneof![
            8 => (1u8..3).prop_map(|times| Event::Scan { times }),
            1 => (1u8..9).prop_map(|days| Event::Pause { days }),
            1 => (-5i8..9).prop_map(|days| Event::Move { days }),
            1 => Just(Event::Pay),
        ];
        proptest::collection::vec((0u8..30, event), 0..40)
    }

    proptest! {
        #[test]
        fn whatever_happens_each_notice_is_sent_once_with_the_right_days_and_none_to_who_has_paid(history in histories()) {
            let mut now = hour(0);
            let mut ends_at = hour(7 * 24);
            let mut has_paid = false;
            // As the unique key of the mails keeps them.
            let mut sent: HashMap<(DateTime<Utc>, TrialNotice), i64> = HashMap::new();
            for (hours, event) in history {
                now += TimeDelta::hours(i64::from(hours));
                match event {
                    Event::Pause { days } => now += TimeDelta::days(i64::from(days)),
                    Event::Move { days } => ends_at += TimeDelta::days(i64::from(days)),
                    Event::Pay => has_paid = true,
                    Event::Scan { times } => for _ in 0..times {
                        if has_paid { continue; }
                        let Some(notice) = due_notice(ends_at, now, &PLAN) else {
                            prop_assert!(ends_at - now > TimeDelta::days(3));
                            continue;
                        };
                        let left = days_left(ends_at, now);
                        sent.entry((ends_at, notice)).or_insert(left);
                        let hours_left = (ends_at - now).num_hours();
                        match notice {
                            TrialNotice::Ended => prop_assert!(hours_left <= 0 && left == 0),
                            TrialNotice::Warning { days_before } => {
                                prop_assert!(hours_left <= i64::from(days_before) * 24);
                                prop_assert!(left >= 1 && left <= i64::from(days_before));
                                prop_assert!((left * 24 - hours_left).abs() <= 24);
                            }
                        }
                    },
                }
            }
            let ends: std::collections::HashSet<DateTime<Utc>> = sent.keys().map(|(end, _)| *end).collect();
            prop_assert!(sent.len() <= 3 * ends.len());
        }
    }
}

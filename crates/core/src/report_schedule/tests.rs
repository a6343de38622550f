use chrono::Datelike;
use chrono_tz::{America::New_York, Europe::London, Pacific::Apia};
use proptest::prelude::*;

use super::*;
use crate::clock::Clock;

fn daily(time: &str) -> Timetable {
    let text = TimetableText {
        rhythm: "daily",
        time,
        ..TimetableText::default()
    };
    Timetable::parse(&text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Lets a clock go on by steps and makes a report whenever a new one should be there, as the job does.
fn made(
    timetable: Timetable,
    zone: Tz,
    from: &str,
    hours: i64,
    step_hours: usize,
) -> Vec<NaiveDate> {
    let clock = Clock::fixed(at(from));
    let mut made = Vec::new();
    let mut last = timetable.latest_day(zone, clock.now());
    for _ in (0..hours).step_by(step_hours) {
        clock.advance(TimeDelta::hours(i64::try_from(step_hours).unwrap()));
        let latest = timetable.latest_day(zone, clock.now());
        if latest > last {
            made.extend(latest);
            last = latest;
        }
    }
    made
}

#[test]
fn every_day_has_its_report_also_when_the_clock_changes_and_none_has_two() {
    // London skips 01:00 to 02:00 on 29 March 2026, and has it twice on 25 October.
    for (from, days) in [
        (
            "2026-03-27T12:00:00Z",
            ["2026-03-28", "2026-03-29", "2026-03-30"],
        ),
        (
            "2026-10-23T12:00:00Z",
            ["2026-10-24", "2026-10-25", "2026-10-26"],
        ),
    ] {
        for time in ["00:30", "01:00", "01:30", "02:00", "07:00", "23:59"] {
            let made = made(daily(time), London, from, 24 * 5, 1);
            let wanted = days.map(day);
            let has_them = made.windows(3).any(|three| three == wanted);
            assert!(has_them, "{time} from {from}: {made:?}");
            let follows = |pair: &[NaiveDate]| pair[0].succ_opt() == Some(pair[1]);
            assert!(made.windows(2).all(follows), "{made:?}");
        }
    }
    // Samoa had no 30 December 2011 at all.
    let made = made(daily("07:00"), Apia, "2011-12-28T20:00:00Z", 72, 1);
    assert_eq!(made, ["2011-12-29", "2011-12-31", "2012-01-01"].map(day));
}

#[test]
fn a_report_comes_at_the_same_time_of_the_wall_clock_before_and_after_a_change() {
    let next = |from| daily("07:00").next_after(New_York, at(from)).unwrap();
    assert_eq!(next("2026-03-07T12:30:00Z"), at("2026-03-08T11:00:00Z"));
    assert_eq!(next("2026-03-07T11:30:00Z"), at("2026-03-07T12:00:00Z"));
    assert_eq!(next("2026-11-01T00:00:00Z"), at("2026-11-01T12:00:00Z"));
    // 02:30 does not exist on 8 March: it comes right after the gap.
    let skipped = daily("02:30").next_after(New_York, at("2026-03-08T00:00:00Z"));
    assert_eq!(skipped, Some(at("2026-03-08T07:00:00Z")));
    let day_of = |now| daily("02:30").latest_day(New_York, at(now)).unwrap();
    assert_eq!(day_of("2026-03-08T07:00:00Z"), day("2026-03-08"));
    assert_eq!(day_of("2026-03-08T06:59:59Z"), day("2026-03-07"));
}

#[test]
fn a_monthly_report_covers_the_whole_month_before_however_long_it_is() {
    let monthly = |day| Timetable {
        rhythm: Rhythm::Monthly(day),
        minute_of_day: 0,
    };
    for (on, first, last) in [
        ("2026-03-01", "2026-02-01", "2026-02-28"),
        ("2024-03-28", "2024-02-01", "2024-02-29"),
        ("2026-01-01", "2025-12-01", "2025-12-31"),
        ("2026-05-15", "2026-04-01", "2026-04-30"),
    ] {
        assert_eq!(monthly(1).covers(day(on)), (day(first), day(last)), "{on}");
    }
    let made = made(monthly(1), London, "2026-01-15T00:00:00Z", 24 * 366, 5);
    assert_eq!(made.len(), 12);
    let covered: Vec<_> = made.iter().map(|day| monthly(1).covers(*day)).collect();
    for pair in covered.windows(2) {
        assert_eq!(
            pair[0].1.succ_opt(),
            Some(pair[1].0),
            "no day is left out or twice"
        );
    }
}

#[test]
fn a_day_that_a_month_does_not_have_is_its_last_one() {
    for (on, days) in [
        (28, ["2027-01-28", "2027-02-28", "2027-03-28", "2027-04-28"]),
        (29, ["2027-01-29", "2027-02-28", "2027-03-29", "2027-04-29"]),
        (29, ["2028-01-29", "2028-02-29", "2028-03-29", "2028-04-29"]),
        (30, ["2027-01-30", "2027-02-28", "2027-03-30", "2027-04-30"]),
        (30, ["2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"]),
        (31, ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        (31, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]),
    ] {
        let days = days.map(day);
        for (zone, minute_of_day) in [(London, 0), (New_York, 7 * 60), (Apia, 1439)] {
            let timetable = Timetable {
                rhythm: Rhythm::Monthly(on),
                minute_of_day,
            };
            let from = format!("{}T12:00:00Z", days[0].with_day(1).unwrap());
            let made = made(timetable, zone, &from, 24 * 120 + 20, 11);
            assert_eq!(made, days, "day {on} at {} in {zone}", timetable.time());
        }
    }
}

#[test]
fn the_last_day_of_a_month_may_be_the_one_on_which_the_clock_changes() {
    // London skips 01:00 to 02:00 on 31 March 2024, and has it twice on 31 October 2027.
    let next = |on, time, now| {
        let text = TimetableText {
            rhythm: "monthly",
            time,
            weekday: None,
            day_of_month: Some(on),
        };
        let timetable = Timetable::parse(&text).unwrap();
        let next = timetable.next_after(London, at(now)).unwrap();
        assert_eq!(
            timetable.latest_day(London, next),
            Some(store_day(next, London))
        );
        let before = timetable.latest_day(London, next - TimeDelta::seconds(1));
        assert!(before < timetable.latest_day(London, next), "{now}");
        next
    };
    let gap = at("2024-03-31T01:00:00Z");
    assert_eq!(next(31, "01:30", "2024-03-01T00:00:00Z"), gap);
    assert_eq!(
        next(31, "01:30", "2024-03-31T01:00:00Z"),
        at("2024-04-30T00:30:00Z")
    );
    let first_pass = at("2027-10-31T00:30:00Z");
    assert_eq!(next(31, "01:30", "2027-10-01T00:00:00Z"), first_pass);
    assert_eq!(
        next(31, "01:30", "2027-10-31T01:29:00Z"),
        at("2027-11-30T01:30:00Z")
    );
    // 00:30 on the last day is the evening before in UTC, and still the last day there.
    assert_eq!(
        next(30, "00:30", "2026-06-01T00:00:00Z"),
        at("2026-06-29T23:30:00Z")
    );
}

#[test]
fn whatever_the_day_of_the_month_each_month_is_covered_once() {
    for on in [1, 15, 28, 29, 30, 31] {
        let timetable = Timetable {
            rhythm: Rhythm::Monthly(on),
            minute_of_day: 23 * 60 + 59,
        };
        let made = made(timetable, London, "2027-01-01T00:00:00Z", 24 * 731, 23);
        assert_eq!(made.len(), 24, "day {on}");
        let covered: Vec<_> = made.iter().map(|day| timetable.covers(*day)).collect();
        for pair in covered.windows(2) {
            assert_eq!(pair[0].1.succ_opt(), Some(pair[1].0), "day {on}");
        }
    }
}

#[test]
fn a_late_report_covers_what_it_would_have_covered_in_time() {
    let weekly = Timetable {
        rhythm: Rhythm::Weekly(Weekday::Mon),
        minute_of_day: 7 * 60,
    };
    for now in [
        "2026-03-02T07:00:00Z",
        "2026-03-04T23:00:00Z",
        "2026-03-09T06:59:59Z",
    ] {
        let day_of = weekly.latest_day(London, at(now)).unwrap();
        assert_eq!(day_of, day("2026-03-02"), "{now}");
        assert_eq!(
            weekly.covers(day_of),
            (day("2026-02-23"), day("2026-03-01"))
        );
    }
}

#[test]
fn every_fault_of_a_timetable_is_told_with_its_field() {
    let fields = |rhythm, time, weekday, day_of_month| {
        let text = TimetableText {
            rhythm,
            time,
            weekday,
            day_of_month,
        };
        match Timetable::parse(&text) {
            Err(Error::Invalid { faults }) => faults.into_iter().map(|fault| fault.field).collect(),
            Err(other) => panic!("{other}"),
            Ok(_) => Vec::new(),
        }
    };
    assert_eq!(fields("hourly", "7:00", None, None), ["time", "rhythm"]);
    assert_eq!(
        fields("weekly", "07:00", None, Some(1)),
        ["weekday", "day_of_month"]
    );
    assert_eq!(fields("weekly", "07:00", Some("Mon"), None), ["weekday"]);
    for day in [None, Some(0), Some(32), Some(-1)] {
        assert_eq!(fields("monthly", "07:00", None, day), ["day_of_month"]);
    }
    assert_eq!(
        fields("daily", "24:00", Some("monday"), None),
        ["time", "weekday"]
    );
    for time in ["", "07", "07:60", "7:00", "07:00:00", "+7:00", "０7:00"] {
        assert_eq!(fields("daily", time, None, None), ["time"], "{time}");
    }
    assert!(fields("monthly", "23:59", None, Some(31)).is_empty());
}

proptest! {
    #[test]
    fn whenever_anybody_looks_each_day_is_made_once_and_in_order(
        minute in 0u16..1440, start in 0i64..20_000, steps in proptest::collection::vec(1i64..50, 1..40)
    ) {
        let timetable = Timetable { rhythm: Rhythm::Daily, minute_of_day: minute };
        for zone in [London, New_York, chrono_tz::Australia::Lord_Howe] {
            let mut now = DateTime::UNIX_EPOCH + TimeDelta::hours(start * 26);
            let mut last = timetable.latest_day(zone, now).unwrap();
            for step in &steps {
                now += TimeDelta::hours(*step);
                let latest = timetable.latest_day(zone, now).unwrap();
                prop_assert!(latest >= last);
                let today = store_day(now, zone);
                prop_assert!(latest == today || Some(latest) == today.pred_opt());
                last = latest;
            }
        }
    }
}

use chrono::{NaiveDate, TimeZone, Timelike};
use chrono_tz::{
    Africa::Cairo,
    America::{Havana, New_York, Sao_Paulo},
    Asia::{Kathmandu, Tehran},
    Australia::Lord_Howe,
    Europe::{Berlin, London},
    Pacific::Apia,
};
use proptest::{prelude::*, sample::select};

use super::*;

fn expression(text: &str) -> CronExpression {
    text.parse().unwrap()
}

/// Returns all ticks after `start` and not after `end`.
fn ticks(text: &str, zone: Tz, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let expression = expression(text);
    let next = |at: &DateTime<Utc>| next_tick_after(&expression, zone, *at);
    std::iter::successors(next(&start), next)
        .take_while(|tick| *tick <= end)
        .collect()
}

/// The definition, read word by word: every minute is looked at, and every time that the clock could show.
fn ticks_by_definition(
    text: &str,
    zone: Tz,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let expression = expression(text);
    let matches = |local: NaiveDateTime| {
        let mut crons = expression.alternatives.iter();
        crons.any(|cron| cron.is_time_matching(&local.and_utc()).unwrap())
    };
    let minute = chrono::TimeDelta::minutes(1);
    let margin = chrono::TimeDelta::days(3);
    let shown = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local();
    let moments: Vec<DateTime<Utc>> =
        std::iter::successors(Some(start - margin), |at| Some(*at + minute))
            .take_while(|at| *at <= end + margin)
            .collect();
    let mut found: Vec<DateTime<Utc>> = if expression.names_hours {
        // Each time that is named counts at the first moment at which the clock shows it, or more.
        let mut passed = 0;
        std::iter::successors(Some(shown(moments[0])), |local| Some(*local + minute))
            .filter(|local| matches(*local))
            .map_while(|local| {
                passed += moments[passed..]
                    .iter()
                    .position(|at| shown(*at) >= local)?;
                Some(moments[passed])
            })
            .collect()
    } else {
        moments
            .into_iter()
            .filter(|at| matches(shown(*at)))
            .collect()
    };
    found.dedup();
    found.retain(|tick| *tick > start && *tick <= end);
    found
}

fn utc(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().unwrap()
}

/// Days on which clocks change by an hour, by half of one, at midnight, or by a day; ends of months; leap days.
const DAYS: &[(Tz, &str)] = &[
    (London, "2026-03-29"),
    (London, "2026-10-25"),
    (Berlin, "2027-03-28"),
    (Berlin, "2026-10-25"),
    (New_York, "2026-03-08"),
    (New_York, "2026-11-01"),
    (Lord_Howe, "2026-04-05"),
    (Lord_Howe, "2026-10-04"),
    (Havana, "2026-03-08"),
    (Havana, "2026-11-01"),
    (Cairo, "2024-04-26"),
    (Cairo, "2024-10-31"),
    (Sao_Paulo, "2018-11-04"),
    (Tehran, "2022-03-22"),
    (Apia, "2011-12-30"),
    (Kathmandu, "2026-02-28"),
    (London, "2028-02-29"),
    (New_York, "2026-12-31"),
];

/// One expression, or two that both name hours, or both do not.
fn expressions() -> impl Strategy<Value = String> {
    (single_expressions(), single_expressions()).prop_map(|(one, other)| {
        let both = format!("{one} | {other}");
        both.parse::<CronExpression>().map_or(one, |_| both)
    })
}

fn single_expressions() -> impl Strategy<Value = String> {
    (
        select(&["0", "30", "0,30", "*/15", "*", "7-11", "59"][..]),
        select(
            &[
                "*", "0", "1", "2", "0,1,2,3", "1-3", "*/2", "23", "2,14", "0-23",
            ][..],
        ),
        select(&["*", "1", "29", "30,31", "L"][..]),
        select(&["*", "*", "2,3", "10-12"][..]),
        select(&["*", "*", "0", "1-5"][..]),
    )
        .prop_map(|(minute, hour, day, month, weekday)| {
            format!("{minute} {hour} {day} {month} {weekday}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn ticks_are_those_of_the_definition_none_skipped_and_none_doubled(
        text in expressions(),
        (zone, day) in select(DAYS),
        start in 0i64..2 * 24 * 3_600,
    ) {
        let noon = format!("{day}T12:00:00Z").parse::<DateTime<Utc>>().unwrap();
        let start = noon - chrono::TimeDelta::days(2) + chrono::TimeDelta::seconds(start);
        let end = noon + chrono::TimeDelta::days(2);
        // The definition looks at whole minutes; the search may begin at any second.
        let whole = start.with_second(0).unwrap();
        let mut wanted = ticks_by_definition(&text, zone, whole, end);
        wanted.retain(|tick| *tick > start);
        let found = ticks(&text, zone, start, end);
        prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert_eq!(found, wanted, "{} in {} from {}", text, zone, start);
    }

    #[test]
    fn due_ticks_are_counted_one_by_one(text in expressions(), (zone, day) in select(DAYS)) {
        let noon = format!("{day}T12:00:00Z").parse::<DateTime<Utc>>().unwrap();
        let all = ticks(&text, zone, noon - chrono::TimeDelta::days(2), noon + chrono::TimeDelta::days(1));
        if let [first, .., last] = all[..] {
            let now = last + chrono::TimeDelta::seconds(7);
            let due = due_ticks(&expression(&text), zone, first, now);
            prop_assert_eq!(due, DueTicks { latest: last, earlier: u32::try_from(all.len()).unwrap() - 1 });
        }
    }
}

#[test]
fn a_time_that_the_clock_skips_fires_once_right_after_the_gap() {
    let (start, end) = (utc("2026-03-28T12:00"), utc("2026-03-29T12:00"));
    // 01:00 to 02:00 does not exist.
    for text in ["30 1 * * *", "0,15,30 1 * * *", "30 1,2 29 3 *"] {
        let found = ticks(text, London, start, end);
        assert_eq!(found[0], utc("2026-03-29T01:00"), "{text}");
    }
    assert_eq!(ticks("0,30 1 * * *", London, start, end).len(), 1);
}

#[test]
fn a_time_that_comes_twice_fires_when_it_is_shown_first() {
    let (start, end) = (utc("2026-10-24T12:00"), utc("2026-10-25T12:00"));
    assert_eq!(
        ticks("30 1 * * *", London, start, end),
        [utc("2026-10-25T00:30")]
    );
    let second_pass = utc("2026-10-25T01:10");
    assert_eq!(
        ticks("30 1 * * *", London, second_pass, utc("2026-10-26T12:00")),
        [utc("2026-10-26T01:30")]
    );
}

#[test]
fn every_quarter_of_an_hour_goes_by_real_time_also_when_clocks_change() {
    for (zone, day) in [
        (London, "2026-03-29"),
        (London, "2026-10-25"),
        (Lord_Howe, "2026-04-05"),
    ] {
        let noon = format!("{day}T12:00:00Z").parse::<DateTime<Utc>>().unwrap();
        let found = ticks(
            "*/15 * * * *",
            zone,
            noon - chrono::TimeDelta::days(1),
            noon,
        );
        assert_eq!(found.len(), 96, "{zone} {day}");
        let quarter = chrono::TimeDelta::minutes(15);
        assert!(found.windows(2).all(|pair| pair[1] - pair[0] == quarter));
    }
}

#[test]
fn leap_days_and_ends_of_months_are_found_years_ahead() {
    let at = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let leap = next_tick_after(&expression("0 9 29 2 *"), Berlin, utc("2096-03-01T00:00")).unwrap();
    assert_eq!(leap.with_timezone(&Berlin).date_naive(), at(2104, 2, 29));
    let last = ticks(
        "0 0 L * *",
        London,
        utc("2026-01-01T00:00"),
        utc("2026-05-01T00:00"),
    );
    let days: Vec<NaiveDate> = last
        .iter()
        .map(|tick| tick.with_timezone(&London).date_naive())
        .collect();
    assert_eq!(
        days,
        [
            at(2026, 1, 31),
            at(2026, 2, 28),
            at(2026, 3, 31),
            at(2026, 4, 30)
        ]
    );
}

#[test]
fn sundays_are_zero_and_seven_and_either_day_field_may_match() {
    let (start, end) = (utc("2026-11-01T12:00"), utc("2026-11-17T12:00"));
    let sundays = [utc("2026-11-08T06:00"), utc("2026-11-15T06:00")];
    assert_eq!(ticks("0 6 * * 0", Tz::UTC, start, end), sundays);
    assert_eq!(ticks("0 6 * * 7", Tz::UTC, start, end), sundays);
    assert_eq!(ticks("0 6 13 * 0", Tz::UTC, start, end).len(), 3);
}

#[test]
fn what_never_comes_has_no_tick_and_what_cannot_be_read_is_refused() {
    assert_eq!(
        next_tick_after(&expression("0 0 30 2 *"), London, utc("2026-01-01T00:00")),
        None
    );
    for text in [
        "",
        "* * * *",
        "0 * * * * *",
        "60 * * * *",
        "@reboot",
        "a b c d e",
    ] {
        assert!(text.parse::<CronExpression>().is_err(), "{text}");
    }
}

#[test]
fn years_of_missed_minutes_are_not_walked_over() {
    let now = Utc.with_ymd_and_hms(2026, 11, 25, 0, 0, 30).unwrap();
    let due = due_ticks(
        &expression("* * * * *"),
        Berlin,
        utc("2016-01-01T00:00"),
        now,
    );
    assert_eq!(due.latest, utc("2026-11-25T00:00"));
    assert_eq!(due.earlier, MOST_COUNTED);
}

#[test]
fn several_expressions_match_what_one_of_them_does_and_agree_on_naming_hours() {
    let start = utc("2027-11-01T00:00");
    let days = |text| -> Vec<String> {
        let found = ticks(text, London, start, utc("2028-04-01T12:00"));
        let days = found.iter().map(|tick| tick.date_naive().to_string());
        days.collect()
    };
    assert_eq!(
        days("0 9 30 1,3-12 * | 0 9 L 2 *"),
        [
            "2027-11-30",
            "2027-12-30",
            "2028-01-30",
            "2028-02-29",
            "2028-03-30"
        ]
    );
    assert_eq!(days("0 9 L * * | 0 9 30 11 *").len(), 5, "together is once");
    for bad in ["0 9 1 * * |", "0 9 1 * * | soon", "0 9 1 * * | 0 * 1 * *"] {
        assert!(bad.parse::<CronExpression>().is_err(), "{bad}");
    }
}

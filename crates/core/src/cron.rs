//! When the ticks of a schedule fall: cron expressions, read on the wall clock of a time zone.
//!
//! Five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday); `L`, `W` and `#` as croner has
//! them. Where both fields of the day are restricted, either may match, as in Vixie cron. Several expressions with `|` between
//! them match whatever one of them does (`0 9 30 1,3-12 * | 0 9 L 2 *`: the 30th, in February the last day). When clocks
//! change:
//!
//! - An expression that *names hours* fires once for each time that it names. A time that the clock skips counts at the
//!   first moment after the gap; a time that the clock shows twice counts when it is shown first.
//! - An expression that runs *in every hour* (`*/15 * * * *`) goes by real time: it fires whenever the clock shows a time
//!   that matches, in both passes of an hour that comes twice.
//!
//! Either way ticks strictly increase: what falls together (two times in one gap) is one tick.

mod clock_changes;

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};

use crate::Error;
use clock_changes::{first_change, first_moment_of, offset_at};

/// A cron expression of five fields, or several of them, that has been read.
#[derive(Debug, Clone)]
pub struct CronExpression {
    text: String,
    alternatives: Vec<Cron>,
    names_hours: bool,
}

impl FromStr for CronExpression {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let unreadable = |reason: String| Error::invalid("expression", reason);
        let alternatives = text
            .split('|')
            .map(|text| parser.parse(text.trim()))
            .collect::<Result<Vec<Cron>, _>>()
            .map_err(|error| unreadable(error.to_string()))?;
        let names_hours = |cron: &Cron| cron.pattern.hours.values().len() < 24;
        let naming = alternatives.iter().filter(|cron| names_hours(cron)).count();
        if naming != 0 && naming != alternatives.len() {
            return Err(unreadable("names hours in one part only".to_owned()));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            alternatives,
            names_hours: naming != 0,
        })
    }
}

impl fmt::Display for CronExpression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl PartialEq for CronExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl CronExpression {
    /// Returns the next time, on a clock that never changes, that matches.
    fn next_on_clock(&self, from: NaiveDateTime, inclusive: bool) -> Option<NaiveDateTime> {
        let from = from.and_utc();
        // What croner cannot find within 3,000 years (a 30th of February) never comes.
        let found = |cron: &Cron| cron.find_next_occurrence(&from, inclusive).ok();
        let first = self.alternatives.iter().filter_map(found).min();
        first.map(|at| at.naive_utc())
    }
}

/// Returns the first tick after `moment`; `None` when none ever comes.
#[must_use]
pub fn next_tick_after(
    expression: &CronExpression,
    zone: Tz,
    moment: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if expression.names_hours {
        next_named_time(expression, zone, moment)
    } else {
        next_shown_time(expression, zone, moment)
    }
}

/// Walks over the times that are named, each of which counts once.
fn next_named_time(
    expression: &CronExpression,
    zone: Tz,
    moment: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let mut local = moment.naive_utc() + offset_at(zone, moment);
    loop {
        local = expression.next_on_clock(local, false)?;
        let tick = first_moment_of(zone, local);
        // Earlier when the clock shows this hour for the second time: then it has fired.
        if tick > moment {
            return Some(tick);
        }
    }
}

/// Walks over real time, from one change of the clock to the next.
fn next_shown_time(
    expression: &CronExpression,
    zone: Tz,
    mut moment: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let mut inclusive = false;
    loop {
        let offset = offset_at(zone, moment);
        let shown = expression.next_on_clock(moment.naive_utc() + offset, inclusive)?;
        let tick = (shown - offset).and_utc();
        match first_change(zone, moment, tick) {
            None => return Some(tick),
            Some(change) => (moment, inclusive) = (change, true),
        }
    }
}

/// The ticks that have come by some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueTicks {
    /// The latest of them.
    pub latest: DateTime<Utc>,
    /// How many came before it, counted up to [`MOST_COUNTED`].
    pub earlier: u32,
}

/// Missed ticks beyond so many are not counted: a week of minutes takes a few dozen milliseconds.
pub const MOST_COUNTED: u32 = 10_000;

/// Returns the ticks from `first`, which is one itself, up to `now`.
#[must_use]
pub fn due_ticks(
    expression: &CronExpression,
    zone: Tz,
    first: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DueTicks {
    let next = |at| next_tick_after(expression, zone, at).filter(|tick| *tick <= now);
    let mut due = DueTicks {
        latest: first,
        earlier: 0,
    };
    while let Some(tick) = next(due.latest) {
        due.latest = tick;
        due.earlier += 1;
        if due.earlier == MOST_COUNTED {
            break;
        }
    }
    // Too many to walk over: look for the latest in ever longer spans before now.
    for hours in [1, 24, 24 * 32, 24 * 367] {
        let from = now - chrono::TimeDelta::hours(hours);
        if due.earlier < MOST_COUNTED || from <= due.latest {
            break;
        }
        if next(from).is_some() {
            due.latest = from;
            break;
        }
    }
    while let Some(tick) = next(due.latest) {
        due.latest = tick;
    }
    due
}

#[cfg(test)]
mod tests;

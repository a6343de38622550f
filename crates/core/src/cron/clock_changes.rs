use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// No zone changes its clock twice within so long.
const STEP: TimeDelta = TimeDelta::hours(12);

/// More than any zone is away from UTC, with the longest jump that there was (a day, in Samoa).
const FARTHEST: TimeDelta = TimeDelta::hours(40);

/// Returns how far the clocks of `zone` are ahead of UTC at a moment.
pub(super) fn offset_at(zone: Tz, moment: DateTime<Utc>) -> FixedOffset {
    zone.offset_from_utc_datetime(&moment.naive_utc()).fix()
}

/// Returns the first moment after `from` and not after `until` at which the clock has changed.
pub(super) fn first_change(
    zone: Tz,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let offset = offset_at(zone, from);
    // Clocks change at whole seconds, and so the search goes by these.
    let mut start = DateTime::from_timestamp(from.timestamp(), 0).unwrap_or(from);
    while start < until {
        let end = (start + STEP).min(until);
        if offset_at(zone, end) != offset {
            return Some(first_moment(start, end, |at| offset_at(zone, at) != offset));
        }
        start = end;
    }
    None
}

/// Returns the first moment at which the clock shows `local` or, where it skips that, something later.
pub(super) fn first_moment_of(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
        LocalResult::None => {
            let middle = local.and_utc();
            let is_behind = |at: DateTime<Utc>| at.naive_utc() + offset_at(zone, at) > local;
            first_moment(middle - FARTHEST, middle + FARTHEST, is_behind)
        }
    }
}

/// Finds the second at which `is_there` becomes true: it is false at `before` and true at `after`.
fn first_moment(
    mut before: DateTime<Utc>,
    mut after: DateTime<Utc>,
    is_there: impl Fn(DateTime<Utc>) -> bool,
) -> DateTime<Utc> {
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if is_there(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

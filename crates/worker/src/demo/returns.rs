//! What comes back, some days after it was bought.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::{lines::Line, random::Random};

/// Parcels on their way back, by the day on which they arrive.
#[derive(Default)]
pub(super) struct Returns(BTreeMap<NaiveDate, Vec<Line>>);

impl Returns {
    /// Decides whether something of a sale comes back: about one line in forty.
    pub(super) fn expect(&mut self, random: &mut Random, sale: &Line) {
        if !random.chance(1, 40) {
            return;
        }
        let day = sale.at.date() + TimeDelta::days(i64::from(random.between(2, 24)));
        let kept = if random.chance(3, 4) {
            sale.quantity
        } else {
            1
        };
        let mut line = sale.clone();
        line.quantity = -kept;
        line.at = NaiveDateTime::new(day, sale.at.time());
        self.0.entry(day).or_default().push(line);
    }

    /// Takes what arrives on a day, in the order of the time.
    pub(super) fn take(&mut self, day: NaiveDate) -> Vec<Line> {
        let mut lines = self.0.remove(&day).unwrap_or_default();
        lines.sort_by_key(|line| line.at);
        lines
    }
}

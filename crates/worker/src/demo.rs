//! Makes up a shop and a year of its invoices, so that there is something to look at.
//!
//! Pure and repeatable: the same [`Plan`] gives the same bytes on every machine. Only whole numbers and divisions are used,
//! since the last digit of a sine or a logarithm differs between machines. What a day holds depends on the seed and the
//! date alone, so two plans that overlap agree on the days that they share.

mod calendar;
mod catalogue;
mod customers;
mod lines;
mod orders;
mod random;
mod returns;
pub(crate) mod shelves;
mod words;

use std::io::{self, Write};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use calendar::{orders_on, times_of_day};
use catalogue::Catalogue;
use customers::Customers;
use lines::Lines;
use orders::Day;
use random::Random;
use returns::Returns;

/// What the made-up shop is called.
pub const SHOP: &str = "Harbour & Hearth";
/// The currency of its prices.
pub const CURRENCY: &str = "USD";
/// Where its days begin.
pub const ZONE: Tz = chrono_tz::America::New_York;

/// What to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Another seed, another shop.
    pub seed: u64,
    /// The last moment, by the shop's wall clock.
    pub until: NaiveDateTime,
    /// How many days, the last one included.
    pub days: u32,
    /// How many things it sells.
    pub variants: u32,
    /// About how many orders in all.
    pub orders: u32,
}

/// No more orders on an average day: the busiest has six times as many, and a counter of four digits names them.
pub const ORDERS_A_DAY: u32 = 1_000;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Lines of invoices, broken ones included.
    pub lines: u64,
    /// Invoices with a sale.
    pub orders: u64,
    /// Lines that an import must reject.
    pub broken: u64,
}

impl Plan {
    fn first_day(&self) -> NaiveDate {
        self.until.date() - TimeDelta::days(i64::from(self.days.max(1) - 1))
    }

    /// Writes the invoices as CSV, in the order of their time.
    ///
    /// # Errors
    /// When `out` refuses.
    pub fn write(&self, out: impl Write) -> io::Result<Written> {
        let catalogue = Catalogue::make(&mut Random::new(self.seed, "catalogue"), self.variants);
        let customers = Customers::make(&mut Random::new(self.seed, "customers"), self.orders);
        let mut lines = Lines::begin(out, self.until)?;
        let mut returns = Returns::default();
        for date in self
            .first_day()
            .iter_days()
            .take_while(|date| *date <= self.until.date())
        {
            // Each day has a seed of its own: see above.
            let mut random = Random::new(self.seed, &date.to_string());
            let count = orders_on(&mut random, date, self.orders, self.days.max(1));
            let mut day = Day::new(date, &catalogue, &customers);
            for time in times_of_day(&mut random, count) {
                day.sell(&mut random, time, &mut returns);
            }
            day.take_back(&mut returns);
            day.note_stock(&mut random);
            day.break_some(&mut random);
            day.write(&mut lines)?;
        }
        lines.end()
    }
}

#[cfg(test)]
mod tests;

//! One day of the shop.

use std::io::{self, Write};

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use super::{
    calendar::time_of_day,
    catalogue::{Catalogue, Variant},
    customers::{Customer, Customers},
    lines::{Fault, Line, Lines},
    random::Random,
    returns::Returns,
    words::{HOME, STOCK_NOTES},
};

/// Faults in the order in which they turn up.
const FAULTS: [Fault; 6] = [
    Fault::WordForNumber,
    Fault::NoSuchDay,
    Fault::PriceForPeople,
    Fault::TooFewFields,
    Fault::NoInvoice,
    Fault::ZeroQuantity,
];

/// What happens on a day, before it is put in the order of its time.
pub(super) struct Day<'a> {
    date: NaiveDate,
    catalogue: &'a Catalogue,
    customers: &'a Customers,
    counter: u32,
    lines: Vec<Line>,
}

impl<'a> Day<'a> {
    pub(super) fn new(date: NaiveDate, catalogue: &'a Catalogue, customers: &'a Customers) -> Self {
        Self {
            date,
            catalogue,
            customers,
            counter: 0,
            lines: Vec::new(),
        }
    }

    /// Numbers begin with the day, so that they rise and no two days share one.
    fn next_number(&mut self) -> String {
        self.counter += 1;
        let days = self.date.num_days_from_ce() - 730_000;
        format!("{days}{:04}", self.counter)
    }

    fn line(
        &self,
        invoice: &str,
        at: NaiveDateTime,
        customer: &Customer,
        variant: &Variant,
        quantity: u32,
    ) -> Line {
        Line {
            invoice: invoice.to_owned(),
            sku: variant.sku.clone(),
            title: variant.title.clone(),
            quantity: i64::from(quantity),
            at,
            cents: i64::from(variant.cents),
            customer: customer.id.clone(),
            country: customer.country,
            fault: None,
        }
    }

    /// Somebody orders something.
    pub(super) fn sell(&mut self, random: &mut Random, time: NaiveTime, returns: &mut Returns) {
        let number = self.next_number();
        let at = self.date.and_time(time);
        let customer = self.customers.pick(random);
        for _ in 0..lines_of(random, &customer) {
            let variant = self.catalogue.pick(random);
            let mut line = self.line(
                &number,
                at,
                &customer,
                variant,
                pieces(random, &customer, variant.cents),
            );
            if customer.is_trade {
                line.cents = line.cents * 85 / 100;
            }
            returns.expect(random, &line);
            self.lines.push(line);
        }
        if customer.country != HOME {
            let postage = Variant {
                sku: "POST".to_owned(),
                title: "Postage".to_owned(),
                cents: 1_250,
            };
            self.lines
                .push(self.line(&number, at, &customer, &postage, 1));
        }
    }

    /// Parcels come back: a credit note each.
    pub(super) fn take_back(&mut self, returns: &mut Returns) {
        for mut line in returns.take(self.date) {
            line.invoice = format!("C{}", self.next_number());
            self.lines.push(line);
        }
    }

    /// Somebody writes down what is broken, lost or found; at the end of a quarter a debt is written off.
    pub(super) fn note_stock(&mut self, random: &mut Random) {
        let nobody = Customer {
            id: String::new(),
            country: HOME,
            is_trade: false,
        };
        for _ in 0..random.between(0, 3) {
            let number = self.next_number();
            let at = self.date.and_time(time_of_day(random));
            let (note, is_less) = *random.pick(STOCK_NOTES);
            let variant = self.catalogue.pick(random);
            let mut line = self.line(&number, at, &nobody, variant, random.between(1, 24));
            line.title = note.to_owned();
            line.cents = 0;
            line.quantity *= if is_less { -1 } else { 1 };
            self.lines.push(line);
        }
        if self.date.month().is_multiple_of(3) && self.date.day() == 28 {
            let number = format!("A{}", self.next_number());
            let debt = Variant {
                sku: "B".to_owned(),
                title: "Adjust bad debt".to_owned(),
                cents: random.between(20_000, 90_000),
            };
            let mut line = self.line(
                &number,
                self.date.and_time(time_of_day(random)),
                &nobody,
                &debt,
                1,
            );
            line.cents = -line.cents;
            self.lines.push(line);
        }
    }

    /// Spoils a copy of a line on a few days of the year, so that rejected rows can be seen.
    pub(super) fn break_some(&mut self, random: &mut Random) {
        if !random.chance(1, 30) || self.lines.is_empty() {
            return;
        }
        let mut line = random.pick(&self.lines).clone();
        // In turn by the month, so that each kind is seen in half a year.
        line.fault = Some(FAULTS[self.date.month0() as usize % FAULTS.len()]);
        self.lines.push(line);
    }

    /// Writes the day in the order of its time; lines of an invoice stay together.
    pub(super) fn write<W: Write>(mut self, lines: &mut Lines<W>) -> io::Result<()> {
        self.lines
            .sort_by(|a, b| (a.at, &a.invoice).cmp(&(b.at, &b.invoice)));
        for line in &self.lines {
            lines.write(line)?;
        }
        Ok(())
    }
}

/// How many different things are in a basket.
fn lines_of(random: &mut Random, customer: &Customer) -> u32 {
    if customer.is_trade {
        return random.between(5, 18);
    }
    // One thing most often, then fewer and fewer.
    let mut lines = 1;
    while lines < 12 && random.chance(11, 20) {
        lines += 1;
    }
    lines
}

/// How many pieces of one thing.
fn pieces(random: &mut Random, customer: &Customer, cents: u32) -> u32 {
    if customer.is_trade {
        return *random.pick(if cents > 4_000 {
            &[2, 4, 6]
        } else {
            &[6, 12, 12, 24, 48]
        });
    }
    match (cents, random.between(0, 9)) {
        (..1_000, 0..=3) => random.between(2, 6),
        (_, 0..=1) => 2,
        _ => 1,
    }
}

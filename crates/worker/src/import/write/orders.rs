use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use suite_core::{
    Error,
    id::{CustomerId, OrderId, VariantId},
    invoice_lines::{Buyer, Deltas, LineContent, OrderLine, OrderSums, VariantDay, missing},
    sales::{LineMeaning, Measures},
    store_time::store_day,
};
use suite_db::{
    AccountTx, DbResult,
    imports::{self, NewLines, Orders, StoredLine, StoredOrder},
};

use super::{Target, count, movements::Movement};
use crate::import::batch::{Batch, Line};

/// A buyer, on the store's day of the sale.
pub(super) type BuyerDay = (NaiveDate, Buyer<Arc<str>>);

/// What the orders of a batch came to.
pub(super) struct Written {
    /// To be written next, with the number of the title of each.
    pub(super) lines: NewLines,
    pub(super) titles: Vec<u32>,
    pub(super) added: i64,
    pub(super) unchanged: i64,
    pub(super) by_buyer: Vec<(BuyerDay, Measures)>,
    pub(super) by_variant: Vec<(VariantDay, Measures)>,
    pub(super) has_moved: bool,
}

/// Writes the orders of a batch; their lines, and what only moves stock, are returned for later.
pub(super) async fn write(
    tx: &mut AccountTx,
    target: &Target,
    batch: &Batch,
    variants: &[VariantId],
    customers: &[Option<CustomerId>],
) -> DbResult<(Written, Vec<Movement>)> {
    let (invoices, movements) = invoices(batch, variants);
    let numbers = invoices.iter().map(|invoice| invoice.number).collect();
    let stored = Stored::load(tx, target, numbers).await?;
    let mut merge = Merge {
        batch,
        customers,
        zone: target.terms.zone,
        new: Orders::default(),
        changed: Orders::default(),
        lines: NewLines::with_capacity(batch.lines.len()),
        titles: Vec::with_capacity(batch.lines.len()),
        deltas: Deltas::default(),
        unchanged: 0,
        has_moved: false,
    };
    for invoice in &invoices {
        match stored.orders.get(invoice.number) {
            None => merge.add(invoice),
            Some(order) => {
                let lines = stored.lines.get(&order.id()).map_or(&[][..], Vec::as_slice);
                merge.merge(invoice, order, lines)?;
            }
        }
    }
    if !merge.new.is_empty() {
        imports::insert_orders(tx, target.store_id, target.terms.currency, &merge.new).await?;
    }
    if !merge.changed.is_empty() {
        imports::update_orders(tx, &merge.changed).await?;
    }
    Ok((merge.finish(), movements))
}

/// The lines with money of one invoice, in the order of the file.
struct Invoice<'a> {
    number: &'a str,
    customer: &'a str,
    customer_number: Option<u32>,
    country: &'a str,
    lines: Vec<(OrderLine, &'a Line)>,
}

/// Parts the batch into invoices with money and movements without.
fn invoices<'a>(batch: &'a Batch, variants: &[VariantId]) -> (Vec<Invoice<'a>>, Vec<Movement>) {
    let mut invoices = Vec::new();
    let mut movements = Vec::new();
    for range in batch.invoice_ranges() {
        let rows = &batch.lines[range];
        let mut lines = Vec::with_capacity(rows.len());
        for line in rows {
            let variant_id = variants[line.sku as usize];
            let LineMeaning::Sales(event) = line.meaning else {
                movements.push(Movement::of(batch, line, variant_id));
                continue;
            };
            let order_line = OrderLine {
                variant_id,
                at: line.at,
                day: line.day,
                quantity: line.quantity,
                unit_price: line.unit_price,
                discount: Decimal::ZERO,
                tax: Decimal::ZERO,
                event,
            };
            lines.push((order_line, line));
        }
        let Some((_, first)) = lines.first() else {
            continue;
        };
        let number = batch.invoices.get(first.invoice);
        let (mut customer, mut customer_number, mut country) = ("", None, "");
        for (_, line) in &lines {
            let name: &str = batch.customers.get(line.customer);
            if prefer(customer, name) != customer {
                (customer, customer_number) = (name, Some(line.customer));
            }
            country = prefer(country, batch.countries.get(line.country));
        }
        invoices.push(Invoice {
            number,
            customer,
            customer_number,
            country,
            lines,
        });
    }
    (invoices, movements)
}

/// Where the lines of an invoice name several customers or countries, the first in the alphabet stands for the invoice, so
/// that the order in which files come does not matter. An empty one says nothing.
fn prefer<'a>(one: &'a str, other: &'a str) -> &'a str {
    match (one.is_empty(), other.is_empty()) {
        (true, _) => other,
        (_, true) => one,
        _ => one.min(other),
    }
}

/// What the store has of the invoices of a batch.
struct Stored {
    orders: HashMap<String, StoredOrder>,
    lines: HashMap<OrderId, Vec<StoredLine>>,
}

impl Stored {
    async fn load(tx: &mut AccountTx, target: &Target, numbers: Vec<&str>) -> DbResult<Self> {
        let orders = imports::lock_orders(tx, target.store_id, numbers).await?;
        let mut lines: HashMap<OrderId, Vec<StoredLine>> = HashMap::new();
        if !orders.is_empty() {
            let ids: Vec<OrderId> = orders.iter().map(StoredOrder::id).collect();
            for line in imports::stored_lines(tx, &ids).await? {
                lines.entry(line.order_id()).or_default().push(line);
            }
        }
        Ok(Self {
            orders: orders
                .into_iter()
                .map(|order| (order.number.clone(), order))
                .collect(),
            lines,
        })
    }
}

struct Merge<'a> {
    batch: &'a Batch,
    customers: &'a [Option<CustomerId>],
    zone: chrono_tz::Tz,
    new: Orders<'a>,
    changed: Orders<'a>,
    lines: NewLines,
    titles: Vec<u32>,
    deltas: Deltas<Arc<str>>,
    unchanged: i64,
    has_moved: bool,
}

impl<'a> Merge<'a> {
    fn customer_id(&self, invoice: &Invoice<'_>) -> Option<CustomerId> {
        invoice
            .customer_number
            .and_then(|number| self.customers[number as usize])
    }

    /// Adds an invoice that the store does not have.
    fn add(&mut self, invoice: &Invoice<'a>) {
        let lines: Vec<OrderLine> = invoice.lines.iter().map(|(line, _)| *line).collect();
        let Some(sums) = OrderSums::of(&lines) else {
            return;
        };
        let id = OrderId::new();
        let customer_id = self.customer_id(invoice);
        self.new
            .push(id, invoice.number, customer_id, invoice.country, &sums);
        for (position, (line, row)) in (1..).zip(&invoice.lines) {
            self.lines.push(id, position, line);
            self.titles.push(row.title);
        }
        let buyer = Buyer {
            country: invoice.country.into(),
            customer_id,
        };
        self.deltas.add(&buyer, &lines);
    }

    /// Adds to an invoice what it lacks.
    fn merge(
        &mut self,
        invoice: &Invoice<'a>,
        order: &StoredOrder,
        stored: &[StoredLine],
    ) -> DbResult<()> {
        let new = missing(
            stored.iter().map(stored_content),
            invoice
                .lines
                .iter()
                .map(|(line, row)| (content(line, self.batch.titles.get(row.title)), row.ordinal)),
        );
        self.unchanged += count(invoice.lines.len() - new.len());
        let before = Buyer {
            country: Arc::from(order.country.as_str()),
            customer_id: order.customer_id(),
        };
        let after = Buyer {
            country: Arc::from(prefer(&order.country, invoice.country)),
            customer_id: if prefer(&order.customer, invoice.customer) == order.customer {
                order.customer_id()
            } else {
                self.customer_id(invoice)
            },
        };
        if new.is_empty() && before == after {
            return Ok(());
        }
        let mut lines = stored
            .iter()
            .map(|line| order_line(line, self.zone))
            .collect::<DbResult<Vec<OrderLine>>>()?;
        self.deltas.subtract(&before, &lines);
        let last = stored.last().map_or(0, |line| line.position);
        for (position, place) in (last + 1..).zip(new) {
            let (line, row) = &invoice.lines[place];
            self.lines.push(order.id(), position, line);
            self.titles.push(row.title);
            lines.push(*line);
        }
        self.deltas.add(&after, &lines);
        self.has_moved |= before != after;
        if let Some(sums) = OrderSums::of(&lines) {
            self.changed.push(
                order.id(),
                invoice.number,
                after.customer_id,
                after.country.to_string(),
                &sums,
            );
        }
        Ok(())
    }

    fn finish(self) -> Written {
        Written {
            added: count(self.lines.len()),
            unchanged: self.unchanged,
            by_buyer: self.deltas.by_buyer(),
            by_variant: self.deltas.by_variant(),
            has_moved: self.has_moved,
            lines: self.lines,
            titles: self.titles,
        }
    }
}

fn content<'a>(line: &OrderLine, title: &'a str) -> LineContent<&'a str> {
    LineContent {
        variant_id: line.variant_id,
        title,
        quantity: line.quantity,
        unit_price: line.unit_price,
        at: line.at,
    }
}

fn stored_content(line: &StoredLine) -> LineContent<&str> {
    LineContent {
        variant_id: line.variant_id(),
        title: &line.title,
        quantity: line.quantity.normalize(),
        unit_price: line.unit_price.normalize(),
        at: line.occurred_at,
    }
}

fn order_line(line: &StoredLine, zone: chrono_tz::Tz) -> DbResult<OrderLine> {
    Ok(OrderLine {
        variant_id: line.variant_id(),
        at: line.occurred_at,
        day: store_day(line.occurred_at, zone),
        quantity: line.quantity,
        unit_price: line.unit_price,
        discount: line.discount,
        tax: line.tax,
        event: line
            .event()
            .ok_or_else(|| Error::internal("a line of an unknown event"))?,
    })
}

//! Orders that a file tells as a whole: what it says now stands in place of what was said before.

mod line_items;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use rust_decimal::Decimal;
use suite_core::{
    Error,
    id::{CustomerId, OrderId, VariantId},
    invoice_lines::{Buyer, Deltas, OrderLine, OrderSums, Ordinals, line_key},
    sales::Measures,
    shopify_orders::{OrderHead, Settled, settle},
    store_time::store_day,
};
use suite_db::{
    AccountTx, Db, DbResult,
    imports::{
        KnownMovement, Reject, WholeLine, WholeOrder, known_movements, lock_whole_orders,
        replace_lines, whole_lines, write_whole_orders,
    },
};

use super::{Staged, Target, begin, count, customers::Customers, movements::Movement};
use crate::import::{
    interner::Interner,
    whole_orders::{FileOrder, OrderBatch},
};

/// The channel of invoices that were imported line by line.
const INVOICES: &str = "import";

/// Writes whole orders; remembers the customers that it has met.
pub(in crate::import) struct WholeOrderWriter<'a> {
    db: &'a Db,
    target: Target,
    customers: Customers,
}

impl<'a> WholeOrderWriter<'a> {
    pub(in crate::import) fn new(db: &'a Db, target: Target) -> Self {
        Self {
            db,
            target,
            customers: Customers::default(),
        }
    }

    /// Writes variants, customers, orders and lines of a batch, which has each order once.
    pub(in crate::import) async fn write(&mut self, batch: OrderBatch) -> DbResult<Staged> {
        let (mut tx, permit) = begin(self.db, &self.target).await?;
        let orders = &batch.orders;
        let variants = line_items::resolve(&mut tx, self.target.store_id, orders).await?;
        let customers = self.resolve_customers(&mut tx, orders).await?;
        let mut work = Work::begin(&mut tx, self.target, orders).await?;
        for ((order, variants), customer_id) in orders.iter().zip(&variants).zip(customers) {
            work.take(order, variants, customer_id)?;
        }
        work.write(&mut tx).await?;
        let mut rejects = batch.rejects;
        rejects.append(&mut work.rejects);
        Ok(Staged {
            tx,
            rows: batch.rows,
            added: work.added,
            unchanged: work.unchanged,
            by_buyer: work.deltas.by_buyer(),
            by_variant: work.deltas.by_variant(),
            has_moved_orders: work.has_changed,
            movements: work.movements,
            rejects,
            _permit: permit,
        })
    }

    async fn resolve_customers(
        &mut self,
        tx: &mut AccountTx,
        orders: &[FileOrder],
    ) -> DbResult<Vec<Option<CustomerId>>> {
        let mut names = Interner::default();
        let mut countries: Vec<&str> = Vec::new();
        let mut numbers = Vec::with_capacity(orders.len());
        for order in orders {
            let (number, is_new) = names.intern(&order.head.customer);
            if is_new {
                countries.push(&order.head.country);
            }
            numbers.push(number);
        }
        let store_id = self.target.store_id;
        let known = self
            .customers
            .resolve(tx, store_id, names.texts(), || countries)
            .await?;
        Ok(numbers
            .into_iter()
            .map(|number| known[number as usize])
            .collect())
    }
}

/// What a batch comes to, while its orders are gone through.
struct Work {
    target: Target,
    stored: HashMap<String, WholeOrder>,
    stored_lines: HashMap<OrderId, Vec<WholeLine>>,
    gifts: HashSet<KnownMovement>,
    orders: Vec<WholeOrder>,
    sums: Vec<(i32, Measures)>,
    lines: Vec<WholeLine>,
    deltas: Deltas<Arc<str>>,
    movements: Vec<Movement>,
    rejects: Vec<Reject>,
    added: i64,
    unchanged: i64,
    has_changed: bool,
}

impl Work {
    async fn begin(tx: &mut AccountTx, target: Target, orders: &[FileOrder]) -> DbResult<Self> {
        let names = orders.iter().map(|order| order.name.as_str()).collect();
        let stored = lock_whole_orders(tx, target.store_id, names).await?;
        let ids: Vec<OrderId> = stored.iter().map(WholeOrder::id).collect();
        let mut stored_lines: HashMap<OrderId, Vec<WholeLine>> = HashMap::new();
        for line in whole_lines(tx, &ids).await? {
            stored_lines.entry(line.order_id()).or_default().push(line);
        }
        let with_gifts = orders.iter().filter(|order| order.has_gifts());
        let with_gifts = with_gifts.map(|order| order.name.as_str()).collect();
        let gifts = known_movements(tx, target.store_id, target.format, with_gifts).await?;
        Ok(Self {
            target,
            stored: stored
                .into_iter()
                .map(|order| (order.number.clone(), order))
                .collect(),
            stored_lines,
            gifts: gifts.into_iter().collect(),
            orders: Vec::new(),
            sums: Vec::new(),
            lines: Vec::new(),
            deltas: Deltas::default(),
            movements: Vec::new(),
            rejects: Vec::new(),
            added: 0,
            unchanged: 0,
            has_changed: false,
        })
    }

    /// Takes an order of the file, or refuses it with all its rows.
    fn take(
        &mut self,
        order: &FileOrder,
        variants: &[VariantId],
        customer_id: Option<CustomerId>,
    ) -> DbResult<()> {
        let stored = self.stored.remove(&order.name);
        if stored
            .as_ref()
            .is_some_and(|stored| stored.channel == INVOICES)
        {
            let reason = "an invoice of this number was imported line by line";
            self.refuse(order, reason);
            return Ok(());
        }
        let head = merged(&order.head, stored.as_ref());
        let settled = match settle(&head, &order.items, self.target.terms.currency) {
            Ok(settled) => settled,
            Err(fault) => {
                self.refuse(order, &fault.to_string());
                return Ok(());
            }
        };
        self.give(order, &head, &settled, variants);
        let id = stored.as_ref().map_or_else(OrderId::new, WholeOrder::id);
        let mut whole = WholeOrder::new(id, &order.name, customer_id);
        whole.outside_id = head.outside_id;
        whole.channel = head.channel;
        whole.country = head.country;
        whole.placed_at = head.at;
        whole.shipping = settled.shipping;
        whole.refunded = head.refunded;
        whole.cancelled_at = head.cancelled_at;
        let lines = lines(id, order, &settled, variants);
        let rows = count(order.rows.len() - settled.gifts.len());
        let before = stored.map(|stored| {
            let lines = self.stored_lines.remove(&id).unwrap_or_default();
            (stored, lines)
        });
        let is_nothing = before.is_none() && lines.is_empty() && whole.shipping.is_zero();
        let is_known = before
            .as_ref()
            .is_some_and(|(stored, known)| *stored == whole && *known == lines);
        if is_nothing || is_known {
            self.unchanged += rows;
            return Ok(());
        }
        self.added += rows;
        if let Some((stored, lines)) = before {
            self.has_changed = true;
            self.count(&stored, &lines, Decimal::NEGATIVE_ONE)?;
        }
        let sums = self.count(&whole, &lines, Decimal::ONE)?;
        self.sums.push(sums);
        self.orders.push(whole);
        self.lines.extend(lines);
        Ok(())
    }

    fn refuse(&mut self, order: &FileOrder, reason: &str) {
        let rejects = order.rows.iter().map(|(line_number, content)| Reject {
            line_number: *line_number,
            reason: reason.to_owned(),
            content: content.clone(),
        });
        self.rejects.extend(rejects);
    }

    /// Adds what an order contributes to the sums, or takes it away, and returns its own.
    fn count(
        &mut self,
        order: &WholeOrder,
        lines: &[WholeLine],
        sign: Decimal,
    ) -> DbResult<(i32, Measures)> {
        let zone = self.target.terms.zone;
        let lines = lines
            .iter()
            .map(|line| {
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
            })
            .collect::<DbResult<Vec<OrderLine>>>()?;
        let buyer = Buyer {
            country: Arc::from(order.country.as_str()),
            customer_id: order.customer_id(),
        };
        if sign.is_sign_positive() {
            self.deltas.add(&buyer, &lines);
        } else {
            self.deltas.subtract(&buyer, &lines);
        }
        let day = store_day(order.placed_at, zone);
        self.deltas.add_shipping(&buyer, day, order.shipping * sign);
        Ok(
            OrderSums::of(&lines).map_or((0, Measures::default()), |sums| {
                (sums.line_count, sums.measures)
            }),
        )
    }

    /// Books what was given away; what is given away with an order that is called off comes back.
    fn give(
        &mut self,
        order: &FileOrder,
        head: &OrderHead,
        settled: &Settled,
        variants: &[VariantId],
    ) {
        let mut ordinals = Ordinals::default();
        for place in &settled.gifts {
            let item = &order.items[*place];
            let ordinal = ordinals.next((&item.sku, &item.name, item.quantity));
            let key = line_key(&item.sku, &item.name, -item.quantity, head.at, ordinal);
            let variant_id = variants[*place];
            let gift = |key: String, quantity, at| {
                Movement::gift((&order.name, key), (variant_id, quantity), &item.name, at)
            };
            let Some(cancelled_at) = head.cancelled_at else {
                self.movements.push(gift(key, -item.quantity, head.at));
                continue;
            };
            let known = KnownMovement {
                source_ref: order.name.clone(),
                source_line: key,
            };
            if self.gifts.contains(&known) {
                let back = format!("{}-back", known.source_line);
                self.movements.push(gift(back, item.quantity, cancelled_at));
            } else {
                self.unchanged += 1;
            }
        }
    }

    async fn write(&mut self, tx: &mut AccountTx) -> DbResult<()> {
        if self.orders.is_empty() {
            return Ok(());
        }
        let Target {
            store_id, terms, ..
        } = self.target;
        write_whole_orders(tx, store_id, terms.currency, &self.orders, &self.sums).await?;
        let ids: Vec<OrderId> = self.orders.iter().map(WholeOrder::id).collect();
        replace_lines(tx, &ids, &self.lines).await
    }
}

/// What the file says, and what an earlier one has said of money given back: that stays so, whichever is read last.
fn merged(head: &OrderHead, stored: Option<&WholeOrder>) -> OrderHead {
    let mut head = head.clone();
    if let Some(stored) = stored {
        let given_back = stored.refunded.min(head.total);
        head.refunded = head.refunded.max(given_back);
        head.cancelled_at = stored.cancelled_at.or(head.cancelled_at);
        if head.outside_id.is_empty() {
            head.outside_id.clone_from(&stored.outside_id);
        }
    }
    head
}

fn lines(
    order_id: OrderId,
    order: &FileOrder,
    settled: &Settled,
    variants: &[VariantId],
) -> Vec<WholeLine> {
    let lines = settled.lines.iter();
    lines
        .map(|line| {
            let title = &order.items[line.item].name;
            let mut whole = WholeLine::new(order_id, variants[line.item], line.event, title);
            whole.occurred_at = line.at;
            whole.quantity = line.quantity;
            whole.unit_price = line.unit_price;
            whole.discount = line.discount;
            whole.tax = line.tax;
            whole
        })
        .collect()
}

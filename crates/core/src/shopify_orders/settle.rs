use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{OrderFault, OrderHead, OrderItem, spread::spread};
use crate::{money::Currency, sales::SalesEvent};

/// What an order comes to, event by event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What moves money: sales first, then what was given back.
    pub lines: Vec<SettledLine>,
    /// The items that were given away: they move stock only.
    pub gifts: Vec<usize>,
    /// What is left of what was charged for shipping, and of tax that no line bears.
    pub shipping: Decimal,
}

/// One event of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledLine {
    /// The item that it is of, by its place in the order.
    pub item: usize,
    /// What it comes to.
    pub event: SalesEvent,
    /// When.
    pub at: DateTime<Utc>,
    /// How many.
    pub quantity: Decimal,
    /// For how much each.
    pub unit_price: Decimal,
    /// Taken off, on a sale; taken back, on a return.
    pub discount: Decimal,
    /// Tax on top of the price.
    pub tax: Decimal,
}

/// Spreads what is said of the whole order over its items, and tells its events.
///
/// Discounts are what the file says, at most what the items come to above Subtotal; anything else by which Subtotal is less is
/// an adjustment. Tax counts where it stands on top of the prices. A cancelled order is given back in full when it was
/// cancelled; a refund on the day of the order, because the export does not say when it was.
///
/// # Errors
/// [`OrderFault`] when the sums contradict the items.
pub fn settle(
    head: &OrderHead,
    items: &[OrderItem],
    currency: Currency,
) -> Result<Settled, OrderFault> {
    let digits = currency.minor_digits();
    let sold: Vec<usize> = (0..items.len())
        .filter(|place| !items[*place].quantity.is_zero() && !items[*place].price.is_zero())
        .collect();
    let gross: Vec<Decimal> = sold.iter().map(|place| amount(&items[*place])).collect();
    let whole: Decimal = gross.iter().sum();
    if whole < head.subtotal {
        return Err(OrderFault::BelowSubtotal {
            items: currency.format(whole),
            subtotal: currency.format(head.subtotal),
        });
    }
    if head.refunded > head.total {
        return Err(OrderFault::RefundAboveTotal);
    }
    let discount = head.discount.min(whole - head.subtotal);
    let charges = Charges::of(head, head.discount - discount);
    let discounts = discounts(items, &sold, &gross, discount, digits);
    let net = difference(&gross, &discounts);
    let taxes = spread(charges.tax, &taxable(items, &sold, &net), digits);
    let sales = sales(head, items, &sold, &discounts, &taxes);
    // Tax that no line can bear is that of the shipping.
    let stray = charges.tax - taxes.iter().sum::<Decimal>();
    let mut order = Order {
        head,
        digits,
        tax: charges.tax - stray,
        shipping: charges.shipping + stray,
        lines: sales,
    };
    order.adjust(head.subtotal + discount - whole);
    order.give_back(&net);
    Ok(Settled {
        lines: order.lines,
        gifts: (0..items.len())
            .filter(|place| items[*place].price.is_zero() && !items[*place].quantity.is_zero())
            .collect(),
        shipping: order.shipping,
    })
}

fn amount(item: &OrderItem) -> Decimal {
    item.quantity * item.price
}

fn difference(from: &[Decimal], take: &[Decimal]) -> Vec<Decimal> {
    from.iter()
        .zip(take)
        .map(|(from, take)| from - take)
        .collect()
}

/// What is charged beside the goods.
struct Charges {
    shipping: Decimal,
    /// On top of the prices; zero where they include it.
    tax: Decimal,
}

impl Charges {
    /// Finds out by Total whether prices include the tax, and whether what was taken off beside the items was taken off the
    /// shipping: the export does not say either.
    fn of(head: &OrderHead, off_shipping: Decimal) -> Self {
        let reduced = (head.shipping - off_shipping).max(Decimal::ZERO);
        let on_top = |shipping| head.subtotal + shipping + head.taxes;
        let included = |shipping| head.subtotal + shipping;
        let (shipping, tax) = if on_top(head.shipping) == head.total {
            (head.shipping, head.taxes)
        } else if included(head.shipping) == head.total {
            (head.shipping, Decimal::ZERO)
        } else if on_top(reduced) == head.total {
            (reduced, head.taxes)
        } else if included(reduced) == head.total || on_top(head.shipping) > head.total {
            (reduced, Decimal::ZERO)
        } else {
            // Tips and duties are in Total and in no column that is read.
            (head.shipping, head.taxes)
        };
        Self { shipping, tax }
    }
}

/// Gives each item what was taken off it alone, and its share of what was taken off the order.
fn discounts(
    items: &[OrderItem],
    sold: &[usize],
    gross: &[Decimal],
    discount: Decimal,
    digits: u32,
) -> Vec<Decimal> {
    let own: Vec<Decimal> = sold
        .iter()
        .zip(gross)
        .map(|(place, gross)| items[*place].discount.min(*gross))
        .collect();
    let of_items: Decimal = own.iter().sum();
    if of_items > discount {
        return spread(discount, &own, digits);
    }
    let shares = spread(discount - of_items, &difference(gross, &own), digits);
    own.iter()
        .zip(&shares)
        .map(|(own, share)| own + share)
        .collect()
}

/// Weighs the items by what tax is due on; all of them where the file calls none taxable.
fn taxable(items: &[OrderItem], sold: &[usize], net: &[Decimal]) -> Vec<Decimal> {
    let weights: Vec<Decimal> = sold
        .iter()
        .zip(net)
        .map(|(place, net)| {
            if items[*place].is_taxable {
                *net
            } else {
                Decimal::ZERO
            }
        })
        .collect();
    if weights.iter().all(Decimal::is_zero) {
        net.to_vec()
    } else {
        weights
    }
}

fn sales(
    head: &OrderHead,
    items: &[OrderItem],
    sold: &[usize],
    discounts: &[Decimal],
    taxes: &[Decimal],
) -> Vec<SettledLine> {
    let shares = discounts.iter().zip(taxes);
    sold.iter()
        .zip(shares)
        .map(|(place, (discount, tax))| SettledLine {
            item: *place,
            event: SalesEvent::Sale,
            at: head.at,
            quantity: items[*place].quantity,
            unit_price: items[*place].price,
            discount: *discount,
            tax: *tax,
        })
        .collect()
}

/// An order while its events are told.
struct Order<'a> {
    head: &'a OrderHead,
    digits: u32,
    tax: Decimal,
    shipping: Decimal,
    lines: Vec<SettledLine>,
}

impl Order<'_> {
    /// Books what makes Subtotal less than items and discounts say, as one line of the first item.
    fn adjust(&mut self, amount: Decimal) {
        if let Some(first) = self.lines.first().copied()
            && !amount.is_zero()
        {
            self.lines.push(SettledLine {
                event: SalesEvent::Adjustment,
                quantity: Decimal::ONE,
                unit_price: amount,
                discount: Decimal::ZERO,
                tax: Decimal::ZERO,
                ..first
            });
        }
    }

    /// Books what was given back: all of a cancelled order, else as much as was refunded. `net` is that of each sale.
    fn give_back(&mut self, net: &[Decimal]) {
        if let Some(at) = self.head.cancelled_at {
            self.give_back_all(at);
            self.shipping = Decimal::ZERO;
            return;
        }
        let refunded = self.head.refunded;
        if refunded.is_zero() {
            return;
        }
        // Goods come first: shipping is given back when nothing else is left to give.
        let goods = self.head.subtotal + self.tax;
        let of_goods = refunded.min(goods);
        self.shipping = (self.shipping - (refunded - of_goods)).max(Decimal::ZERO);
        if of_goods.is_zero() {
            return;
        }
        if of_goods == goods {
            self.give_back_all(self.head.at);
        } else {
            self.give_back_part(of_goods, goods, net);
        }
    }

    fn give_back_all(&mut self, at: DateTime<Utc>) {
        let back: Vec<SettledLine> = self
            .lines
            .iter()
            .map(|line| {
                let (event, quantity, unit_price) = match line.event {
                    SalesEvent::Adjustment => {
                        (SalesEvent::Adjustment, line.quantity, -line.unit_price)
                    }
                    SalesEvent::Sale | SalesEvent::Return => {
                        (SalesEvent::Return, -line.quantity, line.unit_price)
                    }
                };
                SettledLine {
                    event,
                    at,
                    quantity,
                    unit_price,
                    ..*line
                }
            })
            .collect();
        self.lines.extend(back);
    }

    /// The export does not say which pieces came back: each item gives back its share, as one piece at that price.
    fn give_back_part(&mut self, refunded: Decimal, goods: Decimal, net: &[Decimal]) {
        let tax = spread(refunded, &[self.tax, goods - self.tax], self.digits)[0];
        if refunded == tax {
            // No goods are left that could bear it.
            self.adjust(-refunded);
            return;
        }
        let shares = spread(refunded - tax, net, self.digits);
        let taxes = spread(tax, &shares, self.digits);
        let back: Vec<SettledLine> = self
            .lines
            .iter()
            .zip(shares.iter().zip(taxes))
            .filter(|(_, (share, _))| !share.is_zero())
            .map(|(line, (share, tax))| SettledLine {
                event: SalesEvent::Return,
                quantity: Decimal::NEGATIVE_ONE,
                unit_price: *share,
                discount: Decimal::ZERO,
                tax,
                ..*line
            })
            .collect();
        self.lines.extend(back);
    }
}

#[cfg(test)]
mod tests;

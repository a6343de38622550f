use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::sales::Measures;

fn item(quantity: Decimal, price: Decimal) -> OrderItem {
    OrderItem {
        name: "Mug".to_owned(),
        sku: String::new(),
        vendor: String::new(),
        quantity,
        price,
        discount: Decimal::ZERO,
        is_taxable: true,
    }
}

/// Two mugs at 10, a pot at 20 and a bag for nothing; 4 off, 5 for shipping, 8.20 tax on top.
fn order() -> (OrderHead, Vec<OrderItem>) {
    let head = OrderHead {
        outside_id: String::new(),
        customer: String::new(),
        country: String::new(),
        channel: "web".to_owned(),
        at: "2026-02-01T10:00:00Z".parse().unwrap(),
        cancelled_at: None,
        subtotal: dec!(36),
        shipping: dec!(5),
        taxes: dec!(8.20),
        total: dec!(49.20),
        discount: dec!(4),
        refunded: Decimal::ZERO,
    };
    let items = vec![
        item(dec!(2), dec!(10)),
        item(dec!(1), dec!(0)),
        item(dec!(1), dec!(20)),
    ];
    (head, items)
}

fn settled(head: &OrderHead, items: &[OrderItem]) -> Settled {
    settle(head, items, "GBP".parse().unwrap()).unwrap()
}

/// Item, event, quantity × price, discount, tax.
fn told(settled: &Settled) -> Vec<String> {
    let lines = settled.lines.iter();
    lines
        .map(|line| {
            format!(
                "{} {} {} × {} − {} + {}",
                line.item,
                line.event.name(),
                line.quantity.normalize(),
                line.unit_price.normalize(),
                line.discount.normalize(),
                line.tax.normalize()
            )
        })
        .collect()
}

fn sums(settled: &Settled) -> Measures {
    let mut sums = Measures {
        shipping: settled.shipping,
        ..Measures::default()
    };
    for line in &settled.lines {
        sums += Measures::of_line(
            line.event,
            line.quantity,
            line.unit_price,
            line.discount,
            line.tax,
        );
    }
    sums
}

const SALES: [&str; 2] = ["0 sale 2 × 10 − 2 + 4.1", "2 sale 1 × 20 − 2 + 4.1"];

#[test]
fn discounts_and_taxes_of_an_order_are_those_worked_out_by_hand() {
    let (head, items) = order();
    let settled = settled(&head, &items);
    assert_eq!(told(&settled), SALES);
    assert_eq!(
        (settled.gifts.as_slice(), settled.shipping),
        (&[1][..], dec!(5))
    );
    let sums = sums(&settled);
    assert_eq!(
        (sums.gross, sums.discounts, sums.tax),
        (dec!(40), dec!(4), dec!(8.20))
    );
    assert_eq!((sums.net(), sums.total()), (head.subtotal, head.total));
}

#[test]
fn what_was_taken_off_one_item_stays_with_it_and_untaxed_items_bear_no_tax() {
    let (head, mut items) = order();
    items[0].discount = dec!(3);
    items[2].is_taxable = false;
    // One is left, over 17 and 20: 0.459 and 0.541.
    assert_eq!(
        told(&settled(&head, &items)),
        ["0 sale 2 × 10 − 3.46 + 8.2", "2 sale 1 × 20 − 0.54 + 0"]
    );
    items[0].discount = dec!(9);
    assert_eq!(told(&settled(&head, &items))[0], "0 sale 2 × 10 − 4 + 8.2");
}

#[test]
fn prices_that_include_the_tax_are_known_by_the_total() {
    let (mut head, items) = order();
    head.total = dec!(41);
    let settled = settled(&head, &items);
    assert_eq!(sums(&settled).tax, dec!(0));
    assert_eq!(sums(&settled).total(), dec!(41));
}

#[test]
fn what_was_taken_off_beside_the_items_was_taken_off_the_shipping() {
    let (mut head, items) = order();
    (head.discount, head.total) = (dec!(9), dec!(44.20));
    let settled = settled(&head, &items);
    assert_eq!(told(&settled), SALES);
    assert_eq!(settled.shipping, dec!(0));
}

#[test]
fn items_taken_out_of_an_order_later_are_an_adjustment() {
    let (mut head, items) = order();
    (head.subtotal, head.total) = (dec!(16), dec!(29.20));
    let settled = settled(&head, &items);
    assert_eq!(told(&settled)[2], "0 adjustment 1 × -20 − 0 + 0");
    assert_eq!(
        (sums(&settled).discounts, sums(&settled).net()),
        (dec!(4), dec!(16))
    );
}

#[test]
fn a_refund_gives_back_goods_with_their_tax_and_then_shipping() {
    let (mut head, items) = order();
    head.refunded = dec!(10);
    let part = settled(&head, &items);
    // 10 × 8.20 ÷ 44.20 = 1.855… of tax; 8.14 of goods over two equal halves.
    let back = [
        "0 return -1 × 4.07 − 0 + 0.93",
        "2 return -1 × 4.07 − 0 + 0.93",
    ];
    assert_eq!(told(&part)[2..], back);
    assert_eq!(part.shipping, dec!(5));
    assert_eq!(sums(&part).total(), dec!(39.20));
    head.refunded = dec!(46.20);
    let more = settled(&head, &items);
    let back = ["0 return -2 × 10 − 2 + 4.1", "2 return -1 × 20 − 2 + 4.1"];
    assert_eq!(told(&more)[2..], back);
    assert_eq!((more.shipping, sums(&more).total()), (dec!(3), dec!(3)));
}

#[test]
fn a_cancelled_order_is_given_back_when_it_was_cancelled() {
    let (mut head, items) = order();
    let at = "2026-02-03T09:00:00Z".parse().unwrap();
    head.cancelled_at = Some(at);
    let settled = settled(&head, &items);
    assert!(settled.lines[2..].iter().all(|line| line.at == at));
    let sums = sums(&settled);
    assert_eq!(
        (sums.gross, sums.returns, sums.discounts),
        (dec!(40), dec!(40), dec!(0))
    );
    assert_eq!(sums.total(), dec!(0));
}

#[test]
fn sums_that_contradict_the_items_are_told() {
    let (head, items) = order();
    let fault = |head: &OrderHead, items: &[OrderItem]| {
        settle(head, items, "GBP".parse().unwrap())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        fault(&head, &items[..1]),
        "the line items of the order come to 20.00 and Subtotal is 36.00"
    );
    let head = OrderHead {
        refunded: dec!(49.21),
        ..head
    };
    assert_eq!(fault(&head, &items), "Refunded Amount is more than Total");
}

#[test]
fn an_order_of_gifts_keeps_its_shipping_and_its_tax() {
    let (mut head, items) = order();
    (head.subtotal, head.discount, head.taxes, head.total) = (dec!(0), dec!(0), dec!(1), dec!(6));
    let settled = settled(&head, &items[1..2]);
    assert_eq!((settled.lines.len(), settled.shipping), (0, dec!(6)));
}

proptest! {
    #[test]
    fn whatever_the_order_its_events_come_to_what_was_paid_and_not_given_back(
        prices in prop::collection::vec((1i64..50, 0i64..100_000, prop::bool::ANY), 1..12),
        parts in (0u8..=100, 0u8..=100, 0u8..=100),
        charges in (0i64..10_000, 0i64..10_000),
        is_cancelled in prop::bool::ANY,
    ) {
        let (mut head, _) = order();
        let items: Vec<OrderItem> = prices
            .iter()
            .map(|(quantity, cents, is_taxable)| OrderItem {
                is_taxable: *is_taxable,
                ..item(Decimal::from(*quantity), Decimal::new(*cents, 2))
            })
            .collect();
        let part = |amount: Decimal, percent: u8| (amount * Decimal::new(percent.into(), 2)).round_dp(2);
        let whole: Decimal = items.iter().map(amount).sum();
        let off = part(whole, parts.0);
        head.discount = part(off, parts.1);
        head.subtotal = whole - off;
        (head.shipping, head.taxes) = (Decimal::new(charges.0, 2), Decimal::new(charges.1, 2));
        head.total = head.subtotal + head.shipping + head.taxes;
        head.refunded = part(head.total, parts.2);
        head.cancelled_at = is_cancelled.then_some(head.at);
        let settled = settled(&head, &items);
        let left = if is_cancelled { Decimal::ZERO } else { head.total - head.refunded };
        prop_assert_eq!(sums(&settled).total(), left);
        let has_no_part_of_nothing = settled.lines.iter().all(|line| {
            line.event == SalesEvent::Adjustment || (!line.quantity.is_zero() && !line.unit_price.is_zero())
        });
        prop_assert!(has_no_part_of_nothing);
    }
}

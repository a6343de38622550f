//! Whole histories, worked out by hand, and shuffled.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::money::Currency;

const GRACE: TimeDelta = TimeDelta::days(3);

fn day(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(days)
}

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn event(at: DateTime<Utc>, id: &str, fact: Fact) -> PaymentEvent {
    PaymentEvent {
        id: id.to_owned(),
        at,
        fact,
    }
}

fn view(status: SubscriptionStatus, per_month: Decimal) -> SubscriptionView {
    SubscriptionView {
        id: "sub_1".to_owned(),
        customer_id: Some("cus_1".to_owned()),
        status,
        price_id: Some("price_pro".to_owned()),
        per_month,
        currency: usd(),
        period_ends_at: Some(day(31)),
        ends_at: None,
        canceled_at: None,
        ended_at: None,
        latest_invoice: Some("in_1".to_owned()),
    }
}

fn seen(glimpse: Glimpse, view: SubscriptionView) -> Fact {
    Fact::Subscription { glimpse, view }
}

fn invoice(id: &str, pays_until: DateTime<Utc>) -> InvoiceFact {
    InvoiceFact {
        id: id.to_owned(),
        subscription_id: "sub_1".to_owned(),
        customer_id: Some("cus_1".to_owned()),
        amount: dec!(500),
        currency: usd(),
        pays_until: Some(pays_until),
    }
}

/// How a subscription begins: all within two seconds.
fn beginning() -> Vec<PaymentEvent> {
    use SubscriptionStatus::{Active, Incomplete};
    let checkout = Fact::CheckoutCompleted {
        subscription_id: "sub_1".to_owned(),
        customer_id: Some("cus_1".to_owned()),
        is_paid: true,
    };
    vec![
        event(
            day(0),
            "evt_b",
            seen(Glimpse::Created, view(Incomplete, dec!(500))),
        ),
        event(
            day(0),
            "evt_a",
            seen(Glimpse::Updated, view(Active, dec!(500))),
        ),
        event(day(0), "evt_c", Fact::InvoicePaid(invoice("in_1", day(31)))),
        event(day(0) + TimeDelta::seconds(1), "evt_d", checkout),
    ]
}

/// A renewal that is refused at day 31, and tried again in vain at day 32.
fn refusal() -> Vec<PaymentEvent> {
    let past_due = SubscriptionView {
        latest_invoice: Some("in_2".to_owned()),
        period_ends_at: Some(day(62)),
        ..view(SubscriptionStatus::PastDue, dec!(500))
    };
    vec![
        event(
            day(31),
            "evt_e",
            Fact::InvoiceFailed(invoice("in_2", day(62))),
        ),
        event(day(31), "evt_f", seen(Glimpse::Updated, past_due)),
        event(
            day(32),
            "evt_g",
            Fact::InvoiceFailed(invoice("in_2", day(62))),
        ),
    ]
}

fn recovery() -> Vec<PaymentEvent> {
    let active = SubscriptionView {
        latest_invoice: Some("in_2".to_owned()),
        period_ends_at: Some(day(62)),
        ..view(SubscriptionStatus::Active, dec!(500))
    };
    vec![
        event(
            day(33),
            "evt_h",
            Fact::InvoicePaid(invoice("in_2", day(62))),
        ),
        event(day(33), "evt_i", seen(Glimpse::Updated, active)),
    ]
}

fn end(at: i64) -> Vec<PaymentEvent> {
    let over = SubscriptionView {
        canceled_at: Some(day(40)),
        ended_at: Some(day(at)),
        ..view(SubscriptionStatus::Canceled, dec!(500))
    };
    vec![event(day(at), "evt_z", seen(Glimpse::Deleted, over))]
}

#[test]
fn paying_opens_and_a_refusal_closes_after_the_grace_and_paying_opens_again() {
    let begun = recount(&beginning());
    assert_eq!(begun.opens(GRACE), Opens::All);
    assert_eq!(begun.subscriptions[0].period_ends_at, Some(day(31)));
    let refused = [beginning(), refusal()].concat();
    let history = recount(&refused);
    assert_eq!(history.opens(GRACE), Opens::Until(day(34)));
    assert_eq!(history.subscriptions[0].failed_since, Some(day(31)));
    let paid = [refused, recovery()].concat();
    assert_eq!(recount(&paid).opens(GRACE), Opens::All);
    let over = [paid, end(62)].concat();
    let history = recount(&over);
    assert_eq!(history.opens(GRACE), Opens::Until(day(62)));
    assert_eq!(history.changes.len(), 2, "{:?}", history.changes);
}

#[test]
fn money_that_came_in_opens_whatever_else_is_lost() {
    for kept in [2, 3] {
        let history = recount(&beginning()[kept..=kept]);
        assert_eq!(history.opens(GRACE), Opens::All, "{kept}");
    }
}

#[test]
fn a_first_payment_that_fails_opens_nothing() {
    let incomplete = seen(
        Glimpse::Created,
        view(SubscriptionStatus::Incomplete, dec!(500)),
    );
    let events = [
        event(day(0), "evt_1", incomplete),
        event(
            day(0),
            "evt_2",
            Fact::InvoiceFailed(invoice("in_1", day(31))),
        ),
    ];
    let history = recount(&events);
    assert_eq!(history.opens(GRACE), Opens::Nothing);
    assert_eq!(history.changes, []);
}

#[test]
fn what_is_called_off_is_open_until_the_end_of_what_is_paid() {
    let called_off = SubscriptionView {
        ends_at: Some(day(31)),
        canceled_at: Some(day(5)),
        ..view(SubscriptionStatus::Active, dec!(500))
    };
    let mut events = beginning();
    events.push(event(day(5), "evt_x", seen(Glimpse::Updated, called_off)));
    assert_eq!(recount(&events).opens(GRACE), Opens::Until(day(31)));
    // And taken up again.
    let active = view(SubscriptionStatus::Active, dec!(500));
    events.push(event(day(6), "evt_y", seen(Glimpse::Updated, active)));
    assert_eq!(recount(&events).opens(GRACE), Opens::All);
}

#[test]
fn a_refusal_that_ends_the_subscription_does_not_lengthen_the_grace() {
    let events = [beginning(), refusal(), end(45)].concat();
    assert_eq!(recount(&events).opens(GRACE), Opens::Until(day(34)));
}

#[test]
fn what_we_read_ourselves_stands_for_what_was_lost() {
    let mut events = beginning();
    let past_due = view(SubscriptionStatus::PastDue, dec!(500));
    events.push(event(day(33), "read:1", seen(Glimpse::Read, past_due)));
    assert_eq!(recount(&events).opens(GRACE), Opens::Until(day(36)));
    // What was lost comes after all, and is older.
    events.extend(refusal());
    assert_eq!(recount(&events).opens(GRACE), Opens::Until(day(34)));
}

#[test]
fn revenue_moves_as_worked_out_by_hand() {
    let mut events = beginning();
    let at = |days, id: &str, amount| {
        let active = view(SubscriptionStatus::Active, amount);
        event(day(days), id, seen(Glimpse::Updated, active))
    };
    events.push(at(10, "evt_1", dec!(800)));
    events.push(at(20, "evt_2", dec!(300)));
    events.extend(end(40));
    let mut again = view(SubscriptionStatus::Active, dec!(500));
    again.id = "sub_2".to_owned();
    events.push(event(day(70), "evt_3", seen(Glimpse::Created, again)));
    let told: Vec<(i64, &str, Decimal, Decimal)> = recount(&events)
        .changes
        .iter()
        .map(|change| {
            let days = (change.at - day(0)).num_days();
            (days, change.kind.name(), change.before, change.after)
        })
        .collect();
    assert_eq!(
        told,
        [
            (0, "new", dec!(0), dec!(500)),
            (10, "expansion", dec!(500), dec!(800)),
            (20, "contraction", dec!(800), dec!(300)),
            (40, "churn", dec!(300), dec!(0)),
            (70, "reactivation", dec!(0), dec!(500)),
        ]
    );
}

#[test]
fn months_open_where_the_last_one_closed_also_those_without_a_change() {
    let month = |month| NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
    let sum = |of, kind, amount| RevenueSum {
        currency: usd(),
        month: month(of),
        kind,
        amount,
    };
    let sums = [
        sum(1, ChangeKind::New, dec!(1000)),
        sum(2, ChangeKind::New, dec!(500)),
        sum(2, ChangeKind::Churn, dec!(-500)),
        sum(4, ChangeKind::Expansion, dec!(300)),
    ];
    let months = by_month(&sums, month(2), month(4));
    let told: Vec<(Decimal, Decimal)> = months[&usd()]
        .iter()
        .map(|month| (month.opening, month.closing))
        .collect();
    assert_eq!(
        told,
        [
            (dec!(1000), dec!(1000)),
            (dec!(1000), dec!(1000)),
            (dec!(1000), dec!(1300)),
        ]
    );
    let february = &months[&usd()][0];
    assert_eq!(february.moved_by(ChangeKind::New), dec!(500));
    assert_eq!(february.moved_by(ChangeKind::Churn), dec!(-500));
}

/// Whole and broken-off histories.
fn histories() -> impl Strategy<Value = Vec<PaymentEvent>> {
    prop_oneof![
        Just(beginning()),
        Just([beginning(), refusal()].concat()),
        Just([beginning(), refusal(), recovery()].concat()),
        Just([beginning(), refusal(), recovery(), end(62)].concat()),
        Just([beginning(), refusal(), end(45)].concat()),
        Just([beginning(), end(31)].concat()),
    ]
}

fn shuffled() -> impl Strategy<Value = (Vec<PaymentEvent>, Vec<PaymentEvent>)> {
    histories().prop_flat_map(|history| {
        let repeated = proptest::collection::vec(0..history.len(), 0..8);
        let original = history.clone();
        repeated.prop_flat_map(move |repeated| {
            let mut all = original.clone();
            all.extend(repeated.iter().map(|index| original[*index].clone()));
            (Just(original.clone()), Just(all).prop_shuffle())
        })
    })
}

proptest! {
    #[test]
    fn facts_in_any_order_and_any_number_come_to_the_same((history, arrived) in shuffled()) {
        prop_assert_eq!(recount(&arrived), recount(&history));
    }

    #[test]
    fn each_arrival_recounts_and_the_last_one_settles_it((history, arrived) in shuffled()) {
        // As rows are kept: an id once.
        let mut kept: Vec<PaymentEvent> = Vec::new();
        for event in arrived {
            if kept.iter().all(|known| known.id != event.id) {
                kept.push(event);
            }
            let opens = recount(&kept).opens(GRACE);
            let has_paid = kept.iter().any(|event| matches!(event.fact, Fact::InvoicePaid(_)));
            prop_assert!(!has_paid || opens != Opens::Nothing, "who has paid is let in, whatever is still missing");
        }
        prop_assert_eq!(recount(&kept).opens(GRACE), recount(&history).opens(GRACE));
    }
}

fn told(events: &[PaymentEvent], fresh: &[PaymentEvent], now: DateTime<Utc>) -> Vec<String> {
    let notices = notices(&recount(events), fresh, GRACE, now);
    let tell = |notice: PaymentNotice| format!("{} {}", notice.content.kind(), notice.period);
    notices.into_iter().map(tell).collect()
}

#[test]
fn each_thing_is_told_under_one_name_however_it_became_known() {
    let begun = beginning();
    assert_eq!(told(&begun, &begun, day(0)), ["payment_received in_1"]);
    let refused = [begun.clone(), refusal()].concat();
    for known_by in refusal() {
        assert_eq!(
            told(&refused, &[known_by], day(32)),
            ["payment_failed in_2"]
        );
    }
    // Known by the subscription alone.
    assert_eq!(
        told(&refused[..6], &refused[5..6], day(31)),
        ["payment_failed in_2"]
    );
    // After the grace, or once it is paid, nobody is frightened any more.
    assert_eq!(told(&refused, &refusal(), day(34)), Vec::<String>::new());
    let paid = [refused, recovery()].concat();
    assert_eq!(told(&paid, &refusal(), day(33)), Vec::<String>::new());
    let over = [paid, end(42)].concat();
    let name = format!("subscription_cancelled sub_1/{}", day(40).timestamp());
    assert_eq!(told(&over, &end(42), day(42)), [name]);
    assert_eq!(told(&over, &end(42), day(60)), Vec::<String>::new());
}

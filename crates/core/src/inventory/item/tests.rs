use rust_decimal::dec;

use super::*;

fn pound() -> Currency {
    "GBP".parse().unwrap()
}

fn params() -> AnalysisParams {
    AnalysisParams {
        lead_time_days: 9,
        ..AnalysisParams::usual("2026-03-01".parse().unwrap())
    }
}

/// Sells 2, 4 and 6 in turn for 91 days: d = 4 (to the last day: 90 days of 2+4+6 and a 2).
fn units() -> Vec<f64> {
    (0..90).map(|day| [2.0, 4.0, 6.0][day % 3]).collect()
}

fn history(units: &[f64]) -> VariantHistory<'_> {
    VariantHistory {
        units,
        is_out: &[],
        last_sold_on: Some("2026-03-01".parse().unwrap()),
        sold: dec!(360),
        gross: dec!(900),
        list_price: Some(dec!(3)),
        abc: Some(Abc::A),
        on_hand: dec!(20),
        valuation: Valuation {
            unit_cost: Some(dec!(1.5)),
            average: Some(dec!(30)),
            fifo: Some(dec!(32)),
            age_days: Some(dec!(12)),
        },
    }
}

fn place(on_hand: Decimal, params: &AnalysisParams) -> Place {
    Place {
        share: 1.0,
        stock: Some(Stock {
            on_hand,
            reserved: dec!(4),
            incoming: dec!(2),
        }),
        supply: Supply {
            minimum_quantity: dec!(50),
            pack_size: dec!(12),
            ..Supply::unknown(params)
        },
    }
}

#[test]
fn an_item_is_worked_out_as_on_paper() {
    let (params, units) = (params(), units());
    let terms = Terms::new(&params, pound());
    let facts = VariantFacts::of(&terms, &history(&units));
    let item = analyse_item(&terms, &facts, &place(dec!(20), &params));
    // Thirty each of 2, 4 and 6: mean 4, squares 60 × 4 = 240 over 89, root 1.64214…
    assert_eq!(item.demand_per_day, Some(dec!(4)));
    assert_eq!(item.demand_deviation, Some(dec!(1.6421)));
    assert_eq!((item.days_counted, item.units_counted), (90, dec!(360)));
    // 16 available ÷ 4 a day.
    assert_eq!(item.available, Some(dec!(16)));
    assert_eq!(item.days_of_cover, Some(dec!(4)));
    assert_eq!(item.sell_out_on, Some("2026-03-05".parse().unwrap()));
    // With the 2 that come: 4.5 days; nine days before that is in February.
    assert_eq!(item.last_order_on, Some("2026-02-24".parse().unwrap()));
    // 1.644854 × 1.642142 × 3 = 8.10; 36 + 8.10; 64 + 8.10; 72.10 − 18 = 54.10 → five packs of 12.
    assert_eq!(item.safety_stock, Some(dec!(8.1)));
    assert_eq!(item.reorder_point, Some(dec!(44.1)));
    assert_eq!(item.order_up_to, Some(dec!(72.1)));
    assert_eq!(item.suggested_quantity, Some(dec!(60)));
    assert!(item.is_due && !item.is_dead);
    // 900 ÷ 360 = 2.50; 4 a day; 16 days less 4.5 = 11.5 days without stock.
    assert_eq!(item.lost_revenue_per_day, Some(dec!(10)));
    assert_eq!(item.days_uncovered, Some(dec!(11.5)));
    assert_eq!(item.cost_of_ignoring, dec!(115));
    assert_eq!(item.sell_through, Some(dec!(0.9474)));
    assert_eq!(item.xyz.as_deref(), Some("X"));
    assert_eq!(
        (item.value_average, item.value_fifo),
        (Some(dec!(30)), Some(dec!(32)))
    );
}

#[test]
fn a_surplus_costs_what_keeping_it_costs() {
    let (params, units) = (params(), units());
    let terms = Terms::new(&params, pound());
    let facts = VariantFacts::of(&terms, &history(&units));
    let item = analyse_item(&terms, &facts, &place(dec!(1000), &params));
    // 1000 − (4 × 180 + 8.10) = 271.90 at 1.50 = 407.85; a quarter a year for 16 days: 407.85 × 0.010959 = 4.47.
    assert_eq!(item.overstock_quantity, Some(dec!(271.9)));
    assert_eq!(item.overstock_value, Some(dec!(407.85)));
    assert_eq!(item.days_uncovered, Some(dec!(0)));
    assert_eq!(item.cost_of_ignoring, dec!(4.47));
    assert_eq!(item.suggested_quantity, Some(dec!(0)));
}

#[test]
fn stock_that_nobody_bought_for_ninety_days_is_dead() {
    let (params, units) = (params(), vec![0.0; 120]);
    let terms = Terms::new(&params, pound());
    let sleeping = VariantHistory {
        last_sold_on: None,
        sold: dec!(0),
        gross: dec!(0),
        ..history(&units)
    };
    let facts = VariantFacts::of(&terms, &sleeping);
    let item = analyse_item(&terms, &facts, &place(dec!(20), &params));
    assert!(item.is_dead && !item.is_due);
    assert_eq!(item.overstock_quantity, Some(dec!(20)));
    assert_eq!((item.days_of_cover, item.sell_out_on), (None, None));
    assert_eq!(item.forecast, None);
    // Of a variant that is there for eighty days nobody knows yet.
    let young = VariantHistory {
        units: &units[..80],
        ..sleeping
    };
    let facts = VariantFacts::of(&terms, &young);
    let item = analyse_item(&terms, &facts, &place(dec!(20), &params));
    assert!(!item.is_dead);
    assert_eq!(item.overstock_quantity, Some(dec!(0)));
}

#[test]
fn nothing_is_claimed_of_stock_that_the_ledger_does_not_know() {
    let (params, units) = (params(), units());
    let terms = Terms::new(&params, pound());
    let facts = VariantFacts::of(&terms, &history(&units));
    let untracked = Place {
        stock: None,
        ..place(dec!(0), &params)
    };
    let item = analyse_item(&terms, &facts, &untracked);
    assert_eq!(item.demand_per_day, Some(dec!(4)));
    assert_eq!(
        (item.on_hand, item.days_of_cover, item.suggested_quantity),
        (None, None, None)
    );
    assert_eq!((item.value_average, item.cost_of_ignoring), (None, dec!(0)));
}

#[test]
fn stock_below_zero_is_shown_and_ordered_for() {
    let (params, units) = (params(), units());
    let terms = Terms::new(&params, pound());
    let facts = VariantFacts::of(&terms, &history(&units));
    let item = analyse_item(&terms, &facts, &place(dec!(-10), &params));
    assert_eq!(
        (item.on_hand, item.available),
        (Some(dec!(-10)), Some(dec!(-14)))
    );
    assert_eq!(item.days_of_cover, Some(dec!(0)));
    // 72.10 + 12 = 84.10 → eight packs.
    assert_eq!(item.suggested_quantity, Some(dec!(96)));
}

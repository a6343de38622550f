use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{AnalysisParams, Figures, rounding};

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The number.
    pub value: Value,
    /// How it is made of its inputs.
    pub formula: &'static str,
    /// The inputs, as they are shown elsewhere; rounded only for showing.
    pub inputs: BTreeMap<&'static str, Value>,
}

type Rule = (&'static str, &'static str, &'static [&'static str]);

const RULES: &[Rule] = &[
    ("available", "on_hand − reserved", &["on_hand", "reserved"]),
    (
        "demand_per_day",
        "units_counted ÷ days_counted × share; days without stock are left out",
        &[
            "units_counted",
            "days_counted",
            "days_out_of_stock",
            "look_back_days",
            "share",
        ],
    ),
    (
        "demand_deviation",
        "sample deviation of the pieces of a day over days_counted × √share",
        &["days_counted", "share"],
    ),
    (
        "days_of_cover",
        "available ÷ demand_per_day",
        &["available", "demand_per_day"],
    ),
    (
        "sell_out_on",
        "as_of + days_of_cover, whole days",
        &["as_of", "days_of_cover"],
    ),
    (
        "last_order_on",
        "as_of + (available + incoming) ÷ demand_per_day, whole days, − lead_time_days",
        &[
            "as_of",
            "available",
            "incoming",
            "demand_per_day",
            "lead_time_days",
        ],
    ),
    (
        "safety_stock",
        "z × demand_deviation × √lead_time_days, z being the normal quantile of service_level",
        &["z", "service_level", "demand_deviation", "lead_time_days"],
    ),
    (
        "reorder_point",
        "demand_per_day × lead_time_days + safety_stock",
        &["demand_per_day", "lead_time_days", "safety_stock"],
    ),
    (
        "order_up_to",
        "demand_per_day × (lead_time_days + review_days) + safety_stock",
        &[
            "demand_per_day",
            "lead_time_days",
            "review_days",
            "safety_stock",
        ],
    ),
    (
        "suggested_quantity",
        "order_up_to − available − incoming, at least minimum_quantity, rounded up to whole packs",
        &[
            "order_up_to",
            "available",
            "incoming",
            "minimum_quantity",
            "pack_size",
        ],
    ),
    (
        "is_due",
        "available + incoming ≤ reorder_point",
        &["available", "incoming", "reorder_point"],
    ),
    (
        "unit_price",
        "gross ÷ units_sold of the look-back; the catalogue's price when nothing was sold",
        &["gross", "units_sold"],
    ),
    (
        "lost_revenue_per_day",
        "demand_per_day × unit_price",
        &["demand_per_day", "unit_price"],
    ),
    (
        "days_uncovered",
        "lead_time_days + review_days − (available + incoming) ÷ demand_per_day, not below 0",
        &[
            "lead_time_days",
            "review_days",
            "available",
            "incoming",
            "demand_per_day",
        ],
    ),
    (
        "cost_of_ignoring",
        "lost_revenue_per_day × days_uncovered + overstock_value × holding_rate % × (lead_time_days + review_days) ÷ 365",
        &[
            "lost_revenue_per_day",
            "days_uncovered",
            "overstock_value",
            "holding_rate",
            "lead_time_days",
            "review_days",
        ],
    ),
    (
        "value_average",
        "on_hand × unit_cost, the moving average of the arrivals",
        &["on_hand", "unit_cost"],
    ),
    (
        "value_fifo",
        "the cost of the last arrivals that cover on_hand",
        &["on_hand"],
    ),
    (
        "age_days",
        "mean age of the last arrivals that cover on_hand",
        &["on_hand"],
    ),
    (
        "overstock_quantity",
        "on_hand − demand_per_day × overstock_days − safety_stock, not below 0; all of it when it is dead",
        &[
            "on_hand",
            "demand_per_day",
            "overstock_days",
            "safety_stock",
            "is_dead",
        ],
    ),
    (
        "overstock_value",
        "overstock_quantity × unit_cost",
        &["overstock_quantity", "unit_cost"],
    ),
    (
        "is_dead",
        "on_hand > 0, known for dead_days, and no sale in the last dead_days",
        &["on_hand", "last_sold_on", "dead_days", "as_of"],
    ),
    (
        "sell_through",
        "units_sold ÷ (units_sold + on hand at all locations)",
        &["units_sold", "look_back_days"],
    ),
    (
        "abc",
        "A while the variants before it brought less than 80 % of all gross, B less than 95 %, else C",
        &["gross"],
    ),
    (
        "xyz",
        "X up to a variation of 0.5, Y up to 1, else Z",
        &["variation"],
    ),
    (
        "variation",
        "deviation ÷ mean of the pieces of a week over the look-back",
        &["look_back_days"],
    ),
    (
        "forecast",
        "the method that erred least on the last tested_weeks, each foretold from the weeks before it",
        &["lead_time_days", "review_days"],
    ),
];

/// Tells of each figure that an item has, by its name, where it comes from.
#[must_use]
pub fn explain(figures: &Figures, params: &AnalysisParams) -> BTreeMap<&'static str, Explanation> {
    let mut known = fields(figures);
    known.extend(fields(params));
    known.insert(
        "z".to_owned(),
        Value::from(rounding::rate(params.z()).to_string()),
    );
    let of = |name: &str| known.get(name).cloned();
    let explained = RULES.iter().filter_map(|(name, formula, inputs)| {
        let explanation = Explanation {
            value: of(name)?,
            formula,
            inputs: inputs
                .iter()
                .filter_map(|input| Some((*input, of(input)?)))
                .collect(),
        };
        Some((*name, explanation))
    });
    explained.collect()
}

fn fields(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        // Both are structs of plain values.
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn every_input_of_a_rule_is_a_figure_or_a_term() {
        let params = AnalysisParams::usual("2026-03-01".parse().unwrap());
        let mut names: Vec<String> = fields(&params).into_iter().map(|(name, _)| name).collect();
        names.push("z".to_owned());
        let source = include_str!("figures.rs");
        for (name, _, inputs) in RULES {
            for wanted in inputs.iter().chain([name]) {
                let is_figure = source.contains(&format!("pub {wanted}:"));
                assert!(
                    is_figure || names.iter().any(|known| known == wanted),
                    "{wanted}"
                );
            }
        }
    }

    #[test]
    fn a_number_comes_with_its_inputs_and_one_that_is_not_there_is_not_explained() {
        let figures = Figures {
            on_hand: Some(dec!(20)),
            reserved: Some(dec!(4)),
            available: Some(dec!(16)),
            ..Figures::default()
        };
        let params = AnalysisParams::usual("2026-03-01".parse().unwrap());
        let explained = explain(&figures, &params);
        let available = &explained["available"];
        assert_eq!(available.value, "16");
        assert_eq!(available.inputs["reserved"], "4");
        assert!(!explained.contains_key("reorder_point"));
    }
}

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Figures;
use crate::money::Currency;

/// What an analysis comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The currency of all amounts.
    pub currency: Currency,
    /// Variants at locations.
    pub items: u64,
    /// Those of which the ledger knows nothing.
    pub untracked: u64,
    /// Those with nothing available.
    pub out_of_stock: u64,
    /// Those below zero.
    pub negative: u64,
    /// Those to order now.
    pub due: u64,
    /// Those for which something is suggested.
    pub suggested: u64,
    /// Those without a sale for long.
    pub dead: u64,
    /// Those of which there is too much.
    pub overstocked: u64,
    /// Those with stock of no known cost: they are missing in the values.
    pub without_cost: u64,
    /// Those with a forecast.
    pub foretold: u64,
    /// The stock at average cost.
    pub value_average: Decimal,
    /// The stock at the cost of its own pieces.
    pub value_fifo: Decimal,
    /// What is too much, at average cost.
    pub overstock_value: Decimal,
    /// What a day costs at which the items without stock are not sold.
    pub lost_revenue_per_day: Decimal,
    /// What it costs to leave everything alone for a lead time and a review period.
    pub cost_of_ignoring: Decimal,
}

impl Summary {
    /// Begins with nothing.
    #[must_use]
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            items: 0,
            untracked: 0,
            out_of_stock: 0,
            negative: 0,
            due: 0,
            suggested: 0,
            dead: 0,
            overstocked: 0,
            without_cost: 0,
            foretold: 0,
            value_average: Decimal::ZERO,
            value_fifo: Decimal::ZERO,
            overstock_value: Decimal::ZERO,
            lost_revenue_per_day: Decimal::ZERO,
            cost_of_ignoring: Decimal::ZERO,
        }
    }

    /// Gives all amounts the currency's decimals: the last step.
    #[must_use]
    pub fn scaled(mut self) -> Self {
        let currency = self.currency;
        for amount in [
            &mut self.value_average,
            &mut self.value_fifo,
            &mut self.overstock_value,
            &mut self.lost_revenue_per_day,
            &mut self.cost_of_ignoring,
        ] {
            *amount = currency.scale(*amount);
        }
        self
    }

    /// Counts an item in.
    pub fn add(&mut self, item: &Figures) {
        let is_positive = |value: Option<Decimal>| value.is_some_and(|value| value > Decimal::ZERO);
        let has_stock = item.on_hand.is_some_and(|on_hand| !on_hand.is_zero());
        let is_out = item
            .available
            .is_some_and(|available| available <= Decimal::ZERO);
        self.items += 1;
        self.untracked += u64::from(item.on_hand.is_none());
        self.out_of_stock += u64::from(is_out);
        self.negative += u64::from(item.on_hand.is_some_and(|on_hand| on_hand < Decimal::ZERO));
        self.due += u64::from(item.is_due);
        self.suggested += u64::from(is_positive(item.suggested_quantity));
        self.dead += u64::from(item.is_dead);
        self.overstocked += u64::from(is_positive(item.overstock_quantity));
        self.without_cost += u64::from(has_stock && item.value_average.is_none());
        self.foretold += u64::from(item.forecast.is_some());
        self.value_average += item.value_average.unwrap_or_default();
        self.value_fifo += item.value_fifo.unwrap_or_default();
        self.overstock_value += item.overstock_value.unwrap_or_default();
        if is_out {
            self.lost_revenue_per_day += item.lost_revenue_per_day.unwrap_or_default();
        }
        self.cost_of_ignoring += item.cost_of_ignoring;
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn items_are_counted_by_what_they_are() {
        let mut summary = Summary::new("GBP".parse().unwrap());
        summary.add(&Figures::default());
        summary.add(&Figures {
            on_hand: Some(dec!(-3)),
            available: Some(dec!(-3)),
            is_due: true,
            suggested_quantity: Some(dec!(12)),
            lost_revenue_per_day: Some(dec!(10)),
            cost_of_ignoring: dec!(115),
            ..Figures::default()
        });
        summary.add(&Figures {
            on_hand: Some(dec!(5)),
            available: Some(dec!(5)),
            value_average: Some(dec!(7.5)),
            lost_revenue_per_day: Some(dec!(99)),
            ..Figures::default()
        });
        let counts = (
            summary.items,
            summary.untracked,
            summary.negative,
            summary.out_of_stock,
        );
        assert_eq!(counts, (3, 1, 1, 1));
        assert_eq!(
            (summary.due, summary.suggested, summary.without_cost),
            (1, 1, 1)
        );
        assert_eq!(
            (summary.value_average, summary.lost_revenue_per_day),
            (dec!(7.5), dec!(10))
        );
        assert_eq!(summary.cost_of_ignoring, dec!(115));
    }
}

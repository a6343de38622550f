use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Cell, Column,
    ColumnKind::{Count, Money, Percent, Quantity, Text},
    ReportFigures, percent_of,
};
use crate::money::Currency;

/// How much of what was there was sold: of all merchandise, of a variant, or of a vendor's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellThroughFigures {
    /// From whom the product comes, as the catalogue names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Variants with a sale or with stock; absent where this is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variants: Option<i64>,
    /// Pieces sold in the range.
    pub units: Decimal,
    /// For how much, before discounts.
    pub gross: Decimal,
    /// Pieces on hand when the range began; this and the rest is absent when the ledger says nothing of the variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Decimal>,
    /// Pieces that came in the range, but for those from another shelf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Decimal>,
    /// Pieces on hand when the range ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_hand: Option<Decimal>,
    /// `units ÷ (units + on_hand)`, in percent; stock below zero counts as none. Of several variants: of those with a ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sell_through_percent: Option<Decimal>,
    /// Pieces sold of variants with a ledger, for the percentage of the sums.
    #[serde(skip)]
    tracked_units: Decimal,
    #[serde(skip)]
    tracked_stock: Decimal,
}

impl ReportFigures for SellThroughFigures {
    fn columns(_: &Self) -> Vec<Column> {
        vec![
            Column::new("vendor", "Vendor", Text),
            Column::new("variants", "Variants", Count),
            Column::new("units", "Units sold", Quantity),
            Column::new("gross", "Gross", Money),
            Column::new("opening", "Opening stock", Quantity),
            Column::new("received", "Received", Quantity),
            Column::new("on_hand", "On hand", Quantity),
            Column::new("sell_through_percent", "Sell-through, %", Percent),
        ]
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::text(self.vendor.as_deref()),
            Cell::count(self.variants),
            Cell::Quantity(self.units),
            Cell::Money(self.gross),
            Cell::quantity(self.opening),
            Cell::quantity(self.received),
            Cell::quantity(self.on_hand),
            Cell::percent(self.sell_through_percent),
        ]
    }

    fn main_column() -> &'static str {
        "units"
    }
}

impl SellThroughFigures {
    /// Takes the sales of a variant, with opening stock, arrivals and closing stock where the ledger knows it.
    #[must_use]
    pub fn of_variant(
        (units, gross): (Decimal, Decimal),
        stock: Option<(Decimal, Decimal, Decimal)>,
    ) -> Self {
        let mut figures = Self {
            units: units.normalize(),
            gross,
            ..Self::default()
        };
        if let Some((opening, received, on_hand)) = stock {
            figures.opening = Some(opening.normalize());
            figures.received = Some(received.normalize());
            figures.on_hand = Some(on_hand.normalize());
            figures.tracked_units = units;
            figures.tracked_stock = on_hand.max(Decimal::ZERO);
        }
        figures.with_percent()
    }

    /// Names the vendor of a variant, where the catalogue does.
    #[must_use]
    pub fn from_vendor(mut self, vendor: String) -> Self {
        self.vendor = Some(vendor).filter(|vendor| !vendor.is_empty());
        self
    }

    /// Returns the sums of nothing.
    #[must_use]
    pub fn nothing(currency: Currency) -> Self {
        Self {
            variants: Some(0),
            gross: currency.scale(Decimal::ZERO),
            ..Self::default()
        }
    }

    /// Adds a variant to the sums of many.
    #[must_use]
    pub fn plus(mut self, variant: &Self) -> Self {
        let add = |sum: &mut Option<Decimal>, more: Option<Decimal>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or_default() + more);
            }
        };
        *self.variants.get_or_insert(0) += 1;
        self.units += variant.units;
        self.gross += variant.gross;
        self.tracked_units += variant.tracked_units;
        self.tracked_stock += variant.tracked_stock;
        add(&mut self.opening, variant.opening);
        add(&mut self.received, variant.received);
        add(&mut self.on_hand, variant.on_hand);
        self.with_percent()
    }

    fn with_percent(mut self) -> Self {
        self.sell_through_percent = self
            .on_hand
            .and_then(|_| percent_of(self.tracked_units, self.tracked_units + self.tracked_stock));
        self
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn what_was_never_counted_takes_no_part_in_the_percentage() {
        let mug = SellThroughFigures::of_variant(
            (dec!(30), dec!(75)),
            Some((dec!(20), dec!(20), dec!(10))),
        );
        let pot = SellThroughFigures::of_variant((dec!(5), dec!(45)), None);
        let owed =
            SellThroughFigures::of_variant((dec!(2), dec!(2)), Some((dec!(0), dec!(0), dec!(-2))));
        assert_eq!(mug.sell_through_percent, Some(dec!(75)));
        assert_eq!(pot.sell_through_percent, None);
        assert_eq!(owed.sell_through_percent, Some(dec!(100)));
        let all = SellThroughFigures::default()
            .plus(&mug)
            .plus(&pot)
            .plus(&owed);
        assert_eq!((all.units, all.on_hand), (dec!(37), Some(dec!(8))));
        // 32 ÷ (32 + 10).
        assert_eq!(all.sell_through_percent, Some(dec!(76.19)));
    }
}

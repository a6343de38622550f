use rust_decimal::Decimal;
use suite_core::sales::Measures;

/// Measures, a column each, with NULL for zero.
#[derive(Default)]
pub(super) struct MeasureColumns {
    pub(super) gross: Vec<Option<Decimal>>,
    pub(super) discounts: Vec<Option<Decimal>>,
    pub(super) returns: Vec<Option<Decimal>>,
    pub(super) adjustments: Vec<Option<Decimal>>,
    pub(super) tax: Vec<Option<Decimal>>,
    pub(super) shipping: Vec<Option<Decimal>>,
    pub(super) units: Vec<Option<Decimal>>,
    pub(super) orders: Vec<Option<i32>>,
}

impl MeasureColumns {
    pub(super) fn of<'a>(measures: impl Iterator<Item = &'a Measures>) -> Self {
        let mut columns = Self::default();
        for row in measures {
            columns.gross.push(amount(row.gross));
            columns.discounts.push(amount(row.discounts));
            columns.returns.push(amount(row.returns));
            columns.adjustments.push(amount(row.adjustments));
            columns.tax.push(amount(row.tax));
            columns.shipping.push(amount(row.shipping));
            columns.units.push(amount(row.units));
            columns.orders.push(count(row.orders));
        }
        columns
    }
}

fn amount(amount: Decimal) -> Option<Decimal> {
    (!amount.is_zero()).then_some(amount)
}

fn count(orders: i64) -> Option<i32> {
    // A batch has some ten thousand orders.
    i32::try_from(orders).ok().filter(|orders| *orders != 0)
}

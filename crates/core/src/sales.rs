//! What counts as what in sales: the one definition behind imports, rollups, reports and their documentation.

mod measures;

pub use measures::Measures;

use rust_decimal::Decimal;

/// What one line of an invoice means for the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SalesEvent {
    /// Sold: quantity and price are positive.
    Sale,
    /// Taken back: a line of a credit note or refund, with its sign.
    Return,
    /// Any other amount, such as a bad debt written off.
    Adjustment,
}

impl SalesEvent {
    /// Returns the number kept in `order_lines.event`.
    #[must_use]
    pub const fn as_i16(self) -> i16 {
        match self {
            Self::Sale => 1,
            Self::Return => 2,
            Self::Adjustment => 3,
        }
    }

    /// Reads the number kept in `order_lines.event`.
    #[must_use]
    pub const fn from_i16(number: i16) -> Option<Self> {
        match number {
            1 => Some(Self::Sale),
            2 => Some(Self::Return),
            3 => Some(Self::Adjustment),
            _ => None,
        }
    }

    /// Returns the word in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Return => "return",
            Self::Adjustment => "adjustment",
        }
    }
}

/// What a line turns into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineMeaning {
    /// It moves money.
    Sales(SalesEvent),
    /// It moves stock only: its price is zero.
    StockMovement,
    /// It moves nothing: quantity zero.
    Nothing,
}

/// Decides what a line means; the tests come in this order and the first that holds decides.
#[must_use]
pub fn classify(is_credit_note: bool, quantity: Decimal, unit_price: Decimal) -> LineMeaning {
    if quantity.is_zero() {
        LineMeaning::Nothing
    } else if unit_price.is_zero() {
        LineMeaning::StockMovement
    } else if is_credit_note {
        LineMeaning::Sales(SalesEvent::Return)
    } else if quantity > Decimal::ZERO && unit_price > Decimal::ZERO {
        LineMeaning::Sales(SalesEvent::Sale)
    } else {
        LineMeaning::Sales(SalesEvent::Adjustment)
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn lines_mean_what_the_order_of_the_tests_says() {
        use LineMeaning::*;
        let cases = [
            (false, dec!(6), dec!(2.55), Sales(SalesEvent::Sale)),
            (false, dec!(-120), dec!(0), StockMovement),
            (true, dec!(-1), dec!(0), StockMovement),
            (true, dec!(-1), dec!(27.50), Sales(SalesEvent::Return)),
            (true, dec!(1), dec!(27.50), Sales(SalesEvent::Return)),
            (
                false,
                dec!(1),
                dec!(-11062.06),
                Sales(SalesEvent::Adjustment),
            ),
            (false, dec!(-1), dec!(4.25), Sales(SalesEvent::Adjustment)),
            (false, dec!(0), dec!(4.25), Nothing),
        ];
        for (credit_note, quantity, price, meaning) in cases {
            assert_eq!(
                classify(credit_note, quantity, price),
                meaning,
                "{credit_note} {quantity} {price}"
            );
        }
    }
}

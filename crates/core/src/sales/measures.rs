use std::ops::{AddAssign, Neg};

use rust_decimal::Decimal;

use super::SalesEvent;
use crate::money::Currency;

/// The figures of any set of sales events; they add up over days, products, countries and customers.
///
/// `net = gross − discounts − returns + adjustments`, `total = net + tax + shipping`, `aov = gross / orders`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// Sales at the price on the line, before discounts.
    pub gross: Decimal,
    /// Taken off sales, as a positive amount.
    pub discounts: Decimal,
    /// Given back, as a positive amount; a credit note with a positive quantity lowers it.
    pub returns: Decimal,
    /// Other amounts, with their sign.
    pub adjustments: Decimal,
    /// Tax on sales less tax given back.
    pub tax: Decimal,
    /// Charged for shipping.
    pub shipping: Decimal,
    /// Pieces sold; returns do not lower it.
    pub units: Decimal,
    /// Orders with at least one sale.
    pub orders: i64,
}

impl Measures {
    /// Returns the figures of one line, with no order counted: an order is counted once, however many lines it has.
    #[must_use]
    pub fn of_line(
        event: SalesEvent,
        quantity: Decimal,
        unit_price: Decimal,
        discount: Decimal,
        tax: Decimal,
    ) -> Self {
        let amount = quantity * unit_price;
        match event {
            SalesEvent::Sale => Self {
                gross: amount,
                discounts: discount,
                tax,
                units: quantity,
                ..Self::default()
            },
            SalesEvent::Return => Self {
                returns: -amount,
                discounts: -discount,
                tax: -tax,
                ..Self::default()
            },
            SalesEvent::Adjustment => Self {
                adjustments: amount,
                ..Self::default()
            },
        }
    }

    /// Returns what is left of the sales.
    #[must_use]
    pub fn net(&self) -> Decimal {
        self.gross - self.discounts - self.returns + self.adjustments
    }

    /// Returns what was to be paid.
    #[must_use]
    pub fn total(&self) -> Decimal {
        self.net() + self.tax + self.shipping
    }

    /// Returns the average order value, rounded to the currency, or zero when nothing was sold.
    #[must_use]
    pub fn average_order_value(&self, currency: Currency) -> Decimal {
        if self.orders == 0 {
            Decimal::ZERO
        } else {
            currency.round(self.gross / Decimal::from(self.orders))
        }
    }

    /// Tells whether every figure is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Measures {
    fn add_assign(&mut self, other: Self) {
        self.gross += other.gross;
        self.discounts += other.discounts;
        self.returns += other.returns;
        self.adjustments += other.adjustments;
        self.tax += other.tax;
        self.shipping += other.shipping;
        self.units += other.units;
        self.orders += other.orders;
    }
}

impl Neg for Measures {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            gross: -self.gross,
            discounts: -self.discounts,
            returns: -self.returns,
            adjustments: -self.adjustments,
            tax: -self.tax,
            shipping: -self.shipping,
            units: -self.units,
            orders: -self.orders,
        }
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn the_figures_of_a_day_are_those_worked_out_by_hand() {
        let mut day = Measures::default();
        day += Measures::of_line(
            SalesEvent::Sale,
            dec!(6),
            dec!(2.55),
            dec!(1.30),
            dec!(2.80),
        );
        day += Measures::of_line(SalesEvent::Sale, dec!(2), dec!(3.39), dec!(0), dec!(1.36));
        day += Measures::of_line(
            SalesEvent::Return,
            dec!(-1),
            dec!(2.55),
            dec!(0),
            dec!(0.51),
        );
        day += Measures::of_line(SalesEvent::Return, dec!(1), dec!(0.55), dec!(0), dec!(0));
        day += Measures::of_line(
            SalesEvent::Adjustment,
            dec!(1),
            dec!(-4.00),
            dec!(0),
            dec!(0),
        );
        day.orders = 2;
        day.shipping = dec!(3.00);
        assert_eq!(day.gross, dec!(22.08));
        assert_eq!(day.discounts, dec!(1.30));
        assert_eq!(day.returns, dec!(2.00));
        assert_eq!(day.adjustments, dec!(-4.00));
        assert_eq!(day.tax, dec!(3.65));
        assert_eq!(day.units, dec!(8));
        assert_eq!(day.net(), dec!(14.78));
        assert_eq!(day.total(), dec!(21.43));
        assert_eq!(day.average_order_value("GBP".parse().unwrap()), dec!(11.04));
        day += -day;
        assert!(day.is_zero());
    }
}

use rust_decimal::Decimal;

/// What changed on a day, over all locations of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockChange {
    /// The day, counted from the first of the window; days before it are negative.
    pub day: i32,
    /// Pieces that came, or went with a minus.
    pub quantity: Decimal,
}

/// Marks the days on which there was nothing to sell: no stock from beginning to end, and nothing sold.
///
/// Goes back from `on_hand`, the stock at the end of the window. Days up to the ledger's first entry are not marked: what
/// lay on the shelf then is not known. `changes` come in the order of days and reach to the end of the window.
#[must_use]
pub fn days_without_stock(on_hand: Decimal, changes: &[StockChange], units: &[f64]) -> Vec<bool> {
    let mut is_out = vec![false; units.len()];
    let Some(first_entry) = changes.first().map(|change| change.day) else {
        return is_out;
    };
    let mut at_end = on_hand;
    let mut rest = changes;
    for (day, sold) in units.iter().enumerate().rev() {
        let number = i32::try_from(day).unwrap_or(i32::MAX);
        if number <= first_entry {
            break;
        }
        let mut highest = at_end;
        let mut at_beginning = at_end;
        while let Some((change, earlier)) = rest.split_last() {
            if change.day < number {
                break;
            }
            at_beginning -= change.quantity;
            highest = highest.max(at_beginning);
            rest = earlier;
        }
        is_out[day] = highest <= Decimal::ZERO && *sold <= 0.0;
        at_end = at_beginning;
    }
    is_out
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    fn change(day: i32, quantity: Decimal) -> StockChange {
        StockChange { day, quantity }
    }

    #[test]
    fn a_day_is_without_stock_when_it_had_none_from_beginning_to_end() {
        // Day 1: counted 3. Day 2: 3 sold out. Days 3 and 4: nothing. Day 5: 10 arrive.
        let changes = [change(1, dec!(3)), change(2, dec!(-3)), change(5, dec!(10))];
        let out = days_without_stock(dec!(10), &changes, &[0.0; 7]);
        assert_eq!(out, [false, false, false, true, true, false, false]);
    }

    #[test]
    fn a_day_with_a_sale_counts_whatever_the_ledger_says() {
        let changes = [change(0, dec!(-2))];
        let out = days_without_stock(dec!(-2), &changes, &[0.0, 4.0, 0.0]);
        assert_eq!(out, [false, false, true]);
    }

    #[test]
    fn before_the_first_entry_nothing_is_known() {
        assert_eq!(days_without_stock(dec!(0), &[], &[0.0; 2]), [false, false]);
        let early = [change(-9, dec!(1)), change(-5, dec!(-1))];
        assert_eq!(days_without_stock(dec!(0), &early, &[0.0; 2]), [true, true]);
    }
}

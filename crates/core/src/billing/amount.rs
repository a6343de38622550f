use rust_decimal::Decimal;

use crate::money::Currency;

/// Currencies without decimals at Stripe. Not quite those of ISO 4217: ISK and UGX come with two there.
const WITHOUT_DECIMALS: &str = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
const WITH_THREE: &str = "BHD JOD KWD OMR TND";

fn decimals(currency: Currency) -> u32 {
    let is_in = |list: &str| list.split(' ').any(|code| code == currency.code());
    if is_in(WITHOUT_DECIMALS) {
        0
    } else if is_in(WITH_THREE) {
        3
    } else {
        2
    }
}

/// Turns an amount in a currency's smallest unit, as Stripe writes it, into the amount.
#[must_use]
pub fn from_minor(amount: Decimal, currency: Currency) -> Decimal {
    let unit = Decimal::new(1, decimals(currency));
    currency.scale(amount * unit)
}

/// Returns what a price comes to in a month, rounded to the currency: a year is twelve months, 365 days and 52 weeks.
#[must_use]
pub fn per_month(amount: Decimal, interval: &str, count: u32, currency: Currency) -> Decimal {
    let count = Decimal::from(count.max(1));
    let twelve = Decimal::from(12);
    let a_year = match interval {
        "day" => amount * Decimal::from(365),
        "week" => amount * Decimal::from(52),
        "year" => amount,
        // What else there may be is taken for a month, which is what is sold here.
        _ => amount * twelve,
    };
    currency.scale(currency.round(a_year / twelve / count))
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn the_smallest_unit_is_that_of_the_currency() {
        let cases = [
            ("USD", "500.00"),
            ("JPY", "50000"),
            ("KWD", "50.000"),
            ("UGX", "500"),
        ];
        for (code, wanted) in cases {
            assert_eq!(
                from_minor(dec!(50000), currency(code)).to_string(),
                wanted,
                "{code}"
            );
        }
    }

    #[test]
    fn every_interval_comes_to_an_amount_a_month() {
        let usd = currency("USD");
        let cases = [
            (dec!(500), "month", 1, "500.00"),
            (dec!(1200), "month", 3, "400.00"),
            (dec!(5000), "year", 1, "416.67"),
            (dec!(100), "week", 1, "433.33"),
            (dec!(10), "day", 1, "304.17"),
        ];
        for (amount, interval, count, wanted) in cases {
            let month = per_month(amount, interval, count, usd);
            assert_eq!(month.to_string(), wanted, "{interval}");
        }
    }
}

//! Exact amounts. A float never holds money, and amounts of different currencies are never added up.

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The text was not three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters, such as GBP")]
pub struct BadCurrency;

/// The currencies in circulation by ISO 4217, without funds, metals and test codes.
const LISTED: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
                      CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF \
                      GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK \
                      LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD \
                      OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
                      SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF \
                      XCD XCG XOF XPF YER ZAR ZMW ZWG";

impl Currency {
    /// Tells whether ISO 4217 knows the code, so that a mistyped one is not taken for money.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        LISTED.split(' ').any(|code| code == self.code())
    }

    /// Returns the code, such as `GBP`.
    #[must_use]
    pub fn code(&self) -> &str {
        // Only ASCII capitals get in.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Returns how many decimals a price in this currency is shown with (ISO 4217's minor unit).
    #[must_use]
    pub fn minor_digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// Writes an exact amount with at least the currency's decimals and no needless zeros after them.
    ///
    /// `2.5` is `2.50`, `0.0010` is `0.001`: nothing is ever rounded here.
    #[must_use]
    pub fn format(&self, amount: Decimal) -> String {
        // Most figures of most rows are zero, and a report has a million of them.
        if amount.is_zero() {
            return match self.minor_digits() {
                0 => "0",
                2 => "0.00",
                3 => "0.000",
                _ => "0.0000",
            }
            .to_owned();
        }
        self.scale(amount).to_string()
    }

    /// Gives an exact amount at least the currency's decimals, and no needless zeros after them; its value stays.
    #[must_use]
    pub fn scale(&self, amount: Decimal) -> Decimal {
        let mut amount = amount.normalize();
        if amount.scale() < self.minor_digits() {
            amount.rescale(self.minor_digits());
        }
        amount
    }

    /// Rounds a quotient to the currency's decimals, half away from zero, as a merchant does on paper.
    #[must_use]
    pub fn round(&self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.minor_digits(), RoundingStrategy::MidpointAwayFromZero)
    }
}

impl FromStr for Currency {
    type Err = BadCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| BadCurrency)?;
        if bytes.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(bytes))
        } else {
            Err(BadCurrency)
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = BadCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// Writes a quantity without needless zeros: `3`, `0.25`.
#[must_use]
pub fn format_quantity(quantity: Decimal) -> String {
    quantity.normalize().to_string()
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn amounts_are_written_exactly_with_the_decimals_of_their_currency() {
        let pound: Currency = "GBP".parse().unwrap();
        assert_eq!(pound.format(dec!(2.5)), "2.50");
        assert_eq!(pound.format(dec!(339876.4900)), "339876.49");
        assert_eq!(pound.format(dec!(0.0010)), "0.001");
        assert_eq!(pound.format(dec!(-11062.06)), "-11062.06");
        for zero in [dec!(0), dec!(0.0000), dec!(-0.00)] {
            assert_eq!(pound.format(zero), "0.00");
        }
        for (code, zero) in [("JPY", "0"), ("KWD", "0.000"), ("CLF", "0.0000")] {
            assert_eq!(code.parse::<Currency>().unwrap().format(dec!(0)), zero);
        }
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(yen.format(dec!(1200.0)), "1200");
    }

    #[test]
    fn quotients_are_rounded_half_away_from_zero() {
        let pound: Currency = "GBP".parse().unwrap();
        assert_eq!(pound.round(dec!(556.2626677)), dec!(556.26));
        assert_eq!(pound.round(dec!(-0.125)), dec!(-0.13));
    }

    #[test]
    fn mistyped_codes_are_not_listed() {
        assert!("GBP".parse::<Currency>().unwrap().is_listed());
        assert!("ZWG".parse::<Currency>().unwrap().is_listed());
        assert!(!"GPB".parse::<Currency>().unwrap().is_listed());
        assert!(!"XXX".parse::<Currency>().unwrap().is_listed());
    }

    #[test]
    fn only_three_capital_letters_are_a_currency() {
        for text in ["gbp", "GB", "GBPX", "G1P", "£££", ""] {
            assert_eq!(text.parse::<Currency>(), Err(BadCurrency), "{text}");
        }
    }
}

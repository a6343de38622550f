use rust_decimal::Decimal;

/// Most digits before the decimal point.
const INTEGER_DIGITS: usize = 15;
/// Most digits after it.
const DECIMALS: usize = 6;

/// Why a text is no number that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Anything but digits with a sign and a point.
    #[error("is not a plain number such as -12.50")]
    NotPlain,
    /// Too large.
    #[error("has more than {INTEGER_DIGITS} digits before the decimal point")]
    TooLarge,
    /// Too fine.
    #[error("has more than {DECIMALS} decimals")]
    TooFine,
}

/// Reads a plain decimal number, exactly; `2.10` and `2.1` give the same.
///
/// # Errors
/// [`BadNumber`]; exponents, separators of thousands, currency signs and words are never guessed at.
pub fn parse_number(text: &str) -> Result<Decimal, BadNumber> {
    let (is_negative, digits) = match text.as_bytes() {
        [] => return Err(BadNumber::Empty),
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let point = digits.iter().position(|byte| *byte == b'.');
    let (integer, fraction) = match point {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, &digits[..0]),
    };
    let plain = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let ends_in_point = point.is_some() && fraction.is_empty();
    if !plain(integer) || !plain(fraction) || ends_in_point || digits.is_empty() {
        return Err(BadNumber::NotPlain);
    }
    let leading = integer.iter().take_while(|byte| **byte == b'0').count();
    if integer.len() - leading > INTEGER_DIGITS {
        return Err(BadNumber::TooLarge);
    }
    if fraction.len() > DECIMALS {
        return Err(BadNumber::TooFine);
    }
    // Without its last zeros the number is normalised, which is dear to do afterwards.
    let zeros = fraction
        .iter()
        .rev()
        .take_while(|byte| **byte == b'0')
        .count();
    let fraction = &fraction[..fraction.len() - zeros];
    let scale = u32::try_from(fraction.len()).map_err(|_| BadNumber::TooFine)?;
    // 21 digits at most.
    let mantissa = integer[leading..]
        .iter()
        .chain(fraction)
        .fold(0_i128, |sum, byte| sum * 10 + i128::from(byte - b'0'));
    let signed = if is_negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(signed, scale).map_err(|_| BadNumber::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn plain_numbers_are_read_exactly() {
        for (text, number) in [
            ("6", dec!(6)),
            ("-11062.06", dec!(-11062.06)),
            ("+2.10", dec!(2.1)),
            (".5", dec!(0.5)),
            ("000000000000000000.001", dec!(0.001)),
            ("999999999999999.999999", dec!(999999999999999.999999)),
            ("-0", dec!(0)),
        ] {
            assert_eq!(parse_number(text), Ok(number), "{text}");
        }
        assert_eq!(parse_number("2.10").unwrap().scale(), 1);
        assert!(!parse_number("-0.00").unwrap().is_sign_negative());
    }

    #[test]
    fn nothing_else_is_guessed_at() {
        for text in [
            "1e5", "1e999", "NaN", "inf", "1,000", "£5", "5-", "--5", "0x10", "1.2.3", ".", "-",
            "5.", "١", "1 0", "−5",
        ] {
            assert_eq!(parse_number(text), Err(BadNumber::NotPlain), "{text}");
        }
        assert_eq!(parse_number(""), Err(BadNumber::Empty));
        assert_eq!(parse_number("1234567890123456"), Err(BadNumber::TooLarge));
        assert_eq!(parse_number("0.0000001"), Err(BadNumber::TooFine));
    }

    proptest! {
        #[test]
        fn any_number_in_range_reads_back(integer in 0i128..1_000_000_000_000_000, fraction in 0i128..1_000_000, is_negative: bool) {
            let mantissa = integer * 1_000_000 + fraction;
            let number = Decimal::from_i128_with_scale(if is_negative { -mantissa } else { mantissa }, 6);
            prop_assert_eq!(parse_number(&number.to_string()), Ok(number));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = parse_number(&text);
        }
    }
}

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::moment::write_stable;

/// Returns the key under which a stock movement of an invoice is known for ever: its content and its ordinal.
///
/// The content is hashed, so that the key is short whatever the texts are; changing what goes in would import every
/// movement a second time.
#[must_use]
pub fn line_key(
    sku: &str,
    title: &str,
    quantity: Decimal,
    at: DateTime<Utc>,
    ordinal: u32,
) -> String {
    let quantity = quantity.normalize().to_string();
    let at = write_stable(at);
    let mut hash = Sha256::new();
    for part in [sku, title, quantity.as_str(), at.as_str()] {
        hash.update(part.as_bytes());
        // No text that is taken contains it.
        hash.update([0]);
    }
    let mut key = String::with_capacity(40);
    for byte in &hash.finalize()[..16] {
        for digit in [byte >> 4, byte & 15] {
            key.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    key.push('-');
    key.push_str(&ordinal.to_string());
    key
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn the_key_of_a_movement_never_changes() {
        let at = Utc.with_ymd_and_hms(2010, 12, 1, 11, 52, 0).unwrap();
        let key = line_key("22139", "damages", dec!(-10), at, 2);
        assert_eq!(key, line_key("22139", "damages", dec!(-10.00), at, 2));
        assert_eq!(key, "e0abc6ce45cf1d35978a341da350d53a-2");
        assert_ne!(key, line_key("2213", "9damages", dec!(-10), at, 2));
    }
}

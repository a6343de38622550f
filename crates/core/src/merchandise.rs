//! Which SKUs are things to sell: postage, fees and corrections are kept out of rankings of products.

use std::collections::BTreeSet;

/// Codes of tills and exports that name no thing, as they are written there: SKUs match case-sensitively.
const USUAL: &[&str] = &[
    "ADJUST",
    "ADJUST2",
    "AMAZONFEE",
    "B",
    "BANK CHARGES",
    "C2",
    "CRUK",
    "D",
    "DISCOUNT",
    "DOT",
    "FEE",
    "GIFT",
    "M",
    "MANUAL",
    "POST",
    "POSTAGE",
    "S",
    "SAMPLES",
    "SHIPPING",
    "TEST001",
    "TEST002",
    "m",
];

/// What vouchers begin with.
const USUAL_BEGINNINGS: &[&str] = &["gift_", "GIFT_"];

/// Tells whether an SKU names a thing to sell; `excluded` are codes that a store leaves out beside the usual ones.
#[must_use]
pub fn is_merchandise(sku: &str, excluded: &BTreeSet<String>) -> bool {
    !USUAL.contains(&sku)
        && !USUAL_BEGINNINGS
            .iter()
            .any(|beginning| sku.starts_with(beginning))
        && !excluded.contains(sku)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postage_fees_and_vouchers_are_no_merchandise() {
        let own = BTreeSet::from(["PADS".to_owned()]);
        for sku in [
            "POST",
            "DOT",
            "M",
            "m",
            "BANK CHARGES",
            "gift_0001_20",
            "PADS",
        ] {
            assert!(!is_merchandise(sku, &own), "{sku}");
        }
        for sku in ["85123A", "post", "GIFTBOX", ""] {
            assert!(is_merchandise(sku, &own), "{sku}");
        }
    }
}

//! Which SKUs are things to sell: postage, fees and corrections are kept out of rankings of products.

use std::collections::BTreeSet;

/// The most SKUs that a store may name.
pub const NON_MERCHANDISE_LIMIT: usize = 1_000;

/// Codes of tills and exports that name no thing, as they are written there; one that ends in `*` stands for all that begin so.
pub const USUAL_NON_MERCHANDISE: &[&str] = &[
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
    "GIFT_*",
    "M",
    "MANUAL",
    "POST",
    "POSTAGE",
    "S",
    "SAMPLES",
    "SHIPPING",
    "TEST001",
    "TEST002",
    "gift_*",
    "m",
];

/// The SKUs that are no things to sell. They match case-sensitively, as SKUs do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NonMerchandise {
    skus: BTreeSet<String>,
    beginnings: BTreeSet<String>,
}

impl NonMerchandise {
    /// Returns those that are usual where a store has named none.
    #[must_use]
    pub fn usual() -> Self {
        USUAL_NON_MERCHANDISE.iter().copied().collect()
    }

    /// Tells whether an SKU is one of them.
    #[must_use]
    pub fn has(&self, sku: &str) -> bool {
        self.skus.contains(sku)
            || self
                .beginnings
                .iter()
                .any(|beginning| sku.starts_with(beginning.as_str()))
    }
}

impl<S: Into<String>> Extend<S> for NonMerchandise {
    fn extend<I: IntoIterator<Item = S>>(&mut self, skus: I) {
        for sku in skus {
            let sku = sku.into();
            match sku.strip_suffix('*') {
                Some(beginning) => self.beginnings.insert(beginning.to_owned()),
                None => self.skus.insert(sku),
            };
        }
    }
}

impl<S: Into<String>> FromIterator<S> for NonMerchandise {
    fn from_iter<I: IntoIterator<Item = S>>(skus: I) -> Self {
        let mut all = Self::default();
        all.extend(skus);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postage_fees_and_vouchers_are_no_merchandise() {
        let mut others = NonMerchandise::usual();
        others.extend(["PADS"]);
        for sku in [
            "POST",
            "DOT",
            "M",
            "m",
            "BANK CHARGES",
            "gift_0001_20",
            "PADS",
        ] {
            assert!(others.has(sku), "{sku}");
        }
        for sku in ["85123A", "post", "GIFTBOX", ""] {
            assert!(!others.has(sku), "{sku}");
        }
    }

    #[test]
    fn the_list_of_a_store_stands_in_place_of_the_usual_one() {
        let others: NonMerchandise = ["WRAP*", "CARD"].into_iter().collect();
        assert!(others.has("WRAPPING") && others.has("CARD"));
        assert!(!others.has("POST") && !others.has("CARDS"));
    }
}

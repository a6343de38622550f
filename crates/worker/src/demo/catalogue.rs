//! What the shop sells, and how well each thing sells.

use super::{
    random::{Random, running_sums},
    words::{KINDS, MOTIFS},
};

/// One thing with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) cents: u32,
}

/// Everything that is sold.
pub(super) struct Catalogue {
    variants: Vec<Variant>,
    sums: Vec<u64>,
}

impl Catalogue {
    /// Makes up `count` variants of as many products as that takes.
    pub(super) fn make(random: &mut Random, count: u32) -> Self {
        let count = usize::try_from(count.max(1)).unwrap_or(usize::MAX);
        let mut variants = Vec::with_capacity(count + 6);
        let mut number = 0;
        while variants.len() < count {
            number += 1;
            add_product(random, number, &mut variants);
        }
        variants.truncate(count);
        // Zipf: the best seller sells twice as well as the second; who is what, chance decides.
        let mut ranks: Vec<u64> = (1..=variants.len() as u64).collect();
        for index in (1..ranks.len()).rev() {
            let other = usize::try_from(random.below(index as u64 + 1)).unwrap_or(0);
            ranks.swap(index, other);
        }
        // Shifted a little, so that the very best seller is no monopoly.
        let sums = running_sums(ranks.iter().map(|rank| 1_000_000_000 / (rank + 12)));
        Self { variants, sums }
    }

    /// Draws a thing that somebody buys.
    pub(super) fn pick(&self, random: &mut Random) -> &Variant {
        &self.variants[random.weighted(&self.sums).min(self.variants.len() - 1)]
    }

    #[cfg(test)]
    pub(super) fn variants(&self) -> &[Variant] {
        &self.variants
    }
}

fn add_product(random: &mut Random, number: u32, variants: &mut Vec<Variant>) {
    let kind = random.pick(KINDS);
    let motif = random.pick(MOTIFS);
    let (low, high) = kind.cents;
    // Prices end in 0 or 5, most in 95.
    let mut cents = random.between(low, high) / 5 * 5;
    if random.chance(2, 3) {
        cents = cents / 100 * 100 + 95;
    }
    for (index, (form, suffix)) in kind.forms.iter().enumerate() {
        let (title, sku) = if form.is_empty() {
            (
                format!("{motif} {}", kind.name),
                format!("{}-{number:04}", kind.code),
            )
        } else {
            (
                format!("{motif} {}, {form}", kind.name),
                format!("{}-{number:04}-{suffix}", kind.code),
            )
        };
        // A larger one costs more, a colour does not.
        let dearer = if suffix.len() == 1 {
            cents / 4 / 5 * 5 * u32::try_from(index).unwrap_or(0)
        } else {
            0
        };
        variants.push(Variant {
            sku,
            title,
            cents: cents + dearer,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_variant_has_an_sku_of_its_own_and_a_price() {
        let catalogue = Catalogue::make(&mut Random::new(1, "catalogue"), 3_000);
        let skus: HashSet<&str> = catalogue
            .variants()
            .iter()
            .map(|variant| variant.sku.as_str())
            .collect();
        assert_eq!(skus.len(), 3_000);
        assert!(
            catalogue
                .variants()
                .iter()
                .all(|variant| variant.cents >= 300)
        );
    }

    #[test]
    fn a_few_best_sellers_carry_the_shop() {
        let catalogue = Catalogue::make(&mut Random::new(1, "catalogue"), 3_000);
        let mut random = Random::new(2, "sales");
        let mut counts = std::collections::HashMap::new();
        for _ in 0..30_000 {
            *counts
                .entry(catalogue.pick(&mut random).sku.clone())
                .or_insert(0) += 1;
        }
        let mut sold: Vec<i32> = counts.into_values().collect();
        sold.sort_unstable_by(|a, b| b.cmp(a));
        let top: i32 = sold.iter().take(600).sum();
        assert!(
            (15_000..25_500).contains(&top),
            "a fifth of the things sells {top} of 30,000"
        );
    }

    #[test]
    fn one_variant_is_enough() {
        let catalogue = Catalogue::make(&mut Random::new(1, "catalogue"), 0);
        assert_eq!(catalogue.variants().len(), 1);
        catalogue.pick(&mut Random::new(1, "sales"));
    }
}

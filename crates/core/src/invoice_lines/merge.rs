use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::id::VariantId;

/// What makes two lines of one invoice equal; `T` is the title, or what stands for it.
///
/// Numbers must be normalised: equal numbers are then equal bit by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LineContent<T> {
    /// What was sold.
    pub variant_id: VariantId,
    /// How the invoice calls it.
    pub title: T,
    /// How many.
    pub quantity: Decimal,
    /// For how much each.
    pub unit_price: Decimal,
    /// When.
    pub at: DateTime<Utc>,
}

/// Counts equal things: the ordinal of the next is how many there were before, and one.
#[derive(Debug)]
pub struct Ordinals<K>(HashMap<K, u32>);

impl<K> Default for Ordinals<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: std::hash::Hash + Eq> Ordinals<K> {
    /// Returns the ordinal of this one.
    pub fn next(&mut self, key: K) -> u32 {
        let ordinal = self.0.entry(key).or_insert(0);
        *ordinal += 1;
        *ordinal
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns how many different things there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there was nothing yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Returns the places of the lines that an invoice lacks: those whose ordinal is higher than the count of equal stored lines.
pub fn missing<K: std::hash::Hash + Eq>(
    stored: impl IntoIterator<Item = K>,
    incoming: impl IntoIterator<Item = (K, u32)>,
) -> Vec<usize> {
    let mut counts: HashMap<K, u32> = HashMap::new();
    for content in stored {
        *counts.entry(content).or_insert(0) += 1;
    }
    incoming
        .into_iter()
        .enumerate()
        .filter(|(_, (content, ordinal))| counts.get(content).is_none_or(|count| ordinal > count))
        .map(|(place, _)| place)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Merges a file into an invoice, its lines cut into batches of `batch`.
    fn merge(stored: &mut Vec<u8>, file: &[u8], batch: usize) {
        let mut ordinals = Ordinals::default();
        for lines in file.chunks(batch) {
            let incoming: Vec<(u8, u32)> = lines
                .iter()
                .map(|line| (*line, ordinals.next(*line)))
                .collect();
            for place in missing(stored.iter().copied(), incoming) {
                stored.push(lines[place]);
            }
        }
    }

    fn merged(files: &[&[u8]], batch: usize) -> Vec<u8> {
        let mut stored = Vec::new();
        for file in files {
            merge(&mut stored, file, batch);
        }
        stored.sort_unstable();
        stored
    }

    proptest! {
        #[test]
        fn merging_again_and_in_any_order_gives_the_same_lines(
            first in proptest::collection::vec(0u8..4, 0..12), second in proptest::collection::vec(0u8..4, 0..12), batch in 1usize..8) {
            let both = merged(&[&first, &second], batch);
            prop_assert_eq!(&merged(&[&second, &first], 3), &both);
            prop_assert_eq!(&merged(&[&first, &second, &first, &second], 1), &both);
            for content in 0u8..4 {
                let count = |lines: &[u8]| lines.iter().filter(|line| **line == content).count();
                prop_assert_eq!(count(&both), count(&first).max(count(&second)));
            }
        }
    }
}

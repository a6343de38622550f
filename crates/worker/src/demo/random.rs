//! A generator whose sequence is part of this program: `SplitMix64`, the same on every machine and in every version.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// Begins the stream called `name` of a seed; streams do not disturb each other.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        // FNV-1a tells the names apart, and the first draw mixes the rest.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut random = Self(seed ^ hash);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Draws a number below `limit`; 0 when there is none.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        // The high half of the product is uniform up to one part in 2^64 / limit.
        let wide = u128::from(self.next()) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Draws a number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.below(span)).unwrap_or(0)
    }

    /// Says yes `part` times in `whole`.
    pub(super) fn chance(&mut self, part: u64, whole: u64) -> bool {
        self.below(whole) < part
    }

    /// Draws one of `items`, which are not empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(items.len() as u64);
        &items[usize::try_from(index).unwrap_or(0)]
    }

    /// Draws an index by weight, from the running sums of the weights.
    pub(super) fn weighted(&mut self, sums: &[u64]) -> usize {
        let total = sums.last().copied().unwrap_or(0);
        let drawn = self.below(total);
        sums.partition_point(|sum| *sum <= drawn)
    }
}

/// Adds weights up, for [`Random::weighted`].
pub(super) fn running_sums(weights: impl IntoIterator<Item = u64>) -> Vec<u64> {
    weights
        .into_iter()
        .scan(0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_never_changes() {
        let mut random = Random(0);
        // The reference implementation's first numbers from seed 0.
        assert_eq!(random.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(random.next(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn draws_stay_within_their_limits_and_follow_their_weights() {
        let mut random = Random::new(1, "test");
        let sums = running_sums([1, 0, 3]);
        let mut counts = [0; 3];
        for _ in 0..4_000 {
            counts[random.weighted(&sums)] += 1;
            assert!((3..=5).contains(&random.between(3, 5)));
        }
        assert_eq!(counts[1], 0);
        assert!((800..1_200).contains(&counts[0]), "{counts:?}");
    }
}

//! Chance from a seed, the same on every machine (SplitMix64).

/// A source of chance.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `low..=high`.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(1).max(1);
        low + i64::try_from(self.next() % span).unwrap_or_default()
    }

    /// True in so many of 1,000 cases.
    pub fn chance(&mut self, of_thousand: i64) -> bool {
        self.within(0, 999) < of_thousand
    }

    /// One of them; `None` when there is none.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let last = i64::try_from(all.len()).unwrap_or_default() - 1;
        let place = usize::try_from(self.within(0, last.max(0))).unwrap_or_default();
        all.get(place).copied()
    }
}

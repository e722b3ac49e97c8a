//! The fuzzer's bytes as the random numbers that proptest draws from: so it steers the same
//! strategies that the properties use.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::sync::LazyLock;

/// Draws values from bytes, and from the same noise each time when they are used up: numbers that
/// repeat would make a strategy reject them for ever.
pub struct Draw {
    runner: TestRunner,
}

impl Draw {
    /// From these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        static TAIL: LazyLock<Vec<u8>> = LazyLock::new(|| noise(1, 1 << 16));
        let bytes = [bytes, &TAIL].concat();
        let rng = TestRng::from_seed(RngAlgorithm::PassThrough, &bytes);
        Self { runner: TestRunner::new_with_rng(Config::default(), rng) }
    }

    /// The next value; none where the strategy turns down what was drawn.
    pub fn next<S: Strategy>(&mut self, strategy: &S) -> Option<S::Value> {
        Some(strategy.new_tree(&mut self.runner).ok()?.current())
    }
}

/// Bytes without order, the same for each seed.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

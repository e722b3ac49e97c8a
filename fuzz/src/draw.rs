//! The fuzzer's bytes as the random numbers that proptest draws from: so it steers the same
//! strategies that the properties use.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Draws values from bytes; zeros follow the last one.
pub struct Draw {
    runner: TestRunner,
}

impl Draw {
    /// From these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let rng = TestRng::from_seed(RngAlgorithm::PassThrough, bytes);
        Self { runner: TestRunner::new_with_rng(Config::default(), rng) }
    }

    /// The next value; none where the strategy turns down what was drawn.
    pub fn next<S: Strategy>(&mut self, strategy: &S) -> Option<S::Value> {
        Some(strategy.new_tree(&mut self.runner).ok()?.current())
    }
}

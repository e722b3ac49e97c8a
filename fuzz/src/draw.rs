//! Values of the strategies that the properties use, chosen by the fuzzer's bytes.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How many bytes choose a value.
pub const CHOICE: usize = 8;

/// The value that `choice` stands for; none where the strategy turns down what was drawn. The same
/// bytes always stand for the same value.
pub fn drawn<S: Strategy>(strategy: &S, choice: &[u8]) -> Option<S::Value> {
    let mut seed = [0; 32];
    seed.iter_mut().zip(choice).for_each(|(to, from)| *to = *from);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    Some(strategy.new_tree(&mut runner).ok()?.current())
}

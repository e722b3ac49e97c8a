//! The work whose price is taken.

mod call;
mod chain;
mod decode;
mod engine;
mod signature;
mod store;
mod trie;

use crate::{Hand, Problem, World};

pub use call::take as take_call;
pub use signature::YARDSTICK;

/// Takes the prices of all that runs no contract, the signature check's first.
///
/// # Errors
/// When some work fails, which would be a fault.
pub fn take_prices(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    signature::take(hand)?;
    decode::take(hand, world)?;
    engine::take(hand, world)?;
    trie::take(hand, world)?;
    chain::take(hand, world)?;
    store::take(hand, world)
}

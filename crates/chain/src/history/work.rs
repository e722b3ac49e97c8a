//! How much was done since a moment.

use near_primitives::types::Gas;

/// Blocks that were sealed, also on branches that were abandoned since; a start without them seals
/// them again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// How many; each snapshot that was saved, and each revert, counts as one.
    pub blocks: usize,
    /// An estimate of the memory that they took with their states, bytes.
    pub bytes: usize,
    /// The gas that they burnt.
    pub gas: Gas,
}

impl Work {
    /// Adds what `more` counts.
    pub(crate) fn add(&mut self, more: Self) {
        self.blocks += more.blocks;
        self.bytes = self.bytes.saturating_add(more.bytes);
        self.gas = self.gas.saturating_add(more.gas);
    }

    /// What was done after `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            blocks: self.blocks.saturating_sub(earlier.blocks),
            bytes: self.bytes.saturating_sub(earlier.bytes),
            gas: self.gas.saturating_sub(earlier.gas),
        }
    }
}

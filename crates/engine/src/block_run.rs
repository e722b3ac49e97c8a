//! The progress of a block that is being applied.

use crate::context::BlockContext;
use crate::overlay::Overlay;
use crate::state::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::ExecutionOutcomeWithId;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{Balance, Compute, Gas};
use std::collections::VecDeque;

/// What a block has done so far, and what it still has to do.
pub(crate) struct BlockRun<'b, 's> {
    pub(crate) block: &'b BlockContext,
    pub(crate) overlay: Overlay<'s>,
    pub(crate) outcomes: Vec<ExecutionOutcomeWithId>,
    /// By receipt: see [`BlockOutput`](crate::BlockOutput).
    pub(crate) unknown_nodes: Vec<(CryptoHash, u64)>,
    pub(crate) outgoing: Vec<Receipt>,
    /// Receipts that run immediately after the one that made them.
    pub(crate) instant: VecDeque<Receipt>,
    pub(crate) proposals: Vec<ValidatorStake>,
    pub(crate) gas_burnt: Gas,
    pub(crate) compute: Compute,
    pub(crate) balance: BalanceFlow,
}

/// Tokens that left or entered the supply, yoctoNEAR.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BalanceFlow {
    pub(crate) burnt: Balance,
    pub(crate) subsidized: Balance,
}

impl BalanceFlow {
    /// Counts tokens that left the supply, yoctoNEAR.
    pub(crate) fn burn(&mut self, amount: Balance) {
        self.burnt = self.burnt.saturating_add(amount);
    }
}

impl<'b, 's> BlockRun<'b, 's> {
    pub(crate) fn new(block: &'b BlockContext, overlay: Overlay<'s>) -> Self {
        Self {
            block,
            overlay,
            outcomes: Vec::new(),
            unknown_nodes: Vec::new(),
            outgoing: Vec::new(),
            instant: VecDeque::new(),
            proposals: Vec::new(),
            gas_burnt: Gas::ZERO,
            compute: 0,
            balance: BalanceFlow { burnt: Balance::ZERO, subsidized: Balance::ZERO },
        }
    }

    /// Checks that the caller still waits.
    pub(crate) fn goes_on(&self) -> Result<(), StateError> {
        match self.block.give_up_after {
            Some(gas) if self.gas_burnt > gas => Err(StateError::GivenUp),
            _ => Ok(()),
        }
    }

    /// True when no more receipts run in this block.
    pub(crate) fn is_full(&self) -> bool {
        let soft_limit =
            self.block.protocol.config.witness_config.main_storage_proof_size_soft_limit;
        self.compute >= self.block.gas_limit.as_gas()
            || self.overlay.proof_bytes() as u64 > soft_limit
    }
}

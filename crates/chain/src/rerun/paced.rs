//! The paced height that a block was applied with, from what it did.
//!
//! The height is not kept with a block. It decides only whether a yield's time was over and whether
//! a delegate action had expired, and the block's record tells what was decided: any height that
//! decides the same gives the same block.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use borsh::BorshDeserialize;
use keyway_engine::StateError;
use near_primitives::action::Action;
use near_primitives::errors::{ActionErrorKind, TxExecutionError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    PromiseYieldIndices, PromiseYieldTimeout, Receipt, VersionedReceiptEnum,
};
use near_primitives::transaction::ExecutionStatus;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::BlockHeight;
use std::collections::HashMap;

/// The heights that decide as a block did.
struct Range {
    least: BlockHeight,
    most: BlockHeight,
}

impl Chain {
    /// A paced height that decides what `block` decided on the state of `prev`.
    ///
    /// # Errors
    /// When a state cannot be read.
    pub(crate) fn paced_height(
        &self,
        block: &SealedBlock,
        prev: &SealedBlock,
    ) -> Result<BlockHeight, StateError> {
        let mut range = Range { least: 0, most: block.height() };
        range.keep_yields(block, prev)?;
        range.keep_delegates(block);
        Ok(range.most.max(range.least))
    }
}

impl Range {
    /// Yields that left the queue had timed out, and the first that is left had not.
    fn keep_yields(&mut self, block: &SealedBlock, prev: &SealedBlock) -> Result<(), StateError> {
        let removed = block
            .changes
            .iter()
            .filter(|entry| entry.changes.last().is_some_and(|change| change.data.is_none()));
        for entry in removed {
            if let TrieKey::PromiseYieldTimeout { .. } = entry.trie_key
                && let Some(timeout) = read::<PromiseYieldTimeout>(prev, &entry.trie_key)?
            {
                self.least = self.least.max(timeout.expires_at);
            }
        }
        let indices = read::<PromiseYieldIndices>(block, &TrieKey::PromiseYieldIndices)?;
        let Some(indices) = indices.filter(|at| at.first_index < at.next_available_index) else {
            return Ok(());
        };
        let first = TrieKey::PromiseYieldTimeout { index: indices.first_index };
        if let Some(timeout) = read::<PromiseYieldTimeout>(block, &first)? {
            self.most = self.most.min(timeout.expires_at.saturating_sub(1));
        }
        Ok(())
    }

    /// Delegate actions that expired were too old, and those that ran were not.
    fn keep_delegates(&mut self, block: &SealedBlock) {
        let receipts = block.incoming.iter().chain(&block.processed);
        let delegates: Vec<_> = receipts
            .filter_map(|receipt| Some((receipt.receipt_id(), max_height(receipt)?)))
            .collect();
        if delegates.is_empty() {
            return;
        }
        let outcomes: HashMap<&CryptoHash, &ExecutionStatus> =
            block.outcomes.iter().map(|entry| (&entry.id, &entry.outcome.status)).collect();
        for (id, max_height) in delegates {
            match outcomes.get(id) {
                Some(ExecutionStatus::Failure(TxExecutionError::ActionError(error))) => {
                    if matches!(error.kind, ActionErrorKind::DelegateActionExpired) {
                        self.least = self.least.max(max_height.saturating_add(1));
                    }
                }
                Some(_) => self.most = self.most.min(max_height),
                None => {}
            }
        }
    }
}

/// Up to which height the receipt's delegate action may run.
fn max_height(receipt: &Receipt) -> Option<BlockHeight> {
    let VersionedReceiptEnum::Action(action_receipt) = receipt.versioned_receipt() else {
        return None;
    };
    action_receipt.actions().iter().find_map(|action| match action {
        Action::Delegate(signed) => Some(signed.delegate_action.max_block_height),
        Action::DelegateV2(signed) => {
            let near_primitives::action::delegate::VersionedDelegateActionPayload::V2(delegate) =
                &signed.delegate_action;
            Some(delegate.max_block_height)
        }
        _ => None,
    })
}

fn read<T: BorshDeserialize>(at: &SealedBlock, key: &TrieKey) -> Result<Option<T>, StateError> {
    let corrupt = |_| StateError::Corrupt { what: format!("{key:?}") };
    let value = at.state.get(&key.to_vec())?;
    value.map(|bytes| T::try_from_slice(&bytes).map_err(corrupt)).transpose()
}

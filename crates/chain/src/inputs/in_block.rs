//! Transactions that waited for a block that is sealed by hand.

use crate::blocks::pace::Reason;
use crate::blocks::seal::Content;
use crate::chain::Chain;
use crate::inputs::applied::{Applied, Refused};
use crate::inputs::batch::BatchBudget;
use crate::inputs::checked::Checked;
use crate::inputs::input::{Batch, Input};
use keyway_engine::{OnRefusal, StateError};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use std::collections::{HashMap, HashSet};

/// What became of a transaction that waited for a block; none if it still waits.
pub type Fate = Option<Result<Applied, Refused>>;

/// What became of transactions when a block was sealed.
#[derive(Debug)]
pub struct InBlock {
    /// Of each, in the given order; none if it waits for a later block.
    pub results: Vec<Fate>,
    /// The input that has the same effect when it is applied at the same time.
    pub input: Input,
}

impl Chain {
    /// Seals one block with those of `transactions` that fit into it, or an empty one. Their receipts
    /// run in the blocks that follow.
    ///
    /// # Errors
    /// When the state cannot be read; the chain is then unchanged.
    pub fn seal_with(
        &mut self,
        transactions: &[Checked],
        now_ns: u64,
    ) -> Result<InBlock, StateError> {
        let mut budget = BatchBudget::of(self);
        let fitting = transactions.iter().take_while(|tx| self.has_room(&mut budget, tx)).count();
        // One that fits into no block is tried alone.
        let group = transactions.get(..fitting.max(1)).unwrap_or(transactions);
        let sharing = self.can_share(group);
        let hashes: Vec<CryptoHash> = sharing.iter().map(SignedTransaction::get_hash).collect();
        let (refused, reason) = (OnRefusal::LeaveOutSigner, Reason::Requested);
        let content = Content { transactions: sharing, refused, reason, ..Content::default() };
        let mut next = self.clone();
        let left_out = next.seal(self.next_height(), content, now_ns)?;
        let input = if next.head.hash() == self.head.hash() {
            next.seal_empty(Reason::Requested, now_ns)?;
            Input::Tick
        } else if next.head.transactions.is_empty() {
            Input::Tick
        } else {
            Input::Batch(Batch { transactions: next.head.transactions.clone(), finalize: false })
        };
        next.complete(false, now_ns)?;
        let left_out =
            left_out.into_iter().filter_map(|left| Some((*hashes.get(left.index)?, left)));
        let refusals: HashMap<_, _> = left_out.map(|(hash, left)| (hash, left.refusal)).collect();
        let included = next.head.transactions.iter().map(SignedTransaction::get_hash);
        let mut included: HashSet<CryptoHash> = included.collect();
        let mut results = Vec::with_capacity(transactions.len());
        for (index, tx) in transactions.iter().enumerate() {
            let hash = tx.hash();
            results.push(if index >= group.len() {
                None
            } else if tx.is_signed() && included.remove(&hash) {
                Some(Ok(Applied::Included(hash)))
            } else if let Some(refusal) = refusals.get(&hash).filter(|_| tx.is_signed()) {
                refusal.clone().map(|error| Err(error.into()))
            } else {
                next.fate_outside(tx)?
            });
        }
        *self = next;
        Ok(InBlock { results, input })
    }

    /// What became of a transaction that was not tried: it is in the chain already, breaks a rule, or
    /// waits for an earlier one of its signer.
    fn fate_outside(&self, tx: &Checked) -> Result<Fate, StateError> {
        if tx.is_signed() && self.history.transaction(&tx.hash())?.is_some() {
            return Ok(Some(Ok(Applied::Known(tx.hash()))));
        }
        Ok(self.first_broken_rule_of_form(tx)?.map(|error| Err(error.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{Drive, NOW, chain, transfer};
    use near_primitives::errors::InvalidTxError;

    fn checked(chain: &Chain, nonces: &[u64]) -> Vec<Checked> {
        let base = *chain.head().hash();
        nonces.iter().map(|nonce| Checked::new(transfer(*nonce, base))).collect()
    }

    #[test]
    fn one_block_has_what_waited_and_later_ones_its_receipts() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        let waiting = checked(&chain, &[1, 2, 3]);
        let mut replayed = chain.clone();
        let InBlock { results, input } = chain.seal_with(&waiting, NOW + 1).unwrap();
        assert!(results.iter().all(|result| matches!(result, Some(Ok(Applied::Included(_))))));
        assert_eq!((chain.head().height(), chain.head().transactions.len()), (2, 3));
        assert!(chain.head().leaves_work(), "their receipts wait");
        replayed.apply(input, NOW + 1).unwrap();
        assert_eq!(replayed.head().hash(), chain.head().hash());
        chain.tick(NOW + 2).unwrap();
        chain.tick(NOW + 3).unwrap();
        assert!(!chain.head().leaves_work(), "neither do their refunds");
    }

    #[test]
    fn what_is_refused_is_told_and_copies_are_known() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        let waiting = checked(&chain, &[2, 2, 1_000_000_000]);
        let InBlock { results, .. } = chain.seal_with(&waiting, NOW + 1).unwrap();
        assert!(matches!(results[0], Some(Ok(Applied::Included(_)))));
        assert!(matches!(results[1], Some(Ok(Applied::Known(_)))));
        let Some(Err(Refused::Transaction(error))) = &results[2] else { panic!("{results:?}") };
        assert!(matches!(**error, InvalidTxError::NonceTooLarge { .. }));
    }

    #[test]
    fn with_nothing_to_include_an_empty_block_is_sealed() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        for nonces in [&[][..], &[0]] {
            let height = chain.head().height();
            let waiting = checked(&chain, nonces);
            let mut replayed = chain.clone();
            let InBlock { input, .. } = chain.seal_with(&waiting, NOW + 1).unwrap();
            assert_eq!(chain.head().height(), height + 1);
            replayed.apply(input, NOW + 1).unwrap();
            assert_eq!(replayed.head().hash(), chain.head().hash());
        }
    }
}

//! Admission of transactions.

use crate::blocks::pace::FASTEST_BLOCK_NS;
use crate::chain::Chain;
use crate::inputs::applied::Refused;
use crate::inputs::checked::Checked;
use keyway_engine::{StateError, check_state};
use keyway_rules::check_form_unsigned;
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::BlockHeight;

impl Chain {
    /// Whether a transaction may enter the next block: validity period first, then form, then
    /// account and key in the head's state. Changes nothing.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn admit(&self, tx: &SignedTransaction) -> Result<(), Refused> {
        self.admit_checked(&Checked::new(tx.clone()))
    }

    /// As [`Chain::admit`], for a transaction whose signature has been checked.
    ///
    /// # Errors
    /// The first rule broken. A wrong signature is reported in its place in that order.
    pub fn admit_checked(&self, checked: &Checked) -> Result<(), Refused> {
        self.first_broken_rule(checked)?.map_or(Ok(()), |error| Err(error.into()))
    }

    /// The first rule that a transaction breaks, in the protocol's order; none when it may enter the
    /// next block.
    pub(crate) fn first_broken_rule(
        &self,
        checked: &Checked,
    ) -> Result<Option<InvalidTxError>, StateError> {
        if let Some(error) = self.first_broken_rule_of_form(checked)? {
            return Ok(Some(error));
        }
        let (tx, protocol) = (checked.transaction(), &self.spec.protocol);
        let price = self.head.header.next_gas_price();
        let height = Some(self.next_height());
        Ok(check_state(&self.head.state, protocol, price, height, tx)?.into_result().err())
    }

    /// The same of the rules that come before account and key: those that applying a block does not
    /// look at again.
    pub(crate) fn first_broken_rule_of_form(
        &self,
        checked: &Checked,
    ) -> Result<Option<InvalidTxError>, StateError> {
        let tx = checked.transaction();
        if !self.is_valid_base(tx.transaction.block_hash())? {
            return Ok(Some(InvalidTxError::Expired));
        }
        if let Err(error) = check_form_unsigned(&self.spec.protocol, tx) {
            return Ok(Some(error));
        }
        Ok((!checked.is_signed()).then_some(InvalidTxError::InvalidSignature))
    }

    /// Whether `base` is a block of this chain that is recent enough. Blocks that a revert abandoned are
    /// not known, so every known block is an ancestor.
    ///
    /// Transactions seal blocks immediately here, so a busy test would use up the validity period's
    /// blocks in milliseconds. A base therefore also stays valid for as long as nearcore takes for that
    /// many blocks at its fastest, so that clients can reuse a block hash for some seconds.
    fn is_valid_base(&self, base: &CryptoHash) -> Result<bool, StateError> {
        let base = self.history.base(base)?;
        Ok(base.is_some_and(|(height, timestamp_ns)| !self.is_too_old(height, timestamp_ns)))
    }

    /// Whether no transaction can be based on a block of this height and time (nanoseconds since the
    /// Unix epoch) any more, now or later.
    pub(crate) fn is_too_old(&self, height: BlockHeight, timestamp_ns: u64) -> bool {
        let head = (self.head.height(), self.head.header.raw_timestamp());
        self.is_too_old_at(head, height, timestamp_ns)
    }

    /// The same for a head of this height and time.
    pub(crate) fn is_too_old_at(
        &self,
        (head_height, head_ns): (BlockHeight, u64),
        height: BlockHeight,
        timestamp_ns: u64,
    ) -> bool {
        let period = self.spec.genesis.transaction_validity_period;
        let age_blocks = head_height.saturating_sub(height);
        let age_ns = head_ns.saturating_sub(timestamp_ns);
        age_blocks > period && age_ns > period.saturating_mul(FASTEST_BLOCK_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::applied::Applied;
    use crate::inputs::input::Input;
    use crate::tests::chain::{Drive, NOW, chain, chain_with, id, transfer};
    use near_primitives::merkle::verify_path;

    #[track_caller]
    fn refused(chain: &mut Chain, tx: SignedTransaction) -> InvalidTxError {
        let (hash, head) = (tx.get_hash(), *chain.head().hash());
        match chain.submit(tx, NOW) {
            Err(Refused::Transaction(error)) => {
                assert_eq!(*chain.head().hash(), head, "a refused transaction seals nothing");
                assert_eq!(chain.refusal(&hash), Some(&*error));
                *error
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_transfer_arrives_and_is_final() {
        let mut chain = chain();
        let hash = chain.submit(transfer(1, *chain.head().hash()), NOW).unwrap();
        let entry = chain.transaction(&hash).unwrap().unwrap();
        assert_eq!(entry.block.height(), 1);
        let outcome = chain.outcome(&hash).unwrap().unwrap();
        let receipt_id = outcome.outcome.outcome.receipt_ids[0];
        let ran = chain.outcome(&receipt_id).unwrap().unwrap();
        assert_eq!(ran.block.height(), 2);
        assert!(chain.is_final(&ran.block));
        assert!(!chain.head().leaves_work());
        assert_eq!(chain.receipt(&receipt_id).unwrap().unwrap().receiver_id(), &id("near"));
        assert_eq!(chain.transaction_of_receipt(&receipt_id).unwrap(), Some(hash));
    }

    #[test]
    fn a_block_of_several_transactions_leaves_their_receipts_to_the_next() {
        let mut chain = chain();
        let base = *chain.head().hash();
        let all = vec![transfer(1, base), transfer(2, base)];
        let hashes = all.iter().map(SignedTransaction::get_hash).collect::<Vec<_>>();
        chain.apply(Input::block(all), NOW).unwrap();
        assert_eq!(chain.head().height(), 1);
        assert!(!chain.is_idle().unwrap());
        chain.tick(NOW).unwrap();
        for hash in hashes {
            let outcome = chain.outcome(&hash).unwrap().unwrap();
            assert_eq!(outcome.block.height(), 1);
            let receipt = outcome.outcome.outcome.receipt_ids[0];
            assert_eq!(chain.outcome(&receipt).unwrap().unwrap().block.height(), 2);
        }
        // Refunds.
        chain.tick(NOW).unwrap();
        assert!(chain.is_idle().unwrap());
    }

    #[test]
    fn one_refusal_keeps_the_whole_block_out() {
        let mut chain = chain();
        let base = *chain.head().hash();
        let all = vec![transfer(1, base), transfer(0, base)];
        let refused = chain.apply(Input::block(all), NOW).unwrap_err();
        assert!(matches!(refused, Refused::Transaction(error)
            if matches!(*error, InvalidTxError::InvalidNonce { .. })));
        assert_eq!(chain.head().height(), 0);
    }

    #[test]
    fn a_nonce_used_twice_keeps_the_whole_block_out() {
        let mut chain = chain();
        let base = *chain.head().hash();
        chain.tick(NOW).unwrap();
        let all = vec![transfer(1, base), transfer(1, *chain.head().hash())];
        let refused = chain.apply(Input::block(all), NOW).unwrap_err();
        assert!(matches!(refused, Refused::Transaction(error)
            if matches!(*error, InvalidTxError::InvalidNonce { .. })));
        assert_eq!(chain.head().height(), 1);
    }

    #[test]
    fn proofs_lead_to_the_root_in_the_next_chunk() {
        let mut chain = chain();
        let hash = chain.submit(transfer(1, *chain.head().hash()), NOW).unwrap();
        let entry = chain.outcome(&hash).unwrap().unwrap();
        let next = chain.block_by_height(entry.block.height() + 1).unwrap().unwrap();
        let root = *next.chunk.prev_outcome_root();
        assert!(verify_path(root, &entry.proof(), entry.outcome.to_hashes()));
    }

    #[test]
    fn the_same_transaction_again_succeeds_and_changes_nothing() {
        let mut chain = chain();
        let tx = transfer(1, *chain.head().hash());
        chain.submit(tx.clone(), NOW).unwrap();
        let head = *chain.head().hash();
        let input = Input::transaction(tx.clone());
        assert_eq!(chain.apply(input, NOW), Ok(Applied::Known(tx.get_hash())));
        assert_eq!(*chain.head().hash(), head);
    }

    #[test]
    fn an_old_nonce_is_refused() {
        let mut chain = chain();
        chain.submit(transfer(5, *chain.head().hash()), NOW).unwrap();
        let base = *chain.head().hash();
        let error = refused(&mut chain, transfer(4, base));
        assert_eq!(error, InvalidTxError::InvalidNonce { tx_nonce: 4, ak_nonce: 5 });
    }

    #[test]
    fn a_nonce_above_the_bound_is_refused_at_once() {
        let mut chain = chain();
        let base = *chain.head().hash();
        let error = refused(&mut chain, transfer(1_000_000, base));
        let upper_bound = 1_000_000;
        assert_eq!(error, InvalidTxError::NonceTooLarge { tx_nonce: 1_000_000, upper_bound });
    }

    #[test]
    fn the_period_is_checked_before_anything_else() {
        let mut chain = chain();
        let mut tx = transfer(0, near_primitives::hash::hash(b"nobody's block"));
        tx.signature = near_crypto::Signature::empty(near_crypto::KeyType::ED25519);
        assert_eq!(refused(&mut chain, tx), InvalidTxError::Expired);
    }

    #[test]
    fn a_base_block_is_good_for_the_validity_period_and_not_longer() {
        let mut chain = chain_with(|config| config.transaction_validity_period = 3);
        let base = *chain.head().hash();
        let second = 1_000_000_000;
        for number in 1..=3 {
            chain.tick(NOW + number * second).unwrap();
        }
        assert_eq!(chain.admit(&transfer(1, base)), Ok(()));
        chain.tick(NOW + 4 * second).unwrap();
        assert_eq!(refused(&mut chain, transfer(1, base)), InvalidTxError::Expired);
    }

    #[test]
    fn blocks_sealed_in_no_time_do_not_use_up_the_validity_period() {
        let mut chain = chain_with(|config| config.transaction_validity_period = 3);
        chain.tick(NOW).unwrap();
        let base = *chain.head().hash();
        for _ in 0..50 {
            chain.tick(NOW).unwrap();
        }
        assert_eq!(chain.admit(&transfer(1, base)), Ok(()));
        chain.jump(10, NOW).unwrap();
        assert_eq!(refused(&mut chain, transfer(1, base)), InvalidTxError::Expired);
    }

    #[test]
    fn a_refusal_is_forgotten_when_the_transaction_gets_in() {
        let mut chain = chain();
        let tx = transfer(1_000_001, *chain.head().hash());
        refused(&mut chain, tx.clone());
        chain.tick(NOW).unwrap();
        chain.submit(tx.clone(), NOW).unwrap();
        assert_eq!(chain.refusal(&tx.get_hash()), None);
    }
}

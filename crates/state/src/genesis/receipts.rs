//! Pending receipts of a chain that starts from a dump of another.

use super::{GenesisError, encoded};
use keyway_engine::{postponed_rows, yielded_row};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{DelayedReceiptIndices, Receipt, VersionedReceiptEnum};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::AccountId;
use std::collections::BTreeSet;

/// The receipts among the records, and the received data that they may wait for.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    postponed: Vec<Receipt>,
    received: BTreeSet<(AccountId, CryptoHash)>,
    delayed: DelayedReceiptIndices,
}

/// Rows of the state.
type Rows = Vec<(TrieKey, Vec<u8>)>;

impl Receipts {
    /// Adds data that an account has received.
    pub(super) fn receive(&mut self, account_id: AccountId, data_id: CryptoHash) {
        self.received.insert((account_id, data_id));
    }

    /// Adds a receipt that waits for data. Which data is missing is known only after all records.
    pub(super) fn postpone(&mut self, receipt: Receipt) {
        self.postponed.push(receipt);
    }

    /// Appends a place to the queue of delayed receipts, and returns its key.
    pub(super) fn delay(&mut self) -> TrieKey {
        let index = self.delayed.next_available_index;
        self.delayed.next_available_index = index + 1;
        TrieKey::DelayedReceipt { index }
    }

    /// The rows of the receipts, once all records have been added.
    pub(super) fn rows(&self) -> Result<Rows, GenesisError> {
        let mut rows = Rows::new();
        for receipt in &self.postponed {
            let receipt_id = *receipt.receipt_id();
            match receipt.versioned_receipt() {
                VersionedReceiptEnum::Action(action) => {
                    self.await_data(receipt, action.input_data_ids(), &mut rows)?;
                }
                VersionedReceiptEnum::PromiseYield(action) => {
                    rows.push(await_resume(receipt, action.input_data_ids())?);
                }
                VersionedReceiptEnum::Data(_)
                | VersionedReceiptEnum::PromiseResume(_)
                | VersionedReceiptEnum::GlobalContractDistribution(_) => {
                    return Err(GenesisError::NotPostponable { receipt_id });
                }
            }
        }
        if self.delayed != DelayedReceiptIndices::default() {
            rows.push((TrieKey::DelayedReceiptIndices, encoded(&self.delayed)));
        }
        Ok(rows)
    }

    fn await_data(
        &self,
        receipt: &Receipt,
        inputs: &[CryptoHash],
        rows: &mut Rows,
    ) -> Result<(), GenesisError> {
        let is_missing = |data_id: &&CryptoHash| {
            !self.received.contains(&(receipt.receiver_id().clone(), **data_id))
        };
        let missing: Vec<_> = inputs.iter().filter(is_missing).copied().collect();
        if missing.is_empty() {
            return Err(GenesisError::NothingToWaitFor { receipt_id: *receipt.receipt_id() });
        }
        rows.extend(postponed_rows(receipt, &missing));
        Ok(())
    }
}

fn await_resume(
    receipt: &Receipt,
    inputs: &[CryptoHash],
) -> Result<(TrieKey, Vec<u8>), GenesisError> {
    let &[data_id] = inputs else {
        let (receipt_id, found) = (*receipt.receipt_id(), inputs.len());
        return Err(GenesisError::YieldInputs { receipt_id, found });
    };
    Ok(yielded_row(receipt, data_id))
}

//! Receipts that are on their way when a chain starts from a dump of another.

use super::{GenesisError, Rows};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{DelayedReceiptIndices, Receipt, VersionedReceiptEnum};
use near_primitives::trie_key::TrieKey;

/// Receipts of the records.
#[derive(Default)]
pub(super) struct Receipts {
    postponed: Vec<Receipt>,
    delayed: DelayedReceiptIndices,
}

impl Receipts {
    /// Takes a receipt that waits for data. What it still waits for shows only when all received
    /// data is known.
    pub(super) fn postpone(&mut self, receipt: Receipt) {
        self.postponed.push(receipt);
    }

    /// Puts a receipt at the end of the queue of delayed ones.
    pub(super) fn delay(&mut self, receipt: &Receipt, rows: &mut Rows) {
        let index = self.delayed.next_available_index;
        rows.put(&TrieKey::DelayedReceipt { index }, receipt);
        self.delayed.next_available_index = index + 1;
    }

    /// Writes what is left when all records are in.
    pub(super) fn finish(self, rows: &mut Rows) -> Result<(), GenesisError> {
        for receipt in &self.postponed {
            let receipt_id = *receipt.receipt_id();
            match receipt.versioned_receipt() {
                VersionedReceiptEnum::Action(action) => {
                    await_data(receipt, action.input_data_ids(), rows)?;
                }
                VersionedReceiptEnum::PromiseYield(action) => {
                    await_resume(receipt, action.input_data_ids(), rows)?;
                }
                VersionedReceiptEnum::Data(_)
                | VersionedReceiptEnum::PromiseResume(_)
                | VersionedReceiptEnum::GlobalContractDistribution(_) => {
                    return Err(GenesisError::NotPostponable { receipt_id });
                }
            }
        }
        if self.delayed != DelayedReceiptIndices::default() {
            rows.put(&TrieKey::DelayedReceiptIndices, &self.delayed);
        }
        Ok(())
    }
}

fn await_data(
    receipt: &Receipt,
    inputs: &[CryptoHash],
    rows: &mut Rows,
) -> Result<(), GenesisError> {
    let (receiver_id, receipt_id) = (receipt.receiver_id(), *receipt.receipt_id());
    let mut missing = 0u32;
    for &data_id in inputs {
        let receiver_id = receiver_id.clone();
        if !rows.has(&TrieKey::ReceivedData { receiver_id: receiver_id.clone(), data_id }) {
            rows.put(&TrieKey::PostponedReceiptId { receiver_id, data_id }, &receipt_id);
            missing += 1;
        }
    }
    if missing == 0 {
        return Err(GenesisError::NothingToWaitFor { receipt_id });
    }
    let receiver_id = receiver_id.clone();
    rows.put(&TrieKey::PendingDataCount { receiver_id: receiver_id.clone(), receipt_id }, &missing);
    rows.put(&TrieKey::PostponedReceipt { receiver_id, receipt_id }, receipt);
    Ok(())
}

fn await_resume(
    receipt: &Receipt,
    inputs: &[CryptoHash],
    rows: &mut Rows,
) -> Result<(), GenesisError> {
    let &[data_id] = inputs else {
        let (receipt_id, found) = (*receipt.receipt_id(), inputs.len());
        return Err(GenesisError::YieldInputs { receipt_id, found });
    };
    let receiver_id = receipt.receiver_id().clone();
    rows.put(&TrieKey::PromiseYieldReceipt { receiver_id, data_id }, receipt);
    Ok(())
}

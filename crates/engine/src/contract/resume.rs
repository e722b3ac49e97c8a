//! Yield and resume: receipts that wait for data from later calls, for at most 200 blocks.
//!
//! Source: NEP-519; nearcore `runtime/runtime/src/lib.rs` and `core/store/src/utils/mod.rs`.

use crate::context::BlockContext;
use crate::overlay::{Overlay, encoded};
use crate::state::StateError;
use near_primitives::hash::{CryptoHash, YieldId};
use near_primitives::receipt::{
    DataReceipt, PromiseYieldIndices, PromiseYieldTimeout, Receipt, ReceiptEnum, ReceiptV0,
};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, BlockHeight, PromiseYieldStatus};
use near_primitives::utils::create_receipt_id_from_receipt_id;

/// Records that `receiver_id` waits for `data_id`, before its receipt arrives.
pub(super) fn start_yield(overlay: &mut Overlay<'_>, receiver_id: &AccountId, data_id: CryptoHash) {
    overlay.write(status_key(receiver_id, data_id), &PromiseYieldStatus::Yielded);
}

pub(super) fn mark_resumed(
    overlay: &mut Overlay<'_>,
    receiver_id: &AccountId,
    data_id: CryptoHash,
) {
    overlay.write(status_key(receiver_id, data_id), &PromiseYieldStatus::ResumeInitiated);
}

pub(crate) fn yield_status(
    overlay: &Overlay<'_>,
    receiver_id: &AccountId,
    data_id: CryptoHash,
) -> Result<Option<PromiseYieldStatus>, StateError> {
    overlay.read(&status_key(receiver_id, data_id))
}

/// Whether `account_id` waits for `data_id`.
pub(super) fn waits(
    overlay: &Overlay<'_>,
    account_id: &AccountId,
    data_id: CryptoHash,
) -> Result<bool, StateError> {
    Ok(overlay.contains(&receipt_key(account_id, data_id))?
        || overlay.contains(&status_key(account_id, data_id))?)
}

/// Gives a yield a name of the contract's choice.
pub(super) fn name_yield(
    overlay: &mut Overlay<'_>,
    receiver_id: &AccountId,
    yield_id: YieldId,
    data_id: CryptoHash,
) {
    let receiver_id = receiver_id.clone();
    let there = TrieKey::YieldIdToDataId { receiver_id: receiver_id.clone(), yield_id };
    overlay.write(there, &data_id);
    overlay.write(TrieKey::DataIdToYieldId { receiver_id, data_id }, &yield_id);
}

/// The data id behind a yield's name.
pub(super) fn data_id(
    overlay: &Overlay<'_>,
    receiver_id: &AccountId,
    yield_id: YieldId,
) -> Result<Option<CryptoHash>, StateError> {
    overlay.read(&TrieKey::YieldIdToDataId { receiver_id: receiver_id.clone(), yield_id })
}

/// The row of a yielded `receipt` until it is resumed with the data `data_id`.
#[must_use]
pub fn yielded_row(receipt: &Receipt, data_id: CryptoHash) -> (TrieKey, Vec<u8>) {
    (receipt_key(receipt.receiver_id(), data_id), encoded(receipt))
}

/// Removes the receipt that waits for `data_id` from the state, with its other rows, and returns it.
pub(crate) fn take_yield(
    overlay: &mut Overlay<'_>,
    receiver_id: &AccountId,
    data_id: CryptoHash,
) -> Result<Option<Receipt>, StateError> {
    let key = receipt_key(receiver_id, data_id);
    let Some(receipt) = overlay.read(&key)? else { return Ok(None) };
    overlay.remove(key);
    overlay.remove(status_key(receiver_id, data_id));
    let name = TrieKey::DataIdToYieldId { receiver_id: receiver_id.clone(), data_id };
    if let Some(yield_id) = overlay.read::<YieldId>(&name)? {
        overlay.remove(name);
        overlay.remove(TrieKey::YieldIdToDataId { receiver_id: receiver_id.clone(), yield_id });
    }
    Ok(Some(receipt))
}

/// Adds new yields to the queue of timeouts.
pub(crate) fn enqueue_timeouts(
    overlay: &mut Overlay<'_>,
    account_id: &AccountId,
    data_ids: impl IntoIterator<Item = CryptoHash>,
    expires_at: BlockHeight,
) -> Result<(), StateError> {
    let mut indices = timeout_indices(overlay)?;
    let before = indices.next_available_index;
    for data_id in data_ids {
        let entry = PromiseYieldTimeout { account_id: account_id.clone(), data_id, expires_at };
        let index = indices.next_available_index;
        overlay.write(TrieKey::PromiseYieldTimeout { index }, &entry);
        indices.next_available_index = index.saturating_add(1);
    }
    if indices.next_available_index != before {
        overlay.write(TrieKey::PromiseYieldIndices, &indices);
    }
    Ok(())
}

/// Removes every yield that has timed out at `block` from the queue. Returns receipts that resume,
/// without data, those that still wait.
pub(crate) fn time_out(
    overlay: &mut Overlay<'_>,
    block: &BlockContext,
) -> Result<Vec<Receipt>, StateError> {
    let mut indices = timeout_indices(overlay)?;
    let before = indices.first_index;
    let mut resumed = Vec::new();
    while indices.first_index < indices.next_available_index {
        let key = TrieKey::PromiseYieldTimeout { index: indices.first_index };
        let entry = overlay
            .read::<PromiseYieldTimeout>(&key)?
            .ok_or_else(|| StateError::Corrupt { what: format!("{key:?}, which is missing") })?;
        if entry.expires_at > block.paced_height {
            break;
        }
        if overlay.contains(&receipt_key(&entry.account_id, entry.data_id))? {
            resumed.push(resume_without_data(&entry, block.height, resumed.len()));
        }
        overlay.remove(key);
        indices.first_index = indices.first_index.saturating_add(1);
    }
    if indices.first_index != before {
        overlay.write(TrieKey::PromiseYieldIndices, &indices);
    }
    Ok(resumed)
}

fn resume_without_data(entry: &PromiseYieldTimeout, height: BlockHeight, nth: usize) -> Receipt {
    Receipt::V0(ReceiptV0 {
        predecessor_id: entry.account_id.clone(),
        receiver_id: entry.account_id.clone(),
        receipt_id: create_receipt_id_from_receipt_id(&entry.data_id, height, nth),
        receipt: ReceiptEnum::PromiseResume(DataReceipt { data_id: entry.data_id, data: None }),
    })
}

fn timeout_indices(overlay: &Overlay<'_>) -> Result<PromiseYieldIndices, StateError> {
    Ok(overlay.read(&TrieKey::PromiseYieldIndices)?.unwrap_or_default())
}

fn status_key(receiver_id: &AccountId, data_id: CryptoHash) -> TrieKey {
    TrieKey::PromiseYieldStatus { receiver_id: receiver_id.clone(), data_id }
}

fn receipt_key(receiver_id: &AccountId, data_id: CryptoHash) -> TrieKey {
    TrieKey::PromiseYieldReceipt { receiver_id: receiver_id.clone(), data_id }
}

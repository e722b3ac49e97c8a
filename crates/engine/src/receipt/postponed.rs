//! The rows of receipts that wait for data, and of the data that has come.

use crate::overlay::{Overlay, encoded};
use crate::state::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{Receipt, ReceivedData};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::AccountId;

/// The rows of `receipt` while it waits for the data `missing`; none when nothing is missing.
#[must_use]
pub fn postponed_rows(receipt: &Receipt, missing: &[CryptoHash]) -> Vec<(TrieKey, Vec<u8>)> {
    if missing.is_empty() {
        return Vec::new();
    }
    let (receiver_id, receipt_id) = (receipt.receiver_id(), *receipt.receipt_id());
    let count = u32::try_from(missing.len()).unwrap_or(u32::MAX);
    let waiting = missing.iter().map(|&data_id| waiting_key(receiver_id, data_id));
    let mut rows: Vec<_> = waiting.map(|key| (key, encoded(&receipt_id))).collect();
    rows.push((count_key(receiver_id, receipt_id), encoded(&count)));
    rows.push((postponed_key(receiver_id, receipt_id), encoded(receipt)));
    rows
}

/// Removes the data that a receipt waited for from the state, and returns it; `None` when the call
/// that should have made it failed, or when a genesis names the same data twice.
pub(super) fn take_data(
    overlay: &mut Overlay<'_>,
    receiver_id: &AccountId,
    data_id: CryptoHash,
) -> Result<Option<Vec<u8>>, StateError> {
    let key = received_key(receiver_id, data_id);
    let received: Option<ReceivedData> = overlay.read(&key)?;
    overlay.remove(key);
    Ok(received.and_then(|received| received.data))
}

pub(super) fn received_key(receiver_id: &AccountId, data_id: CryptoHash) -> TrieKey {
    TrieKey::ReceivedData { receiver_id: receiver_id.clone(), data_id }
}

pub(super) fn waiting_key(receiver_id: &AccountId, data_id: CryptoHash) -> TrieKey {
    TrieKey::PostponedReceiptId { receiver_id: receiver_id.clone(), data_id }
}

pub(super) fn count_key(receiver_id: &AccountId, receipt_id: CryptoHash) -> TrieKey {
    TrieKey::PendingDataCount { receiver_id: receiver_id.clone(), receipt_id }
}

pub(super) fn postponed_key(receiver_id: &AccountId, receipt_id: CryptoHash) -> TrieKey {
    TrieKey::PostponedReceipt { receiver_id: receiver_id.clone(), receipt_id }
}

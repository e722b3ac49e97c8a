//! The queue of receipts for which a block had no gas left.

use crate::overlay::Overlay;
use crate::state::StateError;
use near_primitives::receipt::{DelayedReceiptIndices, Receipt};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::StateChangeCause;

pub(super) fn push(overlay: &mut Overlay<'_>, receipt: &Receipt) -> Result<(), StateError> {
    let mut indices = indices(overlay)?;
    let index = indices.next_available_index;
    indices.next_available_index = index.saturating_add(1);
    overlay.write(TrieKey::DelayedReceipt { index }, receipt);
    save(overlay, &indices);
    Ok(())
}

pub(super) fn pop(overlay: &mut Overlay<'_>) -> Result<Option<Receipt>, StateError> {
    let mut indices = indices(overlay)?;
    let index = indices.first_index;
    if index >= indices.next_available_index {
        return Ok(None);
    }
    let key = TrieKey::DelayedReceipt { index };
    let missing = || StateError::Corrupt { what: format!("{key:?}, which is missing") };
    let receipt = overlay.read(&key)?.ok_or_else(missing)?;
    overlay.remove(key);
    indices.first_index = index.saturating_add(1);
    save(overlay, &indices);
    Ok(Some(receipt))
}

pub(super) fn is_empty(overlay: &Overlay<'_>) -> Result<bool, StateError> {
    let indices = indices(overlay)?;
    Ok(indices.first_index >= indices.next_available_index)
}

fn indices(overlay: &Overlay<'_>) -> Result<DelayedReceiptIndices, StateError> {
    Ok(overlay.read(&TrieKey::DelayedReceiptIndices)?.unwrap_or_default())
}

fn save(overlay: &mut Overlay<'_>, indices: &DelayedReceiptIndices) {
    overlay.write(TrieKey::DelayedReceiptIndices, indices);
    overlay.commit(&StateChangeCause::UpdatedDelayedReceipts);
}

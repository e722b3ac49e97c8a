//! Lists a state as the records of a genesis file.

use crate::merge::Cursor;
use crate::trie::Trie;
use keyway_engine::StateError;
use near_primitives::state_record::StateRecord;
use near_primitives::trie_key::{TrieKey, col};
use std::iter::from_fn;
use std::ops::ControlFlow;

/// The columns whose rows become records. The genesis derives the others from records, or they exist
/// only while receipts are pending.
const COLUMNS: [u8; 6] = [
    col::ACCOUNT,
    col::CONTRACT_CODE,
    col::ACCESS_KEY,
    col::RECEIVED_DATA,
    col::POSTPONED_RECEIPT,
    col::CONTRACT_DATA,
];

/// The records of a state in trie order, in which an account comes before its contract. Delayed
/// receipts are at the end, in the order of their queue. Of a fork, those that were written since.
///
/// # Errors
/// If a row does not decode, its item is a [`StateError`] and the iteration continues. If the state
/// cannot be read, the iteration ends with the error.
pub fn records(trie: &Trie) -> impl Iterator<Item = Result<StateRecord, StateError>> {
    let mut rows = Some(trie.written().cursor(&[], None));
    let walk = from_fn(move || {
        let found = next_record(rows.as_mut()?);
        if matches!(found, Some(Err(StateError::Unreadable { .. }))) {
            rows = None;
        }
        found
    });
    walk.chain(delayed_receipts(trie))
}

fn next_record(rows: &mut Result<Cursor, StateError>) -> Option<Result<StateRecord, StateError>> {
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => return Some(Err(error.clone())),
    };
    loop {
        match rows.next() {
            Ok(Some((key, value))) if is_record(key) => return Some(record(key, &value)),
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(error) => return Some(Err(error)),
        }
    }
}

fn is_record(key: &[u8]) -> bool {
    key.first().is_some_and(|column| COLUMNS.contains(column))
}

fn delayed_receipts(trie: &Trie) -> impl Iterator<Item = Result<StateRecord, StateError>> + use<> {
    let mut queue = Vec::new();
    let scanned = trie.scan(&[col::DELAYED_RECEIPT_OR_INDICES], None, &mut |key, value| {
        if key.len() != TrieKey::DelayedReceiptIndices.len() {
            queue.push(record(key, value));
        }
        ControlFlow::Continue(())
    });
    // Keys hold the index little-endian: their order is not the queue's.
    queue.sort_by_key(|record| match record {
        Ok(StateRecord::DelayedReceipt(receipt)) => receipt.index,
        _ => None,
    });
    queue.into_iter().chain(scanned.err().map(Err))
}

fn record(key: &[u8], value: &[u8]) -> Result<StateRecord, StateError> {
    let corrupt =
        |reason: String| StateError::Corrupt { what: format!("row {key:02x?}: {reason}") };
    StateRecord::from_raw_key_value_impl(key, value.to_vec())
        .map_err(|error| corrupt(error.to_string()))?
        .ok_or_else(|| corrupt("it is not a record".to_owned()))
}

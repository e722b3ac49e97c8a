//! Rows that a block wrote outside its receipts, written again when it is applied again.

use crate::overlay::Overlay;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::StateChangeCause;

/// A state row, and its new value; none when it was removed.
pub type Row = (TrieKey, Option<Vec<u8>>);

/// Rows that a block wrote for reasons outside its receipts. When it is applied again, they are
/// written as they were, in place of a [`BlockInput`](super::BlockInput)'s stake update and patch.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Before its transactions: validators' accounts, in an epoch's first block.
    pub before: Vec<Row>,
    /// After its receipts: a patch.
    pub after: Vec<Row>,
}

/// Writes rows as they are.
pub(super) fn write_rows(overlay: &mut Overlay<'_>, rows: &[Row], cause: &StateChangeCause) {
    for (key, value) in rows {
        match value {
            Some(bytes) => overlay.set(key.clone(), bytes.clone()),
            None => overlay.remove(key.clone()),
        }
    }
    overlay.commit(cause);
}

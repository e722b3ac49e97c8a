//! The rows that other rows refer to.

use crate::node::{Body, Child, ValueBytes};
use crate::row;
use crate::source::Address;
use keyway_engine::StateError;

/// The rows that a node's row refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowRefs {
    /// The nodes below it.
    pub nodes: Vec<Address>,
    /// The row of its value, when that has one of its own.
    pub value: Option<u64>,
}

/// What the row of the node at `at` refers to.
///
/// # Errors
/// [`StateError::Unreadable`] when the row is not that node's.
pub fn row_refs(at: &Address, row: &[u8]) -> Result<RowRefs, StateError> {
    let node = row::decode(&at.hash, row).ok_or_else(|| StateError::Unreadable {
        reason: format!("row {} of the store is damaged", at.row),
    })?;
    let nodes = match &node.body {
        Body::Leaf(_) => Vec::new(),
        Body::Branch(branch) => {
            branch.children.nodes().iter().filter_map(Child::address).copied().collect()
        }
    };
    let value = match node.value().map(|value| &value.bytes) {
        Some(ValueBytes::Row(row)) => Some(*row),
        Some(ValueBytes::Memory(_)) | None => None,
    };
    Ok(RowRefs { nodes, value })
}

//! What a contract did with its storage.

use crate::bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The storage accesses of a receipt: one entry for each key, and how many were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageUse {
    /// By key, in the order of the first access.
    pub entries: Vec<StorageEntry>,
    /// Accesses to further keys, beyond the bound of a trace.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted: u64,
}

/// A key of a contract's storage that a receipt used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageEntry {
    /// The key.
    pub key: Bytes,
    /// How often it was read or looked for.
    pub reads: u64,
    /// How often it was written or removed.
    pub writes: u64,
    /// The value before the first access; none if there was none, or if only its existence was
    /// asked for.
    pub before: Option<Bytes>,
    /// The value after the last write; none if it was removed, or never written.
    pub after: Option<Bytes>,
}

impl StorageUse {
    /// Whether nothing was accessed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.omitted == 0
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

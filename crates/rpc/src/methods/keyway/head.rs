//! The newest block, as the answers of `keyway_*` methods have it.

use keyway_chain::{Chain, rfc3339};
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use serde::Serialize;

/// The newest block of a chain.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    height: BlockHeight,
    hash: CryptoHash,
    /// RFC 3339, in UTC.
    time: String,
    /// Nanoseconds since the Unix epoch, as text: JSON numbers of some clients are not exact.
    time_nanosec: String,
}

impl Head {
    pub(super) fn of(chain: &Chain) -> Self {
        let header = &chain.head().header;
        Self {
            height: header.height(),
            hash: *header.hash(),
            time: rfc3339(header.raw_timestamp()),
            time_nanosec: header.raw_timestamp().to_string(),
        }
    }
}

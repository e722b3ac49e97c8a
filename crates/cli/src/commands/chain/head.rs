//! The newest block, as `chain` commands answer with it.

use keyway::protocol::CryptoHash;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The newest block of the chain.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Head {
    height: u64,
    hash: CryptoHash,
    /// RFC 3339.
    time: String,
    /// Nanoseconds since the Unix epoch.
    time_nanosec: String,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "block {} at {}", self.height, self.time)
    }
}

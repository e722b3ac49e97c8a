//! Transactions with an unknown fate.

use super::Error;
use near_primitives::hash::CryptoHash;

/// A transaction was sent, no answer came, and it is unknown whether it ran.
///
/// The same bytes may be sent again at any time; they run at most once. A new transaction that does the same may make it
/// happen twice.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "it is unknown whether transaction {hash} runs; ask for it later, or send the same bytes again, but do not sign another in its place"
)]
pub struct UnknownFate {
    /// The transaction.
    pub hash: CryptoHash,
    /// The last error.
    #[source]
    pub cause: Box<Error>,
}

impl UnknownFate {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        "Fate.Unknown"
    }
}

//! What is told of a transaction that ran.

use keyway::{CryptoHash, Outcome};
use serde::Serialize;
use std::fmt;

/// A transaction that ran.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sent {
    transaction: CryptoHash,
    /// In gas units.
    gas_burnt: u64,
    /// In yoctoNEAR.
    tokens_burnt: String,
    #[serde(skip)]
    words: String,
}

impl From<&Outcome> for Sent {
    fn from(outcome: &Outcome) -> Self {
        let (gas, tokens) = (outcome.gas_burnt(), outcome.tokens_burnt());
        let hash = outcome.transaction_hash();
        Self {
            transaction: hash,
            gas_burnt: gas.as_gas(),
            tokens_burnt: tokens.as_yoctonear().to_string(),
            words: outcome.bill(),
        }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

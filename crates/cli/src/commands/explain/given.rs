//! A transaction that exists already.

use crate::commands::tx::signed;
use crate::error::CliError;
use keyway::protocol::{CryptoHash, SignedTransaction};
use near_primitives::transaction::Transaction;

/// Signed or unsigned.
pub(crate) enum Given {
    Signed(Box<SignedTransaction>),
    Unsigned(Box<Transaction>),
}

impl Given {
    /// Decodes a transaction from base64.
    ///
    /// # Errors
    /// If it is neither, or stdin cannot be read.
    pub(crate) fn read(text: &str) -> Result<Self, CliError> {
        if text.parse::<CryptoHash>().is_ok() {
            return Err(CliError::Value { flag: FLAG, why: A_HASH.to_owned() });
        }
        let bytes = signed::bytes(FLAG, text)?;
        if let Ok(signed) = borsh::from_slice(&bytes) {
            return Ok(Self::Signed(Box::new(signed)));
        }
        match borsh::from_slice(&bytes) {
            Ok(unsigned) => Ok(Self::Unsigned(Box::new(unsigned))),
            Err(error) => Err(CliError::Value { flag: FLAG, why: error.to_string() }),
        }
    }

    pub(crate) fn transaction(&self) -> &Transaction {
        match self {
            Self::Signed(signed) => &signed.transaction,
            Self::Unsigned(unsigned) => unsigned,
        }
    }
}

const FLAG: &str = "--transaction";

const A_HASH: &str = "this is a hash, and a refused transaction cannot be found by its hash; \
                      pass the transaction itself, in base64";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_transaction_is_refused() {
        for text in ["", "!", "AAAA", "ed25519:abc", &"A".repeat(5000)] {
            let read = Given::read(text);
            assert!(matches!(read, Err(CliError::Value { flag: FLAG, .. })), "{text}");
        }
    }

    #[test]
    fn a_hash_is_told_from_a_transaction() {
        let hash = "8CtZ9vYgWXUmPgNRVxkkTDGNCnMUdbXaKSk8fsGZQzWF";
        let Err(error) = Given::read(hash) else { panic!("{hash}") };
        assert!(error.to_string().contains("this is a hash"), "{error}");
    }
}

//! A transaction that is there already.

use crate::commands::tx::signed;
use crate::error::CliError;
use keyway::SignedTransaction;
use near_primitives::transaction::Transaction;

/// Signed, or not yet.
pub(super) enum Given {
    Signed(Box<SignedTransaction>),
    Unsigned(Box<Transaction>),
}

impl Given {
    /// Reads one from its base64.
    ///
    /// # Errors
    /// When it is neither, or stdin cannot be read.
    pub(super) fn read(text: &str) -> Result<Self, CliError> {
        let bytes = signed::bytes(FLAG, text).map_err(|error| match error {
            CliError::Value { why, .. } => nothing(&why),
            other => other,
        })?;
        if let Ok(signed) = borsh::from_slice(&bytes) {
            return Ok(Self::Signed(Box::new(signed)));
        }
        match borsh::from_slice(&bytes) {
            Ok(unsigned) => Ok(Self::Unsigned(Box::new(unsigned))),
            Err(error) => Err(nothing(&error.to_string())),
        }
    }

    pub(super) fn transaction(&self) -> &Transaction {
        match self {
            Self::Signed(signed) => &signed.transaction,
            Self::Unsigned(unsigned) => unsigned,
        }
    }
}

const FLAG: &str = "--transaction";

fn nothing(why: &str) -> CliError {
    let why = format!("{why}. It takes the base64 of a transaction, not a hash");
    CliError::Value { flag: FLAG, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_transaction_is_refused() {
        for text in ["", "!", "AAAA", "8CtZ9vYgWXUmPgNRVxkkTDGNCnMUdbXaKSk8fsGZQzWF"] {
            let Err(error) = Given::read(text) else { panic!("{text}") };
            assert!(error.to_string().contains("not a hash"), "{error}");
        }
    }
}

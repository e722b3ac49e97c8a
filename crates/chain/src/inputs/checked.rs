//! Signatures, verified before anything else.

use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;

/// A transaction, and whether its signature is valid.
///
/// That depends on its bytes alone and costs more than everything else about it, so it is checked
/// outside the chain, on any thread. The chain reports it in the protocol's order of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    tx: SignedTransaction,
    signed: bool,
}

impl Checked {
    /// Checks the signature.
    pub fn new(tx: SignedTransaction) -> Self {
        let signed = tx.signature.verify(tx.get_hash().as_ref(), tx.transaction.public_key());
        Self { tx, signed }
    }

    /// Assumes that the signature is valid: for inputs of a journal, which were checked before they
    /// were accepted, and for a transaction that the caller has just signed, with the key that it names.
    pub fn assume_signed(tx: SignedTransaction) -> Self {
        Self { tx, signed: true }
    }

    /// The transaction.
    pub fn transaction(&self) -> &SignedTransaction {
        &self.tx
    }

    /// Its hash.
    pub fn hash(&self) -> CryptoHash {
        self.tx.get_hash()
    }

    /// Whether the signature is valid for the key that the transaction names.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// The transaction alone.
    pub fn into_inner(self) -> SignedTransaction {
        self.tx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::transfer;
    use near_crypto::{KeyType, Signature};

    #[test]
    fn a_signature_is_right_or_wrong_whatever_the_chain_says() {
        let mut tx = transfer(1, CryptoHash::default());
        assert!(Checked::new(tx.clone()).is_signed());
        tx.signature = Signature::empty(KeyType::ED25519);
        assert!(!Checked::new(tx).is_signed());
    }
}

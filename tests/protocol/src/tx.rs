//! Transactions in one line, and keys by label.

use keyway_test_kit::{Draft, signed};
use near_crypto::{InMemorySigner, KeyType, PublicKey, SecretKey, Signer};
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{NonceMode, SignedTransaction, TransactionNonce};
use near_primitives::types::{AccountId, Nonce, NonceIndex};

/// A transaction to be signed.
#[derive(Clone, Debug)]
pub struct Tx {
    pub(crate) signer: String,
    pub(crate) key: String,
    pub(crate) receiver: String,
    actions: Vec<Action>,
    pub(crate) nonce: Option<Nonce>,
    pub(crate) index: Option<NonceIndex>,
    version_1: bool,
    mode: NonceMode,
}

/// A transaction of `signer`, signed by the key whose label is the account's name.
#[must_use]
pub fn tx(signer: &str, receiver: &str, actions: impl Into<Vec<Action>>) -> Tx {
    Tx {
        signer: signer.to_owned(),
        key: signer.to_owned(),
        receiver: receiver.to_owned(),
        actions: actions.into(),
        nonce: None,
        index: None,
        version_1: false,
        mode: NonceMode::Monotonic,
    }
}

impl Tx {
    /// Signed by the key with this label.
    #[must_use]
    pub fn by(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    /// With this nonce instead of the key's next.
    #[must_use]
    pub fn nonce(self, nonce: Nonce) -> Self {
        Self { nonce: Some(nonce), ..self }
    }

    /// With the nonce of this row of a gas key (version 1).
    #[must_use]
    pub fn row(self, index: NonceIndex) -> Self {
        Self { index: Some(index), version_1: true, ..self }
    }

    /// As version 1.
    #[must_use]
    pub fn version_1(self) -> Self {
        Self { version_1: true, ..self }
    }

    /// With a strict nonce (version 1).
    #[must_use]
    pub fn strict(self) -> Self {
        Self { mode: NonceMode::Strict, version_1: true, ..self }
    }

    pub(crate) fn sign(&self, nonce: Nonce, block_hash: CryptoHash) -> SignedTransaction {
        let nonce = match self.index {
            Some(nonce_index) => TransactionNonce::GasKeyNonce { nonce, nonce_index },
            None => TransactionNonce::Nonce { nonce },
        };
        let draft = Draft {
            signer_id: id(&self.signer),
            public_key: public(&self.key),
            nonce,
            nonce_mode: self.mode,
            receiver_id: id(&self.receiver),
            block_hash,
            actions: self.actions.clone(),
        };
        let transaction = if self.version_1 { draft.transaction_v1() } else { draft.transaction() };
        signed(transaction, &secret(&self.key))
    }
}

/// The account id in `name`.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn id(name: &str) -> AccountId {
    name.parse().expect("tests name valid accounts")
}

/// The public key with this label: ed25519, or another curve after `secp256k1:` or `ml-dsa-65:`.
#[must_use]
pub fn public(label: &str) -> PublicKey {
    secret(label).public_key()
}

/// The key pair with this label.
#[must_use]
pub fn signer(label: &str) -> Signer {
    InMemorySigner::from_secret_key(id("test.near"), secret(label))
}

fn secret(label: &str) -> SecretKey {
    let curve = match label.split_once(':') {
        Some(("secp256k1", _)) => KeyType::SECP256K1,
        Some(("ml-dsa-65", _)) => KeyType::MLDSA65,
        _ => KeyType::ED25519,
    };
    SecretKey::from_seed(curve, label)
}

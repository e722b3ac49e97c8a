//! The input of an analysis: the chain, the account and its keys, as of one block.

use keyway_rules::Protocol;
use near_crypto::{KeyType, PublicKey, PublicKeyHandle};
use near_primitives::account::{AccessKey, Account};
use near_primitives::transaction::TransactionNonce;
use near_primitives::types::{AccountId, Balance, BlockHeight, Nonce};

/// An account and all its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFacts {
    /// Its account id.
    pub account_id: AccountId,
    /// Balance and stake (yoctoNEAR), storage (bytes), contract.
    pub account: Account,
    /// Every access key that the account has.
    pub keys: Vec<KeyFacts>,
}

impl AccountFacts {
    /// The key with this handle.
    #[must_use]
    pub fn key(&self, public_key: &PublicKeyHandle) -> Option<&KeyFacts> {
        self.keys.iter().find(|key| &key.public_key == public_key)
    }
}

/// One access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// As the chain lists it; post-quantum keys by their hash.
    pub public_key: PublicKeyHandle,
    /// Nonce and permission.
    pub access_key: AccessKey,
    /// The nonces of a gas key's rows, by index; empty for other keys.
    pub gas_key_nonces: Vec<Nonce>,
}

impl KeyFacts {
    /// The nonce for the key's next transaction; for a gas key, that of the row with the lowest nonce.
    #[must_use]
    pub fn next_nonce(&self) -> TransactionNonce {
        let gas_key = self.access_key.gas_key_info();
        let rows = (0..).zip(gas_key.into_iter().flat_map(|_| self.gas_key_nonces.iter().copied()));
        match rows.min_by_key(|&(_, last)| last) {
            Some((index, last)) => {
                TransactionNonce::from_nonce_and_index(last.saturating_add(1), index)
            }
            None => TransactionNonce::from_nonce(self.access_key.nonce.saturating_add(1)),
        }
    }

    /// Whether it can sign every action.
    #[must_use]
    pub fn is_full_access(&self) -> bool {
        keyway_rules::is_full_access(&self.access_key.permission)
    }

    /// The key itself; none for a post-quantum key, of which the chain lists a hash.
    #[must_use]
    pub fn full_key(&self) -> Option<PublicKey> {
        match &self.public_key {
            PublicKeyHandle::ED25519(key) => Some(PublicKey::ED25519(key.clone())),
            PublicKeyHandle::SECP256K1(key) => Some(PublicKey::SECP256K1(key.clone())),
            PublicKeyHandle::MlDsa65(_) => None,
        }
    }

    /// The key, or a key of the same type if only its hash is known, which is sufficient for the rules.
    pub(crate) fn key_or_its_like(&self) -> PublicKey {
        self.full_key().unwrap_or_else(|| PublicKey::empty(KeyType::MLDSA65))
    }
}

/// The rules and prices in force.
#[derive(Clone, Debug)]
pub struct ChainFacts {
    /// Rules, fees and limits of the protocol version.
    pub protocol: Protocol,
    /// yoctoNEAR per gas.
    pub gas_price: Balance,
    /// The block that a transaction would enter.
    pub height: BlockHeight,
}

//! What a transaction is signed with, and the transaction that is made of it.

use keyway_rules::Unsigned;
use near_crypto::PublicKey;
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{Transaction, TransactionNonce};
use near_primitives::types::{AccountId, Nonce, NonceIndex};

/// What a transaction is signed with when no chain is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offline {
    /// The key that signs.
    pub public_key: PublicKey,
    /// Above the last nonce of the key.
    pub nonce: Nonce,
    /// Which nonce of a gas key it is; none for an ordinary key.
    pub nonce_index: Option<NonceIndex>,
    /// A recent block of the chain that the transaction is for.
    pub block_hash: CryptoHash,
}

impl Offline {
    /// The transaction that is signed.
    pub(crate) fn transaction(
        self,
        signer_id: AccountId,
        receiver_id: AccountId,
        actions: Vec<Action>,
    ) -> Transaction {
        let Offline { public_key, nonce, nonce_index, block_hash } = self;
        let nonce = match nonce_index {
            None => TransactionNonce::from_nonce(nonce),
            Some(index) => TransactionNonce::from_nonce_and_index(nonce, index),
        };
        Unsigned { signer_id, public_key, nonce, receiver_id, block_hash, actions }
            .into_transaction()
    }
}

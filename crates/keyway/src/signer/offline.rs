//! What a transaction is signed with, and the transaction that is made of it.

use near_crypto::PublicKey;
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{
    NonceMode, Transaction, TransactionNonce, TransactionV0, TransactionV1,
};
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
    /// In the older form where it will do: every protocol version takes it.
    pub(crate) fn transaction(
        self,
        signer_id: AccountId,
        receiver_id: AccountId,
        actions: Vec<Action>,
    ) -> Transaction {
        let Offline { public_key, nonce, nonce_index, block_hash } = self;
        let Some(nonce_index) = nonce_index else {
            return Transaction::V0(TransactionV0 {
                signer_id,
                public_key,
                nonce,
                receiver_id,
                block_hash,
                actions,
            });
        };
        Transaction::V1(TransactionV1 {
            signer_id,
            public_key,
            nonce: TransactionNonce::GasKeyNonce { nonce, nonce_index },
            receiver_id,
            block_hash,
            actions,
            nonce_mode: NonceMode::Monotonic,
        })
    }
}

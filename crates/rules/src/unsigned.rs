//! Unsigned transactions.

use near_crypto::{KeyType, PublicKey, Signature};
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{
    NonceMode, SignedTransaction, Transaction, TransactionNonce, TransactionV0, TransactionV1,
};
use near_primitives::types::AccountId;

/// The parts of a transaction.
#[derive(Clone, Debug)]
pub struct Unsigned {
    /// The account that signs.
    pub signer_id: AccountId,
    /// The key that signs.
    pub public_key: PublicKey,
    /// Above the last nonce of the key or nonce row.
    pub nonce: TransactionNonce,
    /// The account that the actions run on.
    pub receiver_id: AccountId,
    /// The base block: a recent block of the chain that the transaction is for.
    pub block_hash: CryptoHash,
    /// The actions, in order.
    pub actions: Vec<Action>,
}

impl Unsigned {
    /// The transaction, of version 0 if possible, which every protocol version supports.
    #[must_use]
    pub fn into_transaction(self) -> Transaction {
        let Self { signer_id, public_key, nonce, receiver_id, block_hash, actions } = self;
        match nonce {
            TransactionNonce::Nonce { nonce } => Transaction::V0(TransactionV0 {
                signer_id,
                public_key,
                nonce,
                receiver_id,
                block_hash,
                actions,
            }),
            TransactionNonce::GasKeyNonce { .. } => Transaction::V1(TransactionV1 {
                signer_id,
                public_key,
                nonce,
                receiver_id,
                block_hash,
                actions,
                nonce_mode: NonceMode::Monotonic,
            }),
        }
    }
}

/// `transaction` with an invalid signature of the right length, for rules about its size.
#[must_use]
pub fn with_blank_signature(transaction: Transaction) -> SignedTransaction {
    let signature = match transaction.public_key().key_type() {
        key_type @ KeyType::SECP256K1 => Signature::from_parts(key_type, &[0; 65])
            .expect("a signature of this kind has 65 bytes"),
        key_type @ (KeyType::ED25519 | KeyType::MLDSA65) => Signature::empty(key_type),
    };
    SignedTransaction::new(signature, transaction)
}

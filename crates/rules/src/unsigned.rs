//! A transaction before it is signed.

use near_crypto::{KeyType, PublicKey, Signature};
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{
    NonceMode, SignedTransaction, Transaction, TransactionNonce, TransactionV0, TransactionV1,
};
use near_primitives::types::AccountId;

/// What a transaction is made of.
#[derive(Clone, Debug)]
pub struct Unsigned {
    /// Who signs.
    pub signer_id: AccountId,
    /// With which key.
    pub public_key: PublicKey,
    /// Above the last nonce of the key, or of the gas key's row that it names.
    pub nonce: TransactionNonce,
    /// Who receives the actions.
    pub receiver_id: AccountId,
    /// The base block: a recent block of the chain that the transaction is for.
    pub block_hash: CryptoHash,
    /// What is done.
    pub actions: Vec<Action>,
}

impl Unsigned {
    /// The transaction, in the older form where that has room for it: every protocol version takes it.
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

/// `transaction` with a signature of the right length that verifies nothing, for rules that look at
/// the size of what will be signed.
#[must_use]
pub fn with_blank_signature(transaction: Transaction) -> SignedTransaction {
    let signature = match transaction.public_key().key_type() {
        key_type @ KeyType::SECP256K1 => Signature::from_parts(key_type, &[0; 65])
            .expect("a signature of this kind has 65 bytes"),
        key_type @ (KeyType::ED25519 | KeyType::MLDSA65) => Signature::empty(key_type),
    };
    SignedTransaction::new(signature, transaction)
}

//! Makes and signs transactions for the tests of this workspace, without any of its rules, and says how
//! many cases a test generates.

#[cfg(unix)]
pub mod postgres;
pub mod recording;
pub mod relayer;
pub mod upstream;

use near_crypto::{PublicKey, SecretKey};
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{
    NonceMode, SignedTransaction, Transaction, TransactionNonce, TransactionV0, TransactionV1,
};
use near_primitives::types::AccountId;

/// The parts of a transaction.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The account that signs.
    pub signer_id: AccountId,
    /// The key that signs.
    pub public_key: PublicKey,
    /// Of the key, or of a gas key's nonce row.
    pub nonce: TransactionNonce,
    /// Whether the nonce must be the very next one.
    pub nonce_mode: NonceMode,
    /// The account that the actions run on.
    pub receiver_id: AccountId,
    /// The base block.
    pub block_hash: CryptoHash,
    /// The actions, in order.
    pub actions: Vec<Action>,
}

impl Draft {
    /// The transaction, of version 0 if possible.
    #[must_use]
    pub fn transaction(self) -> Transaction {
        match (self.nonce, self.nonce_mode) {
            (TransactionNonce::Nonce { nonce }, NonceMode::Monotonic) => {
                Transaction::V0(TransactionV0 {
                    signer_id: self.signer_id,
                    public_key: self.public_key,
                    nonce,
                    receiver_id: self.receiver_id,
                    block_hash: self.block_hash,
                    actions: self.actions,
                })
            }
            _ => self.transaction_v1(),
        }
    }

    /// The transaction, of version 1.
    #[must_use]
    pub fn transaction_v1(self) -> Transaction {
        Transaction::V1(TransactionV1 {
            signer_id: self.signer_id,
            public_key: self.public_key,
            nonce: self.nonce,
            receiver_id: self.receiver_id,
            block_hash: self.block_hash,
            actions: self.actions,
            nonce_mode: self.nonce_mode,
        })
    }
}

/// Signs the transaction's hash.
#[must_use]
pub fn signed(transaction: Transaction, secret: &SecretKey) -> SignedTransaction {
    let (hash, _) = transaction.get_hash_and_size();
    SignedTransaction::new(secret.sign(hash.as_ref()), transaction)
}

/// How many cases a test generates: `usual`, or a twentieth of it if [`quick`].
#[must_use]
pub fn cases(usual: u32) -> u32 {
    if quick() { usual.div_ceil(20) } else { usual }
}

/// Whether `cargo xtask test --quick` runs the tests, with fewer cases.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "how long to test is the caller's choice")]
pub fn quick() -> bool {
    std::env::var_os("KEYWAY_TEST_QUICK").is_some()
}

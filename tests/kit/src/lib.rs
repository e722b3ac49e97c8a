//! How the tests of this workspace make and sign transactions: from their parts, by no rule of ours.
//! And how much they try.

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
    /// Who signs.
    pub signer_id: AccountId,
    /// With which key.
    pub public_key: PublicKey,
    /// Of the key, or of a row of a gas key.
    pub nonce: TransactionNonce,
    /// Whether the nonce must be the very next.
    pub nonce_mode: NonceMode,
    /// Who receives the actions.
    pub receiver_id: AccountId,
    /// The block that the transaction names.
    pub block_hash: CryptoHash,
    /// What is done.
    pub actions: Vec<Action>,
}

impl Draft {
    /// In the older form where it has room for all of this.
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

    /// In the newer form in any case.
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

/// A signature over the transaction's hash.
#[must_use]
pub fn signed(transaction: Transaction, secret: &SecretKey) -> SignedTransaction {
    let (hash, _) = transaction.get_hash_and_size();
    SignedTransaction::new(secret.sign(hash.as_ref()), transaction)
}

/// How many generated cases a test tries: `usual` or, when [`quick`], a twentieth of it.
#[must_use]
pub fn cases(usual: u32) -> u32 {
    if quick() { usual.div_ceil(20) } else { usual }
}

/// Whether `cargo xtask test --quick` asked for fewer cases.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "how long to test is the caller's choice")]
pub fn quick() -> bool {
    std::env::var_os("KEYWAY_TEST_QUICK").is_some()
}

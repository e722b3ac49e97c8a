//! Unsigned transactions.

use crate::facts::KeyFacts;
use keyway_rules::Unsigned;
use near_crypto::PublicKey;
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{Transaction, TransactionNonce};
use near_primitives::types::AccountId;

/// The transaction that `public_key` would sign next for these actions; with nonce 1 if the account does
/// not have the key. Its base block is left empty.
#[must_use]
pub fn unsigned(
    signer_id: &AccountId,
    public_key: &PublicKey,
    key: Option<&KeyFacts>,
    receiver_id: &AccountId,
    actions: Vec<Action>,
) -> Transaction {
    let (signer_id, public_key) = (signer_id.clone(), public_key.clone());
    let (receiver_id, block_hash) = (receiver_id.clone(), CryptoHash::default());
    let nonce = key.map_or(TransactionNonce::from_nonce(1), KeyFacts::next_nonce);
    Unsigned { signer_id, public_key, nonce, receiver_id, block_hash, actions }.into_transaction()
}

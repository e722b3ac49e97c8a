//! Transactions that are never signed, to ask the engine about.

use near_crypto::PublicKey;
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance, Gas};

/// A transaction of `signer_id` with these actions, at nonce 1.
pub(crate) fn transaction(
    signer_id: &AccountId,
    public_key: PublicKey,
    receiver_id: &AccountId,
    actions: Vec<Action>,
) -> Transaction {
    Transaction::V0(TransactionV0 {
        signer_id: signer_id.clone(),
        public_key,
        nonce: 1,
        receiver_id: receiver_id.clone(),
        block_hash: CryptoHash::default(),
        actions,
    })
}

/// A call of `method` without arguments and deposit.
pub(crate) fn call(method: &str, gas: Gas) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: Vec::new(),
        gas,
        deposit: Balance::ZERO,
    }))
}

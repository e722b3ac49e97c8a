//! An account that sends: its keys, and the transactions that they sign.

use super::Workload;
use keyway::protocol::CryptoHash;
use keyway::{AccountId, Gas, KeyPair, NearToken};
use near_primitives::action::{Action, FunctionCallAction, TransferAction};
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};

/// One of the accounts.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: AccountId,
    /// The receiver of its transfers.
    pub(super) peer: AccountId,
    /// The contract that it calls.
    pub(super) contract: AccountId,
    /// A full-access key, for transfers.
    pub(super) full: Lane,
    /// A function-call key for the contract, for calls.
    pub(super) limited: Lane,
    /// The number of transactions that it has signed.
    pub(super) signed: u64,
}

/// A key and the last nonce that it used.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) key: KeyPair,
    pub(super) nonce: u64,
}

impl Account {
    /// Its next transaction.
    pub(super) fn sign(&mut self, workload: Workload, base: CryptoHash) -> SignedTransaction {
        let calls = match workload {
            Workload::Transfers => false,
            Workload::Calls => true,
            Workload::Mixed => self.signed % 2 == 1,
        };
        self.signed += 1;
        if calls {
            let call = FunctionCallAction {
                method_name: METHOD.to_owned(),
                args: Vec::new(),
                gas: GAS,
                deposit: NearToken::ZERO,
            };
            let action = Action::FunctionCall(Box::new(call));
            self.limited.sign(&self.id, &self.contract, base, action)
        } else {
            let deposit = NearToken::from_yoctonear(1);
            let action = Action::Transfer(TransferAction { deposit });
            self.full.sign(&self.id, &self.peer, base, action)
        }
    }
}

impl Lane {
    fn sign(
        &mut self,
        signer_id: &AccountId,
        receiver_id: &AccountId,
        block_hash: CryptoHash,
        action: Action,
    ) -> SignedTransaction {
        self.nonce += 1;
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: signer_id.clone(),
            public_key: self.key.public_key().clone(),
            nonce: self.nonce,
            receiver_id: receiver_id.clone(),
            block_hash,
            actions: vec![action],
        });
        let signature = self.key.sign_hash(&transaction.get_hash_and_size().0);
        SignedTransaction::new(signature, transaction)
    }
}

/// The function that the contract exports.
pub(super) const METHOD: &str = "noop";

/// Enough gas for an empty function.
const GAS: Gas = Gas::from_teragas(5);

//! A signer and a transaction that break no rule, which the cases change.

use keyway_rules::{Cost, Facts, Protocol, Verdict, judge, transaction_cost};
use keyway_test_kit as kit;
use near_crypto::{InMemorySigner, KeyType, PublicKey, SecretKey};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission, GasKeyInfo,
};
use near_primitives::action::{Action, FunctionCallAction, TransferAction};
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{NonceMode, SignedTransaction, Transaction, TransactionNonce};
use near_primitives::types::{AccountId, Balance, Gas, Nonce};

/// The height of the cases; nonces must be below 10 · 10^6.
pub(crate) const HEIGHT: u64 = 10;

/// The last nonce of the key and of its rows.
pub(crate) const NONCE: Nonce = 7;

/// The price of gas, yoctoNEAR.
pub(crate) const PRICE: Balance = Balance::from_yoctonear(100_000_000);

/// Everything that a verdict depends on. At first, any call of `play` at `game.near` is accepted.
pub(crate) struct Case {
    pub(crate) protocol: Protocol,
    pub(crate) amount: Balance,
    pub(crate) locked: Balance,
    pub(crate) bytes: u64,
    pub(crate) key: AccessKey,
    /// The nonce in the row that the transaction names.
    pub(crate) row: Option<Nonce>,
    pub(crate) nonce: TransactionNonce,
    pub(crate) mode: NonceMode,
    pub(crate) receiver: AccountId,
    pub(crate) actions: Vec<Action>,
}

/// An ordinary function-call key with an allowance.
pub(crate) fn ordinary() -> Case {
    let permission = AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: Some(Balance::from_near(1)),
        receiver_id: "game.near".to_owned(),
        method_names: vec!["play".to_owned()],
    });
    Case {
        protocol: protocol(86),
        amount: Balance::from_near(10),
        locked: Balance::ZERO,
        bytes: 500,
        key: AccessKey { nonce: NONCE, permission },
        row: None,
        nonce: TransactionNonce::Nonce { nonce: NONCE + 1 },
        mode: NonceMode::Monotonic,
        receiver: id("game.near"),
        actions: vec![call("play", 0)],
    }
}

/// A full-access gas key. It may attach deposits, which its account pays.
pub(crate) fn gas_key() -> Case {
    let info = GasKeyInfo { balance: Balance::from_near(1), num_nonces: 2 };
    Case {
        key: AccessKey { nonce: 0, permission: AccessKeyPermission::GasKeyFullAccess(info) },
        row: Some(NONCE),
        nonce: TransactionNonce::GasKeyNonce { nonce: NONCE + 1, nonce_index: 1 },
        actions: vec![call("play", 5)],
        ..ordinary()
    }
}

/// A gas key for calls of `play` at `game.near`.
pub(crate) fn gas_call_key() -> Case {
    let info = GasKeyInfo { balance: Balance::from_near(1), num_nonces: 2 };
    let call_permission = FunctionCallPermission {
        allowance: None,
        receiver_id: "game.near".to_owned(),
        method_names: vec!["play".to_owned()],
    };
    let permission = AccessKeyPermission::GasKeyFunctionCall(info, call_permission);
    let key = AccessKey { nonce: 0, permission };
    Case { key, actions: vec![call("play", 0)], ..gas_key() }
}

impl Case {
    pub(crate) fn cost(&self) -> Cost {
        transaction_cost(&self.protocol.config, &self.transaction(), PRICE).unwrap()
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let contract = AccountContract::None;
        let account = Account::new(self.amount, self.locked, contract, self.bytes);
        let facts = Facts {
            protocol: &self.protocol,
            gas_price: PRICE,
            height: Some(HEIGHT),
            account: Some(&account),
            access_key: Some(&self.key),
            row_nonce: self.row,
        };
        judge(&facts, &self.transaction())
    }

    /// The refusal; a case that is accepted fails the test.
    #[track_caller]
    pub(crate) fn refusal(&self) -> InvalidTxError {
        match self.verdict() {
            Verdict::Refused(refusal) | Verdict::DepositFailed { refusal, .. } => refusal,
            Verdict::Accepted(charges) => panic!("accepted at {charges:?}"),
        }
    }

    pub(crate) fn call_permission(&mut self) -> &mut FunctionCallPermission {
        self.key.permission.function_call_permission_mut().unwrap()
    }

    pub(crate) fn gas_balance(&mut self, yocto: u128) {
        self.key.gas_key_info_mut().unwrap().balance = Balance::from_yoctonear(yocto);
    }

    pub(crate) fn transaction(&self) -> Transaction {
        let public_key = secret(KeyType::ED25519).public_key();
        transaction(public_key, self.nonce, self.mode, &self.receiver, self.actions.clone())
    }
}

/// A signed transaction of `alice.near` with these actions, at nonce 8.
pub(crate) fn signed(receiver: &str, actions: Vec<Action>) -> SignedTransaction {
    let secret = secret(KeyType::ED25519);
    let nonce = TransactionNonce::Nonce { nonce: NONCE + 1 };
    let mode = NonceMode::Monotonic;
    kit::signed(transaction(secret.public_key(), nonce, mode, &id(receiver), actions), &secret)
}

pub(crate) fn transaction(
    public_key: PublicKey,
    nonce: TransactionNonce,
    nonce_mode: NonceMode,
    receiver_id: &AccountId,
    actions: Vec<Action>,
) -> Transaction {
    let (signer_id, receiver_id) = (id("alice.near"), receiver_id.clone());
    let block_hash = CryptoHash::default();
    kit::Draft { signer_id, public_key, nonce, nonce_mode, receiver_id, block_hash, actions }
        .transaction()
}

pub(crate) fn call(method: &str, deposit_yocto: u128) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: Vec::new(),
        gas: Gas::from_teragas(10),
        deposit: Balance::from_yoctonear(deposit_yocto),
    }))
}

pub(crate) fn transfer(yocto: u128) -> Action {
    Action::Transfer(TransferAction { deposit: Balance::from_yoctonear(yocto) })
}

pub(crate) fn protocol(version: u32) -> Protocol {
    Protocol::new(version, "localnet").unwrap()
}

pub(crate) fn secret(key_type: KeyType) -> SecretKey {
    SecretKey::from_seed(key_type, "alice.near")
}

pub(crate) fn relayed(name: &str) -> near_crypto::Signer {
    InMemorySigner::from_seed(id(name), KeyType::ED25519, name)
}

pub(crate) fn id(name: &str) -> AccountId {
    name.parse().unwrap()
}

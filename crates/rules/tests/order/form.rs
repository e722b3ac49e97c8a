//! From the form to the key: protocol 3.1, and the first rows of 3.2.

use crate::setup::{
    HEIGHT, NONCE, PRICE, call, id, protocol, secret, signed, transaction, transfer,
};
use keyway_rules::{Facts, check_form, judge};
use keyway_test_kit as kit;
use near_crypto::{KeyType, Signature};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::action::{Action, DeployContractAction, FunctionCallAction};
use near_primitives::errors::{ActionsValidationError, InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::{NonceMode, SignedTransaction, TransactionNonce};
use near_primitives::types::{Balance, Gas};

fn forged(mut tx: SignedTransaction) -> SignedTransaction {
    tx.signature = Signature::empty(KeyType::ED25519);
    tx
}

fn strict(actions: Vec<Action>) -> SignedTransaction {
    let secret = secret(KeyType::ED25519);
    let nonce = TransactionNonce::Nonce { nonce: NONCE + 1 };
    let mode = NonceMode::Strict;
    kit::signed(transaction(secret.public_key(), nonce, mode, &id("game.near"), actions), &secret)
}

fn huge() -> Action {
    Action::DeployContract(DeployContractAction { code: vec![0; 1_600_000] })
}

fn without_gas() -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: "play".to_owned(),
        args: Vec::new(),
        gas: Gas::ZERO,
        deposit: Balance::ZERO,
    }))
}

const NO_GAS: InvalidTxError =
    InvalidTxError::ActionsValidation(ActionsValidationError::FunctionCallZeroAttachedGas);

#[test]
fn actions_before_version() {
    assert_eq!(check_form(&protocol(84), &strict(vec![without_gas()])), Err(NO_GAS));
}

#[test]
fn actions_before_size() {
    let tx = signed("game.near", vec![huge(), without_gas()]);
    assert_eq!(check_form(&protocol(86), &tx), Err(NO_GAS));
}

#[test]
fn actions_before_signature() {
    let tx = forged(signed("game.near", vec![without_gas()]));
    assert_eq!(check_form(&protocol(86), &tx), Err(NO_GAS));
}

#[test]
fn version_before_size_and_signature() {
    let tx = forged(strict(vec![huge()]));
    let refused = check_form(&protocol(84), &tx);
    assert_eq!(refused, Err(InvalidTxError::InvalidTransactionVersion));
}

#[test]
fn size_before_signature() {
    let refused = check_form(&protocol(86), &forged(signed("alice.near", vec![huge()])));
    assert!(matches!(refused, Err(InvalidTxError::TransactionSizeExceeded { .. })), "{refused:?}");
}

#[test]
fn a_sound_form_stands_in_no_rules_way() {
    assert_eq!(check_form(&protocol(86), &signed("game.near", vec![call("play", 0)])), Ok(()));
}

/// The signer's records; none at first.
#[derive(Default)]
struct Known {
    account: Option<Account>,
    access_key: Option<AccessKey>,
}

impl Known {
    /// Alice without tokens.
    fn poor() -> Self {
        let account = Account::new(Balance::ZERO, Balance::ZERO, AccountContract::None, 182);
        Self { account: Some(account), access_key: None }
    }

    #[track_caller]
    fn refusal(&self, tx: &SignedTransaction) -> InvalidTxError {
        let facts = Facts {
            protocol: &protocol(86),
            gas_price: PRICE,
            height: Some(HEIGHT),
            account: self.account.as_ref(),
            access_key: self.access_key.as_ref(),
            row_nonce: None,
        };
        judge(&facts, &tx.transaction).into_result().unwrap_err()
    }
}

#[test]
fn cost_before_signer() {
    let tx = signed("game.near", vec![transfer(u128::MAX), transfer(1)]);
    assert_eq!(Known::default().refusal(&tx), InvalidTxError::CostOverflow);
}

#[test]
fn signer_before_key() {
    let error = Known::default().refusal(&signed("game.near", vec![transfer(1)]));
    assert_eq!(error, InvalidTxError::SignerDoesNotExist { signer_id: id("alice.near") });
}

#[test]
fn key_before_row_nonce_and_balance() {
    let public_key = secret(KeyType::ED25519).public_key();
    let nonce = TransactionNonce::GasKeyNonce { nonce: 0, nonce_index: 9 };
    let receiver = id("game.near");
    let mode = NonceMode::Monotonic;
    let tx = transaction(public_key.clone(), nonce, mode, &receiver, vec![transfer(1)]);
    let error = Known::poor().refusal(&kit::signed(tx, &secret(KeyType::ED25519)));
    let expected = InvalidAccessKeyError::AccessKeyNotFound {
        account_id: id("alice.near"),
        public_key: Box::new(public_key),
    };
    assert_eq!(error, InvalidTxError::InvalidAccessKeyError(expected));
}

#[test]
fn row_before_nonce_and_balance() {
    let public_key = secret(KeyType::ED25519).public_key();
    let access_key = Some(AccessKey::gas_key_full_access(2));
    let known = Known { access_key, ..Known::poor() };
    let nonce = TransactionNonce::GasKeyNonce { nonce: 0, nonce_index: 2 };
    let mode = NonceMode::Monotonic;
    let tx = transaction(public_key, nonce, mode, &id("game.near"), vec![transfer(1)]);
    let error = known.refusal(&kit::signed(tx, &secret(KeyType::ED25519)));
    let expected = InvalidTxError::InvalidNonceIndex { tx_nonce_index: Some(2), num_nonces: 2 };
    assert_eq!(error, expected);
}

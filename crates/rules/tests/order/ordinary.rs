//! Ordinary keys: protocol 3.2, first table.

use crate::setup::{Case, NONCE, call, gas_key, id, ordinary, transfer};
use keyway_rules::Verdict;
use near_primitives::account::AccessKeyPermission;
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::{NonceMode, TransactionNonce};
use near_primitives::types::Balance;

const FAR: u64 = 10_000_000;

#[track_caller]
fn refused(spoil: impl FnOnce(&mut Case)) -> InvalidTxError {
    let mut case = ordinary();
    assert!(matches!(case.verdict(), Verdict::Accepted(_)), "the case starts out good");
    spoil(&mut case);
    case.refusal()
}

/// Enough to pay, but one yoctoNEAR too little for the storage stake afterwards.
fn one_below_stake(case: &mut Case) {
    case.bytes = 771;
    let stake = Balance::from_yoctonear(771 * 10_u128.pow(19));
    let needed = case.cost().total.checked_add(stake).unwrap();
    case.amount = needed.checked_sub(Balance::from_yoctonear(1)).unwrap();
}

fn one_below_cost(case: &mut Case) {
    case.amount = case.cost().total.checked_sub(Balance::from_yoctonear(1)).unwrap();
}

fn no_allowance(case: &mut Case) {
    case.call_permission().allowance = Some(Balance::ZERO);
}

fn nonce(case: &mut Case, nonce: u64) {
    case.nonce = TransactionNonce::Nonce { nonce };
}

#[test]
fn missing_index_before_nonce() {
    let mut case = gas_key();
    nonce(&mut case, 0);
    let expected = InvalidTxError::InvalidNonceIndex { tx_nonce_index: None, num_nonces: 2 };
    assert_eq!(case.refusal(), expected);
}

#[test]
fn nonce_before_bound() {
    let error = refused(|case| {
        case.key.nonce = FAR;
        nonce(case, FAR);
    });
    assert_eq!(error, InvalidTxError::InvalidNonce { tx_nonce: FAR, ak_nonce: FAR });
}

#[test]
fn strict_nonce_before_bound() {
    let error = refused(|case| {
        case.mode = NonceMode::Strict;
        nonce(case, FAR);
    });
    assert_eq!(error, InvalidTxError::InvalidNonce { tx_nonce: FAR, ak_nonce: NONCE });
}

#[test]
fn nonce_before_balance() {
    let error = refused(|case| {
        nonce(case, NONCE);
        case.amount = Balance::ZERO;
    });
    assert_eq!(error, InvalidTxError::InvalidNonce { tx_nonce: NONCE, ak_nonce: NONCE });
}

#[test]
fn bound_before_balance() {
    let error = refused(|case| {
        nonce(case, FAR);
        case.amount = Balance::ZERO;
    });
    assert_eq!(error, InvalidTxError::NonceTooLarge { tx_nonce: FAR, upper_bound: FAR });
}

#[test]
fn balance_before_allowance() {
    let error = refused(|case| {
        one_below_cost(case);
        no_allowance(case);
    });
    assert!(matches!(error, InvalidTxError::NotEnoughBalance { .. }), "{error:?}");
}

#[test]
fn balance_before_storage_stake() {
    let error = refused(|case| {
        case.bytes = 100_000;
        one_below_cost(case);
    });
    assert!(matches!(error, InvalidTxError::NotEnoughBalance { .. }), "{error:?}");
}

#[test]
fn allowance_before_storage_stake() {
    let error = refused(|case| {
        one_below_stake(case);
        no_allowance(case);
    });
    assert!(
        matches!(
            error,
            InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance { .. })
        ),
        "{error:?}"
    );
}

#[test]
fn storage_stake_before_each_rule_of_the_permission() {
    let spoilers: [fn(&mut Case); 4] = [
        |case| case.actions = vec![transfer(0)],
        |case| case.actions = vec![call("play", 1)],
        |case| case.receiver = id("bank.near"),
        |case| case.actions = vec![call("steal", 0)],
    ];
    for spoil in spoilers {
        let error = refused(|case| {
            spoil(case);
            one_below_stake(case);
        });
        let amount = Balance::from_yoctonear(1);
        let signer_id = id("alice.near");
        assert_eq!(error, InvalidTxError::LackBalanceForState { signer_id, amount });
    }
}

#[test]
fn one_call_before_deposit() {
    let error = refused(|case| case.actions = vec![call("play", 1), call("play", 1)]);
    assert_eq!(error, InvalidAccessKeyError::RequiresFullAccess.into_tx());
}

#[test]
fn one_call_before_receiver() {
    let error = refused(|case| {
        case.actions = Vec::new();
        case.receiver = id("bank.near");
    });
    assert_eq!(error, InvalidAccessKeyError::RequiresFullAccess.into_tx());
}

#[test]
fn deposit_before_receiver_and_method() {
    let error = refused(|case| {
        case.actions = vec![call("steal", 1)];
        case.receiver = id("bank.near");
    });
    assert_eq!(error, InvalidAccessKeyError::DepositWithFunctionCall.into_tx());
}

#[test]
fn receiver_before_method() {
    let error = refused(|case| {
        case.actions = vec![call("steal", 0)];
        case.receiver = id("bank.near");
    });
    let expected = InvalidAccessKeyError::ReceiverMismatch {
        tx_receiver: id("bank.near"),
        ak_receiver: "game.near".to_owned(),
    };
    assert_eq!(error, expected.into_tx());
}

#[test]
fn an_ordinary_key_has_no_rows_before_anything_else() {
    let error = refused(|case| {
        case.nonce = TransactionNonce::GasKeyNonce { nonce: 0, nonce_index: 3 };
        case.key.permission = AccessKeyPermission::FullAccess;
        case.amount = Balance::ZERO;
    });
    let expected = InvalidTxError::InvalidNonceIndex { tx_nonce_index: Some(3), num_nonces: 0 };
    assert_eq!(error, expected);
}

trait IntoTx {
    fn into_tx(self) -> InvalidTxError;
}

impl IntoTx for InvalidAccessKeyError {
    fn into_tx(self) -> InvalidTxError {
        InvalidTxError::InvalidAccessKeyError(self)
    }
}

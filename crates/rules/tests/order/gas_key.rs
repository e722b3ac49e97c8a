//! Gas keys: protocol 3.2, second table.

use crate::setup::{Case, NONCE, call, gas_call_key, gas_key, id, transfer};
use keyway_rules::{KeyCharge, Verdict};
use near_primitives::errors::{DepositCostFailureReason, InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::TransactionNonce;
use near_primitives::types::Balance;

const FAR: u64 = 10_000_000;

#[track_caller]
fn refused(mut case: Case, spoil: impl FnOnce(&mut Case)) -> InvalidTxError {
    assert!(matches!(case.verdict(), Verdict::Accepted(_)), "the case starts out good");
    spoil(&mut case);
    case.refusal()
}

fn nonce(case: &mut Case, nonce: u64) {
    case.nonce = TransactionNonce::GasKeyNonce { nonce, nonce_index: 1 };
}

#[test]
fn row_before_nonce() {
    let error = refused(gas_key(), |case| {
        case.nonce = TransactionNonce::GasKeyNonce { nonce: 0, nonce_index: 2 };
        case.row = None;
    });
    let expected = InvalidTxError::InvalidNonceIndex { tx_nonce_index: Some(2), num_nonces: 2 };
    assert_eq!(error, expected);
}

#[test]
fn nonce_before_bound_and_key_balance() {
    let error = refused(gas_key(), |case| {
        case.row = Some(FAR);
        nonce(case, FAR);
        case.gas_balance(0);
    });
    assert_eq!(error, InvalidTxError::InvalidNonce { tx_nonce: FAR, ak_nonce: FAR });
}

#[test]
fn bound_before_key_balance() {
    let error = refused(gas_key(), |case| {
        nonce(case, FAR);
        case.gas_balance(0);
    });
    assert_eq!(error, InvalidTxError::NonceTooLarge { tx_nonce: FAR, upper_bound: FAR });
}

#[test]
fn key_balance_before_permission() {
    let error = refused(gas_call_key(), |case| {
        case.actions = vec![transfer(1)];
        case.gas_balance(0);
    });
    assert!(matches!(error, InvalidTxError::NotEnoughGasKeyBalance { .. }), "{error:?}");
}

#[test]
fn key_balance_before_deposit() {
    let error = refused(gas_key(), |case| {
        case.amount = Balance::ZERO;
        case.gas_balance(0);
    });
    assert!(matches!(error, InvalidTxError::NotEnoughGasKeyBalance { .. }), "{error:?}");
}

#[test]
fn permission_before_deposit() {
    let error = refused(gas_call_key(), |case| {
        case.actions = vec![transfer(1)];
        case.amount = Balance::ZERO;
    });
    let expected = InvalidAccessKeyError::RequiresFullAccess;
    assert_eq!(error, InvalidTxError::InvalidAccessKeyError(expected));
}

#[test]
fn permission_before_storage_stake() {
    let error = refused(gas_call_key(), |case| {
        case.receiver = id("bank.near");
        case.bytes = 100_000_000;
    });
    assert!(
        matches!(
            error,
            InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::ReceiverMismatch { .. })
        ),
        "{error:?}"
    );
}

#[test]
fn one_call_before_deposit_before_receiver_before_method() {
    let wrong = |actions, receiver| {
        refused(gas_call_key(), |case| {
            case.actions = actions;
            case.receiver = id(receiver);
        })
    };
    let named = |error| InvalidTxError::InvalidAccessKeyError(error);
    let two = vec![call("steal", 1), call("steal", 1)];
    assert_eq!(wrong(two, "bank.near"), named(InvalidAccessKeyError::RequiresFullAccess));
    let paid = vec![call("steal", 1)];
    assert_eq!(wrong(paid, "bank.near"), named(InvalidAccessKeyError::DepositWithFunctionCall));
    let elsewhere = wrong(vec![call("steal", 0)], "bank.near");
    assert!(
        matches!(
            elsewhere,
            InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::ReceiverMismatch { .. })
        ),
        "{elsewhere:?}"
    );
}

#[test]
fn balance_for_the_deposit_before_storage_stake() {
    let error = refused(gas_key(), |case| {
        case.amount = Balance::from_yoctonear(4);
        case.bytes = 100_000;
    });
    let expected = InvalidTxError::NotEnoughBalanceForDeposit {
        signer_id: id("alice.near"),
        balance: Balance::from_yoctonear(4),
        cost: Balance::from_yoctonear(5),
        reason: DepositCostFailureReason::NotEnoughBalance,
    };
    assert_eq!(error, expected);
}

#[test]
fn a_deposit_that_fails_moves_the_nonce_and_takes_the_burnt_gas() {
    let mut case = gas_key();
    case.amount = Balance::ZERO;
    let Verdict::DepositFailed { charges, .. } = case.verdict() else {
        panic!("{:?}", case.verdict());
    };
    assert_eq!(charges.account_amount, Balance::ZERO);
    let balance = Balance::from_near(1).checked_sub(case.cost().burnt).unwrap();
    let nonce = NONCE + 1;
    assert_eq!(charges.key, KeyCharge::GasKey { balance, nonce_index: 1, nonce });
}

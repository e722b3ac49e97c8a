//! Validation of actions: protocol 3.3.

use crate::setup::{call, id, protocol, relayed, secret, signed, transfer};
use keyway_rules::check_form;
use near_crypto::{ED25519PublicKey, KeyType, PublicKey, Signature};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, FunctionCallPermission, GasKeyInfo,
};
use near_primitives::action::delegate::{DelegateAction, NonDelegateAction, SignedDelegateAction};
use near_primitives::action::{
    Action, AddKeyAction, DeleteAccountAction, DeployContractAction, FunctionCallAction,
    StakeAction,
};
use near_primitives::errors::{ActionsValidationError as Invalid, InvalidTxError};
use near_primitives::types::{Balance, Gas};

/// The error for the actions, at `version`, in a transaction that is also forged.
#[track_caller]
fn refused_at(version: u32, actions: Vec<Action>) -> Invalid {
    let mut tx = signed("game.near", actions);
    tx.signature = Signature::empty(KeyType::ED25519);
    match check_form(&protocol(version), &tx) {
        Err(InvalidTxError::ActionsValidation(invalid)) => invalid,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(actions: Vec<Action>) -> Invalid {
    refused_at(86, actions)
}

fn function_call(method: &str, args: usize, tgas: u64) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: vec![0; args],
        gas: Gas::from_teragas(tgas),
        deposit: Balance::ZERO,
    }))
}

fn no_gas() -> Action {
    function_call("play", 0, 0)
}

fn delete_account() -> Action {
    Action::DeleteAccount(DeleteAccountAction { beneficiary_id: id("bob.near") })
}

fn deploy() -> Action {
    Action::DeployContract(DeployContractAction { code: Vec::new() })
}

fn add_key(permission: AccessKeyPermission) -> Action {
    let public_key = secret(KeyType::ED25519).public_key();
    Action::AddKey(Box::new(AddKeyAction {
        public_key,
        access_key: AccessKey { nonce: 0, permission },
    }))
}

fn calls(receiver: &str, methods: Vec<String>, allowance: Option<u128>) -> FunctionCallPermission {
    FunctionCallPermission {
        allowance: allowance.map(Balance::from_yoctonear),
        receiver_id: receiver.to_owned(),
        method_names: methods,
    }
}

fn gas_info(balance: u128, num_nonces: u16) -> GasKeyInfo {
    GasKeyInfo { balance: Balance::from_yoctonear(balance), num_nonces }
}

fn delegate(actions: Vec<Action>) -> Action {
    let signer = relayed("alice.near");
    let inner = actions.into_iter().map(|action| NonDelegateAction::try_from(action).unwrap());
    let delegate_action = DelegateAction {
        sender_id: id("game.near"),
        receiver_id: id("other.near"),
        actions: inner.collect(),
        nonce: 1,
        max_block_height: 100,
        public_key: signer.public_key(),
    };
    SignedDelegateAction::sign(&signer, delegate_action).into()
}

fn unfit_staking_key() -> Action {
    // The point at infinity has no staking key.
    let public_key = PublicKey::ED25519(ED25519PublicKey([2; 32]));
    Action::Stake(Box::new(StakeAction { stake: Balance::ZERO, public_key }))
}

#[test]
fn number_of_actions_before_number_of_deployments() {
    let expected =
        Invalid::TotalNumberOfActionsExceeded { total_number_of_actions: 101, limit: 100 };
    assert_eq!(refused(vec![deploy(); 101]), expected);
}

#[test]
fn number_of_actions_before_place() {
    let actions = std::iter::once(delete_account()).chain(vec![transfer(1); 100]).collect();
    assert!(matches!(refused(actions), Invalid::TotalNumberOfActionsExceeded { .. }));
}

#[test]
fn post_quantum_gate_before_number_of_deployments() {
    let ml_dsa = Action::AddKey(Box::new(AddKeyAction {
        public_key: secret(KeyType::MLDSA65).public_key(),
        access_key: AccessKey::full_access(),
    }));
    let actions = vec![deploy(); 11].into_iter().chain([ml_dsa]).collect();
    let invalid = refused_at(84, actions);
    assert!(matches!(invalid, Invalid::UnsupportedProtocolFeature { .. }), "{invalid:?}");
}

#[test]
fn number_of_deployments_before_the_first_action() {
    let actions = std::iter::once(no_gas()).chain(vec![deploy(); 11]).collect();
    assert!(matches!(refused(actions), Invalid::TotalNumberOfDeployActionsExceeded { .. }));
}

#[test]
fn earlier_action_before_later() {
    assert_eq!(
        refused(vec![no_gas(), delete_account(), transfer(1)]),
        Invalid::FunctionCallZeroAttachedGas
    );
    assert_eq!(
        refused(vec![delete_account(), no_gas(), transfer(1)]),
        Invalid::DeleteActionMustBeFinal
    );
}

#[test]
#[expect(deprecated, reason = "only an id that was never parsed breaks the rule")]
fn place_before_the_actions_own_rules() {
    let nobody = near_primitives::types::AccountId::new_unvalidated("No Body".to_owned());
    let delete = Action::DeleteAccount(DeleteAccountAction { beneficiary_id: nobody });
    assert_eq!(refused(vec![delete.clone(), transfer(1)]), Invalid::DeleteActionMustBeFinal);
    assert!(matches!(refused(vec![transfer(1), delete]), Invalid::InvalidAccountId { .. }));
}

#[test]
fn one_delegate_before_what_is_in_it() {
    let good = delegate(vec![transfer(1)]);
    let bad = delegate(vec![no_gas()]);
    assert_eq!(refused(vec![good, bad.clone()]), Invalid::DelegateActionMustBeOnlyOne);
    assert_eq!(
        refused(vec![bad, delegate(vec![transfer(1)])]),
        Invalid::FunctionCallZeroAttachedGas
    );
}

#[test]
fn every_action_before_the_sum_of_gas() {
    let actions = vec![function_call("a", 0, 600), function_call("b", 0, 600), unfit_staking_key()];
    let invalid = refused(actions);
    assert!(matches!(invalid, Invalid::UnsuitableStakingKey { .. }), "{invalid:?}");
    let actions = vec![function_call("a", 0, 600), delegate(vec![function_call("b", 0, 600)])];
    assert!(matches!(refused(actions), Invalid::TotalPrepaidGasExceeded { .. }));
}

#[test]
fn gas_before_name_before_arguments() {
    let long = "m".repeat(257);
    assert_eq!(
        refused(vec![function_call(&long, 5_000_000, 0)]),
        Invalid::FunctionCallZeroAttachedGas
    );
    assert_eq!(refused_at(87, vec![function_call("", 0, 0)]), Invalid::FunctionCallZeroAttachedGas);
    assert_eq!(
        refused_at(87, vec![function_call("", 5_000_000, 1)]),
        Invalid::FunctionCallEmptyMethodName
    );
    assert_eq!(
        refused(vec![function_call(&long, 5_000_000, 1)]),
        Invalid::FunctionCallMethodNameLengthExceeded { length: 257, limit: 256 }
    );
}

#[test]
fn key_receiver_before_method_length_before_sum() {
    let long = vec!["m".repeat(257); 20];
    let key =
        |receiver| add_key(AccessKeyPermission::FunctionCall(calls(receiver, long.clone(), None)));
    assert!(matches!(refused(vec![key("No Body")]), Invalid::InvalidAccountId { .. }));
    assert_eq!(
        refused(vec![key("bob.near")]),
        Invalid::AddKeyMethodNameLengthExceeded { length: 257, limit: 256 }
    );
}

#[test]
fn calls_before_feature_before_allowance_before_rows_before_balance() {
    let gas_key = |balance, rows, receiver, allowance| {
        let permission = calls(receiver, Vec::new(), allowance);
        add_key(AccessKeyPermission::GasKeyFunctionCall(gas_info(balance, rows), permission))
    };
    let all = || vec![gas_key(1, 0, "No Body", Some(1))];
    assert!(matches!(refused_at(84, all()), Invalid::InvalidAccountId { .. }));
    assert!(matches!(refused(all()), Invalid::InvalidAccountId { .. }));
    let invalid = refused_at(84, vec![gas_key(1, 0, "bob.near", Some(1))]);
    assert!(matches!(invalid, Invalid::UnsupportedProtocolFeature { .. }), "{invalid:?}");
    assert_eq!(
        refused(vec![gas_key(1, 0, "bob.near", Some(1))]),
        Invalid::GasKeyFunctionCallAllowanceNotAllowed
    );
    assert_eq!(
        refused(vec![gas_key(1, 1025, "bob.near", None)]),
        Invalid::GasKeyInvalidNumNonces { requested_nonces: 1025, limit: 1024 }
    );
    let balance = Balance::from_yoctonear(1);
    assert_eq!(
        refused(vec![gas_key(1, 1024, "bob.near", None)]),
        Invalid::AddGasKeyWithNonZeroBalance { balance }
    );
}

#[test]
fn no_action_at_all_is_sound() {
    let protocol = protocol(86);
    assert_eq!(check_form(&protocol, &signed("game.near", Vec::new())), Ok(()));
    assert_eq!(check_form(&protocol, &signed("game.near", vec![call("play", 1)])), Ok(()));
}

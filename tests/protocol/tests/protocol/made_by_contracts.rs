//! Promises of the newer kinds: global contracts, state inits and gas keys made by contracts.

use crate::globals::says;
use keyway_protocol_tests::script::{Arg, Host, amount, contract, host, text};
use keyway_protocol_tests::{Done, NEAR, World, act, id, public, tx};
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::{GlobalContractDeployMode, GlobalContractIdentifier};
use near_primitives::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
use near_primitives::errors::{
    ActionErrorKind, ActionsValidationError, FunctionCallError, ReceiptValidationError,
};
use near_primitives::hash::hash;
use near_primitives::universal_state_init::{UniversalStateInit, UniversalStateInitV1};
use near_primitives::utils::{derive_near_deterministic_account_id, derive_universal_account_id};
use near_primitives_core::universal_state_init::RawStateInit;

fn bytes_of_key(label: &str) -> Arg {
    Arg::Bytes(borsh::to_vec(&public(label)).expect("keys encode"))
}

/// Runs a contract at `app.near` that makes one promise to `receiver`, with these calls on it.
fn run(world: &mut World, receiver: &str, calls: impl IntoIterator<Item = Host>) -> Done {
    let create = host("promise_batch_create", [text(receiver)]).keep(0);
    let calls = [create].into_iter().chain(calls).collect();
    let code = contract(&[("go", calls)]);
    world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
    world.send(&tx("bob.near", "app.near", [act::call_with("go", &[], 300, 0)]))
}

/// The code `hello` as a global contract by hash.
fn global(world: &mut World) -> Vec<u8> {
    let code = says("born");
    let deploy = act::deploy_global(&code, GlobalContractDeployMode::CodeHash);
    world.send(&tx("alice.near", "alice.near", [deploy])).ok();
    code
}

#[test]
fn a_gas_key_for_calls() {
    for (allowance, fails) in [(0, false), (5, true)] {
        let mut world = World::at(88);
        let args = [
            Arg::Kept(0),
            bytes_of_key("app/gas"),
            Arg::N(3),
            amount(allowance),
            text("bob.near"),
            text("play"),
        ];
        let add = host("promise_batch_action_add_gas_key_with_function_call", args);
        let done = run(&mut world, "app.near", [add]);
        if fails {
            let error = ActionsValidationError::GasKeyFunctionCallAllowanceNotAllowed;
            let error = ReceiptValidationError::ActionsValidation(error);
            assert_eq!(done.error(), ActionErrorKind::NewReceiptValidationError(error));
            continue;
        }
        assert_eq!(done.failure(), None);
        let wanted: AccessKeyPermission = act::gas_calls(3, "bob.near", &["play"]);
        assert_eq!(world.key("app.near", "app/gas").unwrap().permission, wanted);
        assert_eq!(world.rows("app.near", "app/gas").map(|rows| rows.len()), Some(3));
    }
}

#[test]
fn a_gas_key_without_nonces_is_refused_when_it_is_made() {
    let mut world = World::at(88);
    let args = [Arg::Kept(0), bytes_of_key("app/gas"), Arg::N(1_025)];
    let add = host("promise_batch_action_add_gas_key_with_full_access", args);
    let done = run(&mut world, "app.near", [add]);
    assert!(done.failure().is_some());
    assert_eq!(world.key("app.near", "app/gas"), None);
}

#[test]
fn a_global_contract_deployed_and_used() {
    let mut world = World::at(88);
    let code = says("global");
    let deploy = host(
        "promise_batch_action_deploy_global_contract",
        [Arg::Kept(0), Arg::Bytes(code.clone())],
    );
    run(&mut world, "app.near", [deploy]).ok();
    let code_hash = Arg::Bytes(hash(&code).0.to_vec());
    let take = host("promise_batch_action_use_global_contract", [Arg::Kept(0), code_hash]);
    run(&mut world, "app.near", [take]).ok();
    let call = world.send(&tx("bob.near", "app.near", [act::call("hello", 0)])).ok();
    assert_eq!(call.logs(), ["global"]);
}

#[test]
fn a_deterministic_account_whose_rest_comes_back_to_the_contract() {
    let mut world = World::at(88);
    let code = global(&mut world);
    let identifier = GlobalContractIdentifier::CodeHash(hash(&code));
    let data = [(b"k".to_vec(), b"v".to_vec())].into();
    let init = DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 {
        code: identifier,
        data,
    });
    let name = derive_near_deterministic_account_id(&init).to_string();
    let code_hash = Arg::Bytes(hash(&code).0.to_vec());
    let make = host("promise_batch_action_state_init", [Arg::Kept(0), code_hash, amount(NEAR)]);
    let entry =
        host("set_state_init_data_entry", [Arg::Kept(0), Arg::Kept(1), text("k"), text("v")]);
    let done = run(&mut world, &name, [make.keep(1), entry]).ok();
    assert_eq!(world.data(&name, b"k").unwrap(), b"v");
    assert_eq!(world.bytes(&name), 100 + 32 + 42);
    assert!(done.refunds().contains(&("app.near".to_owned(), NEAR)));
}

#[test]
fn a_universal_account() {
    let mut world = World::at(88);
    let init = UniversalStateInit::V1(UniversalStateInitV1 {
        code: None,
        data: Default::default(),
        access_keys: [(&public("u")).into()].into(),
    });
    let raw = init.to_raw();
    let name = derive_universal_account_id(&raw).to_string();
    let args = [Arg::Kept(0), Arg::Bytes(raw.0), amount(NEAR)];
    let done = run(&mut world, &name, [host("promise_batch_action_universal_state_init", args)]);
    assert_eq!(done.failure(), None);
    assert_eq!((world.bytes(&name), world.balance(&name)), (182, 0));
    assert!(done.refunds().contains(&("app.near".to_owned(), NEAR)));
    world.send(&tx("bob.near", &name, [act::transfer(NEAR)])).ok();
    world.send(&tx(&name, "bob.near", [act::transfer(1)]).by("u")).ok();
}

#[test]
fn a_malformed_universal_account_fails_the_call() {
    let mut world = World::at(88);
    let args = [Arg::Kept(0), Arg::Bytes(vec![9]), amount(0)];
    let make = host("promise_batch_action_universal_state_init", args);
    let name = derive_universal_account_id(&RawStateInit(vec![9])).to_string();
    let done = run(&mut world, &name, [make]);
    let error = ActionsValidationError::MalformedUniversalStateInit;
    let error = ReceiptValidationError::ActionsValidation(error);
    assert_eq!(done.failure(), Some((Some(0), ActionErrorKind::NewReceiptValidationError(error))));
}

#[test]
fn a_call_without_a_method_name_is_refused_by_the_host() {
    let mut world = World::at(88);
    let args = [Arg::Kept(0), text(""), text(""), amount(0), Arg::N(1_000_000_000_000)];
    let call = host("promise_batch_action_function_call", args);
    let error = "Tried to call an empty method name.".to_owned();
    let error = FunctionCallError::ExecutionError(error);
    let done = run(&mut world, "bob.near", [call]);
    assert_eq!(done.error(), ActionErrorKind::FunctionCallError(error));
}

#[test]
fn a_transfer_to_a_universal_account_at_87_fails_its_call() {
    let mut world = World::at(87);
    let raw = UniversalStateInit::V1(UniversalStateInitV1 {
        code: None,
        data: Default::default(),
        access_keys: Default::default(),
    })
    .to_raw();
    let name = derive_universal_account_id(&raw).to_string();
    let pay = host("promise_batch_action_transfer", [Arg::Kept(0), amount(1)]);
    let error =
        ActionsValidationError::TransferToUniversalAccountNotAllowed { account_id: id(&name) };
    let error = ReceiptValidationError::ActionsValidation(error);
    let done = run(&mut world, &name, [pay]);
    assert_eq!(done.error(), ActionErrorKind::NewReceiptValidationError(error));
}

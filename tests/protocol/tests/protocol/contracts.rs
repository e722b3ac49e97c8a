//! Contracts that change keys, code and existence of their account: promises to themselves.

use crate::globals::says;
use keyway_protocol_tests::script::{Arg, Host, amount, contract, host, text};
use keyway_protocol_tests::{NEAR, World, act, fees, id, public, tx, yocto};
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::{GlobalContractDeployMode, GlobalContractIdentifier};
use near_primitives::errors::{ActionErrorKind, FunctionCallError};
use near_primitives::hash::hash;

/// A promise in slot 0 to `receiver`, with these calls on it.
fn promise(receiver: &str, calls: impl IntoIterator<Item = Host>) -> Vec<Host> {
    let create = host("promise_batch_create", [text(receiver)]).keep(0);
    [create].into_iter().chain(calls).collect()
}

fn key_arg(label: &str) -> Arg {
    Arg::Bytes(borsh::to_vec(&public(label)).expect("keys encode"))
}

fn add_full(label: &str) -> Host {
    let nonce = Arg::N(99);
    host("promise_batch_action_add_key_with_full_access", [Arg::Kept(0), key_arg(label), nonce])
}

fn add_call(label: &str, allowance: u128, receiver: &str, methods: &str) -> Host {
    let args = [
        Arg::Kept(0),
        key_arg(label),
        Arg::N(99),
        amount(allowance),
        text(receiver),
        text(methods),
    ];
    host("promise_batch_action_add_key_with_function_call", args)
}

/// A chain where `app.near` runs a contract of one method, `go`.
fn world_at(version: u32, calls: Vec<Host>) -> World {
    let mut world = World::at(version);
    let code = contract(&[("go", calls)]);
    world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
    world
}

fn go(world: &mut World) -> keyway_protocol_tests::Done {
    world.send(&tx("bob.near", "app.near", [act::call_with("go", &[], 100, 0)]))
}

#[track_caller]
fn host_error(calls: Vec<Host>, wanted: &str) {
    match go(&mut world_at(88, calls)).error() {
        ActionErrorKind::FunctionCallError(FunctionCallError::ExecutionError(error)) => {
            assert_eq!(error, wanted);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_contract_adds_a_full_access_key_to_its_account() {
    let mut world = world_at(88, promise("app.near", [add_full("app/new")]));
    let bytes = world.bytes("app.near");
    let done = go(&mut world).ok();
    let key = world.key("app.near", "app/new").unwrap();
    // The promise runs one block after the call.
    assert_eq!(key.nonce, done.first().height * 1_000_000);
    assert_eq!(key.permission, AccessKeyPermission::FullAccess);
    assert_eq!(world.bytes("app.near"), bytes + 82);
}

#[test]
fn an_allowance_of_zero_from_a_contract_is_no_limit() {
    for (given, kept) in [(0, None), (5, Some(5))] {
        let calls = promise("app.near", [add_call("app/new", given, "bob.near", "play,claim")]);
        let mut world = world_at(88, calls);
        go(&mut world).ok();
        let wanted = act::calls("bob.near", &["play", "claim"], kept);
        assert_eq!(world.key("app.near", "app/new").unwrap().permission, wanted);
    }
}

#[test]
fn an_empty_list_of_methods_means_any() {
    let mut world = world_at(88, promise("app.near", [add_call("app/new", 0, "bob.near", "")]));
    go(&mut world).ok();
    let wanted = act::calls("bob.near", &[], None);
    assert_eq!(world.key("app.near", "app/new").unwrap().permission, wanted);
}

#[test]
fn the_host_refuses_what_is_no_key_name_or_account() {
    let to_self = |call| promise("app.near", [call]);
    host_error(
        to_self(add_call("app/new", 0, "bob.near", "play,,claim")),
        "Tried to call an empty method name.",
    );
    host_error(
        to_self(add_call("app/new", 0, "Not An Id", "")),
        "VM Logic returned an invalid account id",
    );
    let delete = host("promise_batch_action_delete_key", [Arg::Kept(0), Arg::Bytes(vec![0; 5])]);
    host_error(to_self(delete), "VM Logic provided an invalid public key");
}

#[test]
fn a_contract_has_no_power_over_another_account() {
    let mut world = world_at(88, promise("alice.near", [add_full("app/steals")]));
    let error = ActionErrorKind::ActorNoPermission {
        account_id: id("alice.near"),
        actor_id: id("app.near"),
    };
    assert_eq!(go(&mut world).error(), error);
}

#[test]
fn a_contract_gives_back_keys_to_a_locked_account() {
    let mut world = world_at(88, promise("app.near", [add_full("app/new")]));
    world.send(&tx("app.near", "app.near", [act::delete_key("app.near")])).ok();
    go(&mut world).ok();
    world.send(&tx("app.near", "bob.near", [act::transfer(1)]).by("app/new")).ok();
}

#[test]
fn a_contract_deletes_the_key_that_called_it() {
    let delete = host("promise_batch_action_delete_key", [Arg::Kept(0), key_arg("app/once")]);
    let mut world = world_at(88, promise("app.near", [delete]));
    let once = act::add_key("app/once", act::calls("app.near", &["go"], Some(NEAR)));
    world.send(&tx("app.near", "app.near", [once])).ok();
    let call = tx("app.near", "app.near", [act::call_with("go", &[], 100, 0)]).by("app/once");
    world.send(&call).ok();
    assert_eq!(world.key("app.near", "app/once"), None);
    let again = world.send(&tx("bob.near", "app.near", [act::call_with("go", &[], 100, 0)]));
    assert!(matches!(again.error(), ActionErrorKind::DeleteKeyDoesNotExist { .. }));
}

#[test]
fn a_contract_adds_and_funds_gas_keys() {
    let calls = promise(
        "app.near",
        [
            host(
                "promise_batch_action_add_gas_key_with_full_access",
                [Arg::Kept(0), key_arg("app/gas"), Arg::N(2)],
            ),
            host(
                "promise_batch_action_transfer_to_gas_key",
                [Arg::Kept(0), key_arg("app/gas"), amount(NEAR)],
            ),
        ],
    );
    let mut world = world_at(88, calls);
    let before = world.balance("app.near");
    go(&mut world).ok();
    assert_eq!(world.gas_balance("app.near", "app/gas"), NEAR);
    assert_eq!(world.rows("app.near", "app/gas").map(|rows| rows.len()), Some(2));
    assert_eq!(world.balance("app.near"), before - NEAR);
}

#[test]
fn a_contract_replaces_its_own_code() {
    let next = says("next");
    let deploy =
        host("promise_batch_action_deploy_contract", [Arg::Kept(0), Arg::Bytes(next.clone())]);
    let mut world = world_at(88, promise("app.near", [deploy]));
    go(&mut world).ok();
    assert_eq!(world.account("app.near").local_contract_hash(), Some(hash(&next)));
    let hello = world.send(&tx("bob.near", "app.near", [act::call("hello", 0)])).ok();
    assert_eq!(hello.logs(), ["next"]);
}

#[test]
fn a_contract_deletes_its_account_at_once() {
    let delete = host("promise_batch_action_delete_account", [Arg::Kept(0), text("carol.near")]);
    let mut world = world_at(88, promise("app.near", [delete]));
    let (carol, had) = (world.balance("carol.near"), world.balance("app.near"));
    let done = go(&mut world).ok();
    assert_eq!(world.find("app.near"), None);
    assert_eq!(world.balance("carol.near") - carol, had);
    let deletion = &done.receipts[1];
    assert_eq!(deletion.height, done.first().height, "a lone deletion runs in the same block");
}

#[test]
fn a_contract_makes_a_sub_account_with_keys() {
    let calls = promise(
        "sub.app.near",
        [
            host("promise_batch_action_create_account", [Arg::Kept(0)]),
            host("promise_batch_action_transfer", [Arg::Kept(0), amount(NEAR)]),
            add_full("sub"),
        ],
    );
    let mut world = world_at(88, calls);
    go(&mut world).ok();
    assert_eq!((world.balance("sub.app.near"), world.bytes("sub.app.near")), (NEAR, 182));
    world.send(&tx("sub.app.near", "bob.near", [act::transfer(1)]).by("sub")).ok();
}

#[test]
fn a_failed_promise_returns_its_deposit_to_the_contract_or_where_it_says() {
    let pay = host("promise_batch_action_transfer", [Arg::Kept(0), amount(NEAR)]);
    let mut world = world_at(88, promise("nobody.near", [pay.clone()]));
    let app = world.balance("app.near");
    assert!(go(&mut world).failure().is_some());
    assert_eq!(world.balance("app.near"), app);

    let to_carol = host("promise_set_refund_to", [Arg::Kept(0), text("carol.near")]);
    let mut world = world_at(88, promise("nobody.near", [to_carol, pay]));
    let (app, carol) = (world.balance("app.near"), world.balance("carol.near"));
    assert!(go(&mut world).failure().is_some());
    assert_eq!(world.balance("app.near"), app - NEAR);
    assert_eq!(world.balance("carol.near"), carol + NEAR);
}

/// `poor.alice.near` has no token, runs a contract that sends `deposit` with a call.
fn poor_calls(version: u32, deposit: u128) -> (World, keyway_protocol_tests::Done) {
    let mut world = World::at(version);
    let args = [Arg::Kept(0), text("hello"), text(""), amount(deposit), Arg::N(10_000_000_000_000)];
    let call = host("promise_batch_action_function_call", args);
    let code = contract(&[("go", promise("app.near", [call]))]);
    let global = act::deploy_global(&code, GlobalContractDeployMode::CodeHash);
    world.send(&tx("alice.near", "alice.near", [global])).ok();
    let take = act::use_global(GlobalContractIdentifier::CodeHash(hash(&code)));
    world.send(&tx("alice.near", "poor.alice.near", [act::create(), take])).ok();
    world.send(&tx("app.near", "app.near", [act::deploy(&says("hi"))])).ok();
    let call = act::call_with("go", &[], 50, 0);
    let done = world.send(&tx("bob.near", "poor.alice.near", [call]));
    (world, done)
}

#[test]
fn one_yocto_for_a_promise_is_given_to_a_contract_without_any() {
    let (world, done) = poor_calls(88, 1);
    assert_eq!(done.clone().ok().logs(), ["hi"]);
    assert_eq!(world.balance("poor.alice.near"), 0);
    // A thousand NEAR, what the deployment cost, and one yocto.
    let deployed = fees::RECEIPT + 184_765_750_000;
    assert_eq!(world.balance("app.near") % 10, (1_000 * NEAR + 1 - fees::burn(deployed)) % 10);
    for (version, deposit) in [(84, 1), (88, 2)] {
        let (_, done) = poor_calls(version, deposit);
        match done.error() {
            ActionErrorKind::FunctionCallError(FunctionCallError::ExecutionError(error)) => {
                assert_eq!(error, "Exceeded the account balance.");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_promise_that_breaks_a_rule_of_form_fails_its_call() {
    let early = [
        host("promise_batch_action_delete_account", [Arg::Kept(0), text("carol.near")]),
        host("promise_batch_action_transfer", [Arg::Kept(0), amount(1)]),
    ];
    let mut world = world_at(88, promise("app.near", early));
    let before = world.balance("app.near");
    let done = go(&mut world);
    assert!(matches!(
        done.failure(),
        Some((Some(0), ActionErrorKind::NewReceiptValidationError(_)))
    ));
    assert_eq!(world.account("app.near").amount(), yocto(before));
}

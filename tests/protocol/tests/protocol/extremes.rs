//! Numbers that no chain comes to by itself, but a patched state does: what they break stays where
//! it is, the chain goes on, and another patch mends it.

use keyway_protocol_tests::script::{Arg, amount, contract, host, text};
use keyway_protocol_tests::{NEAR, World, act, id, public, tx, yocto};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::errors::{ActionErrorKind, FunctionCallError, InvalidTxError};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;

/// What one account can be given.
const MOST: u128 = 1 << 120;

fn patch(world: &mut World, name: &str, balance: u128, locked: u128, bytes: u64) {
    let old = world.find(name).map(|account| account.contract().into_owned());
    let contract = old.unwrap_or(AccountContract::None);
    let account = Account::new(yocto(balance), yocto(locked), contract, bytes);
    world.patch(vec![StateRecord::Account { account_id: id(name), account }]);
}

/// Sends to `rich.near` again and again all that an account can be given, until it holds more than
/// 128 bits less `short` of that. Returns what it has then.
fn enrich(world: &mut World, name: &str) -> u128 {
    patch(world, name, MOST, 0, 182);
    for _ in 0..255 {
        patch(world, "bob.near", MOST, 0, 182);
        let rest = u128::MAX - 1 - world.balance(name);
        let gift = rest.min(MOST - 10 * NEAR);
        world.send_patched(&tx("bob.near", name, [act::transfer(gift)])).ok();
    }
    let rest = u128::MAX - 1 - world.balance(name);
    patch(world, "bob.near", MOST, 0, 182);
    world.send_patched(&tx("bob.near", name, [act::transfer(rest)])).ok();
    assert_eq!(world.balance(name), u128::MAX - 1);
    u128::MAX - 1
}

#[track_caller]
fn overflow(error: &ActionErrorKind, account: &str) {
    let ActionErrorKind::FunctionCallError(FunctionCallError::ExecutionError(text)) = error else {
        panic!("{error:?}");
    };
    assert!(text.starts_with("arithmetic overflow") && text.contains(account), "{text}");
}

#[test]
fn a_balance_that_is_full_takes_no_more_and_stays_readable() {
    let mut world = World::at(88);
    world.send(&tx("app.near", "app.near", [act::deploy(&contract(&[("take", vec![])]))])).ok();
    let full = enrich(&mut world, "app.near");
    let bob = world.balance("bob.near");
    for action in [act::transfer(1), act::call("take", 1)] {
        let done = world.send_patched(&tx("bob.near", "app.near", [action]));
        overflow(&done.error(), "app.near has");
        assert_eq!(done.refunds()[0], ("bob.near".to_owned(), 1));
    }
    assert!(bob - world.balance("bob.near") < NEAR / 100);
    // The contract's part of the gas has no room either: it is burnt.
    world.send_patched(&tx("bob.near", "app.near", [act::call("take", 0)])).ok();
    assert_eq!(world.balance("app.near"), full);
    patch(&mut world, "app.near", NEAR, 0, 50_000);
    assert_eq!(world.balance("app.near"), NEAR);
}

#[test]
fn a_yield_that_pays_a_full_account_when_it_times_out_stops_nothing() {
    let mut world = World::at(88);
    let pay = vec![
        host("promise_batch_create", [text("carol.near")]).keep(0),
        host("promise_batch_action_transfer", [Arg::Kept(0), amount(NEAR)]),
    ];
    let wait = vec![host(
        "promise_yield_create",
        [text("pay"), text(""), Arg::N(30_000_000_000_000), Arg::N(0), Arg::N(0)],
    )];
    let code = contract(&[("wait", wait), ("pay", pay)]);
    world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
    enrich(&mut world, "carol.near");
    world.send_patched(&tx("bob.near", "app.near", [act::call_with("wait", &[], 100, 0)])).ok();
    let before = world.balance("app.near");
    world.tick(205);
    assert_eq!(world.balance("carol.near"), u128::MAX - 1);
    // The payment failed and came back; what is more is the contract's part of the gas.
    assert!(world.balance("app.near") >= before);
    patch(&mut world, "carol.near", NEAR, 0, 182);
    world.send_patched(&tx("bob.near", "carol.near", [act::transfer(1)])).ok();
    assert_eq!(world.balance("carol.near"), NEAR + 1);
}

#[test]
fn storage_that_cannot_be_counted_fails_what_adds_to_it() {
    let mut world = World::at(88);
    let write = vec![host("storage_write", [text("key"), text("value"), Arg::N(0)])];
    let clear = vec![host("storage_remove", [text("key"), Arg::N(0)])];
    let more = vec![host("storage_write", [text("more"), text("value"), Arg::N(0)])];
    let code = contract(&[("write", write), ("clear", clear), ("more", more)]);
    world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
    world.send(&tx("bob.near", "app.near", [act::call("write", 0)])).ok();
    // It stores more than its account says: nearcore stops at this.
    patch(&mut world, "app.near", 1_000 * NEAR, 0, 10);
    for method in ["clear", "write"] {
        let done = world.send_patched(&tx("bob.near", "app.near", [act::call(method, 0)]));
        if method == "clear" {
            overflow(&done.error(), "app.near");
        }
        assert_eq!(world.data("app.near", b"key").unwrap(), b"value");
    }
    let most = u64::MAX - 1;
    patch(&mut world, "app.near", 1_000 * NEAR, 0, most);
    let done = world.send_patched(&tx("bob.near", "app.near", [act::call("more", 0)]));
    overflow(&done.error(), "app.near");
    patch(&mut world, "app.near", 1_000 * NEAR, 0, 10_000);
    world.send_patched(&tx("bob.near", "app.near", [act::call("clear", 0)])).ok();
}

#[test]
fn a_gas_key_that_is_full_takes_no_more() {
    let mut world = World::at(88);
    world.send(&tx("alice.near", "alice.near", [act::add_key("alice/gas", act::gas_full(1))])).ok();
    for _ in 0..256 {
        patch(&mut world, "bob.near", MOST, 0, 182);
        let fund = act::fund("alice/gas", MOST - NEAR);
        world.send_patched(&tx("bob.near", "alice.near", [fund]));
    }
    patch(&mut world, "bob.near", MOST, 0, 182);
    let rest = u128::MAX - world.gas_balance("alice.near", "alice/gas");
    world.send_patched(&tx("bob.near", "alice.near", [act::fund("alice/gas", rest)])).ok();
    assert_eq!(world.gas_balance("alice.near", "alice/gas"), u128::MAX);
    let done = world.send_patched(&tx("bob.near", "alice.near", [act::fund("alice/gas", 1)]));
    overflow(&done.error(), "of alice.near");
    // Refused as too much to burn, whatever the sum over all keys is.
    world.send_patched(&tx(
        "alice.near",
        "alice.near",
        [act::add_key("alice/2", act::gas_full(1))],
    ));
    world.send_patched(&tx("bob.near", "alice.near", [act::fund("alice/2", 7)])).ok();
    let done =
        world.send_patched(&tx("alice.near", "alice.near", [act::delete_account("bob.near")]));
    assert!(matches!(done.error(), ActionErrorKind::GasKeyBalanceTooHigh { .. }));
    let done = world.send_patched(&tx(
        "alice.near",
        "alice.near",
        [act::withdraw("alice/gas", u128::MAX)],
    ));
    overflow(&done.error(), "alice.near has");
}

#[test]
fn an_account_patched_back_to_uninitialized_refuses_and_stops_nothing() {
    let mut world = World::at(88);
    let code = contract(&[("take", vec![])]);
    let account = |id| StateRecord::Account {
        account_id: id,
        account: Account::new_uninitialized(yocto(NEAR), 100, 7),
    };
    // The validator's too: it then has no stake to return, and no reward.
    world.patch(vec![account(id("app.near")), account(id("test.near"))]);
    let done = world.send_patched(&tx("app.near", "app.near", [act::deploy(&code)]));
    assert_eq!(done.error(), ActionErrorKind::AccountNotInitialized { account_id: id("app.near") });
    world.chain.apply(world.chain.fast_forward_input(40_000), 1_735_689_601_000_000_000).unwrap();
    assert!(world.height() > 40_000);
    world.send_patched(&tx("bob.near", "app.near", [act::transfer(1)])).ok();
}

#[test]
fn a_deterministic_account_without_state_takes_none() {
    use near_primitives::deterministic_account_id::{
        DeterministicAccountStateInit, DeterministicAccountStateInitV1,
    };
    let mut world = World::at(88);
    let code = contract(&[("take", vec![])]);
    let deploy =
        act::deploy_global(&code, near_primitives::action::GlobalContractDeployMode::CodeHash);
    world.send(&tx("alice.near", "alice.near", [deploy])).ok();
    let code = near_primitives::action::GlobalContractIdentifier::CodeHash(hash(&code));
    let init = DeterministicAccountStateInitV1 { code, data: Default::default() };
    let init = DeterministicAccountStateInit::V1(init);
    let name = near_primitives::utils::derive_near_deterministic_account_id(&init);
    let account = Account::new_uninitialized(yocto(NEAR), 100, 7);
    world.patch(vec![StateRecord::Account { account_id: name.clone(), account }]);
    let done = world.send_patched(&tx("bob.near", name.as_str(), [act::deterministic(&init, 1)]));
    assert_eq!(done.error(), ActionErrorKind::AccountNotInitialized { account_id: name });
}

#[test]
fn nonces_at_their_end_end_a_key_and_nothing_else() {
    let mut world = World::at(88);
    let access_key = AccessKey { nonce: u64::MAX, ..AccessKey::full_access() };
    let record =
        |nonce: AccessKey| StateRecord::access_key(id("alice.near"), public("alice.near"), nonce);
    world.patch(vec![record(access_key)]);
    let pay = tx("alice.near", "bob.near", [act::transfer(1)]);
    for nonce in [1, u64::MAX] {
        let error = InvalidTxError::InvalidNonce { tx_nonce: nonce, ak_nonce: u64::MAX };
        assert_eq!(world.refused(&pay.clone().nonce(nonce)), error);
        assert_eq!(world.refused(&pay.clone().nonce(nonce).strict()), error);
    }
    world.patch(vec![record(AccessKey::full_access())]);
    world.send_patched(&pay).ok();
}

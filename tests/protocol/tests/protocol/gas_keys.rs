//! Gas keys (NEP-611): adding, funding, withdrawing, deleting.

use keyway_protocol_tests::{NEAR, World, act, fees, id, near, public, tx, yocto};
use near_primitives::account::{AccessKeyPermission, GasKeyInfo};
use near_primitives::action::Action;
use near_primitives::errors::{ActionErrorKind, ActionsValidationError, InvalidTxError};

/// Alice has the gas key `alice/gas` with three nonces.
fn world() -> World {
    let mut world = World::at(88);
    let add = act::add_key("alice/gas", act::gas_full(3));
    world.send(&tx("alice.near", "alice.near", [add])).ok();
    world
}

fn fund(world: &mut World, amount: u128) {
    world.send(&tx("bob.near", "alice.near", [act::fund("alice/gas", amount)])).ok();
}

#[test]
fn a_new_gas_key_has_rows_and_no_balance() {
    let mut world = World::at(88);
    let before = world.balance("alice.near");
    let add = act::add_key("alice/gas", act::gas_full(3));
    let done = world.send(&tx("alice.near", "alice.near", [add])).ok();

    let start = (done.height - 1) * 1_000_000;
    assert_eq!(world.rows("alice.near", "alice/gas"), Some(vec![start; 3]));
    assert_eq!(world.key("alice.near", "alice/gas").unwrap().nonce, 0);
    assert_eq!(world.gas_balance("alice.near", "alice/gas"), 0);
    assert_eq!(world.bytes("alice.near"), 182 + 100 + 3 * 83);

    let sent = fees::RECEIPT + fees::ADD_FULL + 18 * fees::GAS_KEY_BYTE_SEND;
    let later = fees::RECEIPT + fees::ADD_FULL + fees::gas_key_rows_exec("alice.near", 3);
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    assert_eq!(done.first().outcome.gas_burnt.as_gas(), later);
    assert_eq!(before - world.balance("alice.near"), fees::burn(sent + later));
    let refund = u128::from(later) * (fees::PURCHASE - fees::PRICE);
    assert_eq!(done.refunds(), [("alice.near".to_owned(), refund)]);
}

#[test]
fn a_gas_key_may_be_held_to_calls() {
    let mut world = World::at(88);
    let permission = act::gas_calls(2, "app.near", &["play", "claim"]);
    let add = act::add_key("alice/play", permission);
    let done = world.send(&tx("alice.near", "alice.near", [add])).ok();

    let value = 8 + 1 + 18 + 1 + (4 + 8) + 4 + (4 + 4) + (4 + 5);
    assert_eq!(world.bytes("alice.near"), 182 + 33 + value + 40 + 2 * 83);
    let names = (4 + 1) + (5 + 1);
    let sent = fees::RECEIPT + fees::ADD_CALL + names * 1_925_331 + 18 * fees::GAS_KEY_BYTE_SEND;
    let later = fees::RECEIPT
        + fees::ADD_CALL
        + names * 1_925_331
        + fees::gas_key_rows_exec("alice.near", 2);
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    assert_eq!(done.first().outcome.gas_burnt.as_gas(), later);
}

#[test]
fn a_gas_key_may_have_a_thousand_and_twenty_four_nonces() {
    let mut world = World::at(88);
    let add = act::add_key("alice/wide", act::gas_full(1_024));
    world.send(&tx("alice.near", "alice.near", [add])).ok();
    assert_eq!(world.bytes("alice.near"), 182 + 100 + 83 * 1_024);
    assert_eq!(world.rows("alice.near", "alice/wide").map(|rows| rows.len()), Some(1_024));
    world.send(&tx("alice.near", "alice.near", [act::delete_key("alice/wide")])).ok();
    assert_eq!(world.bytes("alice.near"), 182);
}

#[test]
fn the_form_of_gas_keys_is_checked() {
    let mut world = World::at(88);
    let mut refused = |permission: AccessKeyPermission| {
        let add = act::add_key("alice/gas", permission);
        match world.refused(&tx("alice.near", "alice.near", [add])) {
            InvalidTxError::ActionsValidation(error) => error,
            other => panic!("{other:?}"),
        }
    };
    for requested_nonces in [0, 1_025] {
        let error =
            ActionsValidationError::GasKeyInvalidNumNonces { requested_nonces, limit: 1_024 };
        assert_eq!(refused(act::gas_full(requested_nonces)), error);
    }
    let rich = GasKeyInfo { balance: near(1), num_nonces: 1 };
    let error = ActionsValidationError::AddGasKeyWithNonZeroBalance { balance: near(1) };
    assert_eq!(refused(AccessKeyPermission::GasKeyFullAccess(rich.clone())), error);

    // The allowance is looked at before the nonces, and those before the balance.
    let AccessKeyPermission::FunctionCall(limited) = act::calls("app.near", &[], Some(0)) else {
        unreachable!()
    };
    let none = GasKeyInfo { num_nonces: 0, ..rich };
    let error = ActionsValidationError::GasKeyFunctionCallAllowanceNotAllowed;
    assert_eq!(refused(AccessKeyPermission::GasKeyFunctionCall(none.clone(), limited)), error);
    let error =
        ActionsValidationError::GasKeyInvalidNumNonces { requested_nonces: 0, limit: 1_024 };
    assert_eq!(refused(AccessKeyPermission::GasKeyFullAccess(none)), error);
}

#[test]
fn anyone_may_fund_a_gas_key() {
    let mut world = world();
    let (alice, bob) = (world.balance("alice.near"), world.balance("bob.near"));
    let fund = act::fund("alice/gas", 3 * NEAR);
    let done = world.send(&tx("bob.near", "alice.near", [fund])).ok();

    let sent = fees::RECEIPT + fees::gas_key_transfer_send();
    let later = fees::RECEIPT + fees::gas_key_transfer_exec("alice.near");
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    assert_eq!(done.first().outcome.gas_burnt.as_gas(), later);
    assert_eq!(bob - world.balance("bob.near"), 3 * NEAR + fees::burn(sent + later));
    assert_eq!(world.balance("alice.near"), alice);
    assert_eq!(world.gas_balance("alice.near", "alice/gas"), 3 * NEAR);
}

#[test]
fn only_gas_keys_take_funds_and_a_failed_funding_comes_back() {
    for label in ["alice.near", "nobody's"] {
        let mut world = world();
        let before = world.balance("bob.near");
        let done = world.send(&tx("bob.near", "alice.near", [act::fund(label, NEAR)]));
        let public_key = Box::new(public(label));
        let error =
            ActionErrorKind::GasKeyDoesNotExist { account_id: id("alice.near"), public_key };
        assert_eq!(done.error(), error);
        assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR));
        assert!(before - world.balance("bob.near") < NEAR / 1_000);
    }
}

#[test]
fn the_account_withdraws() {
    let mut world = world();
    fund(&mut world, 3 * NEAR);
    let before = world.balance("alice.near");
    let withdraw = act::withdraw("alice/gas", 2 * NEAR);
    let done = world.send(&tx("alice.near", "alice.near", [withdraw])).ok();
    let sent = fees::RECEIPT + fees::gas_key_transfer_send();
    let later = fees::RECEIPT + fees::gas_key_transfer_exec("alice.near");
    assert_eq!(done.burnt(), fees::burn(sent + later));
    assert_eq!(world.balance("alice.near"), before + 2 * NEAR - fees::burn(sent + later));
    assert_eq!(world.gas_balance("alice.near", "alice/gas"), NEAR);
}

#[test]
fn withdrawing_has_its_rules() {
    let mut world = world();
    fund(&mut world, NEAR);
    let account_id = id("alice.near");
    let much = [act::withdraw("alice/gas", NEAR + 1)];
    let error = ActionErrorKind::InsufficientGasKeyBalance {
        account_id: account_id.clone(),
        public_key: Box::new(public("alice/gas")),
        balance: near(1),
        required: yocto(NEAR + 1),
    };
    assert_eq!(world.send(&tx("alice.near", "alice.near", much)).error(), error);

    // Who asks counts before what is asked for.
    let stranger = tx("bob.near", "alice.near", [act::withdraw("nobody's", 1)]);
    let error = ActionErrorKind::ActorNoPermission {
        account_id: account_id.clone(),
        actor_id: id("bob.near"),
    };
    assert_eq!(world.send(&stranger).error(), error);

    let public_key = Box::new(public("alice.near"));
    let error = ActionErrorKind::GasKeyDoesNotExist { account_id, public_key };
    let ordinary = tx("alice.near", "alice.near", [act::withdraw("alice.near", 1)]);
    assert_eq!(world.send(&ordinary).error(), error);
    assert_eq!(world.gas_balance("alice.near", "alice/gas"), NEAR);
}

#[test]
fn deleting_a_gas_key_burns_up_to_one_near() {
    let mut world = world();
    fund(&mut world, NEAR);
    let before = world.balance("alice.near");
    let done = world.send(&tx("alice.near", "alice.near", [act::delete_key("alice/gas")])).ok();
    let fees = fees::burn(2 * (fees::RECEIPT + fees::DELETE_KEY));
    assert_eq!(done.burnt(), NEAR + fees);
    assert_eq!(before - world.balance("alice.near"), fees);
    assert_eq!(world.bytes("alice.near"), 182);
    assert_eq!(world.key("alice.near", "alice/gas"), None);
}

#[test]
fn deleting_a_gas_key_that_holds_more_is_refused() {
    let mut world = world();
    fund(&mut world, NEAR + 1);
    let done = world.send(&tx("alice.near", "alice.near", [act::delete_key("alice/gas")]));
    let error = ActionErrorKind::GasKeyBalanceTooHigh {
        account_id: id("alice.near"),
        public_key: Some(Box::new(public("alice/gas"))),
        balance: yocto(NEAR + 1),
    };
    assert_eq!(done.error(), error);
    assert_eq!(world.rows("alice.near", "alice/gas").map(|rows| rows.len()), Some(3));

    // Withdrawn first, in the same transaction, it goes.
    let actions = [act::withdraw("alice/gas", NEAR + 1), act::delete_key("alice/gas")];
    world.send(&tx("alice.near", "alice.near", actions)).ok();
    assert_eq!(world.key("alice.near", "alice/gas"), None);
}

/// Two gas keys, each of which could be deleted.
fn two_keys(first: u128, second: u128) -> World {
    let mut world = world();
    let add = act::add_key("alice/gas2", act::gas_full(1));
    world.send(&tx("alice.near", "alice.near", [add])).ok();
    let funds = [act::fund("alice/gas", first), act::fund("alice/gas2", second)];
    world.send(&tx("bob.near", "alice.near", funds)).ok();
    world
}

#[test]
fn deleting_an_account_burns_its_gas_keys_up_to_one_near_together() {
    let mut world = two_keys(NEAR / 2, NEAR / 2);
    let (alice, bob) = (world.balance("alice.near"), world.balance("bob.near"));
    let done = world.send(&tx("alice.near", "alice.near", [act::delete_account("bob.near")])).ok();
    assert_eq!(world.find("alice.near"), None);
    assert_eq!(world.rows("alice.near", "alice/gas"), None);
    let (sent, later) =
        (fees::RECEIPT + fees::DELETE_ACCOUNT, fees::RECEIPT + fees::DELETE_ACCOUNT);
    assert_eq!(world.balance("bob.near") - bob, alice - fees::prepaid(sent, later));
    assert_eq!(done.burnt(), NEAR + fees::burn(sent + later));
}

#[test]
fn an_account_whose_gas_keys_hold_more_is_not_deleted() {
    let mut world = two_keys(NEAR / 2, NEAR / 2 + 1);
    let done = world.send(&tx("alice.near", "alice.near", [act::delete_account("bob.near")]));
    let error = ActionErrorKind::GasKeyBalanceTooHigh {
        account_id: id("alice.near"),
        public_key: None,
        balance: yocto(NEAR + 1),
    };
    assert_eq!(done.error(), error);
    assert!(world.find("alice.near").is_some());
}

#[test]
fn an_added_again_gas_key_begins_anew() {
    let mut world = world();
    fund(&mut world, NEAR / 2);
    let again = act::add_key("alice/gas", act::gas_full(2));
    let actions: [Action; 2] = [act::delete_key("alice/gas"), again];
    let done = world.send(&tx("alice.near", "alice.near", actions)).ok();
    let start = (done.height - 1) * 1_000_000;
    assert_eq!(world.rows("alice.near", "alice/gas"), Some(vec![start; 2]));
    assert_eq!(world.gas_balance("alice.near", "alice/gas"), 0);
    assert_eq!(world.bytes("alice.near"), 182 + 100 + 2 * 83);
    let third = tx("alice.near", "bob.near", []).by("alice/gas").row(2);
    let error = InvalidTxError::InvalidNonceIndex { tx_nonce_index: Some(2), num_nonces: 2 };
    assert_eq!(world.refused(&third), error);
}

#[test]
fn a_failed_receipt_keeps_the_gas_key_it_wanted_to_delete() {
    let mut world = world();
    fund(&mut world, NEAR / 2);
    let bytes = world.bytes("alice.near");
    let actions = [act::delete_key("alice/gas"), act::delete_key("nobody's")];
    let done = world.send(&tx("alice.near", "alice.near", actions));
    assert!(matches!(
        done.failure(),
        Some((Some(1), ActionErrorKind::DeleteKeyDoesNotExist { .. }))
    ));
    assert_eq!(world.gas_balance("alice.near", "alice/gas"), NEAR / 2);
    assert_eq!(world.bytes("alice.near"), bytes);
    assert_eq!(world.rows("alice.near", "alice/gas").map(|rows| rows.len()), Some(3));
}

#[test]
fn other_curves_have_other_rows() {
    // What the trie holds of a key: 65 bytes of secp256k1, a hash of 33 bytes of ML-DSA-65.
    for (label, len) in [("secp256k1:gas", 65), ("ml-dsa-65:gas", 33)] {
        let mut world = World::at(88);
        let add = act::add_key(label, act::gas_full(2));
        world.send(&tx("alice.near", "alice.near", [add])).ok();
        assert_eq!(world.bytes("alice.near"), 182 + len + 27 + 40 + 2 * (len + 50), "{label}");
        let done = world.send(&tx("bob.near", "alice.near", [act::fund(label, NEAR)])).ok();
        let sent = fees::GAS_KEY_TRANSFER_SEND + len * fees::GAS_KEY_BYTE_SEND;
        let row = 1 + 10 + 1 + len + 27;
        let exec = fees::GAS_KEY_TRANSFER_EXEC + row * fees::GAS_KEY_BYTE_EXEC;
        assert_eq!(done.transaction.gas_burnt.as_gas(), fees::RECEIPT + sent, "{label}");
        assert_eq!(done.first().outcome.gas_burnt.as_gas(), fees::RECEIPT + exec, "{label}");
        let pay = tx("alice.near", "bob.near", [act::transfer(1)]).by(label).row(1);
        world.send(&pay).ok();
        world.send(&tx("alice.near", "alice.near", [act::delete_key(label)])).ok();
        assert_eq!(world.bytes("alice.near"), 182);
    }
}

#[test]
fn bytes_of_method_names_cost_more_when_sent_to_another_account() {
    let mut world = World::at(88);
    let add = act::add_key("sub/app", act::calls("app.near", &["play", "claim"], None));
    let before = world.balance("alice.near");
    let create = tx("alice.near", "sub.alice.near", [act::create(), add]);
    let done = world.send(&create).ok();
    let names = (4 + 1) + (5 + 1);
    let sent = fees::RECEIPT + fees::CREATE_SEND + fees::ADD_CALL + names * 47_683_715;
    let later = fees::RECEIPT + fees::CREATE_EXEC + fees::ADD_CALL + names * 1_925_331;
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    let creation = fees::NEW_ACCOUNT - fees::burn(fees::CREATE_EXEC);
    assert_eq!(before - world.balance("alice.near"), fees::burn(sent + later) + creation);
}

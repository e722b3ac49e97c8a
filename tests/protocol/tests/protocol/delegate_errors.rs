//! Meta transactions: every refusal, in the protocol's order, each with the next rule broken too.

use crate::delegate::{delegation, relay};
use keyway_protocol_tests::act::Delegation;
use keyway_protocol_tests::{NEAR, World, act, id, public, tx};
use near_primitives::action::Action;
use near_primitives::errors::{
    ActionErrorKind, ActionsValidationError, InvalidAccessKeyError, InvalidTxError,
};

/// Alice has a call key, a gas key of two rows, and a gas key for calls.
fn world(version: u32) -> World {
    let mut world = World::at(version);
    let keys = [
        act::add_key("alice/app", act::calls("app.near", &["play"], None)),
        act::add_key("alice/gas", act::gas_full(2)),
        act::add_key("alice/gas-app", act::gas_calls(1, "app.near", &["play"])),
    ];
    world.send(&tx("alice.near", "alice.near", keys)).ok();
    world
}

#[track_caller]
fn error(world: &mut World, action: Action) -> ActionErrorKind {
    world.send(&relay(action)).error()
}

#[track_caller]
fn denied(world: &mut World, action: Action) -> InvalidAccessKeyError {
    match error(world, action) {
        ActionErrorKind::DelegateActionAccessKeyError(denied) => denied,
        other => panic!("{other:?}"),
    }
}

fn transfer(world: &World, key: &str) -> Delegation {
    delegation(world, key, "carol.near", [act::transfer(NEAR)])
}

#[test]
fn the_signature_comes_first() {
    let mut world = world(88);
    let mut late = transfer(&world, "alice.near");
    late.max_height = 1;
    let Action::Delegate(mut forged) = late.v1() else { unreachable!() };
    forged.delegate_action.nonce += 1;
    let error = error(&mut world, Action::Delegate(forged));
    assert_eq!(error, ActionErrorKind::DelegateActionInvalidSignature);
}

#[test]
fn then_the_height() {
    let mut world = world(88);
    let mut late = transfer(&world, "alice.near");
    late.max_height = 1;
    late.sender = "carol.near".to_owned();
    assert_eq!(error(&mut world, late.v1()), ActionErrorKind::DelegateActionExpired);
}

#[test]
fn then_the_sender() {
    let mut world = world(88);
    let mut other = transfer(&world, "nobody's");
    other.sender = "carol.near".to_owned();
    let wanted = ActionErrorKind::DelegateActionSenderDoesNotMatchTxReceiver {
        sender_id: id("carol.near"),
        receiver_id: id("alice.near"),
    };
    assert_eq!(error(&mut world, other.v1()), wanted);
}

#[test]
fn then_the_key() {
    let mut world = world(88);
    let mut unknown = transfer(&world, "nobody's");
    unknown.nonce = 0;
    let wanted = InvalidAccessKeyError::AccessKeyNotFound {
        account_id: id("alice.near"),
        public_key: Box::new(public("nobody's")),
    };
    assert_eq!(denied(&mut world, unknown.v1()), wanted);
}

#[test]
fn then_its_kind() {
    let mut world = world(86);
    let gas = transfer(&world, "alice/gas");
    let wanted = InvalidAccessKeyError::DelegateActionRequiresNonGasKey;
    assert_eq!(denied(&mut world, gas.v1()), wanted);
    let gas = transfer(&world, "alice/gas");
    assert_eq!(denied(&mut world, gas.v2(None)), wanted);
    let mut ordinary = transfer(&world, "alice.near");
    ordinary.nonce = 0;
    let wanted = InvalidAccessKeyError::DelegateActionRequiresGasKey;
    assert_eq!(denied(&mut world, ordinary.v2(Some(7))), wanted);
}

#[test]
fn then_the_row() {
    let mut world = world(86);
    let mut gas = transfer(&world, "alice/gas");
    gas.nonce = 0;
    let wanted = ActionErrorKind::DelegateActionInvalidNonceIndex { nonce_index: 2, num_nonces: 2 };
    assert_eq!(error(&mut world, gas.v2(Some(2))), wanted);
}

#[test]
fn then_the_nonce() {
    let mut world = world(88);
    let mut old = transfer(&world, "alice/app");
    old.nonce -= 1;
    let wanted = ActionErrorKind::DelegateActionInvalidNonce {
        delegate_nonce: old.nonce,
        ak_nonce: old.nonce,
    };
    assert_eq!(error(&mut world, old.v1()), wanted);
}

#[test]
fn then_its_bound() {
    let mut world = world(88);
    let mut high = transfer(&world, "alice/app");
    // The receipt runs two blocks above the head.
    let upper_bound = (world.height() + 2) * 1_000_000;
    high.nonce = upper_bound;
    let wanted =
        ActionErrorKind::DelegateActionNonceTooLarge { delegate_nonce: upper_bound, upper_bound };
    assert_eq!(error(&mut world, high.v1()), wanted);
    let mut highest = transfer(&world, "alice.near");
    highest.nonce = (world.height() + 2) * 1_000_000 - 1;
    world.send(&relay(highest.v1())).ok();
}

#[test]
fn then_the_permission_from_85_with_the_deposit_before_the_receiver() {
    let mut world = world(88);
    let mut by_key = |receiver: &str, actions: &[Action]| {
        let signed = delegation(&world, "alice/app", receiver, actions).v1();
        denied(&mut world, signed)
    };
    use InvalidAccessKeyError as Denied;
    assert_eq!(by_key("carol.near", &[act::transfer(1)]), Denied::RequiresFullAccess);
    let two = [act::call("play", 0), act::call("play", 0)];
    assert_eq!(by_key("app.near", &two), Denied::RequiresFullAccess);
    assert_eq!(by_key("app.near", &[]), Denied::RequiresFullAccess);
    let deposit = by_key("carol.near", &[act::call("steal", 1)]);
    assert_eq!(deposit, Denied::DepositWithFunctionCall);
    let wanted = Denied::ReceiverMismatch {
        tx_receiver: id("carol.near"),
        ak_receiver: "app.near".to_owned(),
    };
    assert_eq!(by_key("carol.near", &[act::call("steal", 0)]), wanted);
    let wanted = Denied::MethodNameMismatch { method_name: "steal".to_owned() };
    assert_eq!(by_key("app.near", &[act::call("steal", 0)]), wanted);
}

#[test]
fn before_85_a_deposit_is_named_only_when_nothing_else_is_wrong() {
    let mut world = World::at(84);
    let key = act::add_key("alice/app", act::calls("app.near", &["play"], None));
    world.send(&tx("alice.near", "alice.near", [key])).ok();
    let mut by_key = |receiver: &str, call: Action| {
        let signed = delegation(&world, "alice/app", receiver, [call]).v1();
        denied(&mut world, signed)
    };
    use InvalidAccessKeyError as Denied;
    assert!(matches!(by_key("carol.near", act::call("play", 1)), Denied::ReceiverMismatch { .. }));
    assert!(matches!(by_key("app.near", act::call("steal", 1)), Denied::MethodNameMismatch { .. }));
    assert_eq!(by_key("app.near", act::call("play", 1)), Denied::DepositWithFunctionCall);
}

#[test]
fn a_refused_delegate_returns_the_deposit_to_the_relayer() {
    let mut world = world(88);
    let (alice, bob) = (world.balance("alice.near"), world.balance("bob.near"));
    let mut old = transfer(&world, "alice.near");
    old.nonce -= 1;
    let done = world.send(&relay(old.v1()));
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR));
    assert_eq!(world.balance("alice.near"), alice);
    assert!(bob - world.balance("bob.near") < NEAR / 100);
}

#[test]
fn a_gas_key_delegates_at_85_and_86_with_a_row() {
    for version in [85, 86] {
        let mut world = world(version);
        let rows = world.rows("alice.near", "alice/gas").unwrap();
        let mut signed = transfer(&world, "alice/gas");
        signed.nonce = rows[1] + 1;
        let carol = world.balance("carol.near");
        world.send(&relay(signed.v2(Some(1)))).ok();
        assert_eq!(world.balance("carol.near") - carol, NEAR);
        assert_eq!(world.rows("alice.near", "alice/gas"), Some(vec![rows[0], rows[1] + 1]));
        let ordinary = transfer(&world, "alice.near");
        world.send(&relay(ordinary.v2(None))).ok();
        assert_eq!(world.key("alice.near", "alice.near").unwrap().nonce, ordinary.nonce);
    }
}

#[test]
fn a_gas_key_for_calls_delegates_those_calls_only() {
    let mut world = world(86);
    let mut signed = transfer(&world, "alice/gas-app");
    signed.nonce = world.rows("alice.near", "alice/gas-app").unwrap()[0] + 1;
    let denied = denied(&mut world, signed.v2(Some(0)));
    assert_eq!(denied, InvalidAccessKeyError::RequiresFullAccess);
}

#[test]
fn delegates_of_the_second_version_are_refused_from_87_and_before_85() {
    for version in [84, 87, 88] {
        let mut world = World::at(version);
        let signed = transfer(&world, "alice.near");
        let protocol_feature = "DelegateV2".to_owned();
        let wanted = match version {
            84 => ActionsValidationError::UnsupportedProtocolFeature { protocol_feature, version },
            _ => ActionsValidationError::RemovedProtocolFeature { protocol_feature, version },
        };
        let refused = world.refused(&relay(signed.v2(None)));
        assert_eq!(refused, InvalidTxError::ActionsValidation(wanted));
    }
}

#[test]
fn withdrawing_from_a_gas_key_in_a_delegate_ends_with_87() {
    for version in [86, 87] {
        let mut world = world(version);
        world.send(&tx("bob.near", "alice.near", [act::fund("alice/gas", NEAR)])).ok();
        let withdraw = act::withdraw("alice/gas", NEAR);
        let signed = relay(delegation(&world, "alice.near", "alice.near", [withdraw]).v1());
        if version == 86 {
            world.send(&signed).ok();
            assert_eq!(world.gas_balance("alice.near", "alice/gas"), 0);
        } else {
            let wanted = ActionsValidationError::WithdrawFromGasKeyNotAllowedInDelegate;
            assert_eq!(world.refused(&signed), InvalidTxError::ActionsValidation(wanted));
        }
    }
}

#[test]
fn the_number_of_inner_actions_comes_before_the_withdrawal() {
    for version in [86, 87, 88] {
        let mut world = world(version);
        let mut many = vec![act::withdraw("alice/gas", NEAR)];
        many.resize(101, act::transfer(1));
        let signed = relay(delegation(&world, "alice.near", "alice.near", many).v1());
        let wanted = ActionsValidationError::TotalNumberOfActionsExceeded {
            total_number_of_actions: 101,
            limit: 100,
        };
        assert_eq!(world.refused(&signed), InvalidTxError::ActionsValidation(wanted));
    }
}

#[test]
fn inner_actions_are_checked_for_their_form() {
    let mut world = world(88);
    let early = [act::delete_account("bob.near"), act::transfer(1)];
    let signed = delegation(&world, "alice.near", "alice.near", early);
    let wanted = ActionsValidationError::DeleteActionMustBeFinal;
    assert_eq!(world.refused(&relay(signed.v1())), InvalidTxError::ActionsValidation(wanted));
}

//! Meta transactions (NEP-366): what a delegate action does, and who pays.

use keyway_protocol_tests::act::Delegation;
use keyway_protocol_tests::script::{Arg, contract, host, text};
use keyway_protocol_tests::{NEAR, World, act, fees, tx};
use near_primitives::action::Action;
use near_primitives::errors::{ActionErrorKind, ActionsValidationError, InvalidTxError};
use near_primitives::types::Gas;

pub(crate) fn delegation(
    world: &World,
    key: &str,
    receiver: &str,
    actions: impl Into<Vec<Action>>,
) -> Delegation {
    Delegation {
        sender: "alice.near".to_owned(),
        key: key.to_owned(),
        receiver: receiver.to_owned(),
        actions: actions.into(),
        nonce: world.key("alice.near", key).map_or(1, |key| key.nonce + 1),
        max_height: world.height() + 10,
    }
}

/// Bob relays for Alice.
pub(crate) fn relay(action: Action) -> keyway_protocol_tests::Tx {
    tx("bob.near", "alice.near", [action])
}

#[test]
fn the_relayer_pays_and_the_sender_acts() {
    let mut world = World::at(88);
    let (alice, bob) = (world.balance("alice.near"), world.balance("bob.near"));
    let carol = world.balance("carol.near");
    let signed = delegation(&world, "alice.near", "carol.near", [act::transfer(NEAR)]);
    let done = world.send(&relay(signed.v1())).ok();

    let sent = fees::RECEIPT + fees::DELEGATE + fees::TRANSFER;
    let later = fees::TRANSFER + 2 * fees::RECEIPT + fees::DELEGATE + fees::TRANSFER;
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    assert_eq!(bob - world.balance("bob.near"), NEAR + fees::burn(sent + later));
    assert_eq!(world.balance("alice.near"), alice);
    assert_eq!(world.balance("carol.near") - carol, NEAR);
    assert_eq!(world.key("alice.near", "alice.near").unwrap().nonce, signed.nonce);
    assert!(done.refunds().iter().all(|(to, _)| to == "bob.near"));

    let inner = &done.receipts[1].receipt;
    assert_eq!(inner.predecessor_id(), "alice.near");
    let near_primitives::receipt::ReceiptEnum::Action(inner) = inner.receipt() else {
        panic!("a first-version receipt: {inner:?}")
    };
    assert_eq!(inner.signer_id, "bob.near");
    assert_eq!(inner.signer_public_key, keyway_protocol_tests::public("bob.near"));
}

#[test]
fn a_delegate_of_nothing_and_one_to_oneself_run() {
    let mut world = World::at(88);
    let nothing = delegation(&world, "alice.near", "carol.near", []);
    world.send(&relay(nothing.v1())).ok();
    let key = act::add_key("alice/new", act::full());
    let own = delegation(&world, "alice.near", "alice.near", [key]);
    world.send(&relay(own.v1())).ok();
    assert!(world.key("alice.near", "alice/new").is_some());
}

#[test]
fn a_call_key_delegates_without_its_allowance() {
    let mut world = World::at(88);
    let code = contract(&[(
        "who",
        vec![
            host("predecessor_account_id", [Arg::N(0)]),
            host("storage_write", [text("from"), Arg::Register(0), Arg::N(1)]),
            host("signer_account_id", [Arg::N(0)]),
            host("storage_write", [text("signer"), Arg::Register(0), Arg::N(1)]),
        ],
    )]);
    world.send(&tx("app.near", "app.near", [act::deploy(&code)])).ok();
    let permission = act::calls("app.near", &["who"], Some(0));
    let add = act::add_key("alice/app", permission);
    world.send(&tx("alice.near", "alice.near", [add])).ok();
    let nonce = world.key("alice.near", "alice/app").unwrap().nonce;

    let signed = delegation(&world, "alice/app", "app.near", [act::call("who", 0)]);
    world.send(&relay(signed.v1())).ok();
    assert_eq!(world.data("app.near", b"from").unwrap(), b"alice.near");
    assert_eq!(world.data("app.near", b"signer").unwrap(), b"bob.near");
    assert_eq!(world.allowance("alice.near", "alice/app"), Some(0));
    assert_eq!(world.key("alice.near", "alice/app").unwrap().nonce, nonce + 1);
}

#[test]
fn when_the_inner_receipt_fails_the_nonce_is_gone_and_the_deposit_goes_to_the_sender() {
    let mut world = World::at(88);
    let (alice, bob) = (world.balance("alice.near"), world.balance("bob.near"));
    let signed = delegation(&world, "alice.near", "nobody.near", [act::transfer(NEAR)]);
    let done = world.send(&relay(signed.v1()));
    assert!(matches!(done.error(), ActionErrorKind::AccountDoesNotExist { .. }));
    assert_eq!(world.balance("alice.near") - alice, NEAR);
    let sent = fees::RECEIPT + fees::DELEGATE + fees::TRANSFER;
    let later = fees::TRANSFER + 2 * fees::RECEIPT + fees::DELEGATE + fees::TRANSFER;
    assert_eq!(bob - world.balance("bob.near"), NEAR + fees::burn(sent + later));
    assert_eq!(world.key("alice.near", "alice.near").unwrap().nonce, signed.nonce);

    let again = world.send(&relay(signed.v1())).error();
    assert!(matches!(again, ActionErrorKind::DelegateActionInvalidNonce { .. }));
}

#[test]
fn when_a_sibling_fails_the_delegate_can_be_replayed() {
    let mut world = World::at(88);
    let (alice, bob) = (world.balance("alice.near"), world.balance("bob.near"));
    let signed = delegation(&world, "alice.near", "carol.near", [act::transfer(NEAR)]);
    let nonce = world.key("alice.near", "alice.near").unwrap().nonce;
    // Bob may not add keys to Alice's account.
    let sibling = act::add_key("bob/steals", act::full());
    let done = world.send(&tx("bob.near", "alice.near", [signed.v1(), sibling]));
    assert!(matches!(done.failure(), Some((Some(1), ActionErrorKind::ActorNoPermission { .. }))));
    assert_eq!(world.key("alice.near", "alice.near").unwrap().nonce, nonce);
    assert_eq!(world.balance("alice.near"), alice, "the deposit goes to the relayer");
    assert!(bob - world.balance("bob.near") < NEAR / 100);

    let carol = world.balance("carol.near");
    world.send(&relay(signed.v1())).ok();
    assert_eq!(world.balance("carol.near") - carol, NEAR);
}

#[test]
fn a_delegate_may_stand_among_other_actions_but_not_twice() {
    let mut world = World::at(88);
    let alice = world.balance("alice.near");
    let signed = delegation(&world, "alice.near", "carol.near", [act::transfer(NEAR)]).v1();
    let twice = tx("bob.near", "alice.near", [signed.clone(), signed.clone()]);
    let error = ActionsValidationError::DelegateActionMustBeOnlyOne;
    assert_eq!(world.refused(&twice), InvalidTxError::ActionsValidation(error));
    world.send(&tx("bob.near", "alice.near", [act::transfer(5 * NEAR), signed])).ok();
    assert_eq!(world.balance("alice.near") - alice, 5 * NEAR);
}

#[test]
fn the_last_height_still_counts() {
    let mut world = World::at(88);
    let mut signed = delegation(&world, "alice.near", "carol.near", [act::transfer(1)]);
    // The transaction stands in the next block, its receipt runs in the one after.
    signed.max_height = world.height() + 2;
    world.send(&relay(signed.v1())).ok();
    let mut late = delegation(&world, "alice.near", "carol.near", [act::transfer(1)]);
    late.max_height = world.height() + 1;
    let error = world.send_by_hand(&relay(late.v1())).error();
    assert_eq!(error, ActionErrorKind::DelegateActionExpired);
}

#[test]
fn a_delegate_action_outlives_the_blocks_of_other_transactions() {
    let mut world = World::at(88);
    let mut signed = delegation(&world, "alice.near", "carol.near", [act::transfer(1)]);
    signed.max_height = world.height() + 100;
    let mut spare = delegation(&world, "alice.near", "carol.near", [act::transfer(2)]);
    spare.max_height = signed.max_height;
    spare.nonce = signed.nonce + 1;
    for _ in 0..40 {
        world.send(&tx("bob.near", "carol.near", [act::transfer(1)])).ok();
    }
    assert!(world.height() > signed.max_height);
    world.send(&relay(signed.v1())).ok();
    world.tick(1);
    let error = world.send(&relay(spare.v1())).error();
    assert_eq!(error, ActionErrorKind::DelegateActionExpired, "a block was asked for");
}

#[test]
fn a_sender_may_relay_for_itself() {
    let mut world = World::at(88);
    let alice = world.balance("alice.near");
    let mut signed = delegation(&world, "alice.near", "carol.near", [act::transfer(NEAR)]);
    // Its transaction uses up the nonce before.
    signed.nonce += 1;
    world.send(&tx("alice.near", "alice.near", [signed.v1()])).ok();
    let sent = fees::RECEIPT + fees::DELEGATE + fees::TRANSFER;
    let later = fees::TRANSFER + 2 * fees::RECEIPT + fees::DELEGATE + fees::TRANSFER;
    assert_eq!(alice - world.balance("alice.near"), NEAR + fees::burn(sent + later));
}

#[test]
fn the_inner_receiver_decides_what_the_inner_actions_cost() {
    let mut world = World::at(88);
    let bob = world.balance("bob.near");
    let implicit = "a".repeat(64);
    let signed = delegation(&world, "alice.near", &implicit, [act::transfer(NEAR)]);
    world.send(&relay(signed.v1())).ok();
    let implicit_send = fees::TRANSFER + fees::CREATE_SEND + fees::ADD_FULL;
    let implicit_exec = fees::TRANSFER + fees::CREATE_EXEC + fees::ADD_FULL;
    let sent = fees::RECEIPT + fees::DELEGATE + implicit_send;
    let later = implicit_send + 2 * fees::RECEIPT + fees::DELEGATE + implicit_exec;
    let creation = fees::NEW_ACCOUNT - fees::burn(fees::CREATE_EXEC);
    assert_eq!(bob - world.balance("bob.near"), NEAR + fees::burn(sent + later) + creation);
    assert_eq!(world.balance(&implicit), NEAR);
}

#[test]
fn a_delegates_signature_by_ml_dsa_burns_more() {
    let mut world = World::at(88);
    let add = act::add_key("ml-dsa-65:alice", act::full());
    world.send(&tx("alice.near", "alice.near", [add])).ok();
    let signed = delegation(&world, "ml-dsa-65:alice", "carol.near", [act::transfer(NEAR)]);
    let done = world.send(&relay(signed.v1())).ok();
    let sent = fees::RECEIPT + fees::DELEGATE + fees::TRANSFER + fees::ML_DSA_SIGNATURE;
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
}

#[test]
fn gas_inside_and_beside_a_delegate_adds_up() {
    let mut world = World::at(88);
    let call = |tgas| act::call_with("play", &[], tgas, 0);
    let both = |world: &World, inner, outer| {
        let signed = delegation(world, "alice.near", "carol.near", [call(inner)]);
        tx("bob.near", "alice.near", [signed.v1(), call(outer)])
    };
    let most = both(&world, 600, 400);
    assert_eq!(world.chain.admit(&world.sign(&most)), Ok(()));
    let more = both(&world, 600, 401);
    let error = ActionsValidationError::TotalPrepaidGasExceeded {
        total_prepaid_gas: Gas::from_teragas(1_001),
        limit: Gas::from_teragas(1_000),
    };
    assert_eq!(world.refused(&more), InvalidTxError::ActionsValidation(error));
}

#[test]
fn a_delegated_call_prepays_its_gas_and_returns_the_rest_to_the_relayer() {
    let mut world = World::at(88);
    let (alice, bob) = (world.balance("alice.near"), world.balance("bob.near"));
    let call = act::call_with("play", &[], 100, NEAR);
    let signed = delegation(&world, "alice.near", "carol.near", [call]);
    // Carol has no contract: the call fails, its deposit goes to the sender.
    let done = world.send(&relay(signed.v1()));
    assert!(matches!(done.error(), ActionErrorKind::FunctionCallError(_)));
    assert_eq!(world.balance("alice.near"), alice + NEAR);
    let inner_send = fees::CALL_SEND + 4 * fees::CALL_BYTE_SEND;
    let sent = fees::RECEIPT + fees::DELEGATE + fees::CALL_SEND + 4 * fees::CALL_BYTE_SEND;
    let exec = fees::CALL_EXEC + 4 * fees::CALL_BYTE;
    let later = inner_send + 2 * fees::RECEIPT + fees::DELEGATE + exec;
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    assert_eq!(bob - world.balance("bob.near"), NEAR + fees::burn(sent + later));
}

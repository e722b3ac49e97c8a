//! Deleted accounts: what goes, what comes back, and where tokens in flight end.

use crate::globals::says;
use keyway_protocol_tests::script::{Arg, contract, host, text};
use keyway_protocol_tests::{NEAR, World, act, fees, id, tx, yocto};
use near_primitives::errors::{ActionErrorKind, CompilationError, FunctionCallError};

/// Creates `sub.alice.near` with a key, code and some data.
fn sub(world: &mut World) {
    let code = contract(&[
        ("store", vec![host("storage_write", [text("k"), text("v"), Arg::N(0)])]),
        ("hello", vec![host("log_utf8", [text("hi")])]),
    ]);
    let actions = [
        act::create(),
        act::transfer(5 * NEAR),
        act::add_key("sub", act::full()),
        act::add_key("sub/app", act::calls("app.near", &[], None)),
        act::deploy(&code),
        act::call("store", 0),
    ];
    world.send(&tx("alice.near", "sub.alice.near", actions)).ok();
    assert!(world.data("sub.alice.near", b"k").is_some());
}

fn delete(world: &mut World, beneficiary: &str) -> keyway_protocol_tests::Done {
    let delete = tx("sub.alice.near", "sub.alice.near", [act::delete_account(beneficiary)]);
    world.send(&delete.by("sub")).ok()
}

#[test]
fn everything_goes_and_a_new_account_of_the_name_has_nothing_of_it() {
    let mut world = World::at(88);
    sub(&mut world);
    delete(&mut world, "bob.near");
    assert_eq!(world.find("sub.alice.near"), None);
    assert_eq!(world.data("sub.alice.near", b"k"), None);
    assert_eq!(world.key("sub.alice.near", "sub"), None);

    world.send(&tx("alice.near", "sub.alice.near", [act::create()])).ok();
    assert_eq!(world.bytes("sub.alice.near"), 100);
    assert_eq!(world.key("sub.alice.near", "sub/app"), None);
    let hello = world.send(&tx("bob.near", "sub.alice.near", [act::call("hello", 0)]));
    let error = CompilationError::CodeDoesNotExist { account_id: id("sub.alice.near") };
    let error = FunctionCallError::CompilationError(error);
    assert_eq!(hello.error(), ActionErrorKind::FunctionCallError(error));
}

#[test]
fn the_beneficiary_gets_the_balance_and_the_gas_refund_is_burnt() {
    let mut world = World::at(88);
    sub(&mut world);
    let (bob, had) = (world.balance("bob.near"), world.balance("sub.alice.near"));
    let supply = world.chain.head().header.total_supply().as_yoctonear();
    delete(&mut world, "bob.near");
    let gas = fees::RECEIPT + fees::DELETE_ACCOUNT;
    let prepaid = fees::prepaid(gas, gas);
    assert_eq!(world.balance("bob.near") - bob, had - prepaid);
    world.tick(2);
    let now = world.chain.head().header.total_supply().as_yoctonear();
    assert_eq!(supply - now, prepaid, "the refund found no account");
}

#[test]
fn a_missing_or_deleted_beneficiary_burns_the_balance() {
    let implicit = "b".repeat(64);
    for beneficiary in ["nobody.near", "sub.alice.near", &implicit] {
        let mut world = World::at(88);
        sub(&mut world);
        let had = world.balance("sub.alice.near");
        let supply = world.chain.head().header.total_supply().as_yoctonear();
        delete(&mut world, beneficiary);
        assert_eq!(world.find(beneficiary), None);
        world.tick(2);
        let now = world.chain.head().header.total_supply().as_yoctonear();
        assert_eq!(supply - now, had, "{beneficiary}");
    }
}

#[test]
fn a_refund_in_flight_reaches_an_account_made_anew() {
    let mut world = World::at(88);
    sub(&mut world);
    let leave = tx("sub.alice.near", "sub.alice.near", [act::delete_account("bob.near")]).by("sub");
    let create = tx("alice.near", "sub.alice.near", [act::create()]);
    // The deletion runs at once; its refunds and the creation run in the next block.
    let (first, state) = world.block_of(&[world.sign(&leave), world.sign(&create)]);
    let (_, state) = world.block_after(&state, 2, first.outgoing);
    let account = keyway_state::read::account(&state, &id("sub.alice.near")).unwrap().unwrap();
    let gas = fees::RECEIPT + fees::DELETE_ACCOUNT;
    let refund = u128::from(gas) * (fees::PURCHASE - fees::PRICE);
    assert_eq!(account.amount(), yocto(refund));
    assert_eq!(account.storage_usage(), 100);
}

#[test]
fn an_account_with_much_data_is_not_deleted() {
    let mut world = World::at(88);
    let big = "x".repeat(9_900);
    let code =
        contract(&[("store", vec![host("storage_write", [text("k"), text(&big), Arg::N(0)])])]);
    world.send(&tx("bob.near", "bob.near", [act::deploy(&code), act::call("store", 0)])).ok();
    // Code does not count: 182 + 9,900 + 41 does.
    let done = world.send(&tx("bob.near", "bob.near", [act::delete_account("alice.near")]));
    let error = ActionErrorKind::DeleteAccountWithLargeState { account_id: id("bob.near") };
    assert_eq!(done.error(), error);
}

#[test]
fn big_code_is_no_reason_against_deletion() {
    let mut world = World::at(88);
    let code = says(&"x".repeat(12_000));
    world.send(&tx("bob.near", "bob.near", [act::deploy(&code)])).ok();
    assert!(world.bytes("bob.near") > 10_000);
    world.send(&tx("bob.near", "bob.near", [act::delete_account("alice.near")])).ok();
}

#[test]
fn a_staking_account_stays() {
    let mut world = World::at(88);
    let done = world.send(&tx("test.near", "test.near", [act::delete_account("alice.near")]));
    let error = ActionErrorKind::DeleteAccountStaking { account_id: id("test.near") };
    assert_eq!(done.error(), error);
}

#[test]
fn create_transfer_and_delete_in_one_batch_is_legal() {
    let mut world = World::at(88);
    let before = world.balance("alice.near");
    let actions = [act::create(), act::transfer(NEAR), act::delete_account("alice.near")];
    let done = world.send(&tx("alice.near", "sub.alice.near", actions)).ok();
    assert_eq!(world.find("sub.alice.near"), None);
    assert_eq!(done.refunds()[0], ("alice.near".to_owned(), NEAR));
    let sent = fees::RECEIPT + fees::CREATE_SEND + fees::TRANSFER + fees::DELETE_ACCOUNT;
    let later = fees::RECEIPT + fees::CREATE_EXEC + fees::TRANSFER + fees::DELETE_ACCOUNT;
    // Nothing was created in the end, so the account's price is not asked.
    assert_eq!(yocto(before - world.balance("alice.near")), yocto(fees::burn(sent + later)));
}

//! Nonces: strict and monotonic, old and new transactions, what a failure consumes.

use keyway_protocol_tests::{NEAR, World, act, fees, id, tx, yocto};
use near_primitives::errors::{ActionErrorKind, InvalidTxError, TxExecutionError};
use near_primitives::transaction::{ExecutionOutcomeWithId, ExecutionStatus};

fn pay(amount: u128) -> keyway_protocol_tests::Tx {
    tx("alice.near", "bob.near", [act::transfer(amount)])
}

#[test]
fn a_strict_nonce_is_the_next() {
    let mut world = World::at(88);
    for tx_nonce in [0, 2, 1_000] {
        let error = InvalidTxError::InvalidNonce { tx_nonce, ak_nonce: 0 };
        assert_eq!(world.refused(&pay(1).strict().nonce(tx_nonce)), error);
    }
    world.send(&pay(1).strict().nonce(1)).ok();
    world.send(&pay(1).strict().nonce(2)).ok();
}

#[test]
fn a_plain_key_signs_the_new_transactions_with_gaps() {
    let mut world = World::at(88);
    world.send(&pay(1).version_1().nonce(40)).ok();
    assert_eq!(world.key("alice.near", "alice.near").unwrap().nonce, 40);
    let error = InvalidTxError::InvalidNonce { tx_nonce: 40, ak_nonce: 40 };
    assert_eq!(world.refused(&pay(2).version_1().nonce(40)), error);
    world.send(&pay(1).nonce(41)).ok();
}

#[test]
fn a_strict_nonce_is_judged_before_the_bound_and_the_money() {
    let mut world = World::at(88);
    let error = InvalidTxError::InvalidNonce { tx_nonce: u64::MAX, ak_nonce: 0 };
    assert_eq!(world.refused(&pay(9_000 * NEAR).strict().nonce(u64::MAX)), error);
}

#[test]
fn a_failed_receipt_keeps_the_nonce_and_a_refused_transaction_does_not() {
    let mut world = World::at(88);
    let failed = world.send(&tx("alice.near", "nobody.near", [act::transfer(1)]).nonce(5));
    assert!(failed.failure().is_some());
    assert_eq!(world.key("alice.near", "alice.near").unwrap().nonce, 5);
    world.refused(&pay(9_000 * NEAR).nonce(6));
    assert_eq!(world.key("alice.near", "alice.near").unwrap().nonce, 5);
}

#[test]
fn in_one_block_the_second_of_two_equal_nonces_fails_without_cost() {
    let world = World::at(88);
    let race = [world.sign(&pay(1).nonce(9)), world.sign(&pay(2).nonce(9))];
    let (output, _) = world.block_of(&race);
    let error = InvalidTxError::InvalidNonce { tx_nonce: 9, ak_nonce: 9 };
    let error = TxExecutionError::InvalidTxError(error);
    let lost = &output.outcomes[1].outcome;
    assert_eq!(lost.status, ExecutionStatus::Failure(error));
    assert_eq!((lost.gas_burnt.as_gas(), lost.tokens_burnt), (0, yocto(0)));
    assert_eq!(lost.executor_id, id("alice.near"));
}

#[test]
fn in_one_block_strict_nonces_follow_each_other() {
    let world = World::at(88);
    let strict = |nonce| world.sign(&pay(u128::from(nonce)).strict().nonce(nonce));
    let (output, _) = world.block_of(&[strict(1), strict(3), strict(2)]);
    let failed = |outcome: &ExecutionOutcomeWithId| {
        matches!(outcome.outcome.status, ExecutionStatus::Failure(_))
    };
    let failed: Vec<_> = output.outcomes.iter().map(failed).collect();
    assert_eq!(failed[..3], [false, true, false]);
}

#[test]
fn a_key_added_to_another_account_starts_below_the_block_of_the_receipt() {
    let mut world = World::at(88);
    let actions = [act::create(), act::transfer(NEAR), act::add_key("sub", act::full())];
    let done = world.send(&tx("alice.near", "sub.alice.near", actions)).ok();
    assert_eq!(done.first().height, done.height + 1);
    let nonce = world.key("sub.alice.near", "sub").unwrap().nonce;
    assert_eq!(nonce, done.height * 1_000_000);
}

#[test]
fn after_delete_and_add_old_transactions_are_dead() {
    let mut world = World::at(88);
    let old = pay(NEAR).nonce(3);
    world.tick(1);
    let swap = [act::delete_key("alice.near"), act::add_key("alice.near", act::full())];
    let done = world.send(&tx("alice.near", "alice.near", swap).nonce(2)).ok();
    let ak_nonce = (done.height - 1) * 1_000_000;
    let error = InvalidTxError::InvalidNonce { tx_nonce: 3, ak_nonce };
    assert_eq!(world.refused(&old), error);
}

#[test]
fn the_signing_key_may_go_and_comes_back_when_the_batch_fails() {
    let mut world = World::at(88);
    let actions = [act::delete_key("alice.near"), act::delete_key("alice.near")];
    let done = world.send(&tx("alice.near", "alice.near", actions));
    let failure = done.failure();
    assert!(matches!(failure, Some((Some(1), ActionErrorKind::DeleteKeyDoesNotExist { .. }))));
    assert!(world.key("alice.near", "alice.near").is_some());

    let had = world.balance("alice.near");
    world.send(&tx("alice.near", "alice.near", [act::delete_key("alice.near")])).ok();
    assert_eq!(world.key("alice.near", "alice.near"), None);
    // The refund comes to the account all the same.
    assert_eq!(
        had - world.balance("alice.near"),
        fees::burn(2 * (fees::RECEIPT + fees::DELETE_KEY))
    );
}

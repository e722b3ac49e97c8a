//! Gas keys as payers: gas from the key, deposits from the account, nonces in rows.

use keyway_protocol_tests::{MILLI, NEAR, World, act, fees, id, near, public, tx, yocto};
use near_primitives::errors::{
    DepositCostFailureReason, InvalidAccessKeyError, InvalidTxError, TxExecutionError,
};
use near_primitives::transaction::ExecutionStatus;

/// Gas of a plain transfer, on each side.
const TRANSFER: u64 = fees::RECEIPT + fees::TRANSFER;

/// Alice's gas key `alice/gas` has `nonces` rows and a tenth of a NEAR.
fn world(nonces: u16) -> World {
    let mut world = World::at(88);
    let add = act::add_key("alice/gas", act::gas_full(nonces));
    let fund = act::fund("alice/gas", NEAR / 10);
    world.send(&tx("alice.near", "alice.near", [add, fund])).ok();
    world
}

fn pay(amount: u128) -> keyway_protocol_tests::Tx {
    tx("alice.near", "bob.near", [act::transfer(amount)]).by("alice/gas").row(0)
}

#[test]
fn the_key_pays_gas_and_the_account_deposits() {
    let mut world = world(3);
    let (alice, bob) = (world.balance("alice.near"), world.balance("bob.near"));
    let rows = world.rows("alice.near", "alice/gas").unwrap();
    let done = world.send(&pay(NEAR).row(1)).ok();

    assert_eq!(alice - world.balance("alice.near"), NEAR);
    assert_eq!(world.balance("bob.near") - bob, NEAR);
    let held = world.gas_balance("alice.near", "alice/gas");
    assert_eq!(NEAR / 10 - held, fees::burn(2 * TRANSFER));
    let refund = u128::from(TRANSFER) * (fees::PURCHASE - fees::PRICE);
    assert_eq!(done.refunds(), [("alice.near".to_owned(), refund)]);

    let wanted = vec![rows[0], rows[1] + 1, rows[2]];
    assert_eq!(world.rows("alice.near", "alice/gas"), Some(wanted));
    assert_eq!(world.key("alice.near", "alice/gas").unwrap().nonce, 0);
}

#[test]
fn rows_are_lanes() {
    let mut world = world(2);
    let start = world.rows("alice.near", "alice/gas").unwrap()[0];
    world.send(&pay(1).row(0).nonce(start + 500)).ok();
    world.send(&pay(1).row(1).nonce(start + 3)).ok();
    let error = InvalidTxError::InvalidNonce { tx_nonce: start + 500, ak_nonce: start + 500 };
    assert_eq!(world.refused(&pay(2).row(0).nonce(start + 500)), error);
    assert_eq!(world.rows("alice.near", "alice/gas"), Some(vec![start + 500, start + 3]));
}

#[test]
fn a_row_may_be_strict() {
    let mut world = world(1);
    let start = world.rows("alice.near", "alice/gas").unwrap()[0];
    for tx_nonce in [start, start + 2] {
        let error = InvalidTxError::InvalidNonce { tx_nonce, ak_nonce: start };
        assert_eq!(world.refused(&pay(1).strict().nonce(tx_nonce)), error);
    }
    world.send(&pay(1).strict().nonce(start + 1)).ok();
}

#[test]
fn the_bound_holds_for_rows() {
    let mut world = world(1);
    let upper_bound = (world.height() + 1) * 1_000_000;
    let error = InvalidTxError::NonceTooLarge { tx_nonce: upper_bound, upper_bound };
    assert_eq!(world.refused(&pay(1).nonce(upper_bound)), error);
    world.send(&pay(1).nonce(upper_bound - 1)).ok();
}

#[test]
fn every_wrong_nonce_index_has_its_error() {
    let mut world = world(3);
    let error = |tx_nonce_index, num_nonces| InvalidTxError::InvalidNonceIndex {
        tx_nonce_index,
        num_nonces,
    };
    let plain = tx("alice.near", "bob.near", [act::transfer(1)]).by("alice/gas").nonce(0);
    assert_eq!(world.refused(&plain), error(None, 3), "a gas key needs an index");
    assert_eq!(world.refused(&plain.clone().version_1()), error(None, 3));
    assert_eq!(world.refused(&pay(1).row(3)), error(Some(3), 3));
    let ordinary = tx("alice.near", "bob.near", [act::transfer(1)]).row(0).nonce(0);
    assert_eq!(world.refused(&ordinary), error(Some(0), 0), "an ordinary key has no rows");

    let unknown = pay(1).by("nobody's");
    let error = InvalidAccessKeyError::AccessKeyNotFound {
        account_id: id("alice.near"),
        public_key: Box::new(public("nobody's")),
    };
    assert_eq!(world.refused(&unknown), InvalidTxError::InvalidAccessKeyError(error));
}

#[test]
fn the_key_must_hold_the_gas() {
    let mut world = world(1);
    let cost = fees::prepaid(TRANSFER, TRANSFER);
    let keep = |world: &mut World, left: u128| {
        let now = world.gas_balance("alice.near", "alice/gas");
        let withdraw = act::withdraw("alice/gas", now - left);
        world.send(&tx("alice.near", "alice.near", [withdraw])).ok();
    };
    keep(&mut world, cost);
    world.send(&pay(NEAR)).ok();
    keep(&mut world, cost - fees::burn(2 * TRANSFER) - 1);
    let balance = yocto(cost - fees::burn(2 * TRANSFER) - 1);
    let error = InvalidTxError::NotEnoughGasKeyBalance {
        signer_id: id("alice.near"),
        balance,
        cost: yocto(cost),
    };
    // Also when the account could not pay the deposit.
    assert_eq!(world.refused(&pay(NEAR)), error);
    assert_eq!(world.refused(&pay(9_000 * NEAR)), error);
}

#[test]
fn deposits_that_the_account_cannot_pay_are_refused_at_the_door() {
    let mut world = world(10);
    let had = world.balance("alice.near");
    let error = |balance, cost, reason| InvalidTxError::NotEnoughBalanceForDeposit {
        signer_id: id("alice.near"),
        balance: yocto(balance),
        cost: yocto(cost),
        reason,
    };
    let refused = world.refused(&pay(2_000 * NEAR));
    let reason = DepositCostFailureReason::NotEnoughBalance;
    assert_eq!(refused, error(had, 2_000 * NEAR, reason));

    let stake = u128::from(182 + 100 + 83 * 10_u64) * fees::STORAGE_BYTE;
    let refused = world.refused(&pay(had - stake + 5));
    let reason = DepositCostFailureReason::LackBalanceForState;
    assert_eq!(refused, error(stake - 5, 5, reason));
    world.send(&pay(had - stake)).ok();
}

#[test]
fn inside_a_block_a_lost_race_costs_the_nonce_and_what_was_burnt() {
    let world = world(2);
    let race = [world.sign(&pay(600 * NEAR).row(0)), world.sign(&pay(700 * NEAR).row(1))];
    let held = world.gas_balance("alice.near", "alice/gas");
    let rows = world.rows("alice.near", "alice/gas").unwrap();
    let had = world.balance("alice.near");
    let (output, state) = world.block_of(&race);

    assert!(matches!(output.outcomes[0].outcome.status, ExecutionStatus::SuccessReceiptId(_)));
    let lost = &output.outcomes[1].outcome;
    let error = InvalidTxError::NotEnoughBalanceForDeposit {
        signer_id: id("alice.near"),
        balance: yocto(had - 600 * NEAR),
        cost: near(700),
        reason: DepositCostFailureReason::NotEnoughBalance,
    };
    let error = TxExecutionError::InvalidTxError(error);
    assert_eq!(lost.status, ExecutionStatus::Failure(error));
    assert_eq!(lost.gas_burnt.as_gas(), TRANSFER);
    assert_eq!(lost.tokens_burnt, yocto(fees::burn(TRANSFER)));
    assert_eq!(lost.receipt_ids, []);
    assert_eq!(output.outgoing.len(), 1);

    let (alice, key) = (id("alice.near"), public("alice/gas"));
    let after = keyway_state::read::gas_key_nonces(&state, &alice, &key).unwrap();
    assert_eq!(after, Some(vec![rows[0] + 1, rows[1] + 1]));
    let key = keyway_state::read::access_key(&state, &alice, &key).unwrap().unwrap();
    let paid = fees::prepaid(TRANSFER, TRANSFER) + fees::burn(TRANSFER);
    assert_eq!(key.gas_key_info().unwrap().balance, yocto(held - paid));
    let account = keyway_state::read::account(&state, &alice).unwrap().unwrap();
    assert_eq!(account.amount(), yocto(had - 600 * NEAR));
    assert_eq!(output.balance_burnt, yocto(2 * fees::burn(TRANSFER)));
}

#[test]
fn a_lost_race_for_the_storage_stake_is_the_same_with_another_reason() {
    let world = world(10);
    let had = world.balance("alice.near");
    let stake = u128::from(182 + 100 + 83 * 10_u64) * fees::STORAGE_BYTE;
    let race = [world.sign(&pay(had - stake).row(0)), world.sign(&pay(7).row(1))];
    let (output, _) = world.block_of(&race);
    let error = InvalidTxError::NotEnoughBalanceForDeposit {
        signer_id: id("alice.near"),
        balance: yocto(stake - 7),
        cost: yocto(7),
        reason: DepositCostFailureReason::LackBalanceForState,
    };
    let error = TxExecutionError::InvalidTxError(error);
    assert_eq!(output.outcomes[1].outcome.status, ExecutionStatus::Failure(error));
    assert_eq!(output.outcomes[1].outcome.gas_burnt.as_gas(), TRANSFER);
}

#[test]
fn inside_a_block_a_drained_key_costs_nothing() {
    let world = world(2);
    // Both could be paid alone.
    let mut small = world;
    let cost = fees::prepaid(TRANSFER, TRANSFER);
    let held = small.gas_balance("alice.near", "alice/gas");
    let withdraw = act::withdraw("alice/gas", held - cost);
    small.send(&tx("alice.near", "alice.near", [withdraw])).ok();
    let race = [small.sign(&pay(1).row(0)), small.sign(&pay(1).row(1))];
    let rows = small.rows("alice.near", "alice/gas").unwrap();
    let (output, state) = small.block_of(&race);
    let lost = &output.outcomes[1].outcome;
    assert_eq!((lost.gas_burnt.as_gas(), lost.tokens_burnt), (0, yocto(0)));
    let (alice, key) = (id("alice.near"), public("alice/gas"));
    let after = keyway_state::read::gas_key_nonces(&state, &alice, &key).unwrap();
    assert_eq!(after, Some(vec![rows[0] + 1, rows[1]]));
}

#[test]
fn a_call_key_is_judged_after_its_gas_and_before_the_deposits() {
    let mut world = World::at(88);
    let add = act::add_key("alice/play", act::gas_calls(1, "app.near", &["play"]));
    world.send(&tx("alice.near", "alice.near", [add])).ok();
    let by_key = |receiver: &str, actions: &[near_primitives::action::Action]| {
        tx("alice.near", receiver, actions).by("alice/play").row(0)
    };
    let transfer = by_key("bob.near", &[act::transfer(9_000 * NEAR)]);
    let refused = world.refused(&transfer);
    assert!(matches!(refused, InvalidTxError::NotEnoughGasKeyBalance { .. }), "{refused:?}");

    world.send(&tx("bob.near", "alice.near", [act::fund("alice/play", NEAR)])).ok();
    let mut denied = |tx| match world.refused(&tx) {
        InvalidTxError::InvalidAccessKeyError(error) => error,
        other => panic!("{other:?}"),
    };
    use InvalidAccessKeyError as Denied;
    assert_eq!(denied(transfer), Denied::RequiresFullAccess);
    let deposit = by_key("bob.near", &[act::call("steal", 9_000 * NEAR)]);
    assert_eq!(denied(deposit), Denied::DepositWithFunctionCall);
    let mismatch = denied(by_key("bob.near", &[act::call("steal", 0)]));
    assert!(matches!(mismatch, Denied::ReceiverMismatch { .. }));
    let method = denied(by_key("app.near", &[act::call("steal", 0)]));
    assert_eq!(method, Denied::MethodNameMismatch { method_name: "steal".to_owned() });
}

#[test]
fn a_gas_key_that_deletes_itself_burns_its_rest_and_the_refund_goes_to_the_account() {
    let mut world = world(1);
    let (had, held) = (world.balance("alice.near"), world.gas_balance("alice.near", "alice/gas"));
    let delete = tx("alice.near", "alice.near", [act::delete_key("alice/gas")]);
    let done = world.send(&delete.by("alice/gas").row(0)).ok();
    let gas = fees::RECEIPT + fees::DELETE_KEY;
    let refund = u128::from(gas) * (fees::PURCHASE - fees::PRICE);
    let left = held - fees::prepaid(gas, gas);
    assert_eq!(done.burnt(), fees::burn(2 * gas) + left);
    assert_eq!(world.balance("alice.near"), had + refund);
}

#[test]
fn a_failed_call_refunds_gas_to_the_key_and_its_deposit_to_the_account() {
    let mut world = world(1);
    let had = world.balance("alice.near");
    let held = world.gas_balance("alice.near", "alice/gas");
    let missing = tx("alice.near", "nobody.near", [act::transfer(NEAR)]).by("alice/gas").row(0);
    let done = world.send(&missing);
    assert_eq!(done.refunds()[0], ("alice.near".to_owned(), NEAR));
    assert_eq!(world.balance("alice.near"), had);
    // The transfer's exec fee is burnt before its receiver is looked for.
    assert_eq!(held - world.gas_balance("alice.near", "alice/gas"), fees::burn(2 * TRANSFER));
}

#[test]
fn an_ml_dsa_signature_burns_more() {
    let mut world = World::at(88);
    let before = world.bytes("alice.near");
    let add = act::add_key("ml-dsa-65:alice", act::full());
    world.send(&tx("alice.near", "alice.near", [add])).ok();
    assert_eq!(world.bytes("alice.near") - before, 82);
    let had = world.balance("alice.near");
    let done =
        world.send(&tx("alice.near", "bob.near", [act::transfer(MILLI)]).by("ml-dsa-65:alice"));
    let gas = 2 * TRANSFER + fees::ML_DSA_SIGNATURE;
    assert_eq!(done.transaction.gas_burnt.as_gas(), TRANSFER + fees::ML_DSA_SIGNATURE);
    assert_eq!(had - world.balance("alice.near"), MILLI + fees::burn(gas));
}

//! Deterministic accounts (NEP-616): `0s…`, the hash of the state that they begin with.

use crate::globals::says;
use keyway_protocol_tests::{NEAR, World, act, fees, id, tx, yocto};
use near_primitives::action::{GlobalContractDeployMode, GlobalContractIdentifier};
use near_primitives::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
use near_primitives::errors::{ActionErrorKind, ActionsValidationError, InvalidTxError};
use near_primitives::hash::hash;
use near_primitives::utils::derive_near_deterministic_account_id;

/// Gas of the transaction and of its receipt: by the entries' bytes and number.
fn gas(bytes: u64, entries: u64) -> (u64, u64) {
    let sent = fees::RECEIPT + 500_000_000_000 + 72_000_000 * bytes;
    let exec = 7_430_000_000_000 + 200_000_000_000 * entries + 70_000_000 * bytes;
    (sent, fees::RECEIPT + exec)
}

/// A state init whose code is deployed, with these entries, and its account.
fn init(world: &mut World, entries: &[(&[u8], &[u8])]) -> (DeterministicAccountStateInit, String) {
    let code = says("born");
    let deploy = act::deploy_global(&code, GlobalContractDeployMode::CodeHash);
    world.send(&tx("alice.near", "alice.near", [deploy])).ok();
    let data = entries.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    let code = GlobalContractIdentifier::CodeHash(hash(&code));
    let init = DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 { code, data });
    let name = derive_near_deterministic_account_id(&init).to_string();
    assert!(name.starts_with("0s") && name.len() == 42, "{name}");
    (init, name)
}

#[test]
fn the_state_init_makes_code_and_data_and_returns_the_deposit() {
    let mut world = World::at(88);
    let (init, name) = init(&mut world, &[(b"k", b"value")]);
    let before = world.balance("bob.near");
    let done = world.send(&tx("bob.near", &name, [act::deterministic(&init, NEAR)])).ok();

    assert_eq!(world.bytes(&name), 100 + 32 + (1 + 5 + 40));
    assert_eq!(world.balance(&name), 0, "within 770 bytes an account needs no balance");
    assert_eq!(world.data(&name, b"k").unwrap(), b"value");
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR));
    let hello = world.send(&tx("bob.near", &name, [act::call("hello", 0)])).ok();
    assert_eq!(hello.logs(), ["born"]);
    assert!(before - world.balance("bob.near") < NEAR / 50);
}

#[test]
fn it_costs_by_bytes_and_entries_and_a_new_account() {
    let mut world = World::at(88);
    let (init, name) = init(&mut world, &[(b"k", b"value"), (b"l", b"")]);
    let before = world.balance("bob.near");
    let done = world.send(&tx("bob.near", &name, [act::deterministic(&init, 0)])).ok();
    // Of each entry the key and the value; the code's name is free.
    let (sent, later) = gas(1 + 5 + 1, 2);
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    assert_eq!(done.first().outcome.gas_burnt.as_gas(), later);
    let creation = fees::NEW_ACCOUNT - fees::burn(fees::CREATE_EXEC);
    assert_eq!(before - world.balance("bob.near"), fees::burn(sent + later) + creation);
}

#[test]
fn the_stake_for_more_than_770_bytes_is_taken_from_the_deposit() {
    let mut world = World::at(88);
    let value = [7; 1_000];
    let (init, name) = init(&mut world, &[(b"k", &value)]);
    let stake = u128::from(100 + 32 + 1 + 1_000 + 40_u64) * fees::STORAGE_BYTE;

    let short = world.send(&tx("bob.near", &name, [act::deterministic(&init, stake - 1)]));
    let error =
        ActionErrorKind::LackBalanceForState { account_id: id(&name), amount: yocto(stake) };
    assert_eq!(short.failure(), Some((Some(0), error)));
    assert_eq!(world.find(&name), None);

    let done = world.send(&tx("bob.near", &name, [act::deterministic(&init, NEAR)])).ok();
    assert_eq!(world.balance(&name), stake);
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR - stake));
}

#[test]
fn a_transfer_makes_an_empty_account_that_is_initialised_later() {
    let mut world = World::at(88);
    let (init, name) = init(&mut world, &[]);
    world.send(&tx("bob.near", &name, [act::transfer(NEAR)])).ok();
    assert_eq!((world.bytes(&name), world.balance(&name)), (100, NEAR));
    assert!(world.account(&name).contract().is_none());
    world.send(&tx("carol.near", &name, [act::deterministic(&init, 0)])).ok();
    assert_eq!((world.bytes(&name), world.balance(&name)), (132, NEAR));
}

#[test]
fn a_repeated_init_changes_nothing_and_returns_the_deposit() {
    let mut world = World::at(88);
    let (init, name) = init(&mut world, &[(b"k", b"value")]);
    let again = tx("bob.near", &name, [act::deterministic(&init, NEAR)]);
    world.send(&again).ok();
    let account = world.account(&name);
    let done = world.send(&again).ok();
    assert_eq!(world.account(&name), account);
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR));
}

#[test]
fn the_receiver_must_be_the_derived_id() {
    let mut world = World::at(88);
    let (init, name) = init(&mut world, &[]);
    let wrong = tx("bob.near", "alice.near", [act::deterministic(&init, 0)]);
    let error = ActionsValidationError::InvalidDeterministicStateInitReceiver {
        receiver_id: id("alice.near"),
        derived_id: id(&name),
    };
    assert_eq!(world.refused(&wrong), InvalidTxError::ActionsValidation(error));
}

#[test]
fn without_its_code_nothing_is_made() {
    let mut world = World::at(88);
    let identifier = GlobalContractIdentifier::CodeHash(hash(b"never deployed"));
    let init = DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 {
        code: identifier.clone(),
        data: Default::default(),
    });
    let name = derive_near_deterministic_account_id(&init).to_string();
    let done = world.send(&tx("bob.near", &name, [act::deterministic(&init, NEAR)]));
    assert_eq!(done.error(), ActionErrorKind::GlobalContractDoesNotExist { identifier });
    assert_eq!(world.find(&name), None);
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR));
}

#[test]
fn whoever_initialises_gains_no_right_over_the_account() {
    let mut world = World::at(88);
    let (init, name) = init(&mut world, &[]);
    let key = act::add_key("bob/steals", act::full());
    let done = world.send(&tx("bob.near", &name, [act::deterministic(&init, 0), key]));
    let error =
        ActionErrorKind::ActorNoPermission { account_id: id(&name), actor_id: id("bob.near") };
    assert_eq!(done.failure(), Some((Some(1), error)));
    assert_eq!(world.find(&name), None);
}

#[test]
fn a_deterministic_account_is_not_created_by_name_nor_in_a_batch() {
    let mut world = World::at(88);
    let (_, name) = init(&mut world, &[]);
    let done = world.send(&tx("bob.near", &name, [act::create()]));
    let error = ActionErrorKind::OnlyImplicitAccountCreationAllowed { account_id: id(&name) };
    assert_eq!(done.error(), error);
    let done = world.send(&tx("bob.near", &name, [act::transfer(1), act::transfer(1)]));
    assert_eq!(done.error(), ActionErrorKind::AccountDoesNotExist { account_id: id(&name) });
}

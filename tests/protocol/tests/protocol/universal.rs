//! Universal accounts (protocol 88): `0u…`, the hash of code, data and keys that they begin with.

use crate::implicit::is_made_by_a_transfer;
use keyway_protocol_tests::{NEAR, Tx, World, act, fees, id, public, tx, yocto};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::errors::{
    ActionErrorKind, ActionsValidationError, InvalidAccessKeyError, InvalidTxError,
};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::universal_state_init::{UniversalStateInit, UniversalStateInitV1};
use near_primitives::utils::derive_universal_account_id;
use near_primitives_core::universal_state_init::RawStateInit;

fn typed(keys: &[&str]) -> UniversalStateInitV1 {
    let access_keys = keys.iter().map(|label| (&public(label)).into()).collect();
    UniversalStateInitV1 { code: None, data: Default::default(), access_keys }
}

fn name_of(raw: &[u8]) -> String {
    derive_universal_account_id(&RawStateInit(raw.to_vec())).to_string()
}

/// The bytes of a state init, and the account that they make.
fn raw(init: UniversalStateInitV1) -> (Vec<u8>, String) {
    let raw = UniversalStateInit::V1(init).to_raw().0;
    let name = name_of(&raw);
    assert!(name.starts_with("0u") && name.len() == 54, "{name}");
    (raw, name)
}

/// An account of these keys that Bob has sent one NEAR.
fn uninitialized(world: &mut World, keys: &[&str]) -> (Vec<u8>, String) {
    let (raw, name) = raw(typed(keys));
    world.send(&tx("bob.near", &name, [act::transfer(NEAR)])).ok();
    (raw, name)
}

fn bootstrap(raw: &[u8], name: &str, key: &str) -> Tx {
    tx(name, name, [act::universal(raw, 0)]).by(key)
}

fn nonce_of(world: &World, name: &str) -> u64 {
    world.account(name).bootstrap_nonce().expect("it is uninitialized")
}

#[test]
fn a_transfer_makes_an_uninitialized_account() {
    let mut world = World::at(88);
    let (_, name) = raw(typed(&["u"]));
    is_made_by_a_transfer(&mut world, &name);
    assert!(!world.account(&name).is_initialized());
    assert_eq!(world.bytes(&name), 100);
}

#[test]
fn unlike_other_implicit_accounts_also_in_a_batch() {
    let mut world = World::at(88);
    let (_, name) = raw(typed(&["u"]));
    world.send(&tx("bob.near", &name, [act::transfer(1), act::transfer(2)])).ok();
    assert_eq!(world.balance(&name), 3);
}

#[test]
fn its_first_transaction_installs_its_keys() {
    let mut world = World::at(88);
    let (raw, name) = uninitialized(&mut world, &["u", "secp256k1:u", "ml-dsa-65:u"]);
    let before = nonce_of(&world, &name);
    let done = world.send(&bootstrap(&raw, &name, "u")).ok();

    assert!(world.account(&name).is_initialized());
    assert_eq!(world.bytes(&name), 100 + 82 + 114 + 82);
    let start = (done.height - 1) * 1_000_000;
    assert!(start > before + 1);
    for label in ["u", "secp256k1:u", "ml-dsa-65:u"] {
        assert_eq!(world.key(&name, label).unwrap().nonce, start, "{label}");
    }
    let bytes = raw.len() as u64;
    let keys = 3 * fees::ADD_FULL;
    let sent = fees::RECEIPT + fees::UNIVERSAL_SEND + bytes * fees::UNIVERSAL_BYTE_SEND + keys;
    let later = fees::RECEIPT + fees::UNIVERSAL_EXEC + bytes * fees::UNIVERSAL_BYTE_EXEC + keys;
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    assert_eq!(done.first().outcome.gas_burnt.as_gas(), later);
    assert_eq!(world.balance(&name), NEAR - fees::burn(sent + later));

    world.send(&tx(&name, "bob.near", [act::transfer(1)]).by("secp256k1:u")).ok();
}

#[test]
fn a_post_quantum_key_bootstraps_too() {
    let mut world = World::at(88);
    let (raw, name) = uninitialized(&mut world, &["ml-dsa-65:u"]);
    world.send(&bootstrap(&raw, &name, "ml-dsa-65:u")).ok();
    assert!(world.key(&name, "ml-dsa-65:u").is_some());
}

#[test]
fn its_first_nonce_is_strict() {
    let mut world = World::at(88);
    let (raw, name) = uninitialized(&mut world, &["u"]);
    let ak_nonce = nonce_of(&world, &name);
    for tx_nonce in [ak_nonce, ak_nonce + 2] {
        let error = InvalidTxError::InvalidNonce { tx_nonce, ak_nonce };
        let first = bootstrap(&raw, &name, "u").nonce(tx_nonce);
        assert_eq!(world.refused(&first), error);
        assert_eq!(world.refused(&first.version_1()), error);
    }
}

#[test]
fn the_nonce_is_consumed_also_when_the_init_fails() {
    let mut world = World::at(88);
    let identifier = GlobalContractIdentifier::CodeHash(hash(b"never deployed"));
    let init = UniversalStateInitV1 { code: Some(identifier.clone()), ..typed(&["u"]) };
    let (raw, name) = raw(init);
    world.send(&tx("bob.near", &name, [act::transfer(NEAR)])).ok();
    let nonce = nonce_of(&world, &name);
    let first = bootstrap(&raw, &name, "u").nonce(nonce + 1);
    let done = world.send(&first);
    assert_eq!(done.error(), ActionErrorKind::GlobalContractDoesNotExist { identifier });
    assert_eq!(nonce_of(&world, &name), nonce + 1);
    assert_eq!(world.bytes(&name), 100);
    assert_eq!(world.key(&name, "u"), None);
    let other = tx(&name, &name, [act::universal(&raw, 1)]).by("u").nonce(nonce + 1);
    let error = InvalidTxError::InvalidNonce { tx_nonce: nonce + 1, ak_nonce: nonce + 1 };
    assert_eq!(world.refused(&other), error);
}

#[test]
fn only_a_key_that_the_id_commits_to_may_bootstrap() {
    let mut world = World::at(88);
    let (raw, name) = uninitialized(&mut world, &["u"]);
    let error = InvalidAccessKeyError::AccessKeyNotFound {
        account_id: id(&name),
        public_key: Box::new(public("stranger")),
    };
    let error = InvalidTxError::InvalidAccessKeyError(error);
    assert_eq!(world.refused(&bootstrap(&raw, &name, "stranger")), error);
    let without = tx(&name, &name, [act::transfer(1)]).by("u");
    let refused = world.refused(&without);
    assert!(matches!(
        refused,
        InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::AccessKeyNotFound { .. })
    ));
}

#[test]
fn before_any_token_there_is_no_account_to_bootstrap() {
    let mut world = World::at(88);
    let (raw, name) = raw(typed(&["u"]));
    let error = InvalidTxError::SignerDoesNotExist { signer_id: id(&name) };
    assert_eq!(world.refused(&bootstrap(&raw, &name, "u")), error);
}

#[test]
fn the_first_transaction_may_do_more() {
    let mut world = World::at(88);
    let (raw, name) = uninitialized(&mut world, &["u"]);
    let actions = [act::universal(&raw, 0), act::add_key("u/more", act::full())];
    world.send(&tx(&name, &name, actions).by("u")).ok();
    assert!(world.key(&name, "u/more").is_some());
}

#[test]
fn anyone_may_initialize_and_gains_no_right() {
    let mut world = World::at(88);
    let mut init = typed(&["u"]);
    init.data.insert(b"k".to_vec(), b"v".to_vec());
    let (raw, name) = raw(init);
    let steal = [act::universal(&raw, NEAR), act::add_key("bob/steals", act::full())];
    let done = world.send(&tx("bob.near", &name, steal));
    assert!(matches!(done.failure(), Some((Some(1), ActionErrorKind::ActorNoPermission { .. }))));
    assert_eq!(world.find(&name), None);

    let before = world.balance("bob.near");
    let done = world.send(&tx("bob.near", &name, [act::universal(&raw, NEAR)])).ok();
    assert_eq!((world.bytes(&name), world.balance(&name)), (100 + 82 + 42, 0));
    assert_eq!(world.data(&name, b"k").unwrap(), b"v");
    let start = (done.first().height - 1) * 1_000_000;
    assert_eq!(world.key(&name, "u").unwrap().nonce, start);
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR));
    let bytes = raw.len() as u64;
    let sent = fees::UNIVERSAL_SEND + bytes * fees::UNIVERSAL_BYTE_SEND + 3_100_000_000;
    let later = fees::UNIVERSAL_EXEC + bytes * fees::UNIVERSAL_BYTE_EXEC + 200_000_000_000;
    let gas = sent + later + 2 * (fees::RECEIPT + fees::ADD_FULL);
    let creation = fees::NEW_ACCOUNT - fees::burn(fees::CREATE_EXEC);
    assert_eq!(before - world.balance("bob.near"), fees::burn(gas) + creation);
}

#[test]
fn until_then_it_takes_tokens_and_nothing_else() {
    let mut world = World::at(88);
    let (_, name) = uninitialized(&mut world, &["u"]);
    world.send(&tx("bob.near", &name, [act::transfer(1)])).ok();
    assert_eq!(world.balance(&name), NEAR + 1);
    let others = [
        act::call("hello", 0),
        act::add_key("bob/steals", act::full()),
        act::deploy(b"code"),
        act::fund("u", 1),
        act::delete_account("bob.near"),
    ];
    for action in others {
        let done = world.send(&tx("bob.near", &name, [action]));
        assert_eq!(done.error(), ActionErrorKind::AccountNotInitialized { account_id: id(&name) });
    }
    let done = world.send(&tx("bob.near", &name, [act::create()]));
    assert_eq!(done.error(), ActionErrorKind::AccountAlreadyExists { account_id: id(&name) });
}

#[test]
fn initialized_again_it_only_returns_the_deposit() {
    let mut world = World::at(88);
    let (raw, name) = uninitialized(&mut world, &["u"]);
    world.send(&bootstrap(&raw, &name, "u")).ok();
    world.send(&tx(&name, &name, [act::delete_key("u")]).by("u")).ok();
    let account = world.account(&name);
    let done = world.send(&tx("bob.near", &name, [act::universal(&raw, NEAR)])).ok();
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR));
    assert_eq!(world.account(&name), account);
    assert_eq!(world.key(&name, "u"), None, "a deleted key does not come back");
}

#[test]
fn initialized_again_it_keeps_nothing_for_the_storage_that_it_lacks() {
    let mut world = World::at(88);
    let (raw, name) = uninitialized(&mut world, &["u"]);
    world.send(&bootstrap(&raw, &name, "u")).ok();
    let account = Account::new(yocto(0), yocto(0), AccountContract::None, 1_000);
    world.patch(vec![StateRecord::Account { account_id: id(&name), account }]);
    let before = world.account(&name);
    let done = world.send_patched(&tx("bob.near", &name, [act::universal(&raw, NEAR)]));
    let error = ActionErrorKind::LackBalanceForState {
        account_id: id(&name),
        amount: yocto(1_000 * fees::STORAGE_BYTE),
    };
    assert_eq!(done.failure(), Some((None, error)));
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR));
    assert_eq!(world.account(&name), before);
}

#[test]
fn a_key_that_it_holds_goes_before_the_first_transaction() {
    let mut world = World::at(88);
    let (raw, name) = uninitialized(&mut world, &["u"]);
    let consumed = nonce_of(&world, &name);
    let access_key = AccessKey { nonce: consumed + 7, ..AccessKey::full_access() };
    world.patch(vec![StateRecord::access_key(id(&name), public("u"), access_key)]);
    // The first transaction's nonce would be strict.
    let first = bootstrap(&raw, &name, "u");
    let error = InvalidTxError::InvalidNonce { tx_nonce: consumed + 1, ak_nonce: consumed + 7 };
    assert_eq!(world.refused(&first.clone().nonce(consumed + 1)), error);
    let done = world.send_patched(&first.nonce(consumed + 9)).ok();
    let block = world.chain.block_by_height(done.height).unwrap().unwrap();
    let key = keyway_state::read::access_key(&block.state, &id(&name), &public("u"));
    // The init runs in the same block, as the account sends it to itself, and writes the key anew.
    let start = (done.first().height - 1) * 1_000_000;
    assert_eq!(key.unwrap().unwrap().nonce, start.max(consumed));
    assert!(world.account(&name).is_initialized());
}

#[test]
fn the_bytes_must_be_canonical() {
    let mut world = World::at(88);
    let refused = |world: &mut World, raw: &[u8]| {
        let name = name_of(raw);
        world.refused(&tx("bob.near", &name, [act::universal(raw, 0)]))
    };
    let malformed =
        InvalidTxError::ActionsValidation(ActionsValidationError::MalformedUniversalStateInit);
    assert_eq!(refused(&mut world, &[]), malformed);
    assert_eq!(refused(&mut world, &[9]), malformed);
    let (mut trailing, _) = raw(typed(&["u"]));
    trailing.push(0);
    assert_eq!(refused(&mut world, &trailing), malformed);
    // Two keys in the wrong order: tag, no code, no data, two keys of 33 bytes.
    let (two, _) = raw(typed(&["u", "v"]));
    let head = two.len() - 66;
    let swapped = [&two[..head], &two[head + 33..], &two[head..head + 33]].concat();
    assert_eq!(swapped.len(), two.len());
    assert_eq!(refused(&mut world, &swapped), malformed);
}

#[test]
fn the_receiver_must_be_the_derived_id() {
    let mut world = World::at(88);
    let (raw, name) = raw(typed(&["u"]));
    let wrong = tx("bob.near", "alice.near", [act::universal(&raw, 0)]);
    let error = ActionsValidationError::InvalidUniversalStateInitReceiver {
        receiver_id: id("alice.near"),
        derived_id: id(&name),
    };
    assert_eq!(world.refused(&wrong), InvalidTxError::ActionsValidation(error));
}

#[test]
fn the_receiver_is_that_of_the_raw_bytes_before_they_are_decoded() {
    let mut world = World::at(88);
    let (two, _) = raw(typed(&["u", "v"]));
    let head = two.len() - 66;
    let swapped = [&two[..head], &two[head + 33..], &two[head..head + 33]].concat();
    for raw in [vec![7, 7, 7], swapped] {
        let wrong = tx("bob.near", "alice.near", [act::universal(&raw, 0)]);
        let error = ActionsValidationError::InvalidUniversalStateInitReceiver {
            receiver_id: id("alice.near"),
            derived_id: id(&name_of(&raw)),
        };
        assert_eq!(world.refused(&wrong), InvalidTxError::ActionsValidation(error));
    }
    let error = ActionsValidationError::UnsupportedProtocolFeature {
        protocol_feature: "UniversalAccounts".to_owned(),
        version: 87,
    };
    let wrong = tx("bob.near", "alice.near", [act::universal(&[7, 7, 7], 0)]);
    assert_eq!(World::at(87).refused(&wrong), InvalidTxError::ActionsValidation(error));
}

#[test]
fn a_receipt_installs_a_thousand_and_twenty_four_keys_at_most() {
    let mut world = World::at(88);
    let labels: Vec<_> = (0..1_025).map(|number| format!("u/{number}")).collect();
    let labels: Vec<_> = labels.iter().map(String::as_str).collect();
    let (many, name) = raw(typed(&labels));
    let error = ActionsValidationError::TotalNumberOfStateInitKeysExceeded {
        number_of_keys: 1_025,
        limit: 1_024,
    };
    let refused = world.refused(&tx("bob.near", &name, [act::universal(&many, 0)]));
    assert_eq!(refused, InvalidTxError::ActionsValidation(error));
    let (most, name) = raw(typed(&labels[..1_024]));
    let done = world.send(&tx("bob.near", &name, [act::universal(&most, NEAR)])).ok();
    let bytes = 100 + 82 * 1_024;
    assert_eq!(world.bytes(&name), bytes);
    let stake = u128::from(bytes) * fees::STORAGE_BYTE;
    assert_eq!(world.account(&name).amount(), yocto(stake));
    assert_eq!(done.refunds()[0], ("bob.near".to_owned(), NEAR - stake));
}

#[test]
fn at_88_nobody_creates_one_by_name() {
    let mut world = World::at(88);
    let (_, name) = raw(typed(&["u"]));
    let done = world.send(&tx("bob.near", &name, [act::create()]));
    let error = ActionErrorKind::OnlyImplicitAccountCreationAllowed { account_id: id(&name) };
    assert_eq!(done.error(), error);
}

#[test]
fn at_87_it_can_be_neither_paid_nor_made() {
    let mut world = World::at(87);
    let (raw, name) = raw(typed(&["u"]));
    let error =
        ActionsValidationError::TransferToUniversalAccountNotAllowed { account_id: id(&name) };
    let refused = world.refused(&tx("bob.near", &name, [act::transfer(1)]));
    assert_eq!(refused, InvalidTxError::ActionsValidation(error));
    let error = ActionsValidationError::UnsupportedProtocolFeature {
        protocol_feature: "UniversalAccounts".to_owned(),
        version: 87,
    };
    let refused = world.refused(&tx("bob.near", &name, [act::universal(&raw, 0)]));
    assert_eq!(refused, InvalidTxError::ActionsValidation(error));
}

#[test]
fn up_to_86_it_is_a_name_that_nobody_can_create() {
    let mut world = World::at(86);
    let (_, name) = raw(typed(&["u"]));
    let done = world.send(&tx("bob.near", &name, [act::transfer(1)]));
    assert_eq!(done.error(), ActionErrorKind::AccountDoesNotExist { account_id: id(&name) });
    let done = world.send(&tx("bob.near", &name, [act::create(), act::transfer(1)]));
    let error = ActionErrorKind::CreateAccountOnlyByRegistrar {
        account_id: id(&name),
        registrar_account_id: id("registrar"),
        predecessor_id: id("bob.near"),
    };
    assert_eq!(done.error(), error);
}

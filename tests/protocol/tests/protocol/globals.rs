//! Global contracts (NEP-591): code that many accounts use, by hash or by its owner's id.

use keyway_protocol_tests::script::{contract, host, text};
use keyway_protocol_tests::{NEAR, World, act, fees, id, tx, yocto};
use near_primitives::action::{GlobalContractDeployMode as Mode, GlobalContractIdentifier};
use near_primitives::errors::ActionErrorKind;
use near_primitives::hash::hash;
use near_primitives::receipt::DelayedReceiptIndices;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::Gas;

/// A contract whose `hello` logs `word`.
pub(crate) fn says(word: &str) -> Vec<u8> {
    contract(&[("hello", vec![host("log_utf8", [text(word)])])])
}

fn by_hash(code: &[u8]) -> GlobalContractIdentifier {
    GlobalContractIdentifier::CodeHash(hash(code))
}

fn by_alice() -> GlobalContractIdentifier {
    GlobalContractIdentifier::AccountId(id("alice.near"))
}

#[test]
fn deploying_burns_the_storage_price_and_the_code_is_there_a_block_later() {
    let mut world = World::at(88);
    let (code, before) = (says("one"), world.balance("alice.near"));
    let deploy = act::deploy_global(&code, Mode::CodeHash);
    let done = world.send(&tx("alice.near", "alice.near", [deploy])).ok();

    let len = code.len() as u64;
    let price = u128::from(len) * fees::GLOBAL_BYTE;
    let sent = fees::RECEIPT + fees::DEPLOY_GLOBAL + len * 6_812_999;
    let later = fees::RECEIPT + fees::DEPLOY_GLOBAL + len * 70_000_000;
    assert_eq!(done.transaction.gas_burnt.as_gas(), sent);
    assert_eq!(done.first().outcome.tokens_burnt, yocto(price + fees::burn(later)));
    assert_eq!(before - world.balance("alice.near"), price + fees::burn(sent + later));
    assert_eq!(world.bytes("alice.near"), 182, "global code is nobody's storage");

    let there = |height: u64| {
        let block = world.chain.block_by_height(height).unwrap().unwrap();
        keyway_state::read::global_contract_code(&block.state, &by_hash(&code)).unwrap().is_some()
    };
    assert!(!there(done.height));
    assert!(there(done.height + 1));
}

#[test]
fn an_account_uses_code_by_its_hash() {
    let mut world = World::at(88);
    let code = says("one");
    let deploy = act::deploy_global(&code, Mode::CodeHash);
    world.send(&tx("alice.near", "alice.near", [deploy])).ok();
    let before = world.balance("bob.near");
    let take = act::use_global(by_hash(&code));
    let done = world.send(&tx("bob.near", "bob.near", [take])).ok();
    let sent = fees::RECEIPT + fees::USE_GLOBAL + 32 * fees::USE_GLOBAL_BYTE_SEND_SELF;
    let later = fees::RECEIPT + fees::USE_GLOBAL + 32 * fees::USE_GLOBAL_BYTE_EXEC;
    assert_eq!(done.burnt(), fees::burn(sent + later));
    assert_eq!(before - world.balance("bob.near"), fees::burn(sent + later));
    assert_eq!(world.bytes("bob.near"), 182 + 32);
    assert_eq!(world.account("bob.near").global_contract_hash(), Some(hash(&code)));
    let call = world.send(&tx("carol.near", "bob.near", [act::call("hello", 0)])).ok();
    assert_eq!(call.logs(), ["one"]);
}

#[test]
fn redeploying_by_account_changes_what_its_users_run() {
    let mut world = World::at(88);
    let deploy =
        |word| tx("alice.near", "alice.near", [act::deploy_global(&says(word), Mode::AccountId)]);
    world.send(&deploy("one")).ok();
    world.send(&tx("bob.near", "bob.near", [act::use_global(by_alice())])).ok();
    assert_eq!(world.bytes("bob.near"), 182 + "alice.near".len() as u64);
    let hello = tx("carol.near", "bob.near", [act::call("hello", 0)]);
    assert_eq!(world.send(&hello).ok().logs(), ["one"]);
    world.send(&deploy("two")).ok();
    assert_eq!(world.send(&hello).ok().logs(), ["two"]);
    assert_eq!(world.bytes("bob.near"), 182 + "alice.near".len() as u64);
}

#[test]
fn unknown_code_cannot_be_used() {
    let mut world = World::at(88);
    let code = says("one");
    // By account is not by hash.
    let deploy = act::deploy_global(&code, Mode::AccountId);
    world.send(&tx("alice.near", "alice.near", [deploy])).ok();
    let owner = GlobalContractIdentifier::AccountId(id("carol.near"));
    for identifier in [by_hash(&code), owner] {
        let take = act::use_global(identifier.clone());
        let done = world.send(&tx("bob.near", "bob.near", [take]));
        assert_eq!(done.error(), ActionErrorKind::GlobalContractDoesNotExist { identifier });
        assert_eq!(world.bytes("bob.near"), 182);
    }
}

#[test]
fn only_the_account_itself_deploys_and_uses() {
    let mut world = World::at(88);
    let code = says("one");
    for action in [act::deploy_global(&code, Mode::AccountId), act::use_global(by_alice())] {
        let done = world.send(&tx("bob.near", "alice.near", [action]));
        assert!(matches!(done.error(), ActionErrorKind::ActorNoPermission { .. }));
    }
}

#[test]
fn a_global_contract_takes_the_place_of_local_code_and_back() {
    let mut world = World::at(88);
    let (global, local) = (says("global"), says("local"));
    let deploy = act::deploy_global(&global, Mode::CodeHash);
    world.send(&tx("alice.near", "alice.near", [deploy])).ok();
    let own = |action| tx("bob.near", "bob.near", [action]);
    let hello = tx("carol.near", "bob.near", [act::call("hello", 0)]);

    world.send(&own(act::deploy(&local))).ok();
    assert_eq!(world.bytes("bob.near"), 182 + local.len() as u64);
    world.send(&own(act::use_global(by_hash(&global)))).ok();
    assert_eq!(world.bytes("bob.near"), 182 + 32);
    assert_eq!(keyway_state::read::contract_code(world.state(), &id("bob.near")), Ok(None));
    assert_eq!(world.send(&hello).ok().logs(), ["global"]);
    world.send(&own(act::deploy(&local))).ok();
    assert_eq!(world.bytes("bob.near"), 182 + local.len() as u64);
    assert_eq!(world.send(&hello).ok().logs(), ["local"]);
}

#[test]
fn who_cannot_pay_the_price_deploys_nothing() {
    let mut world = World::at(88);
    let code = says(&"x".repeat(2_000));
    let price = code.len() as u128 * fees::GLOBAL_BYTE;
    let had = world.balance("alice.near");
    world.send(&tx("alice.near", "bob.near", [act::transfer(had - price)])).ok();
    let deploy = act::deploy_global(&code, Mode::CodeHash);
    let done = world.send(&tx("alice.near", "alice.near", [deploy]));
    let error =
        ActionErrorKind::LackBalanceForState { account_id: id("alice.near"), amount: yocto(price) };
    assert_eq!(done.failure(), Some((Some(0), error)));
    assert!(world.balance("alice.near") > price - NEAR / 100);
}

#[test]
fn a_failed_batch_deploys_nothing_and_burns_only_gas() {
    let mut world = World::at(88);
    let (code, before) = (says("one"), world.balance("alice.near"));
    let actions = [act::deploy_global(&code, Mode::CodeHash), act::delete_key("nobody's")];
    let done = world.send(&tx("alice.near", "alice.near", actions));
    assert!(done.failure().is_some());
    assert!(before - world.balance("alice.near") < NEAR / 100);
    let found = keyway_state::read::global_contract_code(world.state(), &by_hash(&code));
    assert_eq!(found, Ok(None));
}

#[test]
fn a_distribution_counts_against_its_blocks_limit_by_its_size() {
    // Of 300 Tgas: 20, and 250 million a byte, are 320.
    let mut world = World::altered(88, |genesis| {
        genesis.config.gas_limit = Gas::from_teragas(300);
    });
    let distribute = |world: &mut World, bytes: usize| {
        let deploy = act::deploy_global(&vec![0; bytes], Mode::CodeHash);
        let done = world.send(&tx("alice.near", "alice.near", [deploy])).ok();
        // The distribution itself has no outcome; the gas refund stands behind it.
        let refund = done.receipts.iter().find(|ran| ran.receipt.predecessor_id().is_system());
        let height = done.height + 1;
        let block = world.chain.block_by_height(height).unwrap().unwrap();
        (refund.expect("gas is bought dearer than it burns").height - done.height, block)
    };
    let (after, block) = distribute(&mut world, 1_200_000);
    assert_eq!((after, block.delayed), (2, true));
    let queue = block.state.get(&TrieKey::DelayedReceiptIndices.to_vec()).unwrap().unwrap();
    let queue: DelayedReceiptIndices = borsh::from_slice(&queue).unwrap();
    assert_eq!((queue.first_index, queue.next_available_index), (0, 1));
    let (after, block) = distribute(&mut world, 1_000_000);
    assert_eq!((after, block.delayed), (1, false), "270 Tgas");
}

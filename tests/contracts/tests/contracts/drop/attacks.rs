//! What the holder of a link tries, and what somebody without one tries.

use super::{AMOUNT, DROP_ID, LATE, World, claim, create};
use crate::{assert_not_for_this_key, assert_panics};
use keyway::{
    KeyPair, NearLiteral, Signer, add_full_access_key, add_function_call_key, call, create_account,
    delete_account, delete_key, deploy, transfer,
};
use keyway_contract_tests::DROP;
use serde_json::{Value, json};

#[test]
fn a_link_reaches_nothing_but_its_amount() {
    let world = World::begin();
    let links = world.links(2);
    let (link, evil) = (&links[0], KeyPair::random_ed25519());
    let funds = world.sandbox.balance(DROP_ID).unwrap();
    assert_not_for_this_key(link.execute(transfer(1.yoctonear()).to("alice.near")));
    assert_not_for_this_key(link.execute(add_full_access_key(evil.public_key())));
    let wider = add_function_call_key(evil.public_key(), DROP_ID);
    assert_not_for_this_key(link.execute(wider.any_function().gas_budget(1.near())));
    assert_not_for_this_key(link.execute(delete_key(links[1].public_key())));
    assert_not_for_this_key(link.execute(deploy(DROP)));
    assert_not_for_this_key(link.execute(delete_account("alice.near")));
    assert_not_for_this_key(link.execute(create_account().to("evil.drop.near")));
    assert_not_for_this_key(link.execute(call("alice.near", "claim")));
    let paid = call(DROP_ID, "claim").args_json(&json!({"account_id": "alice.near"}));
    assert_not_for_this_key(link.execute(paid.clone().deposit(1.yoctonear())));
    assert_not_for_this_key(link.execute([paid.clone(), paid]));
    for method in OTHER_METHODS {
        assert_not_for_this_key(link.execute(call(DROP_ID, method)));
    }
    assert_eq!(world.sandbox.balance(DROP_ID).unwrap(), funds);
}

#[test]
fn a_link_is_claimed_once_however_it_is_tried() {
    let world = World::begin();
    let link = &world.links(1)[0];
    let bob = world.sandbox.create_account("bob.near").balance(1.near()).create().unwrap();
    // Several claims in one block: the first is on its way when the others run.
    let mut block = world.sandbox.draft_block();
    let args = json!({"account_id": "bob.near"});
    let small = call(DROP_ID, "claim").args_json(&args).gas(keyway::Gas::from_teragas(10));
    for _ in 0..3 {
        block.add(link, small.clone()).unwrap();
    }
    block.seal().unwrap();
    world.sandbox.seal_blocks(10).unwrap();
    assert_eq!(bob.balance().unwrap(), 1.near().checked_add(AMOUNT).unwrap());
    assert_eq!(world.link(link), Value::Null);
    assert_eq!(world.keys(), 1);
}

#[test]
fn a_claim_that_pays_the_drop_or_takes_its_name_is_refused() {
    let world = World::begin();
    let link = &world.links(1)[0];
    let key = link.public_key();
    assert_panics(claim(link, DROP_ID), "name your own account");
    for name in [DROP_ID, "drop-near", "new.near", "a.b.drop.near", "xdrop.near"] {
        assert_panics(create(link, name, key), "choose a name that ends in .drop.near");
    }
    assert!(claim(link, "Not A Name").is_err());
    assert_eq!(world.link(link)["claiming"], false);
}

#[test]
fn the_gas_of_a_link_is_its_own() {
    let world = World::begin();
    let link = &world.links(1)[0];
    let before = world.sandbox.balance(DROP_ID).unwrap();
    let refused = loop {
        match claim(link, "nobody.near") {
            Ok(outcome) => assert!(!outcome.json::<bool>().unwrap()),
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind(), "Refused.Signer.AccessKey.GasBudget.NotEnough");
    let burnt = before.checked_sub(world.sandbox.balance(DROP_ID).unwrap()).unwrap();
    assert!(burnt < 50.millinear(), "{burnt}");
}

#[test]
fn nobody_else_claims() {
    let world = World::begin();
    let link = &world.links(1)[0];
    assert_panics(claim(&world.alice, "alice.near"), "private");
    // The same key on an account of one's own.
    let eve = world
        .sandbox
        .create_account("eve.near")
        .key_pair(link.key_pair().clone())
        .create()
        .unwrap();
    assert_panics(claim(&eve, "eve.near"), "private");
    assert_panics(create(&eve, "eve.drop.near", eve.public_key()), "private");
    let forged = json!({"public_key": link.public_key()});
    assert_panics(eve.call(DROP_ID, "on_claimed").args_json(&forged).execute(), "private");
    assert_panics(eve.call(DROP_ID, "on_links_added").execute(), "private");
    // Even the account's own full-access key is no link.
    assert_panics(claim(&world.drop, "eve.near"), "this key is no link");
}

/// In a delegate action signer and key are the relayer's. With one link's key on an account of their own
/// they could name that link's row, while another link says what is called.
#[test]
fn no_link_claims_for_another_through_a_relayer() {
    let world = World::begin();
    let links = world.links(2);
    let own = links[0].key_pair().clone();
    let eve = world.sandbox.create_account("eve.near").key_pair(own.clone()).create().unwrap();
    let signer =
        |account: &str, key: &KeyPair| Signer::new(world.sandbox.client(), account, key.clone());
    let link = signer(DROP_ID, links[1].key_pair()).unwrap();
    let claim = call(DROP_ID, "claim").args_json(&json!({"account_id": eve.id()}));
    let eve = signer("eve.near", &own).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let relayed = runtime.block_on(async {
        let signed = link.delegate(claim, 100).await.unwrap();
        eve.relay(signed).await
    });
    assert_panics(relayed, "as this account");
    assert!(links.iter().all(|link| world.link(link)["claiming"] == false));
}

#[test]
fn a_key_that_is_there_never_becomes_a_link() {
    let world = World::begin();
    let link = &world.links(1)[0];
    let fresh = KeyPair::random_ed25519();
    for there in [&world.drop, link] {
        let before = world.alice.balance().unwrap();
        let keys = [fresh.clone(), there.key_pair().clone()];
        let added = world.add(&keys, world.price(2)).unwrap();
        assert!(!added.json::<bool>().unwrap());
        let lost = before.checked_sub(world.alice.balance().unwrap()).unwrap();
        assert!(lost < 5.millinear(), "the payment went back: {lost}");
    }
    let twice = [fresh.clone(), fresh];
    assert!(!world.add(&twice, world.price(2)).unwrap().json::<bool>().unwrap());
    assert_eq!(world.keys(), 2);
    assert_panics(claim(&world.drop, "alice.near"), "this key is no link");
    assert!(claim(link, "alice.near").unwrap().json::<bool>().unwrap());
}

/// A row and a key with the longest names there are cost less than what is taken for them.
#[test]
fn storage_is_paid_by_who_makes_links() {
    let world = World::begin();
    let before = world.sandbox.account_info(DROP_ID).unwrap().storage_usage;
    world.links(10);
    let bytes = world.sandbox.account_info(DROP_ID).unwrap().storage_usage - before;
    let longest = bytes / 10 + (64 - "alice.near".len() as u64) + (64 - DROP_ID.len() as u64);
    assert!(longest <= 500, "{longest}");
}

#[test]
fn a_deposit_without_links_is_refused() {
    let world = World::begin();
    let args = json!({"public_keys": [], "amount": AMOUNT, "expires_at_ns": LATE});
    let call = world.alice.call(DROP_ID, "add_links").args_json(&args).deposit(1.near());
    assert_panics(call.execute(), "0 keys");
    for method in ["reclaim", "withdraw_surplus"] {
        let paid = world.owner.call(DROP_ID, method).args_json(&json!({"public_keys": []}));
        assert_panics(paid.deposit(1.near()).execute(), "deposit");
    }
}

/// All that the contract exports and links are not for, callbacks too.
const OTHER_METHODS: [&str; 9] = [
    "new",
    "add_links",
    "on_links_added",
    "on_claimed",
    "reclaim",
    "withdraw_surplus",
    "surplus",
    "price_of",
    "links",
];

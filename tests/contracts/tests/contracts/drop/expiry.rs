//! What becomes of links that nobody claims.

use super::{AMOUNT, DROP_ID, HOUR, World, claim};
use crate::assert_panics;
use keyway::protocol::PublicKey;
use keyway::{Error, GasLiteral, NearLiteral, Outcome, SandboxAccount};
use serde_json::{Value, json};

#[test]
fn a_hundred_expired_links_are_taken_back() {
    let world = World::begin();
    let own = world.surplus();
    let links = world.links(100);
    let before = world.alice.balance().unwrap();
    world.sandbox.advance(HOUR).unwrap();
    reclaim(&world.alice, &links).unwrap();
    let back = world.alice.balance().unwrap().checked_sub(before).unwrap();
    // 100 times the amount and the storage, less gas; the gas allowance stays with the drop.
    assert!(back > 10_450.millinear() && back < 10_500.millinear(), "{back}");
    assert_eq!(world.keys(), 1);
    assert_eq!(world.link(&links[99]), Value::Null);
    assert!(world.surplus() >= own.checked_add(4_990.millinear()).unwrap());
    let gone = claim(&links[0], "alice.near").unwrap_err();
    assert_eq!(gone.kind(), "Refused.Signer.AccessKey.NotFound");
}

#[test]
fn an_expired_link_is_worth_nothing_to_its_holder() {
    let world = World::begin();
    let links = world.links(1);
    world.sandbox.advance(HOUR).unwrap();
    assert_panics(claim(&links[0], "alice.near"), "this link has expired");
}

#[test]
fn only_who_paid_takes_a_link_back_and_only_when_it_has_expired() {
    let world = World::begin();
    let links = world.links(2);
    assert_panics(reclaim(&world.alice, &links), "it expires at");
    world.sandbox.advance(HOUR).unwrap();
    for other in [&world.owner, &world.drop] {
        assert_panics(reclaim(other, &links), "only alice.near can reclaim it");
    }
    // Not the same one twice, and no key that is none.
    let twice = [links[0].clone(), links[0].clone()];
    assert_panics(reclaim(&world.alice, &twice), "this key is no link");
    assert_panics(reclaim(&world.alice, std::slice::from_ref(&world.drop)), "this key is no link");
    reclaim(&world.alice, &links).unwrap();
    assert_panics(reclaim(&world.alice, &links), "this key is no link");
    assert_eq!(world.keys(), 1);
}

/// The claim began in time; its funder comes while the amount is on its way.
#[test]
fn a_link_on_its_way_is_not_taken_back() {
    let world = World::begin();
    let links = world.links(1);
    let bob = world.sandbox.create_account("bob.near").balance(1.near()).create().unwrap();
    let mut block = world.sandbox.draft_block();
    let to_bob = keyway::call(DROP_ID, "claim").args_json(&json!({"account_id": "bob.near"}));
    block.add(&links[0], to_bob).unwrap();
    let taken = json!({"public_keys": [links[0].public_key()]});
    let taken = keyway::call(DROP_ID, "reclaim").args_json(&taken).gas(200.tgas());
    let reclaim = block.add(&world.alice, taken).unwrap();
    // The claim runs in this block, payment and reclaim in the next one, the callback after them.
    block.seal().unwrap();
    world.sandbox.advance(HOUR).unwrap();
    assert_eq!(world.link(&links[0])["claiming"], true);
    let refused = world.sandbox.outcome(&reclaim).unwrap();
    assert!(format!("{refused:?}").contains("it is being claimed"), "{refused:?}");
    world.sandbox.seal_blocks(5).unwrap();
    assert_eq!(bob.balance().unwrap(), 1.near().checked_add(AMOUNT).unwrap());
    assert_eq!(world.keys(), 1);
}

fn reclaim(funder: &SandboxAccount, links: &[SandboxAccount]) -> Result<Outcome, Error> {
    let keys: Vec<&PublicKey> = links.iter().map(SandboxAccount::public_key).collect();
    let args = json!({ "public_keys": keys });
    funder.call(DROP_ID, "reclaim").args_json(&args).gas(200.tgas()).execute()
}

//! Several helpers: how many it takes, and that none stands in the way of the others.

use super::{
    ALICE, DELAY, by_owner, finish, helper_of, installed_for, is_owner, start, status, withdraw,
};
use crate::assert_panics;
use keyway::{KeyPair, NearLiteral, Sandbox, SandboxAccount};
use keyway_contract_tests::{RECOVERY, install};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn no_helper_takes_the_account_alone() {
    let (sandbox, _alice, [first, second, third]) = two_of_three();
    let evil = KeyPair::random_ed25519();
    start(&first, &evil).unwrap();
    start(&first, &evil).unwrap();
    for other in [&second, &third] {
        start(other, &KeyPair::random_ed25519()).unwrap();
    }
    assert_eq!(status(&sandbox)["requests"][0]["ready_at_ns"], Value::Null);
    sandbox.advance(DELAY * 100).unwrap();
    assert_panics(finish(&sandbox, &evil), "too few helpers");
    assert_eq!(sandbox.access_keys(ALICE).unwrap().len(), 4, "the owner's and the helpers'");
}

#[test]
fn the_delay_begins_when_enough_helpers_ask() {
    let (sandbox, _alice, [first, second, third]) = two_of_three();
    let new = KeyPair::random_ed25519();
    start(&first, &new).unwrap();
    sandbox.advance(DELAY * 10).unwrap();
    let asked: Value = start(&second, &new).unwrap().json().unwrap();
    assert_eq!(asked["helpers"], json!([first.public_key(), second.public_key()]));
    assert_panics(finish(&sandbox, &new), "the delay ends at");
    sandbox.advance(DELAY - Duration::from_secs(60)).unwrap();
    // One more makes it neither later nor sooner.
    let third: Value = start(&third, &new).unwrap().json().unwrap();
    assert_eq!(third["ready_at_ns"], asked["ready_at_ns"]);
    assert_panics(finish(&sandbox, &new), "the delay ends at");
    sandbox.advance(Duration::from_secs(60)).unwrap();
    assert!(finish(&sandbox, &new).unwrap().json::<bool>().unwrap());
    assert!(is_owner(&sandbox, &new));
    assert_eq!(status(&sandbox)["requests"], json!([]), "all who asked have what they asked for");
}

/// The third asks for a key that is there, for keys of their own, for nothing: others go on.
#[test]
fn no_helper_blocks_the_others() {
    let (sandbox, alice, [first, second, third]) = two_of_three();
    let new = KeyPair::random_ed25519();
    start(&third, alice.key_pair()).unwrap();
    start(&first, &new).unwrap();
    start(&third, &KeyPair::random_ed25519()).unwrap();
    start(&second, &new).unwrap();
    start(&third, &new).unwrap();
    sandbox.advance(DELAY).unwrap();
    withdraw(&third).unwrap();
    let own = KeyPair::random_ed25519();
    start(&third, &own).unwrap();
    finish(&sandbox, &new).unwrap();
    assert!(is_owner(&sandbox, &new));
    let requests = status(&sandbox)["requests"].clone();
    assert_eq!(requests[0]["new_public_key"], json!(own.public_key()), "which one alone asks for");
    assert_eq!(requests.as_array().unwrap().len(), 1);
}

#[test]
fn a_helper_who_withdraws_is_missed() {
    let (sandbox, _alice, [first, second, third]) = two_of_three();
    let new = KeyPair::random_ed25519();
    start(&first, &new).unwrap();
    start(&second, &new).unwrap();
    sandbox.advance(DELAY).unwrap();
    withdraw(&first).unwrap();
    assert_panics(finish(&sandbox, &new), "too few helpers");
    // Another one in their place: only now are there enough again.
    start(&third, &new).unwrap();
    assert_panics(finish(&sandbox, &new), "the delay ends at");
}

#[test]
fn the_owner_cancels_what_all_ask_for() {
    let (sandbox, alice, helpers) = two_of_three();
    let new = KeyPair::random_ed25519();
    for helper in &helpers {
        start(helper, &new).unwrap();
    }
    by_owner(&alice, "cancel_recovery", &json!({})).unwrap();
    assert_eq!(status(&sandbox)["requests"], json!([]));
    sandbox.advance(DELAY).unwrap();
    assert_panics(finish(&sandbox, &new), "too few helpers");
}

#[test]
fn a_threshold_that_nobody_or_too_many_must_reach_is_refused() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account(ALICE).create().unwrap();
    for threshold in [0, 9] {
        let args = json!({"delay_ns": super::DAY_NS, "threshold": threshold});
        assert_panics(install(&alice, RECOVERY, &args, 1.yoctonear()), "must be 1 to 8");
    }
}

/// Two of three helpers must ask for the same key.
fn two_of_three() -> (Sandbox, SandboxAccount, [SandboxAccount; 3]) {
    let (sandbox, alice) = installed_for(2);
    let helpers = [(); 3].map(|()| helper_of(&alice));
    (sandbox, alice, helpers)
}

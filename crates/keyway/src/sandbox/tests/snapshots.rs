use super::super::*;
use crate::{NearLiteral, transfer};

#[test]
fn a_clone_goes_its_own_way() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create().unwrap();
    let copy = sandbox.clone();
    alice.execute(transfer(1.near()).to("near")).unwrap();
    assert_eq!(copy.balance("alice.near").unwrap(), 10.near());
    let there = alice.on(&copy);
    there.execute(transfer(5.near()).to("near")).unwrap();
    assert!(there.balance().unwrap() < 5.near());
    assert!(alice.balance().unwrap() > 8.near());
}

#[test]
fn a_revert_brings_back_state_blocks_and_time() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create().unwrap();
    let (before, height, now) = (sandbox.snapshot(), sandbox.height(), sandbox.now());
    assert_eq!(before.height(), height);
    let outcome = alice.execute(transfer(1.near()).to("near")).unwrap();
    sandbox.revert(&before).unwrap();
    assert_eq!((sandbox.height(), sandbox.now()), (height, now));
    assert!(sandbox.outcome(&outcome.transaction_hash()).is_none());
    // The handle continues with the nonce that its key had then.
    alice.execute(transfer(2.near()).to("near")).unwrap();
    sandbox.revert(&before).unwrap();
    assert_eq!(alice.balance().unwrap(), 10.near());
}

#[test]
fn a_snapshot_outlives_its_sandbox() {
    let sandbox = Sandbox::new();
    sandbox.create_account("alice.near").create().unwrap();
    let snapshot = sandbox.snapshot();
    drop(sandbox);
    let other = Sandbox::new();
    other.revert(&snapshot).unwrap();
    assert!(other.balance("alice.near").is_ok());
}

#[tokio::test]
async fn a_revert_to_another_chain_brings_its_rules() {
    let old = Sandbox::builder().protocol_version(86).chain_id("old").build().unwrap();
    let sandbox = Sandbox::new();
    let client = sandbox.client();
    assert_eq!(client.known_protocol().await.unwrap().chain_id, "sandbox");
    sandbox.revert(&old.snapshot()).unwrap();
    let rules = client.known_protocol().await.unwrap();
    assert_eq!((rules.chain_id.as_str(), rules.version), ("old", 86));
}

#[test]
fn what_ran_is_told_whoever_reverts() {
    let sandbox = Sandbox::new();
    let before = sandbox.snapshot();
    let near = sandbox.impersonate("near").unwrap();
    std::thread::scope(|scope| {
        let acting = scope.spawn(|| {
            for _ in 0..100 {
                near.execute(transfer(1.near()).to("test.near")).unwrap();
                sandbox.root().execute(transfer(1.near()).to("test.near")).unwrap();
            }
        });
        while !acting.is_finished() {
            sandbox.revert(&before).unwrap();
        }
    });
}

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

#[test]
fn named_snapshots_form_a_tree_that_reverts_keep() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create().unwrap();
    sandbox.snapshot_named("ten", "").unwrap();
    let (height, now) = (sandbox.height(), sandbox.now());
    let sent = alice.execute(transfer(4.near()).to("near")).unwrap();
    sandbox.snapshot_named("six", "after the transfer").unwrap();
    for _ in 0..2 {
        sandbox.revert_named("ten").unwrap();
        assert_eq!((sandbox.height(), sandbox.now()), (height, now));
        assert_eq!(alice.balance().unwrap(), 10.near());
        alice.execute(transfer(1.near()).to("near")).unwrap();
        sandbox.revert_named("six").unwrap();
        assert!(sandbox.outcome(&sent.transaction_hash()).is_some());
    }
    let [ten, six] = sandbox.snapshots().try_into().unwrap();
    assert_eq!((ten.parent, six.parent.as_deref(), six.current), (None, Some("ten"), true));
    sandbox.delete_snapshot("ten").unwrap();
    let error = sandbox.revert_named("ten").unwrap_err();
    assert_eq!(error.kind(), "Sandbox.Snapshot.Unknown");
    let error = sandbox.snapshot_named("six", "").unwrap_err();
    assert_eq!(error.kind(), "Sandbox.Snapshot.Invalid");
}

#[test]
fn a_revert_to_a_value_keeps_the_named_snapshots() {
    let sandbox = Sandbox::new();
    let before = sandbox.snapshot();
    sandbox.seal_blocks(3).unwrap();
    sandbox.snapshot_named("three", "").unwrap();
    sandbox.revert(&before).unwrap();
    assert_eq!(sandbox.height(), 0);
    sandbox.revert_named("three").unwrap();
    assert_eq!(sandbox.height(), 3);
    let copy = sandbox.clone();
    copy.reset().unwrap();
    assert_eq!((copy.height(), copy.snapshots().len()), (0, 0));
    assert_eq!(sandbox.snapshots().len(), 1);
}

/// Pruning bounds the history of the chain, and takes nothing from a snapshot.
#[test]
fn a_snapshot_outlives_the_blocks_that_a_sandbox_keeps() {
    let sandbox = Sandbox::builder().keep_blocks(10).build().unwrap();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create().unwrap();
    sandbox.snapshot_named("ten", "").unwrap();
    sandbox.seal_blocks(500).unwrap();
    sandbox.revert_named("ten").unwrap();
    assert_eq!(alice.balance().unwrap(), 10.near());
    sandbox.reset().unwrap();
    assert_eq!(sandbox.height(), 0);
}

use super::super::*;
use crate::outcome::Status;
use crate::{NearLiteral, transfer};

#[test]
fn receipts_advance_block_by_block() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").create().unwrap();
    sandbox.create_account("bob.near").balance(1.near()).create().unwrap();
    let height = sandbox.height();
    let mut block = sandbox.draft_block();
    let first = block.add(&alice, transfer(1.near()).to("bob.near")).unwrap();
    let second = block.add(&alice, transfer(2.near()).to("bob.near")).unwrap();
    block.seal().unwrap();
    assert_eq!(sandbox.height(), height + 1);
    assert_eq!(sandbox.balance("bob.near").unwrap(), 1.near());
    assert_eq!(sandbox.outcome(&first).unwrap().status(), &Status::Pending);
    sandbox.seal_block().unwrap();
    assert_eq!(sandbox.balance("bob.near").unwrap(), 4.near());
    for hash in [first, second] {
        assert!(sandbox.outcome(&hash).unwrap().is_success());
    }
}

#[test]
fn one_that_is_refused_keeps_the_block_from_being() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create().unwrap();
    let height = sandbox.height();
    let mut block = sandbox.draft_block();
    let good = block.add(&alice, transfer(1.near()).to("near")).unwrap();
    block.add(&alice, transfer(11.near()).to("near")).unwrap();
    assert!(block.seal().unwrap_err().kind().starts_with("Refused"));
    assert_eq!(sandbox.height(), height);
    assert!(sandbox.outcome(&good).is_none());
}

#[test]
fn one_that_leaves_too_little_for_the_next_keeps_the_block_from_being() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create().unwrap();
    let height = sandbox.height();
    let mut block = sandbox.draft_block();
    let good = block.add(&alice, transfer(6.near()).to("near")).unwrap();
    block.add(&alice, transfer(6.near()).to("near")).unwrap();
    assert_eq!(block.seal().unwrap_err().kind(), "Refused.Signer.Budget.NotEnough");
    assert_eq!(sandbox.height(), height);
    assert!(sandbox.outcome(&good).is_none());
    assert_eq!(alice.balance().unwrap(), 10.near());
}

#[test]
fn what_cannot_be_meant_is_not_in_the_block() {
    let sandbox = Sandbox::new();
    let alice = sandbox.root();
    let mut block = sandbox.draft_block();
    let error = block.add(&alice, transfer(1.near())).unwrap_err();
    assert_eq!(error.kind(), "Argument.Missing");
    block.add(&alice, transfer(1.near()).to("test.near")).unwrap();
    block.seal().unwrap();
}

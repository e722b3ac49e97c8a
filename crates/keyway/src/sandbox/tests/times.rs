use super::super::*;
use crate::{NearLiteral, transfer};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn each_input_takes_a_second() {
    let sandbox = Sandbox::new();
    let start = sandbox.now();
    sandbox.seal_block().unwrap();
    sandbox.seal_blocks(2).unwrap();
    assert_eq!(sandbox.now(), start + Duration::from_secs(3));
    assert_eq!(sandbox.height(), 3);
}

#[test]
fn time_is_set_and_moved() {
    let sandbox = Sandbox::new();
    let start = sandbox.now();
    sandbox.set_time(start + HOUR).unwrap();
    assert_eq!(sandbox.now(), start + HOUR);
    sandbox.advance(HOUR).unwrap();
    assert_eq!(sandbox.now(), start + 2 * HOUR);
    assert_eq!(sandbox.height(), 2);
    sandbox.advance(Duration::ZERO).unwrap();
    assert_eq!(sandbox.height(), 2);
}

#[test]
fn time_does_not_run_back() {
    let sandbox = Sandbox::new();
    let error = sandbox.set_time(sandbox.now()).unwrap_err();
    assert_eq!(error.kind(), "Sandbox.Time.RunsBack");
    assert_eq!(sandbox.height(), 0);
    let error = sandbox.set_time(UNIX_EPOCH - HOUR).unwrap_err();
    assert_eq!(error.kind(), "Argument.NotUsable");
    let error = sandbox.advance(Duration::MAX).unwrap_err();
    assert_eq!(error.kind(), "Argument.NotUsable");
}

#[test]
fn a_fast_forward_takes_the_time_along() {
    let sandbox = Sandbox::new();
    let start = sandbox.now();
    sandbox.fast_forward(1_000).unwrap();
    let there = sandbox.now();
    assert!(sandbox.height() >= 1_000);
    assert!(there >= start + Duration::from_millis(310_000), "{there:?}");
    sandbox.set_time(there + HOUR).unwrap();
    assert_eq!(sandbox.now(), there + HOUR, "whatever the fast-forward added");
    let error = sandbox.fast_forward(u64::MAX).unwrap_err();
    assert_eq!(error.kind(), "Sandbox.FastForward.Impossible");
}

#[test]
fn a_sandbox_begins_as_it_is_told() {
    let time = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let sandbox = Sandbox::builder()
        .chain_id("my-chain")
        .protocol_version(86)
        .time(time)
        .epoch_length(60)
        .validity_period(5)
        .build()
        .unwrap();
    assert_eq!(sandbox.now(), time);
    let chain = sandbox.chain();
    let genesis = chain.genesis();
    assert_eq!((genesis.chain_id.as_str(), genesis.protocol_version), ("my-chain", 86));
    assert_eq!((genesis.epoch_length, genesis.transaction_validity_period), (60, 5));
}

#[test]
fn a_sandbox_that_cannot_begin_says_why() {
    let error = Sandbox::builder().protocol_version(1).build().unwrap_err();
    assert_eq!(error.kind(), "Sandbox.Genesis.Invalid");
    let error = Sandbox::builder().epoch_length(0).build().unwrap_err();
    assert_eq!(error.kind(), "Sandbox.Genesis.Invalid");
    let error = Sandbox::builder().time(UNIX_EPOCH - HOUR).build().unwrap_err();
    assert_eq!(error.kind(), "Argument.NotUsable");
    let far: Option<SystemTime> = UNIX_EPOCH.checked_add(Duration::from_secs(u64::MAX / 4));
    if let Some(far) = far {
        let error = Sandbox::builder().time(far).build().unwrap_err();
        assert_eq!(error.kind(), "Argument.NotUsable");
    }
}

#[test]
fn a_transaction_expires() {
    let sandbox = Sandbox::builder().validity_period(100).build().unwrap();
    let alice = sandbox.create_account("alice.near").create().unwrap();
    let old = alice.sign(transfer(1.near()).to("near")).unwrap();
    sandbox.fast_forward(200).unwrap();
    let mut block = sandbox.draft_block();
    block.add_signed(old);
    assert_eq!(block.seal().unwrap_err().kind(), "Refused.BlockHash.Expired");
}

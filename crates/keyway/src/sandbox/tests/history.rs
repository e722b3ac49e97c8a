use super::super::history::NewestBlocks;
use super::super::*;
use crate::client::BlockReference;
use crate::{NearLiteral, call, create_account, deploy, transfer};
use keyway_node::Checkpoints;

/// At most this many blocks are in memory when 20 are kept.
const MOST: usize = 20 + 10 + 64;

fn bounded() -> Sandbox {
    Sandbox::builder().keep_blocks(20).build().unwrap()
}

#[test]
fn memory_holds_a_bounded_number_of_blocks() {
    let sandbox = bounded();
    let root = sandbox.root();
    for _ in 0..300 {
        let sent = root.execute(transfer(1.near()).to("test.near")).unwrap();
        assert_eq!(sandbox.outcome(&sent.transaction_hash()), Some(sent));
        assert!(sandbox.chain().blocks_in_memory() <= MOST);
    }
    assert!(sandbox.height() > 600);
}

#[test]
fn the_blocks_of_the_last_input_stay_however_many_they_are() {
    let sandbox = Sandbox::new();
    sandbox.seal_blocks(500).unwrap();
    let chain = sandbox.chain();
    let mut newest = NewestBlocks::new(20);
    assert!(newest.evict(&chain, 0).unwrap().is_none(), "all were sealed since the last call");
    assert_eq!(newest.evict(&chain, 0).unwrap().unwrap().blocks_in_memory(), 20);
}

#[tokio::test]
async fn what_was_pruned_is_unknown_and_the_state_is_not() {
    let sandbox = bounded();
    let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    let root = sandbox.root();
    let game = create_account().to("game.near").then(transfer(10.near())).then(deploy(wasm));
    let created = root.execute(game).unwrap().transaction_hash();
    let height = sandbox.height();
    sandbox.seal_blocks(500).unwrap();
    assert_eq!(sandbox.outcome(&created), None);
    let old = sandbox.client().at(BlockReference::Height(height)).block().await.unwrap_err();
    assert_eq!(old.kind(), "Query.Block.NotFound");
    let called = root.execute(call("game.near", "score").args_json("near")).unwrap();
    assert_eq!(called.json::<u32>().unwrap(), 42);
}

#[test]
fn a_snapshot_keeps_its_blocks_and_a_fork_its_bound() {
    let sandbox = bounded();
    let root = sandbox.root();
    let sent = root.execute(transfer(1.near()).to("test.near")).unwrap();
    let (snapshot, fork) = (sandbox.snapshot(), sandbox.clone());
    for sandbox in [&sandbox, &fork] {
        sandbox.seal_blocks(500).unwrap();
        assert_eq!(sandbox.outcome(&sent.transaction_hash()), None);
        assert!(sandbox.chain().blocks_in_memory() <= MOST);
    }
    sandbox.revert(&snapshot).unwrap();
    assert_eq!(sandbox.outcome(&sent.transaction_hash()), Some(sent));
}

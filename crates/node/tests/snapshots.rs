//! Named snapshots on a home: what was saved is there after every restart, whatever the store has.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway_chain::{Applied, Input, Refused, SnapshotError};
use keyway_node::{DumpOutput, Durability, Home, NewHome, Node, Options, WriteError, dump_state};
use keyway_state::read;
use near_primitives::hash::CryptoHash;
use near_primitives::state_record::StateRecord;
use near_primitives::types::AccountId;
use std::path::Path;

fn new_home(dir: &Path) -> Home {
    assert!(Home::create(dir, &NewHome::default()).unwrap().made);
    Home::read(dir).unwrap()
}

/// How often checkpoints are written, and whether old blocks are pruned.
fn policies() -> [Options; 3] {
    let often = Options { checkpoint_blocks: Some(0), ..Options::default() };
    let pruned = Options { keep_blocks: Some(1), ..often.clone() };
    [Options::default(), often, pruned]
}

fn save(name: &str) -> Input {
    Input::SaveSnapshot { name: name.to_owned(), note: format!("the note of {name}") }
}

fn revert(name: &str) -> Input {
    Input::Revert { name: name.to_owned() }
}

fn write(node: &Node, value: &[u8]) {
    let record = StateRecord::Data {
        account_id: near(),
        data_key: b"key".to_vec().into(),
        value: value.to_vec().into(),
    };
    node.apply(Input::Patch(vec![record])).unwrap();
}

fn near() -> AccountId {
    "near".parse().unwrap()
}

/// The newest block, and what the state has.
fn head(node: &Node) -> (CryptoHash, CryptoHash, Option<Vec<u8>>) {
    let chain = node.snapshot();
    let state = &chain.head().state;
    let data = read::contract_data(state, &near(), b"", None, read::DataLimit::NONE);
    let value = data.unwrap().items.pop().map(|(_, value)| value.to_vec());
    (*chain.head().hash(), state.root(), value)
}

/// Ends the node, by a last checkpoint or as a kill would, and opens its home again.
fn restarted(node: Node, home: &Home, options: &Options, close: bool) -> Node {
    let before = (head(&node), node.snapshot().snapshots());
    if close {
        node.close().unwrap();
    }
    drop(node);
    let again = Node::open(home, options.clone()).unwrap();
    assert_eq!((head(&again), again.snapshot().snapshots()), before);
    again
}

#[test]
fn snapshots_and_reverts_survive_restarts_with_and_without_checkpoints() {
    for options in policies() {
        for close in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let home = new_home(dir.path());
            let again = |node| restarted(node, &home, &options, close);
            let mut node = Node::open(&home, options.clone()).unwrap();
            write(&node, &[1; 2_000]);
            assert_eq!(node.apply(save("one")).unwrap(), Applied::Done);
            let one = head(&node);
            node = again(node);
            write(&node, b"two");
            node.apply(save("two")).unwrap();
            let two = head(&node);
            (0..5).for_each(|_| node.tick().unwrap());
            for _ in 0..2 {
                node = again(node);
                node.apply(revert("one")).unwrap();
                assert_eq!(head(&node), one);
                node = again(node);
                write(&node, b"three");
                node = again(node);
                node.apply(revert("two")).unwrap();
                assert_eq!(head(&node), two);
            }
            node.apply(Input::DeleteSnapshot { name: "one".to_owned() }).unwrap();
            node = again(node);
            let unknown = node.apply(revert("one")).unwrap_err();
            assert!(matches!(
                unknown,
                WriteError::Refused(Refused::Snapshot(SnapshotError::Unknown { .. }))
            ));
            node.apply(Input::Reset).unwrap();
            node = again(node);
            assert_eq!(node.snapshot().head().hash(), node.snapshot().genesis_block().hash());
            assert!(node.snapshot().snapshots().is_empty());
            write(&node, b"four");
            again(node);
        }
    }
}

#[test]
fn a_store_that_is_lost_is_made_again_with_all_snapshots() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(dir.path());
    let options = Options { checkpoint_blocks: Some(0), ..Options::default() };
    let node = Node::open(&home, options.clone()).unwrap();
    for round in 0..5_u8 {
        write(&node, &[round; 100]);
        node.apply(save(&round.to_string())).unwrap();
        if round % 2 == 1 {
            node.apply(revert(&(round - 1).to_string())).unwrap();
        }
    }
    let before = (head(&node), node.snapshot().snapshots());
    node.close().unwrap();
    drop(node);
    std::fs::remove_file(home.journal().with_file_name("store")).unwrap();
    let node = Node::open(&home, options).unwrap();
    assert_eq!((head(&node), node.snapshot().snapshots()), before);
    node.apply(revert("3")).unwrap();
    assert_eq!(head(&node).2, Some(vec![3; 100]));
}

#[test]
fn a_dump_has_the_state_after_a_revert() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(&dir.path().join("one"));
    let node = Node::open(&home, Options::default()).unwrap();
    write(&node, b"kept");
    node.apply(save("one")).unwrap();
    write(&node, b"abandoned");
    node.apply(revert("one")).unwrap();
    let copy = dir.path().join("two");
    dump_state(&home, DumpOutput::Directory(&copy)).unwrap();
    let other = Node::open(&Home::read(&copy).unwrap(), Options::default()).unwrap();
    assert_eq!(head(&other).2, Some(b"kept".to_vec()));
    assert!(other.snapshot().snapshots().is_empty());
}

/// A tree with 500 branches on the longest way: every other revert goes to its end, the rest to any
/// snapshot.
#[test]
fn a_thousand_snapshots_on_many_branches_survive_kills() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(dir.path());
    let options = Options {
        durability: Durability::Process,
        checkpoint_blocks: Some(20),
        ..Options::default()
    };
    let mut node = Node::open(&home, options.clone()).unwrap();
    let mut heads = Vec::new();
    for number in 0..1_000_usize {
        write(&node, &number.to_le_bytes());
        node.apply(save(&number.to_string())).unwrap();
        heads.push(head(&node));
        let next = number + 1;
        let to = if next % 2 == 0 { next - 2 } else { next / 2 * 7_919 % next };
        node.apply(revert(&to.to_string())).unwrap();
        assert_eq!(head(&node), heads[to]);
        if number % 250 == 125 {
            node = restarted(node, &home, &options, number % 500 == 125);
        }
    }
    node.close().unwrap();
    drop(node);
    let node = Node::open(&home, options).unwrap();
    for (number, there) in heads.iter().enumerate() {
        node.apply(revert(&number.to_string())).unwrap();
        assert_eq!(head(&node), *there);
    }
}

/// Many reverts to a snapshot that is only in the store, with blocks between, in a home that prunes.
#[test]
fn a_home_that_prunes_keeps_what_a_snapshot_needs_and_stays_small() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(dir.path());
    let options =
        Options { checkpoint_blocks: Some(20), keep_blocks: Some(1), ..Options::default() };
    let node = Node::open(&home, options).unwrap();
    write(&node, b"kept");
    node.apply(save("one")).unwrap();
    let one = head(&node);
    for round in 0..200_u32 {
        for number in 0..5_u32 {
            write(&node, &[round.to_le_bytes(), number.to_le_bytes()].concat().repeat(200));
        }
        node.apply(revert("one")).unwrap();
        assert_eq!(head(&node), one);
    }
    let chain = node.snapshot();
    assert!(chain.blocks_in_memory() <= 10, "{}", chain.blocks_in_memory());
    node.close().unwrap();
    drop((node, chain));
    let length = std::fs::metadata(home.journal().with_file_name("store")).unwrap().len();
    // 1,000 writes of 1,600 bytes, each with the nodes above it and its block.
    assert!(length < 40 << 20, "{length}");
    let node = Node::open(&home, Options::default()).unwrap();
    node.apply(revert("one")).unwrap();
    assert_eq!(head(&node), one);
}

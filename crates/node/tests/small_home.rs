//! A home that prunes: how long its files get, and what is left in them.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway_chain::{Chain, Input};
use keyway_node::{Clock, Home, NewHome, Node, Options};
use near_primitives::state_record::StateRecord;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that moves a second each time it is asked, so that blocks get too old soon.
#[derive(Debug)]
struct Fast(AtomicU64);

impl Clock for Fast {
    fn now_ns(&self, _chain: &Chain) -> u64 {
        1_900_000_000_000_000_000 + self.0.fetch_add(1_000_000_000, Ordering::Relaxed)
    }
}

/// Writes a hundred values, all of them new.
fn many_short(round: u64) -> Input {
    let value = |key: u64| (round * 1_000 + key).to_le_bytes().repeat(100);
    Input::Patch((0..100).map(|key| data(key, value(key))).collect())
}

/// Writes one new value that has a row of its own.
fn one_long(round: u64) -> Input {
    Input::Patch(vec![data(0, round.to_le_bytes().repeat(50_000))])
}

fn data(key: u64, value: Vec<u8>) -> StateRecord {
    let data_key = key.to_le_bytes().to_vec().into();
    StateRecord::Data { account_id: "near".parse().unwrap(), data_key, value: value.into() }
}

/// Rows that nobody needed stayed in the store for good.
#[test]
fn a_store_does_not_grow_with_what_was_overwritten() {
    for patch in [many_short, one_long] {
        let dir = tempfile::tempdir().unwrap();
        Home::create(dir.path(), &NewHome::default()).unwrap();
        let home = Home::read(dir.path()).unwrap();
        let clock = Arc::new(Fast(AtomicU64::default()));
        let open = || {
            let (checkpoint_blocks, keep_blocks, clock) = (Some(12), Some(1), clock.clone());
            let options = Options { checkpoint_blocks, keep_blocks, clock, ..Options::default() };
            Node::open(&home, options).unwrap()
        };
        let length = || fs::metadata(home.journal().with_file_name("store")).unwrap().len();
        let mut lengths = Vec::new();
        for run in 0..5 {
            let node = open();
            for round in 0..120 {
                node.apply(patch(run * 120 + round)).unwrap();
            }
            node.close().unwrap();
            lengths.push(length());
        }
        assert!(lengths[4] < 2 * lengths[1], "{lengths:?}");
        read_all(&open().snapshot());
    }
}

/// Reads the states of all blocks that are left.
fn read_all(chain: &Chain) {
    let mut block = chain.earliest_block().unwrap();
    assert!(block.height() > 1_000);
    let mut read = 0;
    loop {
        for record in keyway_state::records(&block.state) {
            record.unwrap();
            read += 1;
        }
        let Some(next) = chain.next_block(&block).unwrap() else { break };
        block = next;
    }
    assert!(read > 100, "{read}");
}

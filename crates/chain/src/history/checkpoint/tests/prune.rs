//! Chains whose archive forgets, and what they then still know.

use super::super::*;
use super::rest::{agree, agree_from, many_inputs, resumed};
use crate::inputs::input::Input;
use crate::tests::chain::{Drawer, Drive, NOW, chain, key_record, transfer};
use near_primitives::errors::InvalidTxError;

const SECOND: u64 = 1_000_000_000;

/// Puts what is new of `chain` into the drawer, which then forgets what it may.
fn put_away(chain: &Chain, keep: u64, drawer: &Arc<Drawer>, archive: &CachedArchive) -> Chain {
    let mut checkpoint = chain.checkpoint(drawer.next_row()).unwrap();
    checkpoint.prune(chain, keep).unwrap();
    drawer.put(&checkpoint);
    chain.evict(&checkpoint.written(archive)).unwrap()
}

/// A chain with a transfer in every tenth second, and its twin that forgets; both after `seconds`.
fn twins(keep: u64, seconds: u64, drawer: &Arc<Drawer>) -> (Chain, Chain) {
    let archive = drawer.archive();
    let (mut plain, mut pruned) = (chain(), put_away(&chain(), keep, drawer, &archive));
    for second in 1..=seconds {
        let now_ns = NOW + second * SECOND;
        let input = match second % 10 {
            0 => Input::block(vec![transfer(second, *plain.head().hash())]),
            _ => Input::Tick,
        };
        plain.apply(input.clone(), now_ns).unwrap();
        pruned.apply(input, now_ns).unwrap();
        if second % 7 == 0 {
            pruned = put_away(&pruned, keep, drawer, &archive);
        }
    }
    assert_eq!(pruned.head().hash(), plain.head().hash());
    (plain, pruned)
}

/// Nothing of `block` is known, but its hash in proofs.
#[track_caller]
fn is_forgotten(chain: &Chain, block: &SealedBlock) {
    assert!(chain.block_by_height(block.height()).unwrap().is_none());
    assert!(chain.block_by_hash(block.hash()).unwrap().is_none());
    assert!(chain.chunk(block.chunk_hash()).unwrap().is_none());
    for transaction in &block.transactions {
        assert!(chain.transaction(&transaction.get_hash()).unwrap().is_none());
    }
    for outcome in &block.outcomes {
        assert!(chain.outcome(&outcome.id).unwrap().is_none());
        assert!(chain.receipt(&outcome.id).unwrap().is_none());
    }
}

#[test]
fn old_blocks_are_forgotten_and_new_ones_are_as_if_nothing_were() {
    for (keep, kept) in [(1, 101), (150, 150), (1_000, 1_000)] {
        let (drawer, _) = Drawer::opened();
        let (plain, pruned) = twins(keep, 413, &drawer);
        let head = plain.head().height();
        for chain in [&pruned, &resumed(&drawer.archive())] {
            let earliest = chain.earliest_block().unwrap().height();
            // What came after the last checkpoint waits for the next one.
            let waits = if kept < head { head - earliest + 1 - kept } else { 0 };
            assert!(waits < 14, "{keep}: from {earliest} to {head}");
            assert_eq!(earliest == 0, kept > head);
            agree_from(earliest, chain, &plain);
            for height in 1..earliest {
                is_forgotten(chain, &plain.block_by_height(height).unwrap().unwrap());
            }
            let (ours, first) = (chain.genesis_block(), plain.genesis_block());
            assert_eq!(ours.hash(), first.hash());
            assert!(chain.block_by_height(0).unwrap().is_some());
        }
    }
}

#[test]
fn what_a_shelf_holds_does_not_grow_with_the_chain() {
    let held = |seconds| {
        let (drawer, _) = Drawer::opened();
        twins(120, seconds, &drawer);
        drawer.history()
    };
    let (early, late) = (held(210), held(910));
    assert_eq!(early, late);
}

#[test]
fn a_verdict_is_the_same_whatever_was_forgotten() {
    let (drawer, _) = Drawer::opened();
    let (mut plain, mut pruned) = twins(1, 300, &drawer);
    let now_ns = NOW + 301 * SECOND;
    let mut results = Vec::new();
    for height in (0..=300).rev() {
        let base = *plain.block_by_height(height).unwrap().unwrap().hash();
        let sent = transfer(1_000 + height, base);
        let verdict = |chain: &Chain| chain.admit(&sent).map_err(|refused| refused.to_string());
        assert_eq!(verdict(&pruned), verdict(&plain), "{height}");
        results.push(verdict(&plain));
    }
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 101);
    assert_eq!(results.last(), Some(&Err(InvalidTxError::Expired.to_string())));
    for chain in [&mut plain, &mut pruned] {
        chain.tick(now_ns).unwrap();
    }
    assert_eq!(plain.head().hash(), pruned.head().hash());
}

#[test]
fn a_chain_that_forgets_goes_on_like_one_that_does_not() {
    let (drawer, archive) = Drawer::opened();
    let mut plain = chain();
    put_away(&plain, 1, &drawer, &archive);
    for (number, input) in many_inputs(&plain).into_iter().enumerate() {
        let now_ns = NOW + number as u64 * SECOND;
        let mut chain = resumed(&drawer.archive());
        plain.apply(input.clone(), now_ns).unwrap();
        chain.apply(input, now_ns).unwrap();
        assert_eq!(chain.head().hash(), plain.head().hash(), "input {number}");
        put_away(&chain, 1, &drawer, &drawer.archive());
    }
    let last = resumed(&drawer.archive());
    let earliest = last.earliest_block().unwrap().height();
    assert!(earliest > 20, "{earliest}");
    agree_from(earliest, &last, &plain);
}

/// What is sent again after its nonce was set back is known of the newer block.
#[test]
fn a_name_with_a_newer_meaning_stays() {
    let (drawer, archive) = Drawer::opened();
    let mut chain = put_away(&chain(), 1, &drawer, &archive);
    let base = *chain.head().hash();
    let sent = transfer(1, base);
    chain.apply(Input::block(vec![sent.clone()]), NOW).unwrap();
    let first = chain.transaction(&sent.get_hash()).unwrap().unwrap().block;
    for second in 1..=60 {
        chain.tick(NOW + second * SECOND).unwrap();
    }
    let patch = vec![key_record("alice.near", "alice.near")];
    chain.apply(Input::Patch(patch), NOW + 61 * SECOND).unwrap();
    chain.apply(Input::block(vec![sent.clone()]), NOW + 62 * SECOND).unwrap();
    for second in 63..=140 {
        chain.tick(NOW + second * SECOND).unwrap();
        chain = put_away(&chain, 1, &drawer, &archive);
    }
    assert!(chain.block_by_height(first.height()).unwrap().is_none());
    let again = chain.transaction(&sent.get_hash()).unwrap().unwrap().block;
    assert!(again.height() > first.height());
    assert_eq!(chain.outcome(&sent.get_hash()).unwrap().unwrap().block.hash(), again.hash());
    agree(&resumed(&drawer.archive()), &chain);
}

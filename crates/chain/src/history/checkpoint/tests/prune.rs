//! Chains with pruned archives: what is left, and what is not.

use super::super::*;
use super::evict::{agree, agree_from, many_inputs, resumed};
use crate::blocks::block::SealedBlock;
use crate::history::prune::BlockPruner;
use crate::inputs::input::Input;
use crate::tests::chain::{Drive, MemoryArchive, NOW, chain, key_record, transfer};
use near_primitives::errors::InvalidTxError;

const SECOND: u64 = 1_000_000_000;

/// Writes a checkpoint of `chain` to `memory`, which prunes old blocks.
fn write_checkpoint(
    chain: &Chain,
    keep: u64,
    memory: &Arc<MemoryArchive>,
    archive: &CachedArchive,
) -> Chain {
    let mut checkpoint = chain.checkpoint(memory.next_row()).unwrap();
    BlockPruner::keeping(keep).prune(chain, &mut checkpoint).unwrap();
    memory.put(&checkpoint);
    chain.evict(&checkpoint.written(archive)).unwrap()
}

/// A chain with a transfer in every tenth second, and its pruned twin; both after `seconds`.
fn twins(keep: u64, seconds: u64, memory: &Arc<MemoryArchive>) -> (Chain, Chain) {
    let archive = memory.archive();
    let (mut plain, mut pruned) = (chain(), write_checkpoint(&chain(), keep, memory, &archive));
    for second in 1..=seconds {
        let now_ns = NOW + second * SECOND;
        let input = match second % 10 {
            0 => Input::block(vec![transfer(second, *plain.head().hash())]),
            _ => Input::Tick,
        };
        plain.apply(input.clone(), now_ns).unwrap();
        pruned.apply(input, now_ns).unwrap();
        if second % 7 == 0 {
            pruned = write_checkpoint(&pruned, keep, memory, &archive);
        }
    }
    assert_eq!(pruned.head().hash(), plain.head().hash());
    (plain, pruned)
}

/// Nothing is left of `block`, except its hash in proofs.
#[track_caller]
fn is_pruned(chain: &Chain, block: &SealedBlock) {
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
fn old_blocks_are_pruned_and_newer_ones_are_unchanged() {
    for (keep, kept) in [(1, 101), (150, 150), (1_000, 1_000)] {
        let (memory, _) = MemoryArchive::opened();
        let (plain, pruned) = twins(keep, 413, &memory);
        let head = plain.head().height();
        for chain in [&pruned, &resumed(&memory.archive())] {
            let earliest = chain.earliest_block().unwrap().height();
            // Blocks after the last checkpoint are pruned with the next one.
            let waits = if kept < head { head - earliest + 1 - kept } else { 0 };
            assert!(waits < 14, "{keep}: from {earliest} to {head}");
            assert_eq!(earliest == 0, kept > head);
            agree_from(earliest, chain, &plain);
            for height in 1..earliest {
                is_pruned(chain, &plain.block_by_height(height).unwrap().unwrap());
            }
            let (ours, first) = (chain.genesis_block(), plain.genesis_block());
            assert_eq!(ours.hash(), first.hash());
            assert!(chain.block_by_height(0).unwrap().is_some());
        }
    }
}

#[test]
fn the_size_of_an_archive_does_not_grow_with_the_chain() {
    let held = |seconds| {
        let (memory, _) = MemoryArchive::opened();
        twins(120, seconds, &memory);
        memory.history()
    };
    let (early, late) = (held(210), held(910));
    assert_eq!(early, late);
}

#[test]
fn pruning_changes_no_verdict() {
    let (memory, _) = MemoryArchive::opened();
    let (mut plain, mut pruned) = twins(1, 300, &memory);
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
fn a_pruned_chain_continues_like_an_unpruned_one() {
    let (memory, archive) = MemoryArchive::opened();
    let mut plain = chain();
    write_checkpoint(&plain, 1, &memory, &archive);
    for (number, input) in many_inputs(&plain).into_iter().enumerate() {
        let now_ns = NOW + number as u64 * SECOND;
        let mut chain = resumed(&memory.archive());
        plain.apply(input.clone(), now_ns).unwrap();
        chain.apply(input, now_ns).unwrap();
        assert_eq!(chain.head().hash(), plain.head().hash(), "input {number}");
        write_checkpoint(&chain, 1, &memory, &memory.archive());
    }
    let last = resumed(&memory.archive());
    let earliest = last.earliest_block().unwrap().height();
    assert!(earliest > 20, "{earliest}");
    agree_from(earliest, &last, &plain);
}

/// A transaction that is sent again after its nonce was set back is in two blocks.
#[test]
fn a_name_that_a_newer_block_has_stays() {
    let (memory, archive) = MemoryArchive::opened();
    let mut chain = write_checkpoint(&chain(), 1, &memory, &archive);
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
        chain = write_checkpoint(&chain, 1, &memory, &archive);
    }
    assert!(chain.block_by_height(first.height()).unwrap().is_none());
    let again = chain.transaction(&sent.get_hash()).unwrap().unwrap().block;
    assert!(again.height() > first.height());
    assert_eq!(chain.outcome(&sent.get_hash()).unwrap().unwrap().block.hash(), again.hash());
    agree(&resumed(&memory.archive()), &chain);
}

//! Chains that were evicted to an archive: what they return.

use super::super::*;
use crate::inputs::input::Input;
use crate::spec::ChainOptions;
use crate::tests::chain::{
    Drive, MemoryArchive, NOW, account_record, chain, chain_with, data_record, genesis, inputs,
    propose, transfer,
};
use near_primitives::hash::hash;
use near_vm_runner::NoContractRuntimeCache;

/// Writes a checkpoint of `chain` to `memory`.
pub(super) fn write_checkpoint(
    chain: &Chain,
    memory: &Arc<MemoryArchive>,
    archive: &CachedArchive,
) -> Chain {
    let checkpoint = chain.checkpoint(memory.next_row()).unwrap();
    memory.put(&checkpoint);
    chain.evict(&checkpoint.written(archive)).unwrap()
}

pub(super) fn resumed(archive: &CachedArchive) -> Chain {
    let cache = Arc::new(NoContractRuntimeCache);
    Chain::resume(&genesis().config, ChainOptions::default(), cache, archive).unwrap()
}

/// Inputs of every kind, with base blocks that exist.
pub(super) fn many_inputs(chain: &Chain) -> Vec<Input> {
    let base = *chain.head().hash();
    let fitting = |input| match input {
        Input::Batch(batch) if batch.transactions.len() == 1 => {
            Input::transaction(transfer(1, base))
        }
        Input::Patch(_) => Input::Patch(vec![account_record("patched.near", 7, None)]),
        other => other,
    };
    let stake = propose("near", 10_000_000, 1, base);
    let block = Input::block(vec![transfer(2, base), transfer(3, base)]);
    let more = [Input::transaction(stake), block, Input::Tick, Input::Tick];
    let mut all: Vec<_> = inputs().into_iter().map(fitting).collect();
    // Before the time moves, because the base block would be too old then.
    let time = all.iter().position(|input| matches!(input, Input::Time(_)));
    let time = time.unwrap_or(all.len());
    all.splice(time..time, more);
    all.extend(vec![Input::Tick; 130]);
    all
}

#[track_caller]
pub(super) fn agree(left: &Chain, right: &Chain) {
    agree_from(0, left, right);
}

/// From a height on.
#[track_caller]
pub(super) fn agree_from(height: BlockHeight, left: &Chain, right: &Chain) {
    assert_eq!(left.head().hash(), right.head().hash());
    assert_eq!(left.final_head().hash(), right.final_head().hash());
    assert_eq!(left.near_final().hash(), right.near_final().hash());
    assert_eq!(left.validators(None), right.validators(None));
    for block in right.history.recent_from(height) {
        let proof = left.block_proof(&block, left.final_head());
        assert_eq!(proof, right.block_proof(&block, right.final_head()));
        let same = left.block_by_hash(block.hash()).unwrap().unwrap();
        assert_eq!(stored::pack(&same), stored::pack(&block));
        assert_eq!(same.state.root(), block.state.root());
        assert_eq!(same.stakes, block.stakes);
        let epoch = Some(block.header.epoch_id());
        assert_eq!(left.validators(epoch), right.validators(epoch));
        assert_eq!(left.chunk(block.chunk_hash()).unwrap().unwrap().hash(), block.hash());
        let next = |chain: &Chain| chain.next_block(&block).unwrap().map(|next| *next.hash());
        assert_eq!(next(left), next(right));
        for outcome in &block.outcomes {
            let ran = left.outcome(&outcome.id).unwrap().unwrap();
            // As bytes: one field lives in memory only.
            assert_eq!(stored::encode(&ran.outcome), stored::encode(outcome));
            assert_eq!(ran.block.hash(), block.hash());
            assert_eq!(ran.proof(), right.outcome(&outcome.id).unwrap().unwrap().proof());
            for id in outcome.outcome.receipt_ids.iter().chain([&outcome.id]) {
                assert_eq!(left.receipt(id), right.receipt(id));
                let origin = |chain: &Chain| chain.transaction_of_receipt(id).unwrap();
                assert_eq!(origin(left), origin(right));
            }
        }
        for transaction in &block.transactions {
            let found = left.transaction(&transaction.get_hash()).unwrap().unwrap();
            assert_eq!((&found.transaction, found.block.hash()), (transaction, block.hash()));
        }
    }
    let (of, head) = (left.genesis_block(), left.final_head());
    assert_eq!(left.block_proof(of, head), right.block_proof(of, head));
}

#[test]
fn an_evicted_chain_is_the_same_chain() {
    for every in [1, 3, 20] {
        let (memory, archive) = MemoryArchive::opened();
        let mut plain = chain();
        let mut evicted = write_checkpoint(&plain, &memory, &archive);
        for (number, input) in many_inputs(&plain).into_iter().enumerate() {
            let now_ns = NOW + number as u64 * 1_000_000_000;
            plain.apply(input.clone(), now_ns).unwrap();
            evicted.apply(input, now_ns).unwrap();
            if number % every == 0 {
                evicted = write_checkpoint(&evicted, &memory, &archive);
                assert!(evicted.history.recent_from(0).count() < 8);
            }
        }
        agree(&evicted, &plain);
        write_checkpoint(&evicted, &memory, &archive);
        let (again, fresh) = (resumed(&memory.archive()), plain.head().height());
        agree(&again, &plain);
        assert_eq!(again.head().height(), fresh);
    }
}

#[test]
fn a_chain_can_continue_during_a_checkpoint() {
    for meanwhile in [1, 2, 30] {
        let (memory, archive) = MemoryArchive::opened();
        let mut plain = chain();
        let mut resting = write_checkpoint(&plain, &memory, &archive);
        let mut under_way: Option<Checkpoint> = None;
        for (number, input) in many_inputs(&plain).into_iter().enumerate() {
            let now_ns = NOW + number as u64 * 1_000_000_000;
            plain.apply(input.clone(), now_ns).unwrap();
            resting.apply(input, now_ns).unwrap();
            if number % meanwhile == 0 {
                if let Some(checkpoint) = under_way.take() {
                    memory.put(&checkpoint);
                    resting = resting.evict(&checkpoint.written(&archive)).unwrap();
                    let held = resting.blocks_in_memory() as u64;
                    assert!(held <= resting.head().height() - resting.final_head().height() + 160);
                }
                under_way = Some(resting.checkpoint(memory.next_row()).unwrap());
            }
            assert_eq!(resting.head().hash(), plain.head().hash());
        }
        agree(&resting, &plain);
        // The last one is lost with its node: another begins where the archive is.
        let behind = resumed(&memory.archive());
        let same = plain.block_by_height(behind.head().height()).unwrap().unwrap();
        assert_eq!(behind.head().hash(), same.hash());
        agree(&write_checkpoint(&resting, &memory, &archive), &plain);
        agree(&resumed(&memory.archive()), &plain);
    }
}

#[test]
fn a_resumed_chain_goes_on_as_if_it_had_never_stopped() {
    let (memory, archive) = MemoryArchive::opened();
    let mut plain = chain();
    write_checkpoint(&plain, &memory, &archive);
    for (number, input) in many_inputs(&plain).into_iter().enumerate() {
        let now_ns = NOW + number as u64 * 1_000_000_000;
        let mut chain = resumed(&memory.archive());
        plain.apply(input.clone(), now_ns).unwrap();
        chain.apply(input, now_ns).unwrap();
        assert_eq!(chain.head().hash(), plain.head().hash(), "input {number}");
        write_checkpoint(&chain, &memory, &memory.archive());
    }
    agree(&resumed(&memory.archive()), &plain);
}

#[test]
fn a_failing_archive_makes_an_input_fail_and_changes_nothing() {
    let (memory, archive) = MemoryArchive::opened();
    let plain = chain();
    write_checkpoint(&plain, &memory, &archive);
    let mut chain = resumed(&memory.archive());
    memory.break_down();
    let before = *chain.head().hash();
    let refused = chain.submit(transfer(1, before), NOW).unwrap_err();
    assert!(matches!(refused, crate::Refused::State(StateError::Unreadable { .. })));
    assert_eq!(*chain.head().hash(), before);
    // Unknown is not the same as unreadable.
    assert!(matches!(chain.block_by_height(77), Err(StateError::Unreadable { .. })));
    assert!(matches!(chain.transaction(&before), Err(StateError::Unreadable { .. })));
}

/// Some epoch ends with the last block of a checkpoint.
#[test]
fn how_an_epoch_ended_is_known_wherever_checkpoints_end() {
    for first in 55..65 {
        let (memory, archive) = MemoryArchive::opened();
        let mut chain = write_checkpoint(&chain(), &memory, &archive);
        let mut plain = self::chain();
        for number in 1..=200_u64 {
            chain.tick(NOW + number).unwrap();
            plain.tick(NOW + number).unwrap();
            if number % 60 == first % 60 {
                chain = write_checkpoint(&chain, &memory, &archive);
            }
        }
        write_checkpoint(&chain, &memory, &archive);
        agree(&resumed(&memory.archive()), &plain);
    }
}

/// Each block has gas for one receipt; the others wait while the block that sent them leaves memory.
#[test]
fn a_delayed_receipt_keeps_its_origin() {
    let narrow = || chain_with(|config| config.gas_limit = Gas::from_gas(1));
    let (memory, archive) = MemoryArchive::opened();
    let mut plain = narrow();
    let mut evicted = write_checkpoint(&narrow(), &memory, &archive);
    let base = *plain.head().hash();
    let sent = Input::block((1..=8).map(|nonce| transfer(nonce, base)).collect());
    for (number, input) in (0..).zip([sent].into_iter().chain(vec![Input::Tick; 20])) {
        plain.apply(input.clone(), NOW + number).unwrap();
        evicted.apply(input, NOW + number).unwrap();
        evicted = write_checkpoint(&evicted, &memory, &archive);
    }
    let ran: Vec<_> =
        plain.history.recent_from(0).filter(|block| !block.outcomes.is_empty()).collect();
    assert!(ran.len() > 6, "{}", ran.len());
    agree(&evicted, &plain);
}

#[test]
fn the_weight_of_long_blocks_counts_until_they_are_evicted() {
    let (memory, archive) = MemoryArchive::opened();
    let mut chain = write_checkpoint(&chain(), &memory, &archive);
    let long = 1 << 20;
    for number in 1..=10_u64 {
        // Bytes that LZ4 cannot shorten.
        let part = |part| hash(&[number, part].map(u64::to_le_bytes).concat()).0;
        let value: Vec<u8> = (0..long / 32).flat_map(part).collect();
        let patch = vec![data_record("alice.near", b"key", &value)];
        chain.apply(Input::Patch(patch), NOW + number).unwrap();
        assert!(chain.bytes_in_memory() >= number as usize * value.len());
    }
    let held = write_checkpoint(&chain, &memory, &archive).bytes_in_memory();
    assert!(held < 4 << 20, "{held}");
}

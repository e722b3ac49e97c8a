//! Light-client proofs of blocks that are in an archive: what they read.

use super::evict::{resumed, write_checkpoint};
use crate::tests::chain::{Drive, MemoryArchive, NOW, chain};
use keyway_engine::StateError;
use near_primitives::merkle::verify_hash;

/// A proof once read the hashes of all blocks below.
#[test]
fn a_proof_reads_two_rows_for_each_level_at_most() {
    let (memory, archive) = MemoryArchive::opened();
    let mut plain = chain();
    let mut evicted = write_checkpoint(&plain, &memory, &archive);
    for blocks in 1..=1_000 {
        for chain in [&mut plain, &mut evicted] {
            chain.tick(NOW).unwrap();
        }
        if blocks % 90 == 0 {
            evicted = write_checkpoint(&evicted, &memory, &archive);
        }
    }
    write_checkpoint(&evicted, &memory, &archive);
    for chain in [evicted, resumed(&archive)] {
        for height in [0, 1, 512, 700, 989, 990, 999] {
            let block = plain.block_by_height(height).unwrap().unwrap();
            let before = memory.rows_read();
            let path = chain.block_proof(&block, chain.head()).unwrap().unwrap();
            assert!(memory.rows_read() - before <= 2 * 10, "block {height}");
            assert!(verify_hash(*chain.head().header.block_merkle_root(), &path, *block.hash()));
            assert_eq!(plain.block_proof(&block, plain.head()), Ok(Some(path)));
        }
    }
}

#[test]
fn a_row_that_was_damaged_is_an_error_and_no_proof() {
    let (memory, archive) = MemoryArchive::opened();
    let mut chain = chain();
    (0..20).for_each(|_| chain.tick(NOW).unwrap());
    let chain = write_checkpoint(&chain, &memory, &archive);
    memory.damage_subtrees(&(0, 7));
    // Its path has one hash for the blocks 0 to 7.
    let block = chain.block_by_height(9).unwrap().unwrap();
    let error = chain.block_proof(&block, chain.head()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, StateError::Corrupt { .. }), "{text}");
    assert!(text.contains("no path from"), "{text}");
}

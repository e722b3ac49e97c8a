//! The store, the disk's own time apart.

use crate::{Account, Hand, Problem, World, scatter};
use keyway_chain::{CachedArchive, Chain, Checkpoint, Input};
use keyway_state::NodeStore;
use keyway_store::Store;
use near_primitives::hash::CryptoHash;
use redb::backends::InMemoryBackend;
use std::path::Path;
use std::sync::Arc;

pub(super) fn take(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("store");
    let (checkpoint, rows) = checkpoint(&world.chain, &path)?;
    hand.take_prepared(
        "store/commit a checkpoint of 100 blocks of one transfer",
        || Ok(Store::on(InMemoryBackend::new(), &CHAIN)?),
        |store| Ok(store.commit(&checkpoint, 0)?),
    )?;
    // It holds the file, which one at a time can have open.
    drop(checkpoint);
    hand.take_prepared(
        "store/read 1,000 rows of a store just opened",
        || Ok(Store::open(&path, &CHAIN, CACHE)?),
        |store| (0..READS).try_for_each(|number| read(store, scatter(number) % rows)),
    )
}

/// Puts the chain into a store at `path`, and goes on for [`BLOCKS`] blocks. Returns what the store
/// then lacks, and how many rows it has.
fn checkpoint(chain: &Chain, path: &Path) -> Result<(Checkpoint, u64), Problem> {
    let store = Arc::new(Store::open(path, &CHAIN, CACHE)?);
    let archive = CachedArchive::new(store.clone(), CACHE_BYTES);
    let first = chain.checkpoint(0)?;
    let rows = first.rows.next();
    store.commit(&first, 0)?;
    let mut chain = chain.evict(&first.written(&archive))?;
    let (mut payer, base) = (Account::development(), *chain.head().hash());
    for _ in 0..BLOCKS {
        chain.apply(Input::block(vec![payer.transfer(base)]), 0)?;
    }
    Ok((chain.checkpoint(rows)?, rows))
}

/// The chain with its state in a store at `path` and not in memory.
pub(super) fn stored(chain: &Chain, path: &Path) -> Result<Chain, Problem> {
    let store = Arc::new(Store::open(path, &CHAIN, CACHE)?);
    let archive = CachedArchive::new(store.clone(), CACHE_BYTES);
    let checkpoint = chain.checkpoint(0)?;
    store.commit(&checkpoint, 0)?;
    Ok(chain.evict(&checkpoint.written(&archive))?)
}

fn read(store: &Store, row: u64) -> Result<(), Problem> {
    store.row(row)?.map(drop).ok_or_else(|| format!("row {row} is lost").into())
}

const BLOCKS: u64 = 100;
const READS: u64 = 1_000;
const CACHE_BYTES: usize = 64 << 20;
const CHAIN: CryptoHash = CryptoHash([7; 32]);

/// Of the store, bytes.
const CACHE: usize = 8 << 20;

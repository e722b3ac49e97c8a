//! A chain that rests in a file, also when the disk fails.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use keyway_chain::{
    BlockPruner, CachedArchive, Chain, ChainOptions, Input, LocalChain, local_genesis,
};
use keyway_store::{Store, StoreError};
use near_chain_configs::Genesis;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::version::PROTOCOL_VERSION;
use near_vm_runner::NoContractRuntimeCache;
use redb::{ReadableTable, ReadableTableMetadata, StorageBackend};
use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

const NOW: u64 = 1_900_000_000_000_000_000;

/// One for all: it has the time at which it was made.
static GENESIS: LazyLock<Genesis> =
    LazyLock::new(|| local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &[]));

fn at_genesis() -> Chain {
    Chain::new(&GENESIS, Arc::new(NoContractRuntimeCache)).unwrap()
}

fn archive(store: &Arc<Store>) -> CachedArchive {
    CachedArchive::new(store.clone(), 50_000)
}

fn resumed(store: &Arc<Store>) -> Chain {
    let cache = Arc::new(NoContractRuntimeCache);
    Chain::resume(&GENESIS.config, ChainOptions::default(), cache, &archive(store)).unwrap()
}

/// Writes what is new of `chain`; returns it at rest.
fn put_away(chain: &Chain, store: &Arc<Store>, journal: u64) -> Result<Chain, StoreError> {
    let archive = archive(store);
    let next_row = store.mark()?.map_or(0, |mark| mark.next_row);
    let checkpoint = chain.checkpoint(next_row).unwrap();
    store.commit(&checkpoint, journal)?;
    Ok(chain.evict(&checkpoint.written(&archive)).unwrap())
}

fn ticked(mut chain: Chain, blocks: u64) -> Chain {
    for _ in 0..blocks {
        chain.apply(Input::Tick, NOW + chain.head().height()).unwrap();
    }
    chain
}

fn chain_id() -> CryptoHash {
    hash(b"a chain")
}

fn at(path: &Path) -> Arc<Store> {
    Arc::new(Store::open(path, &chain_id(), CACHE).unwrap())
}

#[test]
fn a_temporary_store_begins_empty_and_answers_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    std::fs::write(&path, "left by another process").unwrap();
    let store = Arc::new(Store::temporary(&path, &chain_id(), CACHE).unwrap());
    assert_eq!(store.mark().unwrap(), None);
    let evicted = put_away(&ticked(at_genesis(), 70), &store, 0).unwrap();
    let plain = ticked(at_genesis(), 70);
    assert!(evicted.blocks_in_memory() < plain.blocks_in_memory());
    for height in 0..=70 {
        let hash = |chain: &Chain| *chain.block_by_height(height).unwrap().unwrap().hash();
        assert_eq!(hash(&evicted), hash(&plain), "block {height}");
    }
}

#[test]
fn a_chain_is_found_again_where_the_last_checkpoint_left_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = at(&path);
    assert_eq!(store.mark().unwrap(), None);
    let rested = put_away(&ticked(at_genesis(), 70), &store, 7).unwrap();
    let rested = put_away(&ticked(rested, 70), &store, 9).unwrap();
    drop((rested, store));
    let store = at(&path);
    assert_eq!(store.mark().unwrap().unwrap().journal, 9);
    let (again, plain) = (resumed(&store), ticked(at_genesis(), 140));
    assert_eq!(again.head().height(), 140);
    for height in 0..=140 {
        let hash = |chain: &Chain| *chain.block_by_height(height).unwrap().unwrap().hash();
        assert_eq!(hash(&again), hash(&plain), "block {height}");
        let found = again.block_by_hash(&hash(&plain)).unwrap().unwrap();
        assert_eq!(found.height(), height);
    }
    assert_eq!(
        again.block_proof(again.genesis_block(), again.head()),
        plain.block_proof(plain.genesis_block(), plain.head())
    );
    assert!(again.block_by_height(141).unwrap().is_none());
}

/// The chain after rounds of 60 blocks, a second each; the store may forget all but `keep` blocks.
fn in_rounds(rounds: u64, keep: Option<u64>, store: &Arc<Store>) -> Chain {
    let mut chain = put_away(&at_genesis(), store, 0).unwrap();
    let mut pruner = keep.map(BlockPruner::keeping);
    for _ in 0..rounds {
        for _ in 0..60 {
            chain.apply(Input::Tick, NOW + chain.head().height() * 1_000_000_000).unwrap();
        }
        let mut checkpoint = chain.checkpoint(store.mark().unwrap().unwrap().next_row).unwrap();
        if let Some(pruner) = &mut pruner {
            pruner.prune(&chain, &mut checkpoint).unwrap();
        }
        store.commit(&checkpoint, 0).unwrap();
        chain = chain.evict(&checkpoint.written(&archive(store))).unwrap();
    }
    chain
}

#[test]
fn a_store_that_forgets_stays_small_and_proves_what_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let file = |rounds, keep| {
        let path = dir.path().join(format!("{rounds} {keep:?}"));
        in_rounds(rounds, keep, &at(&path));
        path
    };
    let long = |path: &Path| std::fs::metadata(path).unwrap().len();
    let (few, many, all) = (file(20, Some(1)), file(80, Some(1)), file(80, None));
    // The tree of blocks and epochs stay.
    assert!(long(&many) - long(&few) < 80 * 60 * 160, "{} and {}", long(&many), long(&few));
    assert!(long(&all) > 2 * long(&many), "{} and {}", long(&all), long(&many));
    let (ours, plain) = (resumed(&at(&many)), resumed(&at(&all)));
    assert_eq!(ours.head().hash(), plain.head().hash());
    let earliest = ours.earliest_block().unwrap();
    assert!((4_500..4_800).contains(&earliest.height()), "{}", earliest.height());
    assert!(ours.block_by_height(earliest.height() - 1).unwrap().is_none());
    for block in [ours.genesis_block(), &earliest, ours.final_head()] {
        let proof = ours.block_proof(block, ours.head()).unwrap();
        assert_eq!(proof, plain.block_proof(block, plain.head()).unwrap());
        assert!(proof.is_some());
    }
}

#[test]
fn another_chain_a_second_process_and_no_store_at_all_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = at(&path);
    assert!(
        matches!(Store::open(&path, &chain_id(), CACHE), Err(StoreError::File(_))),
        "it is open"
    );
    drop(store);
    let other = Store::open(&path, &hash(b"another chain"), CACHE);
    assert!(matches!(other, Err(StoreError::OtherChain)), "{other:?}");
    std::fs::write(&path, b"something else altogether").unwrap();
    assert!(matches!(Store::open(&path, &chain_id(), CACHE), Err(StoreError::File(_))));
}

/// A disk in memory that can fill up.
#[derive(Clone, Debug, Default)]
struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    /// Writes until it is full; none: it has room.
    room: Arc<Mutex<Option<u32>>>,
}

impl Disk {
    fn full(&self) -> io::Result<()> {
        match &mut *self.room.lock().unwrap() {
            Some(0) => Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device")),
            Some(room) => {
                *room -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        out.copy_from_slice(&self.bytes.lock().unwrap()[offset..offset + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.full()?;
        self.bytes.lock().unwrap().resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.full()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.full()?;
        let offset = usize::try_from(offset).unwrap();
        self.bytes.lock().unwrap()[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}

#[test]
fn a_disk_that_fills_up_in_a_checkpoint_leaves_the_one_before() {
    let mut refused = 0;
    for room in 0..200 {
        let disk = Disk::default();
        let store = Arc::new(Store::on(disk.clone(), &chain_id()).unwrap());
        let rested = put_away(&ticked(at_genesis(), 5), &store, 7).unwrap();
        *disk.room.lock().unwrap() = Some(room);
        let second = put_away(&ticked(rested, 70), &store, 9);
        drop(store);
        *disk.room.lock().unwrap() = None;
        let store = Arc::new(Store::on(disk, &chain_id()).unwrap());
        let mark = store.mark().unwrap().unwrap();
        let height = resumed(&store).head().height();
        if second.is_ok() {
            assert_eq!((mark.journal, height), (9, 75), "room for {room} writes");
            break;
        }
        refused += 1;
        // The last write may have made it, though its sync did not.
        assert!([(7, 5), (9, 75)].contains(&(mark.journal, height)), "room for {room} writes");
    }
    assert!((3..200).contains(&refused), "{refused}");
}

/// A process can be killed in the making of a store, and a disk can be full.
#[test]
fn a_store_that_was_never_finished_is_made_again() {
    let mut unfinished = 0;
    for room in 0.. {
        let disk = Disk::default();
        *disk.room.lock().unwrap() = Some(room);
        if Store::on(disk.clone(), &chain_id()).is_ok() {
            break;
        }
        unfinished += 1;
        let dir = tempfile::tempdir().unwrap();
        let (path, new) = (dir.path().join("store"), dir.path().join("store.new"));
        std::fs::write(&new, &*disk.bytes.lock().unwrap()).unwrap();
        assert_eq!(at(&path).mark().unwrap(), None);
        assert!(!new.exists(), "room for {room} writes");
        assert_eq!(at(&path).mark().unwrap(), None);
    }
    assert!(unfinished > 3, "{unfinished}");
}

#[test]
fn a_store_has_its_name_only_when_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (path, new) = (dir.path().join("store"), dir.path().join("store.new"));
    // Nothing can be written there.
    std::fs::create_dir(&new).unwrap();
    assert!(matches!(Store::open(&path, &chain_id(), CACHE), Err(StoreError::File(_))));
    assert!(!path.exists());
}

#[test]
fn a_store_of_an_older_format_opens_and_gets_the_new_one_with_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let apply = |chain: &mut Chain, input| chain.apply(input, NOW).unwrap();
    let revert = || Input::Revert { name: "one".to_owned() };
    let mut chain = ticked(at_genesis(), 5);
    apply(&mut chain, Input::SaveSnapshot { name: "one".to_owned(), note: "first".to_owned() });
    let (one, listed) = (*chain.head().hash(), chain.snapshots());
    let chain = put_away(&ticked(chain, 2), &at(&path), 7).unwrap();
    drop(chain);
    make_format_5(&path);
    for format in [4, 5] {
        set_format(&path, format);
        let store = at(&path);
        let mut chain = resumed(&store);
        assert_eq!((chain.head().height(), chain.snapshots()), (7, listed.clone()));
        assert_eq!(chain.block_by_hash(&one).unwrap().unwrap().height(), 5);
        apply(&mut chain, revert());
        assert_eq!(*chain.head().hash(), one);
        drop((chain, store));
        assert_eq!(format_of(&path), format);
    }
    {
        let store = at(&path);
        let mut chain = resumed(&store);
        apply(&mut chain, revert());
        put_away(&ticked(chain, 1), &store, 8).unwrap();
    }
    assert_eq!(format_of(&path), u64::from(keyway_store::FORMAT));
    {
        let mut chain = resumed(&at(&path));
        assert_eq!((chain.head().height(), chain.branch()), (6, 1));
        assert_eq!(chain.block_by_hash(&one).unwrap().unwrap().height(), 5);
        apply(&mut chain, revert());
        assert_eq!(*chain.head().hash(), one);
    }
    for other in [3, u64::from(keyway_store::FORMAT) + 1] {
        set_format(&path, other);
        let error = Store::open(&path, &chain_id(), CACHE).unwrap_err();
        assert!(matches!(error, StoreError::Format { found, .. } if found == other), "{error}");
    }
}

/// A file of format 5 has the hashes of pruned blocks in place of the tree's rows.
#[test]
fn a_store_without_the_tree_of_blocks_proves_the_same_before_and_after_it_has_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    in_rounds(8, Some(1), &at(&path));
    let proofs = |chain: &Chain| {
        let earliest = chain.earliest_block().unwrap();
        assert!(earliest.height() > 100, "{}", earliest.height());
        [chain.genesis_block(), &earliest, chain.final_head()]
            .map(|block| chain.block_proof(block, chain.head()).unwrap().unwrap())
    };
    let expected = proofs(&resumed(&at(&path)));
    make_format_5(&path);
    set_format(&path, 5);
    let store = at(&path);
    let old = resumed(&store);
    assert_eq!(proofs(&old), expected);
    let new = put_away(&old, &store, 8).unwrap();
    assert_eq!(proofs(&new), expected);
    assert_eq!(proofs(&resumed(&store)), expected);
    drop((old, new, store));
    let tables = redb::Database::open(&path).unwrap().begin_write().unwrap();
    assert!(!tables.delete_table(PRUNED).unwrap());
    assert_eq!(tables.open_table(SUBTREES).unwrap().len().unwrap(), 8 * 60 + 1);
}

/// Makes the tree of blocks what a program of format 5 would have written: the hashes of pruned blocks,
/// here of seconds, so that their heights are their leaves.
fn without_subtrees(path: &Path) {
    let batch = redb::Database::open(path).unwrap().begin_write().unwrap();
    {
        let rows = batch.open_table(SUBTREES).unwrap();
        let mut pruned = batch.open_table(PRUNED).unwrap();
        let blocks = batch.open_table(BLOCKS).unwrap();
        for row in rows.iter().unwrap() {
            let (at, row) = row.unwrap();
            if blocks.get(at.value()).unwrap().is_none() {
                pruned.insert(at.value(), row.value().first_chunk().unwrap()).unwrap();
            }
        }
    }
    batch.delete_table(SUBTREES).unwrap();
    batch.commit().unwrap();
}

/// Writes the index by hash as one table, as programs did up to format 6.
fn without_runs(path: &Path) {
    let batch = redb::Database::open(path).unwrap().begin_write().unwrap();
    {
        let (runs, mut names) = (batch.open_table(RUNS).unwrap(), batch.open_table(NAMES).unwrap());
        for row in runs.iter().unwrap() {
            let (_, row) = row.unwrap();
            let mut left = row.value();
            while let Some((name, rest)) = left.split_first_chunk::<32>() {
                let (branch, rest) = rest.split_first_chunk().unwrap();
                let (length, rest) = rest.split_first_chunk().unwrap();
                let (known, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
                names.insert((name, u64::from_le_bytes(*branch)), known).unwrap();
                left = rest;
            }
        }
        assert!(names.len().unwrap() > 0);
        batch.open_table(META).unwrap().remove("name_run_list").unwrap();
    }
    batch.delete_table(RUNS).unwrap();
    batch.commit().unwrap();
}

type Place = (u64, u64);
const RUNS: redb::TableDefinition<'static, (u64, &[u8; 32]), &[u8]> =
    redb::TableDefinition::new("name_runs");
const NAMES: redb::TableDefinition<'static, (&[u8; 32], u64), &[u8]> =
    redb::TableDefinition::new("names");
const SUBTREES: redb::TableDefinition<'static, Place, &[u8]> =
    redb::TableDefinition::new("subtrees");
const PRUNED: redb::TableDefinition<'static, Place, &[u8; 32]> =
    redb::TableDefinition::new("pruned");
const BLOCKS: redb::TableDefinition<'static, Place, (&[u8; 32], &[u8])> =
    redb::TableDefinition::new("blocks");

const META: redb::TableDefinition<'static, &str, &[u8]> = redb::TableDefinition::new("meta");

/// Makes a store what a program of format 5 would have written: heads and snapshots have all of their
/// branches, here branch 0 alone, and there is no table of branches and no tree of blocks.
fn make_format_5(path: &Path) {
    without_subtrees(path);
    without_runs(path);
    let head = |value: &[u8]| with_parts(value, 0);
    let saved = |value: &[u8]| {
        let text = |at: usize| {
            at + 4
                + usize::try_from(u32::from_le_bytes(*value[at..].first_chunk().unwrap())).unwrap()
        };
        let parent = text(text(8));
        let saved_ns = parent + if value[parent] == 1 { 9 } else { 1 };
        with_parts(value, saved_ns + 8)
    };
    let batch = redb::Database::open(path).unwrap().begin_write().unwrap();
    {
        let mut meta = batch.open_table(META).unwrap();
        let value = head(meta.get("head").unwrap().unwrap().value());
        meta.insert("head", value.as_slice()).unwrap();
    }
    let each = |name, change: &dyn Fn(&[u8]) -> Vec<u8>| {
        let definition = redb::TableDefinition::<u64, &[u8]>::new(name);
        let mut table = batch.open_table(definition).unwrap();
        let rows = table.iter().unwrap().map(|row| row.unwrap());
        let rows: Vec<_> = rows.map(|(key, row)| (key.value(), change(row.value()))).collect();
        for (key, value) in rows {
            table.insert(key, value.as_slice()).unwrap();
        }
    };
    each("snapshots", &saved);
    each("snapshot_heads", &head);
    let branches = redb::TableDefinition::<u64, &[u8]>::new("branches");
    assert!(batch.delete_table(branches).unwrap());
    batch.commit().unwrap();
}

/// A value whose lineage, at `at`, is one part in the place of its newest branch.
fn with_parts(value: &[u8], at: usize) -> Vec<u8> {
    let (before, lineage) = value[..value.len() - 8].split_at(at);
    let (mark, rest) = lineage.split_at(4);
    assert_eq!(mark, [0xff; 4]);
    let value = [before, &1_u32.to_le_bytes(), &0_u64.to_le_bytes(), rest].concat();
    let checksum = hash(&value);
    [&value[..], &checksum.0[..8]].concat()
}

fn set_format(path: &Path, format: u64) {
    let batch = redb::Database::open(path).unwrap().begin_write().unwrap();
    let bytes = format.to_le_bytes();
    batch.open_table(META).unwrap().insert("format", bytes.as_slice()).unwrap();
    batch.commit().unwrap();
}

fn format_of(path: &Path) -> u64 {
    let batch = redb::Database::open(path).unwrap().begin_write().unwrap();
    let table = batch.open_table(META).unwrap();
    let bytes = table.get("format").unwrap().unwrap().value().try_into().unwrap();
    u64::from_le_bytes(bytes)
}

/// Of the store, bytes.
const CACHE: usize = 8 << 20;

//! The tables of the file.

use crate::{FORMAT, names};
use keyway_chain::{Checkpoint, Pruned};
use keyway_state::Rows;
use near_primitives::hash::CryptoHash;
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableError,
    WriteTransaction,
};
use std::ops::Bound;

pub(crate) type Hash = &'static [u8; 32];
pub(crate) type Bytes = &'static [u8];

/// Single values, by the names in [`meta`].
pub(crate) const META: TableDefinition<'static, &str, Bytes> = TableDefinition::new("meta");
/// Rows of states, by number.
pub(crate) const ROWS: TableDefinition<'static, u64, Bytes> = TableDefinition::new("rows");
/// Blocks by branch and height: hash, and the block.
pub(crate) const BLOCKS: TableDefinition<'static, (u64, u64), (Hash, Bytes)> =
    TableDefinition::new("blocks");
/// The inner nodes of the Merkle tree over the blocks' hashes, by branch and leaf.
pub(crate) const SUBTREES: TableDefinition<'static, (u64, u64), Bytes> =
    TableDefinition::new("subtrees");
/// Hashes of pruned blocks, by branch and height; up to format 5.
pub(crate) const PRUNED: TableDefinition<'static, (u64, u64), Hash> =
    TableDefinition::new("pruned");
/// Epochs by branch and id.
pub(crate) const EPOCHS: TableDefinition<'static, (u64, Hash), Bytes> =
    TableDefinition::new("epochs");
/// Branches, by number.
pub(crate) const BRANCHES: TableDefinition<'static, u64, Bytes> = TableDefinition::new("branches");
/// Named snapshots, by number.
pub(crate) const SNAPSHOTS: TableDefinition<'static, u64, Bytes> =
    TableDefinition::new("snapshots");
/// The heads of snapshots and of the chain's first block, by number.
pub(crate) const SNAPSHOT_HEADS: TableDefinition<'static, u64, Bytes> =
    TableDefinition::new("snapshot_heads");

/// Names of single values. Numbers are u64, little endian.
pub(crate) mod meta {
    /// The file's format.
    pub(crate) const FORMAT: &str = "format";
    /// The chain's identity, a hash.
    pub(crate) const CHAIN: &str = "chain";
    /// How much of the journal's records the checkpoint covers, bytes.
    pub(crate) const JOURNAL: &str = "journal";
    /// The number of the first free row.
    pub(crate) const NEXT_ROW: &str = "next_row";
    /// The chain's head.
    pub(crate) const HEAD: &str = "head";
    /// The runs of names, oldest first: the number of each, how many entries it has, and how many of them
    /// delete others.
    pub(crate) const NAME_RUN_LIST: &str = "name_run_list";
}

/// Creates the tables, unless the file has them.
pub(crate) fn create(database: &Database, chain: &CryptoHash) -> Result<(), redb::Error> {
    match database.begin_read()?.open_table(META) {
        Err(TableError::TableDoesNotExist(_)) => {}
        other => return Ok(other.map(|_table| ())?),
    }
    let batch = database.begin_write()?;
    {
        let mut meta = batch.open_table(META)?;
        meta.insert(meta::FORMAT, u64::from(FORMAT).to_le_bytes().as_slice())?;
        meta.insert(meta::CHAIN, chain.as_bytes().as_slice())?;
        batch.open_table(ROWS)?;
        batch.open_table(BLOCKS)?;
        batch.open_table(SUBTREES)?;
        names::create(&batch)?;
        batch.open_table(EPOCHS)?;
        batch.open_table(BRANCHES)?;
        batch.open_table(SNAPSHOTS)?;
        batch.open_table(SNAPSHOT_HEADS)?;
    }
    Ok(batch.commit()?)
}

/// Appends rows.
pub(crate) fn write_rows(batch: &WriteTransaction, rows: &Rows) -> Result<(), redb::Error> {
    let mut table = batch.open_table(ROWS)?;
    let mut end = table.upper_bound_mut(Bound::<u64>::Unbounded)?;
    for (number, row) in rows.iter() {
        end.insert_before(number, row.as_slice())?;
    }
    Ok(end.close()?)
}

/// Writes a checkpoint. `before` has what is there so far.
pub(crate) fn write(
    before: &ReadTransaction,
    batch: &WriteTransaction,
    checkpoint: &Checkpoint,
    journal: u64,
) -> Result<(), redb::Error> {
    prune(batch, &checkpoint.pruned)?;
    free_rows(batch, &checkpoint.freed)?;
    write_rows(batch, &checkpoint.rows)?;
    let mut table = batch.open_table(BLOCKS)?;
    for (at, hash, block) in checkpoint.blocks() {
        table.insert((at.branch, at.height), (hash.as_bytes(), block.as_slice()))?;
    }
    write_subtrees(batch, &checkpoint.subtrees)?;
    // The first checkpoint on a file of an older format makes rows of its hashes.
    batch.delete_table(PRUNED)?;
    let pruned = checkpoint.pruned.names.iter().map(|(name, branch)| (name, *branch));
    names::write(before, batch, pruned, checkpoint.names())?;
    let mut table = batch.open_table(EPOCHS)?;
    for (branch, id, epoch) in &checkpoint.epochs {
        table.insert((*branch, id.as_bytes()), epoch.as_slice())?;
    }
    let mut table = batch.open_table(BRANCHES)?;
    for (number, branch) in &checkpoint.branches {
        table.insert(number, branch.as_slice())?;
    }
    write_snapshots(batch, checkpoint)?;
    let mut table = batch.open_table(META)?;
    // The file may have an older format so far.
    table.insert(meta::FORMAT, u64::from(FORMAT).to_le_bytes().as_slice())?;
    table.insert(meta::HEAD, checkpoint.head.as_slice())?;
    table.insert(meta::JOURNAL, journal.to_le_bytes().as_slice())?;
    table.insert(meta::NEXT_ROW, checkpoint.rows.next().to_le_bytes().as_slice())?;
    Ok(())
}

/// Writes rows in the order of their leaves. Most are appended, which fills the pages.
fn write_subtrees(
    batch: &WriteTransaction,
    rows: &[((u64, u64), Vec<u8>)],
) -> Result<(), redb::Error> {
    let mut table = batch.open_table(SUBTREES)?;
    let last = table.last()?.map(|(leaf, _)| leaf.value());
    let (within, after) = rows.split_at(rows.partition_point(|(leaf, _)| Some(*leaf) <= last));
    for (leaf, row) in within {
        table.insert(leaf, row.as_slice())?;
    }
    let mut end = table.upper_bound_mut(Bound::<(u64, u64)>::Unbounded)?;
    for (leaf, row) in after {
        end.insert_before(leaf, row.as_slice())?;
    }
    Ok(end.close()?)
}

fn write_snapshots(batch: &WriteTransaction, checkpoint: &Checkpoint) -> Result<(), redb::Error> {
    let (mut snapshots, mut heads) =
        (batch.open_table(SNAPSHOTS)?, batch.open_table(SNAPSHOT_HEADS)?);
    for number in &checkpoint.deleted_snapshots {
        snapshots.remove(number)?;
        heads.remove(number)?;
    }
    for (number, snapshot) in &checkpoint.snapshots {
        snapshots.insert(number, snapshot.as_slice())?;
    }
    for (number, head) in &checkpoint.snapshot_heads {
        heads.insert(number, head.as_slice())?;
    }
    Ok(())
}

fn free_rows(batch: &WriteTransaction, freed: &[u64]) -> Result<(), redb::Error> {
    let mut rows = batch.open_table(ROWS)?;
    for row in freed {
        rows.remove(row)?;
    }
    Ok(())
}

fn prune(batch: &WriteTransaction, pruned: &Pruned) -> Result<(), redb::Error> {
    let (mut blocks, mut subtrees) = (batch.open_table(BLOCKS)?, batch.open_table(SUBTREES)?);
    for at in &pruned.blocks {
        blocks.remove((at.branch, at.height))?;
    }
    for (at, leaf) in &pruned.abandoned {
        blocks.remove((at.branch, at.height))?;
        subtrees.remove((at.branch, *leaf))?;
    }
    Ok(())
}

/// A table that a file of another format may lack.
pub(crate) fn if_there<T>(table: Result<T, TableError>) -> Result<Option<T>, redb::Error> {
    match table {
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        other => Ok(other.map(Some)?),
    }
}

//! Frees the rows of states that no block of an archive needs any more.
//!
//! States share rows, within a block and between blocks, so only a search can tell what a pruned
//! block leaves behind. A cycle *marks* the rows that the archive's blocks reach, and then *sweeps*
//! the others. It goes on by a bounded number of rows with each checkpoint, and what it frees leaves
//! the archive together with that checkpoint.
//!
//! Marking ends when the rows of all blocks in the archive are marked, within one step. Later blocks
//! have higher positions, so none is missed. What later checkpoints refer to is among the marked rows:
//! their states descend from that of the newest block or of a snapshot, whose blocks are in the archive
//! and are not pruned, and [`StoredAddresses`](keyway_state::StoredAddresses) knows rows of the last
//! checkpoint only, none of whose blocks was pruned before the step. Rows that were added after the end
//! of marking are not swept.

use crate::chain::Chain;
use crate::history::archive::CachedArchive;
use crate::history::checkpoint::Checkpoint;
use crate::history::lineage::Position;
use crate::history::stored::StoredBlock;
use keyway_engine::StateError;
use keyway_state::{Address, row_refs};
use std::collections::BTreeMap;
use std::mem::take;

/// Finds rows to free, a few with each checkpoint. It lives in memory only: after a restart a cycle
/// begins again.
#[derive(Debug, Default)]
pub struct RowCollector {
    phase: Phase,
    /// Rows that the last cycle found in use; none before the first.
    in_use: Option<u64>,
    /// The number of the first row that the last cycle did not look at.
    seen: u64,
    /// Bytes of long values that were added since the last cycle began.
    value_bytes: usize,
    /// Whether blocks were pruned since the last cycle began.
    pruned: bool,
}

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Idle,
    Mark(Mark),
    Sweep(Sweep),
}

#[derive(Debug, Default)]
struct Mark {
    marked: RowSet,
    /// Marked, but not what they refer to.
    pending: Vec<Address>,
    /// The block whose state was marked last.
    last: Option<Position>,
}

#[derive(Debug)]
struct Sweep {
    marked: RowSet,
    /// The rows to look at.
    next: u64,
    end: u64,
}

impl RowCollector {
    /// Goes on with the search, and lets `checkpoint` free what it finds. `checkpoint` is one of
    /// `chain` whose first new row has the number `first_row`.
    ///
    /// # Errors
    /// When the archive cannot be read. The collector is of no use then.
    pub fn collect(
        &mut self,
        chain: &Chain,
        checkpoint: &mut Checkpoint,
        first_row: u64,
    ) -> Result<(), StateError> {
        let Some(archive) = chain.history.archive() else { return Ok(()) };
        self.pruned |= checkpoint.pruned.positions().next().is_some();
        self.value_bytes += checkpoint.rows.value_bytes();
        let most = checkpoint.rows.next().saturating_sub(first_row) * 2 + MORE;
        self.phase = match take(&mut self.phase) {
            Phase::Idle if self.is_due(first_row) => {
                (self.pruned, self.value_bytes) = (false, 0);
                Phase::Mark(Mark::default())
            }
            Phase::Idle => Phase::Idle,
            Phase::Mark(mut mark) => match mark.go_on(archive, most)? {
                false => Phase::Mark(mark),
                true => {
                    (self.in_use, self.seen) = (Some(mark.marked.len()), first_row);
                    Phase::Sweep(Sweep { marked: mark.marked, next: 0, end: first_row })
                }
            },
            Phase::Sweep(mut sweep) => match sweep.go_on(archive, most, &mut checkpoint.freed)? {
                false => Phase::Sweep(sweep),
                true => Phase::Idle,
            },
        };
        Ok(())
    }

    /// A cycle reads all nodes in use, so it should find more than these, or much space. How much a
    /// chain that was just opened has left behind is unknown.
    fn is_due(&self, next_row: u64) -> bool {
        let Some(in_use) = self.in_use else { return self.pruned };
        let added = next_row.saturating_sub(self.seen);
        let many = added > in_use.saturating_mul(2).max(LEAST);
        let long = self.value_bytes > LONG && added > in_use / 4;
        self.pruned && (many || long)
    }
}

impl Mark {
    /// Marks about `most` rows. Returns whether all rows in use are marked.
    fn go_on(&mut self, archive: &CachedArchive, most: u64) -> Result<bool, StateError> {
        let enough = self.marked.len().saturating_add(most);
        let mut blocks = 0;
        while self.marked.len() < enough && blocks < most {
            if let Some(at) = self.pending.pop() {
                self.follow(archive, &at)?;
                continue;
            }
            let at = match self.last {
                // No block is before it, so the search for others can begin there.
                None => Some(Position::default()),
                Some(last) => archive.source.position_above(last)?,
            };
            let Some(at) = at else { return Ok(true) };
            self.last = Some(at);
            blocks += 1;
            if let Some(block) = archive.source.block(at)? {
                self.add(StoredBlock::read(&block)?.state()?.address());
            }
        }
        Ok(false)
    }

    fn follow(&mut self, archive: &CachedArchive, at: &Address) -> Result<(), StateError> {
        let row = archive.source.row(at.row)?.ok_or_else(|| StateError::Unreadable {
            reason: format!("row {} of the store is missing", at.row),
        })?;
        let refs = row_refs(at, &row)?;
        if let Some(value) = refs.value {
            self.marked.insert(value);
        }
        self.add(refs.nodes);
        Ok(())
    }

    fn add(&mut self, nodes: impl IntoIterator<Item = Address>) {
        let new = nodes.into_iter().filter(|at| self.marked.insert(at.row));
        self.pending.extend(new);
    }
}

impl Sweep {
    /// Looks at rows until `most` are found that are not in use. Returns whether all were looked at.
    fn go_on(
        &mut self,
        archive: &CachedArchive,
        most: u64,
        freed: &mut Vec<u64>,
    ) -> Result<bool, StateError> {
        // To look at a row is much cheaper than to mark it.
        let looked_at = usize::try_from(most).unwrap_or(usize::MAX).saturating_mul(8);
        let rows = archive.source.rows(self.next..self.end, looked_at)?;
        let all = rows.len() < looked_at;
        for row in rows {
            self.next = row + 1;
            if !self.marked.contains(row) {
                freed.push(row);
            }
        }
        Ok(all)
    }
}

/// Row numbers, as bits: most of those in use are close together.
#[derive(Debug, Default)]
struct RowSet {
    words: BTreeMap<u64, u64>,
    len: u64,
}

impl RowSet {
    /// Adds a row. Returns whether it is new.
    fn insert(&mut self, row: u64) -> bool {
        let (word, bit) = (self.words.entry(row / 64).or_default(), 1 << (row % 64));
        let new = *word & bit == 0;
        *word |= bit;
        self.len += u64::from(new);
        new
    }

    fn contains(&self, row: u64) -> bool {
        self.words.get(&(row / 64)).is_some_and(|word| word & 1 << (row % 64) != 0)
    }

    fn len(&self) -> u64 {
        self.len
    }
}

/// How many rows a checkpoint may mark or free besides two for each that it adds.
const MORE: u64 = if cfg!(test) { 20 } else { 10_000 };

/// A cycle is not worth its while before so many rows were added.
const LEAST: u64 = if cfg!(test) { 50 } else { 10_000 };

/// Bytes of long values that make a cycle worth its while earlier.
const LONG: usize = 64 << 20;

//! What an archive does not have of a chain and its snapshots yet.

use crate::chain::Chain;
use crate::epochs::schedule::Epoch;
use crate::history::archive::CachedArchive;
use crate::history::branches;
use crate::history::evict::Archived;
use crate::history::lineage::Position;
use crate::history::made::MadeStates;
use crate::history::packed::Kept;
use crate::history::snapshots::{ArchivedSnapshots, Extent};
use crate::history::stored::{self, Head, Named, NewestHead, StoredState};
use crate::history::subtrees::{Subtrees, row_bytes};
use crate::history::work::Work;
use keyway_engine::StateError;
use keyway_state::Rows;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, EpochId, Gas};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What an archive does not have of a chain yet. It is written completely or not at all.
///
/// It shares blocks and states with the chain. What the archive gets of them is made while it is
/// written.
#[derive(Debug)]
pub struct Checkpoint {
    /// New rows of states.
    pub rows: Rows,
    /// See [`Checkpoint::blocks`].
    pub(crate) blocks: Vec<(Position, Kept, StoredState)>,
    /// Rows of the tree of blocks, by branch and leaf.
    pub subtrees: Vec<((u64, u64), Vec<u8>)>,
    /// To be deleted before the rest is added; see [`BlockPruner`](crate::BlockPruner).
    pub pruned: Pruned,
    /// Rows of states to be deleted; see [`RowCollector`](crate::RowCollector).
    pub freed: Vec<u64>,
    /// See [`Checkpoint::names`].
    names: BTreeMap<(CryptoHash, u64), Named>,
    /// Epochs by branch and id; each replaces the earlier one.
    pub epochs: Vec<(u64, CryptoHash, Vec<u8>)>,
    /// New branches, by number.
    pub branches: Vec<(u64, Vec<u8>)>,
    /// Snapshots that are new or were changed, by number; each replaces the earlier one.
    pub snapshots: Vec<(u64, Vec<u8>)>,
    /// The heads of new snapshots, by number.
    pub snapshot_heads: Vec<(u64, Vec<u8>)>,
    /// The numbers of snapshots to be deleted with their heads.
    pub deleted_snapshots: Vec<u64>,
    /// Replaces the archive's head.
    pub head: Vec<u8>,
    /// The first position that it does not cover.
    end: Position,
    /// All snapshots, and the new epochs.
    archived: (ArchivedSnapshots, NewEpochs),
    /// All that was done up to it.
    work: Work,
}

/// Blocks that a checkpoint deletes.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Positions of blocks. Their rows in the tree of blocks stay, for the proofs that light clients ask
    /// for.
    pub blocks: Vec<Position>,
    /// Positions of blocks that were abandoned by a revert, and their leaves in the tree of blocks, whose
    /// rows are deleted as well.
    pub abandoned: Vec<(Position, u64)>,
    /// Index entries that refer to these blocks only, by hash and branch.
    pub names: Vec<(CryptoHash, u64)>,
}

impl Pruned {
    /// All positions.
    pub(crate) fn positions(&self) -> impl Iterator<Item = Position> {
        self.blocks.iter().copied().chain(self.abandoned.iter().map(|(at, _)| *at))
    }
}

impl Checkpoint {
    /// Blocks by position: hash and bytes. Each is made when it is its turn.
    pub fn blocks(&self) -> impl Iterator<Item = (Position, CryptoHash, Vec<u8>)> {
        self.blocks.iter().map(|(at, kept, state)| {
            let bytes = match kept {
                Kept::Whole(block) => stored::encode_block(&stored::pack(block), *state),
                Kept::Packed(packed) => stored::encode_block(&packed.content, *state),
            };
            (*at, *kept.hash(), bytes)
        })
    }

    /// Index entries by hash and branch; each replaces the earlier one.
    pub fn names(&self) -> impl ExactSizeIterator<Item = (CryptoHash, u64, Vec<u8>)> {
        self.names.iter().map(|((name, branch), known)| (*name, *branch, stored::encode(known)))
    }

    /// Call this when the archive behind `archive` has the checkpoint.
    pub fn written(self, archive: &CachedArchive) -> Archived {
        archive.forget(self.pruned.positions());
        let (snapshots, epochs) = self.archived;
        Archived {
            addresses: Arc::new(self.rows.committed(&archive.nodes)),
            archive: archive.clone(),
            end: self.end,
            snapshots,
            epochs,
            work: self.work,
        }
    }
}

impl Chain {
    /// What the archive does not have of this chain and its snapshots yet. `next_row` is the number of
    /// the archive's first free row.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn checkpoint(&self, next_row: u64) -> Result<Checkpoint, StateError> {
        let mut new = New::default();
        let tree = &self.carried.snapshots;
        new.add(self, self.carried.first_unarchived)?;
        for (_, chain) in tree.all_in_memory() {
            new.add(chain, self.carried.first_unarchived)?;
        }
        self.add_archived_subtrees(&mut new.subtrees)?;
        let mut rows = Rows::new(next_row, self.carried.addresses.clone());
        let mut blocks = Vec::new();
        let mut last: Option<(u64, CryptoHash)> = None;
        // The chain's own blocks come last, so that their nodes stay cached.
        for (at, kept) in new.blocks {
            // What is made again from the block before needs that one beside it.
            let follows = last == Some((at.branch, *kept.prev_hash()));
            let state = stored_state(&kept, follows, self.history.made(), &mut rows)?;
            last = Some((at.branch, *kept.hash()));
            blocks.push((at, kept, state));
        }
        let heads = tree.all_in_memory();
        let heads = heads.map(|(number, chain)| (number, stored::encode(&chain.stored_head())));
        let epochs: NewEpochs =
            new.epochs.into_iter().map(|(key, epoch)| (key, Arc::new(epoch))).collect();
        let encoded = |((on, id), epoch): &((u64, EpochId), _)| (*on, id.0, stored::encode(epoch));
        let (mut snapshots, mut deleted_snapshots) = (Vec::new(), Vec::new());
        for (number, saved) in tree.changed() {
            match saved {
                Some(saved) => snapshots.push((number, stored::encode(&**saved))),
                None => deleted_snapshots.push(number),
            }
        }
        Ok(Checkpoint {
            rows,
            blocks,
            subtrees: new.subtrees.into_iter().collect(),
            pruned: Pruned::default(),
            freed: Vec::new(),
            names: new.names,
            epochs: epochs.iter().map(encoded).collect(),
            branches: self.new_branches(),
            snapshots,
            snapshot_heads: heads.collect(),
            deleted_snapshots,
            head: stored::encode(&self.newest_head()),
            end: Position { branch: self.history.lineage().newest(), height: self.next_height() },
            archived: (tree.as_archived(), epochs),
            work: self.carried.work,
        })
    }

    /// How many blocks are in memory, including those that are also in the archive. Blocks that only
    /// snapshots have do not count.
    pub fn blocks_in_memory(&self) -> usize {
        self.history.in_memory()
    }

    /// An estimate of the memory of these blocks and their states, bytes.
    pub fn bytes_in_memory(&self) -> usize {
        self.history.weight()
    }

    /// The gas that these blocks burnt. A start without them replays it.
    pub fn gas_in_memory(&self) -> Gas {
        self.history.gas_burnt()
    }

    /// What was done since the last checkpoint, on all branches.
    pub fn work_since_checkpoint(&self) -> Work {
        self.carried.work.since(self.carried.archived_work)
    }

    /// The branches of the chain and its snapshots that the archive lacks.
    fn new_branches(&self) -> Vec<(u64, Vec<u8>)> {
        let (tree, first) = (&self.carried.snapshots, self.carried.first_new_branch);
        // An archive of format 5 has no branches at all; otherwise, those of older snapshots are there.
        let saved = (first == 0).then(|| tree.iter()).into_iter().flatten();
        let saved = saved.map(|saved| &saved.at.lineage);
        let in_memory = tree.all_in_memory().map(|(_, chain)| chain.history.lineage());
        let lineages = [self.history.lineage()].into_iter().chain(in_memory).chain(saved);
        branches::new_branches(lineages, first)
    }

    /// Adds the rows of the tree over the blocks that an archive of an older format has, which has none.
    fn add_archived_subtrees(
        &self,
        new: &mut BTreeMap<(u64, u64), Vec<u8>>,
    ) -> Result<(), StateError> {
        let Some(archive) = self.history.archive().filter(|_| !self.begins_late()) else {
            return Ok(());
        };
        let genesis = self.history.lineage().position(self.genesis_block().height());
        let rows = archive.source.subtrees(&[(genesis.branch, 0)])?;
        if rows.iter().all(Option::is_some) || archive.source.head()?.is_none() {
            return Ok(());
        }
        let snapshots = self.carried.snapshots.iter().map(|saved| &saved.at);
        for Extent { lineage, height, .. } in [&self.extent()].into_iter().chain(snapshots) {
            let mut blocks = Vec::new();
            for (branch, heights) in lineage.parts(0..height.saturating_add(1)) {
                let hashes = archive.source.hashes(branch, heights)?.into_iter();
                blocks.extend(hashes.map(|hash| (branch, hash)));
            }
            let subtrees = Subtrees::of(blocks.iter().map(|(_, hash)| *hash));
            for (leaf, (branch, _)) in (0..).zip(&blocks) {
                let row = subtrees.row(leaf);
                new.extend(row.map(|row| ((*branch, leaf), row_bytes(&row))));
            }
        }
        Ok(())
    }

    fn newest_head(&self) -> NewestHead {
        NewestHead {
            head: self.stored_head(),
            current_snapshot: self.carried.snapshots.current(),
            next_snapshot: self.carried.snapshots.next(),
        }
    }

    fn stored_head(&self) -> Head {
        Head {
            lineage: self.history.lineage().clone(),
            genesis_height: self.genesis_block().height(),
            genesis_hash: self.genesis_hash(),
            height: self.head.height(),
            running: self.schedule.running().clone(),
            ancestors: self.ancestors.clone(),
            timing: self.timing,
            pace: self.pace,
        }
    }

    /// The epochs named by new blocks, `new`, and by the block before them: it may be the last of an
    /// epoch, which ends only when the next block is sealed.
    fn epochs_of(&self, new: &[(Position, Kept)]) -> Result<EpochsByBranch, StateError> {
        let before = match new.first() {
            Some((_, first)) => self.history.by_hash(first.prev_hash())?,
            None => None,
        };
        let before = before.map(Kept::Whole);
        let blocks = before.iter().chain(new.iter().map(|(_, block)| block));
        let ids: BTreeSet<EpochId> = blocks.flat_map(Kept::epochs).collect();
        let lineage = self.history.lineage();
        let epoch = |id: EpochId| {
            let epoch = self.schedule.epoch(&id)?;
            let ended = epoch.ended.as_ref().map(|(_, next)| lineage.position(*next).branch);
            Some(((ended.unwrap_or(lineage.newest()), id), epoch))
        };
        Ok(ids.into_iter().filter_map(epoch).collect())
    }
}

/// Where the state after a block will be. `follows` says whether the block before it is in the same
/// checkpoint, on the same branch.
fn stored_state(
    kept: &Kept,
    follows: bool,
    made: &MadeStates,
    rows: &mut Rows,
) -> Result<StoredState, StateError> {
    let state = match kept {
        Kept::Packed(packed) if follows && packed.is_remade() => {
            return Ok(StoredState::Remade(packed.root()));
        }
        Kept::Packed(packed) => &packed.state(made),
        Kept::Whole(block) => &block.state,
    };
    Ok(StoredState::at(rows.add(state)?))
}

/// Epochs, each with the branch on which it ended, or else the newest one.
type EpochsByBranch = BTreeMap<(u64, EpochId), Epoch>;

/// The same, as they stay in memory.
type NewEpochs = Vec<((u64, EpochId), Arc<Epoch>)>;

/// The blocks of some chains that the archive does not have, each once, and what they add to it.
#[derive(Default)]
struct New {
    blocks: BTreeMap<Position, Kept>,
    subtrees: BTreeMap<(u64, u64), Vec<u8>>,
    names: BTreeMap<(CryptoHash, u64), Named>,
    epochs: EpochsByBranch,
}

impl New {
    /// Adds the blocks of `chain` from the position `first` on.
    fn add(&mut self, chain: &Chain, first: Position) -> Result<(), StateError> {
        let new = chain.history.newest_from(first);
        // Chains that share a block share those before it.
        let new = new.take_while(|(at, _)| !self.blocks.contains_key(at));
        let mut new: Vec<_> = new.map(|(at, block)| (at, block.clone())).collect();
        for (leaf, (at, _)) in (0..=chain.ancestors.size()).rev().zip(&new) {
            let row = chain.history.subtrees().row(leaf);
            self.subtrees.extend(row.map(|row| ((at.branch, leaf), row_bytes(&row))));
        }
        new.reverse();
        let Some((Position { height: first, .. }, _)) = new.first() else { return Ok(()) };
        self.add_names(chain, *first)?;
        for (key, epoch) in chain.epochs_of(&new)? {
            // On another branch it may still run.
            if epoch.ended.is_some() || !self.epochs.contains_key(&key) {
                self.epochs.insert(key, epoch);
            }
        }
        self.blocks.extend(new);
        Ok(())
    }

    fn add_names(&mut self, chain: &Chain, first: BlockHeight) -> Result<(), StateError> {
        self.names.extend(chain.history.block_names_from(first));
        for ((name, branch), known) in chain.history.names_from(first) {
            let older = match self.names.remove(&(name, branch)) {
                Some(older) => Some(older),
                None => chain.history.archived_on(branch, &name, &known)?,
            };
            self.names.insert((name, branch), older.unwrap_or_default().merged(known));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    mod collect;
    mod evict;
    mod prune;
    mod snapshots;
    mod subtrees;
    mod work;
}

//! Named snapshots: save, delete, go back.
//!
//! A snapshot is the whole chain as a value, which shares its memory with the chain. Going back
//! replaces the chain by that value and begins a branch of its own: blocks that are sealed from then on
//! have heights that others had before.

use crate::chain::{Carried, Chain};
use crate::history::snapshots::{Extent, ORIGIN, SnapshotInfo, SnapshotTree};
use crate::history::work::Work;
use keyway_engine::StateError;
use near_primitives::types::Gas;
use std::sync::Arc;

/// Why a snapshot cannot be saved, deleted or gone back to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The name is empty or too long.
    #[error("a snapshot's name has 1 to {most} bytes, this one has {had}; choose another name")]
    NameLength {
        /// Its length, bytes.
        had: usize,
        /// The most bytes.
        most: usize,
    },
    /// The name has a character that no name has.
    #[error(
        "a snapshot's name has visible ASCII characters, and spaces between them, but no {found:?}; \
         choose another name"
    )]
    NameCharacter {
        /// The character.
        found: char,
    },
    /// The note is too long.
    #[error("a snapshot's note has at most {most} bytes, this one has {had}; shorten it")]
    NoteLength {
        /// Its length, bytes.
        had: usize,
        /// The most bytes.
        most: usize,
    },
    /// The name is taken.
    #[error("there is a snapshot {name:?} already; delete it first, or choose another name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// There are too many.
    #[error("the chain has {had} snapshots and can have {most}; delete some first")]
    TooMany {
        /// How many there are.
        had: usize,
        /// How many there can be.
        most: usize,
    },
    /// There is no such snapshot.
    #[error("there is no snapshot {name:?}; list the snapshots to see which there are")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The snapshot cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Chain {
    /// The named snapshots, in the order in which they were saved.
    pub fn snapshots(&self) -> Vec<SnapshotInfo> {
        let tree = &self.carried.snapshots;
        tree.iter().map(|saved| tree.info(saved)).collect()
    }

    /// The snapshot with this name.
    pub fn snapshot(&self, name: &str) -> Option<SnapshotInfo> {
        let tree = &self.carried.snapshots;
        tree.get(name).map(|saved| tree.info(saved))
    }

    /// The chain as it was when a snapshot was saved, to be read. It has no snapshots itself.
    ///
    /// # Errors
    /// When there is no such snapshot, or it cannot be read.
    pub fn at_snapshot(&self, name: &str) -> Result<Self, SnapshotError> {
        let tree = &self.carried.snapshots;
        let unknown = || SnapshotError::Unknown { name: name.to_owned() };
        let number = tree.get(name).ok_or_else(unknown)?.number;
        match tree.in_memory(number) {
            Some(kept) => Ok(Self::clone(kept)),
            None => Ok(self.load_snapshot(number)?.without_snapshots()),
        }
    }

    /// The number of the branch on which the next block will be sealed. Each revert begins another.
    pub fn branch(&self) -> u64 {
        self.history.lineage().newest()
    }

    /// Saves the chain as it is. The caller's time is nanoseconds since the Unix epoch.
    pub(crate) fn save_snapshot(
        &mut self,
        name: String,
        note: String,
        now_ns: u64,
    ) -> Result<(), SnapshotError> {
        check_name(&name)?;
        if note.len() > MAX_NOTE {
            return Err(SnapshotError::NoteLength { had: note.len(), most: MAX_NOTE });
        }
        let tree = &self.carried.snapshots;
        if tree.get(&name).is_some() {
            return Err(SnapshotError::NameTaken { name });
        }
        if tree.len() >= MAX_SNAPSHOTS {
            return Err(SnapshotError::TooMany { had: tree.len(), most: MAX_SNAPSHOTS });
        }
        let (at, kept) = (self.extent(), self.without_snapshots());
        self.carried.snapshots.save((name, note), now_ns, at, kept);
        self.count_step();
        Ok(())
    }

    /// Deletes a snapshot. The chain stays as it is.
    pub(crate) fn delete_snapshot(&mut self, name: String) -> Result<(), SnapshotError> {
        match self.carried.snapshots.delete(&name) {
            Some(_) => Ok(()),
            None => Err(SnapshotError::Unknown { name }),
        }
    }

    /// Goes back to a snapshot. All snapshots stay, also those of the branch that this leaves.
    pub(crate) fn revert(&mut self, name: String) -> Result<(), SnapshotError> {
        let number = self.carried.snapshots.get(&name).map(|saved| saved.number);
        let number = number.ok_or(SnapshotError::Unknown { name })?;
        *self = self.gone_back_to(number)?;
        self.carried.snapshots.set_current(Some(number));
        Ok(())
    }

    /// Goes back to the chain's first block, without any snapshots.
    pub(crate) fn reset(&mut self) -> Result<(), SnapshotError> {
        *self = self.gone_back_to(ORIGIN)?;
        self.carried.snapshots.clear();
        Ok(())
    }

    /// This chain in the place of `newest`, an earlier or later value of the same chain: it keeps the
    /// snapshots of `newest`, and what both seal from now on is told apart. A chain of another origin
    /// replaces `newest` as it is.
    #[must_use]
    pub fn in_place_of(self, newest: &Self) -> Self {
        if !Arc::ptr_eq(&self.spec, &newest.spec) {
            return self;
        }
        let first = self.history.lowest_in_memory().unwrap_or(self.next_height());
        let from = self.carried.snapshots.current();
        let mut chain = Self { carried: newest.carried.clone(), ..self };
        // What is in memory may have been abandoned, and then no archive has it.
        chain.history.branch(first, newest.branch() + 1);
        let tree = &mut chain.carried.snapshots;
        tree.set_current(from.filter(|number| tree.has(*number)));
        chain.count_step();
        chain
    }

    /// Lets [`Chain::reset`] come back here.
    pub(crate) fn with_origin(mut self) -> Self {
        let origin = self.without_snapshots();
        self.carried.snapshots = SnapshotTree::starting_as(origin);
        self
    }

    /// Which blocks the chain has, and which of them going back to it needs.
    pub(crate) fn extent(&self) -> Extent {
        Extent {
            lineage: self.history.lineage().clone(),
            height: self.head.height(),
            hash: *self.head.hash(),
            ordinal: self.head.header.block_ordinal(),
            timestamp_ns: self.head.header.raw_timestamp(),
            needed_from: self.final_head().height(),
        }
    }

    fn gone_back_to(&self, number: u64) -> Result<Self, StateError> {
        let mut chain = match self.carried.snapshots.in_memory(number) {
            Some(kept) => Self { carried: self.carried.clone(), ..Self::clone(kept) },
            None => self.load_snapshot(number)?,
        };
        chain.history.branch(chain.next_height(), self.branch() + 1);
        chain.count_step();
        Ok(chain)
    }

    fn without_snapshots(&self) -> Self {
        let carried = Carried { snapshots: SnapshotTree::default(), ..self.carried.clone() };
        Self { carried, ..self.clone() }
    }

    /// A start without the last checkpoint does it again, and a snapshot takes memory until then.
    fn count_step(&mut self) {
        self.carried.work.add(Work { blocks: 1, bytes: STEP_BYTES, gas: Gas::ZERO });
    }
}

fn check_name(name: &str) -> Result<(), SnapshotError> {
    if !(1..=MAX_NAME).contains(&name.len()) {
        return Err(SnapshotError::NameLength { had: name.len(), most: MAX_NAME });
    }
    let strange = |found: &char| !found.is_ascii_graphic() && *found != ' ';
    let outer = |found: &char| *found == ' ' && name.trim() != name;
    match name.chars().find(|found| strange(found) || outer(found)) {
        Some(found) => Err(SnapshotError::NameCharacter { found }),
        None => Ok(()),
    }
}

/// How many snapshots a chain can have.
pub(crate) const MAX_SNAPSHOTS: usize = 10_000;

/// Bytes of a name.
pub(crate) const MAX_NAME: usize = 64;

/// Bytes of a note.
pub(crate) const MAX_NOTE: usize = 1_024;

/// The memory of a snapshot besides its blocks and state, bytes.
const STEP_BYTES: usize = 8 << 10;

#[cfg(test)]
mod tests;

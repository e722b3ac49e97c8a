//! The snapshots of a chain, as a tree: each has the one that its chain came from as its parent.
//!
//! The tree is a value, like the chain that has it. A revert keeps it.

use crate::history::lineage::Lineage;
use borsh::{BorshDeserialize, BorshSerialize};
use imbl::ordmap::DiffItem;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::sync::Arc;

/// A snapshot of a chain, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotInfo {
    /// Its name.
    pub name: String,
    /// What its creator noted; empty if nothing.
    pub note: String,
    /// The snapshot that the chain came from when this one was saved; none for the chain's first
    /// block. Where that one was deleted, its parent.
    pub parent: Option<String>,
    /// When it was saved, by the caller's time, nanoseconds since the Unix epoch.
    pub saved_ns: u64,
    /// The height of its newest block.
    pub height: BlockHeight,
    /// The hash of its newest block.
    pub block_hash: CryptoHash,
    /// The time of its newest block, nanoseconds since the Unix epoch.
    pub block_time_ns: u64,
    /// Whether the chain comes from it, directly.
    pub current: bool,
}

/// Snapshots by name. `T` is what one keeps: a chain.
#[derive(Clone)]
pub(crate) struct SnapshotTree<T> {
    by_number: imbl::OrdMap<u64, Arc<Saved>>,
    /// What the archive has in its place.
    archived: imbl::OrdMap<u64, Arc<Saved>>,
    numbers: imbl::OrdMap<String, u64>,
    /// What no archive has yet, by number.
    in_memory: imbl::OrdMap<u64, Arc<T>>,
    current: Option<u64>,
    next: u64,
}

/// What is kept of a snapshot besides its chain. Only its parent ever changes. `L` is its lineage.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Saved<L = Lineage> {
    /// Its number; no other one ever has it.
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) note: String,
    pub(crate) parent: Option<u64>,
    pub(crate) saved_ns: u64,
    pub(crate) at: Extent<L>,
}

/// Which blocks a chain has, and its head.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Extent<L = Lineage> {
    pub(crate) lineage: L,
    pub(crate) height: BlockHeight,
    pub(crate) hash: CryptoHash,
    /// The head's number among the blocks of the chain.
    pub(crate) ordinal: u64,
    pub(crate) timestamp_ns: u64,
    /// From here on its blocks are needed to go back to it.
    pub(crate) needed_from: BlockHeight,
}

impl<L> Saved<L> {
    /// The same with what `read` makes of its lineage.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) fn try_map<M, E>(self, read: impl FnOnce(L) -> Result<M, E>) -> Result<Saved<M>, E> {
        let Self { number, name, note, parent, saved_ns, at } = self;
        let Extent { lineage, height, hash, ordinal, timestamp_ns, needed_from } = at;
        let lineage = read(lineage)?;
        let at = Extent { lineage, height, hash, ordinal, timestamp_ns, needed_from };
        Ok(Saved { number, name, note, parent, saved_ns, at })
    }
}

impl<T> SnapshotTree<T> {
    /// No snapshots. The chain starts as `origin`.
    pub(crate) fn starting_as(origin: T) -> Self {
        let in_memory = imbl::OrdMap::unit(ORIGIN, Arc::new(origin));
        Self { in_memory, ..Self::default() }
    }

    /// The snapshots that an archive has.
    pub(crate) fn archived(saved: Vec<Saved>, current: Option<u64>, next: u64) -> Self {
        let numbers = saved.iter().map(|saved| (saved.name.clone(), saved.number)).collect();
        let by_number: imbl::OrdMap<_, _> =
            saved.into_iter().map(|saved| (saved.number, Arc::new(saved))).collect();
        let archived = by_number.clone();
        Self { by_number, archived, numbers, current, next, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_number.len()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Saved>> {
        self.by_number.get(self.numbers.get(name)?)
    }

    /// All, in the order in which they were saved.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Saved>> {
        self.by_number.values()
    }

    /// What the archive lacks or has otherwise, by number; none for what it has to delete.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (u64, Option<&Arc<Saved>>)> {
        self.archived.diff(&self.by_number).map(|change| match change {
            DiffItem::Add(number, saved) | DiffItem::Update { new: (number, saved), .. } => {
                (*number, Some(saved))
            }
            DiffItem::Remove(number, _) => (*number, None),
        })
    }

    /// A snapshot as it is listed.
    pub(crate) fn info(&self, saved: &Saved) -> SnapshotInfo {
        let parent = saved.parent.and_then(|number| self.by_number.get(&number));
        SnapshotInfo {
            name: saved.name.clone(),
            note: saved.note.clone(),
            parent: parent.map(|parent| parent.name.clone()),
            saved_ns: saved.saved_ns,
            height: saved.at.height,
            block_hash: saved.at.hash,
            block_time_ns: saved.at.timestamp_ns,
            current: self.current == Some(saved.number),
        }
    }

    /// The lineage of a snapshot.
    pub(crate) fn lineage(&self, number: u64) -> Option<&Lineage> {
        self.by_number.get(&number).map(|saved| &saved.at.lineage)
    }

    /// The number of the snapshot that the chain comes from.
    pub(crate) fn current(&self) -> Option<u64> {
        self.current
    }

    /// The number of the next snapshot. All have lower numbers.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// What a snapshot keeps, or [`ORIGIN`]; none when the archive has it.
    pub(crate) fn in_memory(&self, number: u64) -> Option<&Arc<T>> {
        self.in_memory.get(&number)
    }

    /// What no archive has yet, with its numbers.
    pub(crate) fn all_in_memory(&self) -> impl Iterator<Item = (u64, &Arc<T>)> {
        self.in_memory.iter().map(|(number, kept)| (*number, kept))
    }

    /// Adds a snapshot, from which the chain comes from now on.
    pub(crate) fn save(
        &mut self,
        (name, note): (String, String),
        saved_ns: u64,
        at: Extent,
        kept: T,
    ) {
        let (number, parent) = (self.next, self.current);
        self.next += 1;
        self.current = Some(number);
        self.in_memory.insert(number, Arc::new(kept));
        self.numbers.insert(name.clone(), number);
        let saved = Saved { number, name, note, parent, saved_ns, at };
        self.by_number.insert(number, Arc::new(saved));
    }

    /// Deletes a snapshot. Those that have it as their parent get its parent.
    pub(crate) fn delete(&mut self, name: &str) -> Option<Arc<Saved>> {
        let deleted = self.by_number.remove(&self.numbers.remove(name)?)?;
        self.in_memory.remove(&deleted.number);
        let number = Some(deleted.number);
        let children = self.iter().filter(|saved| saved.parent == number).cloned();
        for child in children.collect::<Vec<_>>() {
            let moved = Saved { parent: deleted.parent, ..Saved::clone(&child) };
            self.by_number.insert(child.number, Arc::new(moved));
        }
        if self.current == number {
            self.current = deleted.parent;
        }
        Some(deleted)
    }

    /// Deletes all of them.
    pub(crate) fn clear(&mut self) {
        let kept = std::mem::take(self);
        let in_memory = kept.in_memory.get(&ORIGIN).cloned();
        self.in_memory = in_memory.into_iter().map(|origin| (ORIGIN, origin)).collect();
        (self.archived, self.next) = (kept.archived, kept.next);
    }

    /// The chain comes from this snapshot now.
    pub(crate) fn set_current(&mut self, number: Option<u64>) {
        self.current = number;
    }

    /// Whether a snapshot has this number.
    pub(crate) fn has(&self, number: u64) -> bool {
        self.by_number.contains_key(&number)
    }

    /// The same, where an archive has everything that is `archived`. What is still in memory is replaced
    /// by what `evict` makes of it.
    ///
    /// # Errors
    /// Those of `evict`.
    pub(crate) fn evicted<E>(
        &self,
        archived: &ArchivedSnapshots,
        evict: impl Fn(&T) -> Result<T, E>,
    ) -> Result<Self, E> {
        let left = self.in_memory.range(archived.next..);
        let left = left.map(|(number, kept)| Ok((*number, Arc::new(evict(kept)?))));
        let in_memory = left.collect::<Result<_, E>>()?;
        let (by_number, numbers) = (self.by_number.clone(), self.numbers.clone());
        let (archived, current, next) = (archived.by_number.clone(), self.current, self.next);
        Ok(Self { by_number, archived, numbers, in_memory, current, next })
    }

    /// What an archive has of them once it has all.
    pub(crate) fn as_archived(&self) -> ArchivedSnapshots {
        ArchivedSnapshots { by_number: self.by_number.clone(), next: self.next }
    }
}

impl<T> Default for SnapshotTree<T> {
    fn default() -> Self {
        let (by_number, archived) = (imbl::OrdMap::new(), imbl::OrdMap::new());
        let (numbers, in_memory) = (imbl::OrdMap::new(), imbl::OrdMap::new());
        Self { by_number, archived, numbers, in_memory, current: None, next: ORIGIN + 1 }
    }
}

/// The snapshots that a checkpoint has written.
#[derive(Clone, Debug)]
pub(crate) struct ArchivedSnapshots {
    by_number: imbl::OrdMap<u64, Arc<Saved>>,
    /// The number of the first one that it does not have.
    next: u64,
}

/// The number of the chain's first block, which can be gone back to like a snapshot.
pub(crate) const ORIGIN: u64 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    fn save(tree: &mut SnapshotTree<u32>, name: &str) {
        let at = Extent {
            lineage: Lineage::default(),
            height: 7,
            hash: CryptoHash::default(),
            ordinal: 8,
            timestamp_ns: 9,
            needed_from: 5,
        };
        tree.save((name.to_owned(), String::new()), 1, at, 0);
    }

    /// a, and b and c after it; d after c.
    fn tree() -> SnapshotTree<u32> {
        let mut tree = SnapshotTree::starting_as(0);
        save(&mut tree, "a");
        save(&mut tree, "c");
        save(&mut tree, "d");
        tree.set_current(tree.get("a").map(|saved| saved.number));
        save(&mut tree, "b");
        tree
    }

    fn listed(tree: &SnapshotTree<u32>) -> Vec<(String, Option<String>, bool)> {
        let infos = tree.iter().map(|saved| tree.info(saved));
        infos.map(|info| (info.name, info.parent, info.current)).collect()
    }

    fn line(name: &str, parent: Option<&str>, current: bool) -> (String, Option<String>, bool) {
        (name.to_owned(), parent.map(str::to_owned), current)
    }

    #[test]
    fn each_has_the_one_that_its_chain_came_from_as_its_parent() {
        let expected = [
            line("a", None, false),
            line("c", Some("a"), false),
            line("d", Some("c"), false),
            line("b", Some("a"), true),
        ];
        assert_eq!(listed(&tree()), expected);
    }

    #[test]
    fn the_children_of_a_deleted_one_go_to_its_parent() {
        let mut tree = tree();
        assert_eq!(tree.delete("c").map(|saved| saved.number), Some(2));
        assert!(tree.delete("c").is_none() && !tree.has(2) && tree.in_memory(2).is_none());
        let expected =
            [line("a", None, false), line("d", Some("a"), false), line("b", Some("a"), true)];
        assert_eq!(listed(&tree), expected);
        tree.delete("b");
        assert_eq!(listed(&tree)[0], line("a", None, true));
        tree.delete("a");
        assert_eq!((listed(&tree), tree.current()), (vec![line("d", None, false)], None));
    }

    #[test]
    fn numbers_are_not_used_again() {
        let mut tree = tree();
        tree.clear();
        assert_eq!((tree.len(), tree.current(), tree.next()), (0, None, 5));
        assert!(tree.in_memory(ORIGIN).is_some());
        save(&mut tree, "e");
        assert_eq!(tree.get("e").map(|saved| saved.number), Some(5));
    }

    #[test]
    fn what_an_archive_has_leaves_memory() {
        let mut tree = tree();
        let archived = tree.as_archived();
        save(&mut tree, "e");
        let evicted = tree.evicted(&archived, |kept| Ok::<_, ()>(kept + 1)).unwrap();
        assert_eq!(evicted.all_in_memory().collect::<Vec<_>>(), [(5, &Arc::new(1))]);
        assert_eq!(evicted.len(), 5);
    }

    #[test]
    fn an_archive_gets_what_changed_since_it_was_written() {
        let changed = |tree: &SnapshotTree<u32>| {
            tree.changed().map(|(number, saved)| (number, saved.is_some())).collect::<Vec<_>>()
        };
        let tree = tree();
        assert_eq!(changed(&tree), [(1, true), (2, true), (3, true), (4, true)]);
        let archived = tree.as_archived();
        let mut tree = tree.evicted(&archived, |kept| Ok::<_, ()>(*kept)).unwrap();
        assert_eq!(changed(&tree), []);
        save(&mut tree, "e");
        tree.delete("c");
        // c itself, d, which has another parent, and e.
        assert_eq!(changed(&tree), [(2, false), (3, true), (5, true)]);
        tree.clear();
        assert_eq!(changed(&tree), [(1, false), (2, false), (3, false), (4, false)]);
    }
}

//! Which blocks chains hold on to: an ordered index, so that a block need not be compared with each chain.
//!
//! Chains that share a block share those before it. So the blocks of a branch fall into *spans*: a span
//! ends where a chain ends, or where another branch leaves, and all its blocks are held by the same chains.

use crate::history::lineage::{Part, Position};
use crate::history::snapshots::Extent;
use near_primitives::types::BlockHeight;
use std::collections::BTreeMap;

/// Of all chains that have a block: the least of each. What none of these needs, none of the chains does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// The height of a head.
    pub(crate) height: BlockHeight,
    /// The number of a head among the blocks of its chain.
    pub(crate) ordinal: u64,
    /// The time of a head, nanoseconds since the Unix epoch.
    pub(crate) timestamp_ns: u64,
    /// From here on blocks are needed to go back to a head.
    pub(crate) needed_from: BlockHeight,
}

impl Held {
    fn by(extent: &Extent) -> Self {
        Self {
            height: extent.height,
            ordinal: extent.ordinal,
            timestamp_ns: extent.timestamp_ns,
            needed_from: extent.needed_from,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            height: self.height.min(other.height),
            ordinal: self.ordinal.min(other.ordinal),
            timestamp_ns: self.timestamp_ns.min(other.timestamp_ns),
            needed_from: self.needed_from.min(other.needed_from),
        }
    }
}

/// The spans of blocks that are held by chains, by their last positions.
pub(crate) struct Holds {
    spans: BTreeMap<Position, Held>,
}

impl Holds {
    /// What chains that end as `extents` hold on to.
    pub(crate) fn of<'a>(extents: impl IntoIterator<Item = &'a Extent>) -> Self {
        let mut holds = Self { spans: BTreeMap::new() };
        let mut branches = BTreeMap::new();
        for extent in extents {
            let Extent { lineage, height, .. } = extent;
            // Its newest branch may have no block yet.
            holds.add(lineage.position(*height), Held::by(extent));
            for (Part { branch, first }, before) in lineage.newest_first() {
                // Lineages that share a branch share those before it.
                if branches.insert(branch, (first, before)).is_some() {
                    break;
                }
            }
        }
        // A branch has a higher number than the one that it leaves.
        for (branch, (first, before)) in branches.into_iter().rev() {
            let held = holds.sum_up(branch);
            if let (Some(held), Some(before)) = (held, before) {
                let height = first.saturating_sub(1);
                holds.add(Position { branch: before, height }, held);
            }
        }
        holds
    }

    /// What the chains that have the block at a position hold on to, and the last position that the same
    /// chains have; none if no chain has the block.
    pub(crate) fn at(&self, position: Position) -> Option<(Position, Held)> {
        let last = Position { height: BlockHeight::MAX, ..position };
        self.spans.range(position..=last).next().map(|(end, held)| (*end, *held))
    }

    fn add(&mut self, end: Position, held: Held) {
        self.spans.entry(end).and_modify(|before| *before = before.and(held)).or_insert(held);
    }

    /// Lets each span of a branch be held by those that hold later ones, too. Returns what its first
    /// block is held by.
    fn sum_up(&mut self, branch: u64) -> Option<Held> {
        let at = |height| Position { branch, height };
        let mut later: Option<Held> = None;
        for (_, held) in self.spans.range_mut(at(0)..=at(BlockHeight::MAX)).rev() {
            *held = later.map_or(*held, |later| later.and(*held));
            later = Some(*held);
        }
        later
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::lineage::Lineage;
    use near_primitives::hash::CryptoHash;
    use proptest::prelude::*;

    fn extent(lineage: &Lineage, height: BlockHeight, rest: u64) -> Extent {
        Extent {
            lineage: lineage.clone(),
            height,
            hash: CryptoHash::default(),
            ordinal: height / 2 + rest % 3,
            timestamp_ns: 100 + height * 3 - rest % 50,
            needed_from: height.saturating_sub(rest % 4),
        }
    }

    /// Heads in a tree of branches, each of which begins after a head of an earlier one.
    fn extents() -> impl Strategy<Value = Vec<Extent>> {
        let step = (any::<prop::sample::Index>(), 0..6_u64, any::<u64>());
        prop::collection::vec(step, 0..25).prop_map(|steps| {
            let mut extents = vec![extent(&Lineage::default(), 3, 1)];
            for (branch, (from, more, rest)) in (1..).zip(steps) {
                let from = from.get(&extents);
                let lineage = match rest % 2 {
                    0 => from.lineage.branched(from.height + 1, branch),
                    _ => from.lineage.clone(),
                };
                let next = extent(&lineage, from.height + more, rest);
                extents.push(next);
            }
            extents
        })
    }

    proptest! {
        /// The index says what a comparison with each chain says.
        #[test]
        fn a_block_is_held_by_the_chains_that_have_it(
            extents in extents(), of in any::<prop::sample::Index>(), height in 0..80_u64,
        ) {
            let holders = |position: Position| {
                let extents = extents.iter().filter(move |extent| {
                    position.height <= extent.height && extent.lineage.holds(position)
                });
                extents.map(Held::by).reduce(Held::and)
            };
            let (holds, position) = (Holds::of(&extents), of.get(&extents).lineage.position(height));
            prop_assert_eq!(holds.at(position).map(|(_, held)| held), holders(position));
            if let Some((end, held)) = holds.at(position) {
                prop_assert_eq!(end.branch, position.branch);
                for height in height..=end.height {
                    prop_assert_eq!(holders(Position { height, ..end }), Some(held));
                }
            }
        }
    }
}

//! Where blocks are. A revert begins another branch with the same heights, so a height alone does not
//! say which block is meant.

use borsh::{BorshDeserialize, BorshSerialize};
use near_primitives::types::BlockHeight;
use std::ops::Range;

/// The place of a block among all blocks that a chain ever sealed, those that a revert abandoned
/// included. Later blocks have higher positions.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct Position {
    /// The number of the branch on which it was sealed: 0 at first, one more after each revert.
    pub branch: u64,
    /// Its height.
    pub height: BlockHeight,
}

/// The branches on which the blocks of a chain were sealed, oldest first.
///
/// It describes all heights, also those above the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lineage {
    /// There is at least one; heights and branches ascend, and the first begins at height 0.
    parts: imbl::Vector<Part>,
}

/// Heights from `first` on, until those of the next part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Part {
    pub(crate) first: BlockHeight,
    pub(crate) branch: u64,
}

impl Default for Lineage {
    /// All blocks are on branch 0.
    fn default() -> Self {
        Self { parts: imbl::Vector::unit(Part { first: 0, branch: 0 }) }
    }
}

impl Lineage {
    /// The position of the block at `height`.
    pub(crate) fn position(&self, height: BlockHeight) -> Position {
        let (at, _) = self.part(self.index(height));
        Position { branch: at.branch, height }
    }

    /// Whether the block at `position` is one of the chain's, unless it is above the head.
    pub(crate) fn holds(&self, position: Position) -> bool {
        self.position(position.height) == position
    }

    /// The branch on which the next block will be sealed.
    pub(crate) fn newest(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.branch)
    }

    /// The same up to `first`; blocks from there on are on `branch`, a new one.
    #[must_use]
    pub(crate) fn branched(&self, first: BlockHeight, branch: u64) -> Self {
        let mut parts = self.parts.clone();
        while parts.last().is_some_and(|part| part.first >= first) {
            parts.pop_back();
        }
        let first = if parts.is_empty() { 0 } else { first };
        parts.push_back(Part { first, branch });
        Self { parts }
    }

    /// `before` with a part after it, or a lineage of one part; none if the part cannot be there.
    pub(crate) fn joined(before: Option<&Self>, part: Part) -> Option<Self> {
        let mut parts = before.map_or_else(imbl::Vector::new, |before| before.parts.clone());
        let fits = match parts.last() {
            Some(last) => last.first < part.first && last.branch < part.branch,
            None => part.first == 0,
        };
        parts.push_back(part);
        fits.then_some(Self { parts })
    }

    /// The parts, newest first, each with the branch of the part before it.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (Part, Option<u64>)> {
        let before = self.parts.iter().rev().skip(1).map(|part| Some(part.branch));
        self.parts.iter().rev().copied().zip(before.chain([None]))
    }

    /// The parts, oldest first, which formats 4 and 5 wrote into each head and each snapshot.
    #[cfg(test)]
    pub(crate) fn parts_until_format_5(&self) -> Vec<Part> {
        self.parts.iter().copied().collect()
    }

    /// The lowest height whose position is not below `position`; none if there is no such height.
    pub(crate) fn first_from(&self, position: Position) -> Option<BlockHeight> {
        let later = self.parts.iter().position(|part| part.branch >= position.branch)?;
        let (part, end) = self.part(later);
        if part.branch > position.branch {
            return Some(part.first);
        }
        // Where the branch was left below that height, the next part is later altogether.
        Some(part.first.max(position.height).min(end))
    }

    /// How many branches there are.
    pub(crate) fn count(&self) -> usize {
        self.parts.len()
    }

    /// A branch by its place, the oldest at 0.
    pub(crate) fn branch_at(&self, place: usize) -> Option<u64> {
        self.parts.get(place).map(|part| part.branch)
    }

    /// The branches of `heights`, lowest heights first, each with its heights.
    pub(crate) fn parts(
        &self,
        heights: Range<BlockHeight>,
    ) -> impl Iterator<Item = (u64, Range<BlockHeight>)> {
        (self.index(heights.start)..self.parts.len()).map_while(move |at| {
            let (part, end) = self.part(at);
            let part_of = part.first.max(heights.start)..end.min(heights.end);
            (part_of.start < heights.end).then_some((part.branch, part_of))
        })
    }

    /// The number of the part with `height`.
    fn index(&self, height: BlockHeight) -> usize {
        match self.parts.binary_search_by_key(&height, |part| part.first) {
            Ok(at) => at,
            // The first part begins at height 0.
            Err(after) => after.saturating_sub(1),
        }
    }

    /// A part, and the first height after it.
    fn part(&self, at: usize) -> (Part, BlockHeight) {
        let end = self.parts.get(at + 1).map_or(BlockHeight::MAX, |next| next.first);
        let part = self.parts.get(at).copied().unwrap_or(Part { first: 0, branch: 0 });
        (part, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(branch: u64, height: BlockHeight) -> Position {
        Position { branch, height }
    }

    /// Heights 0 to 9 on branch 0, 10 to 19 on branch 3, and then branch 5.
    fn lineage() -> Lineage {
        Lineage::default().branched(10, 3).branched(20, 5)
    }

    #[test]
    fn each_height_is_on_one_branch() {
        let lineage = lineage();
        for (height, branch) in [(0, 0), (9, 0), (10, 3), (19, 3), (20, 5), (1_000, 5)] {
            assert_eq!(lineage.position(height), at(branch, height));
            assert!(lineage.holds(at(branch, height)) && !lineage.holds(at(4, height)));
        }
        assert_eq!(lineage.newest(), 5);
    }

    #[test]
    fn a_branch_replaces_what_was_above_its_first_height() {
        let branched = lineage().branched(10, 6);
        assert_eq!(branched, Lineage::default().branched(10, 6));
        assert_eq!(lineage().branched(0, 7).position(4), at(7, 4));
        assert_eq!(lineage().branched(15, 6).position(12), at(3, 12));
    }

    #[test]
    fn the_first_height_from_a_position_on() {
        let first = |branch, height| lineage().first_from(at(branch, height));
        assert_eq!([first(0, 4), first(0, 12), first(3, 12)], [Some(4), Some(10), Some(12)]);
        assert_eq!([first(1, 2), first(3, 25), first(5, 3)], [Some(10), Some(20), Some(20)]);
        assert_eq!([first(5, 33), first(6, 0)], [Some(33), None]);
    }

    #[test]
    fn parts_cover_the_heights_that_were_asked_for() {
        let parts = |heights| lineage().parts(heights).collect::<Vec<_>>();
        assert_eq!(parts(5..25), [(0, 5..10), (3, 10..20), (5, 20..25)]);
        assert_eq!(parts(12..13), [(3, 12..13)]);
        assert_eq!(parts(30..u64::MAX), [(5, 30..u64::MAX)]);
        assert_eq!(parts(4..4), []);
    }

    #[test]
    fn parts_from_the_newest_on_make_the_lineage_again() {
        let parts: Vec<_> = lineage().newest_first().collect();
        let part = |first, branch| Part { first, branch };
        assert_eq!(parts, [(part(20, 5), Some(3)), (part(10, 3), Some(0)), (part(0, 0), None)]);
        let again = parts.iter().rev().try_fold(None, |before: Option<Lineage>, (part, _)| {
            Lineage::joined(before.as_ref(), *part).map(Some)
        });
        assert_eq!(again, Some(Some(lineage())));
        for wrong in [part(20, 6), part(30, 5), part(5, 6)] {
            assert_eq!(Lineage::joined(Some(&lineage()), wrong), None);
        }
        assert_eq!(Lineage::joined(None, part(1, 0)), None);
    }
}

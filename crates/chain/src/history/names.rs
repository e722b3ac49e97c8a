//! A map from hashes that is cheap to clone and to extend.
//!
//! Snapshots of a chain share it. Hashes arrive in random order, so a persistent tree would copy
//! several nodes for each. Instead, entries are in sorted runs that never change. A run is merged
//! with the one before it unless that is much longer, so each entry is copied only a few times.

use near_primitives::hash::CryptoHash;
use std::sync::Arc;

/// A map from hashes. Clones share what they have in common.
#[derive(Clone, Debug)]
pub(crate) struct Names<T> {
    /// Oldest first.
    runs: Vec<Arc<Vec<(CryptoHash, T)>>>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { runs: Vec::new() }
    }
}

impl<T: Copy> Names<T> {
    /// The value of `name`.
    pub(crate) fn get(&self, name: &CryptoHash) -> Option<&T> {
        // Most queries are about new entries.
        self.runs.iter().rev().find_map(|run| {
            let at = run.binary_search_by(|(other, _)| other.cmp(name)).ok()?;
            run.get(at).map(|(_, thing)| thing)
        })
    }

    pub(crate) fn contains(&self, name: &CryptoHash) -> bool {
        self.get(name).is_some()
    }

    /// Adds entries. Of several with one name, the last counts.
    pub(crate) fn extend(&mut self, names: impl IntoIterator<Item = (CryptoHash, T)>) {
        let mut run: Vec<_> = names.into_iter().collect();
        if run.is_empty() {
            return;
        }
        run.reverse();
        while let Some(last) = self.runs.pop_if(|last| last.len() < (2 * run.len()).min(LONGEST)) {
            run.extend_from_slice(&last);
        }
        // A stable sort merges runs that are sorted, and keeps the newest entry of a name first.
        run.sort_by_key(|(name, _)| *name);
        run.dedup_by_key(|(name, _)| *name);
        run.shrink_to_fit();
        self.runs.push(Arc::new(run));
    }

    /// Drops the names for which `keep` does not hold.
    pub(crate) fn retain(&mut self, keep: impl Fn(&CryptoHash, &T) -> bool) {
        let kept: Vec<_> = self.iter().filter(|(name, thing)| keep(name, thing)).copied().collect();
        *self = Self::default();
        self.extend(kept);
    }

    /// All entries, unordered, except that the newest entry of a name comes last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(CryptoHash, T)> {
        self.runs.iter().flat_map(|run| run.iter())
    }
}

/// Runs of this length are not merged any more, because that would take milliseconds.
const LONGEST: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::hash::hash;
    use std::collections::HashMap;

    fn name(number: usize) -> CryptoHash {
        hash(&number.to_le_bytes())
    }

    #[test]
    fn every_name_is_found_however_they_came() {
        let mut names = Names::default();
        let mut next = 0;
        for count in [1, 1, 3, 0, 200, 2, 7, 1_000, 1, 1, 1, 70_000, 5] {
            names.extend((next..next + count).map(|number| (name(number), number)));
            next += count;
        }
        assert!((0..next).all(|number| names.get(&name(number)) == Some(&number)));
        assert!(!names.contains(&name(next)));
        assert_eq!(names.iter().count(), next);
    }

    #[test]
    fn there_are_few_runs() {
        let mut names = Names::default();
        (0..10_000).for_each(|number| names.extend([(name(number), number)]));
        assert!(names.runs.len() < 15, "{}", names.runs.len());
    }

    #[test]
    fn of_one_name_the_last_counts() {
        let mut names = Names::default();
        for round in 0..100 {
            names.extend((0..5).map(|number| (name(number), round)));
            names.extend([(name(7), 0), (name(7), round)]);
            assert!(
                [0, 1, 2, 3, 4, 7].iter().all(|number| names.get(&name(*number)) == Some(&round))
            );
        }
        let all: HashMap<_, _> = names.iter().copied().collect();
        assert_eq!(all, [0, 1, 2, 3, 4, 7].map(|number| (name(number), 99)).into());
    }

    #[test]
    fn names_that_are_not_retained_are_gone() {
        let mut names = Names::default();
        (0..1_000).for_each(|number| names.extend([(name(number), number)]));
        names.extend([(name(10), 2_000)]);
        names.retain(|_, number| number % 2 == 0);
        assert_eq!(names.iter().count(), 500);
        assert_eq!(names.get(&name(10)), Some(&2_000));
        assert!(!names.contains(&name(11)));
    }

    #[test]
    fn a_clone_goes_its_own_way() {
        let mut names = Names::default();
        names.extend([(name(1), 1)]);
        let mut other = names.clone();
        other.extend([(name(2), 2)]);
        names.extend([(name(2), 3)]);
        assert_eq!((names.get(&name(2)), other.get(&name(2))), (Some(&3), Some(&2)));
    }
}

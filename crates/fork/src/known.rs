//! What a fork knows of the network's state: rows, absent rows, and ranges of which every row is
//! known.

use keyway_state::Value;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

/// Rows by trie key. Nothing that was learned is ever unlearned: the state of a block does not
/// change.
#[derive(Debug, Default)]
pub(crate) struct Known {
    rows: BTreeMap<Vec<u8>, Option<Value>>,
    /// By prefix: how far all rows with that prefix are known.
    ranges: HashMap<Vec<u8>, Reach>,
    bytes: usize,
}

/// How far the rows with a prefix are known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Up to this key, with it.
    Key(Vec<u8>),
    /// All of them.
    All,
}

impl Known {
    /// What is known of the row under `key`: its value, that there is none, or nothing.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Option<Value>> {
        if let Some(row) = self.rows.get(key) {
            return Some(row.clone());
        }
        self.reaches(key).then_some(None)
    }

    /// What was learned of the row itself, whatever was listed.
    pub(crate) fn row(&self, key: &[u8]) -> Option<Option<Value>> {
        self.rows.get(key).cloned()
    }

    /// Whether some range that was listed has the place of `key`.
    fn reaches(&self, key: &[u8]) -> bool {
        let within = |reach: &Reach| match reach {
            Reach::All => true,
            Reach::Key(last) => key <= last.as_slice(),
        };
        !self.ranges.is_empty()
            && (0..=key.len()).any(|end| self.ranges.get(&key[..end]).is_some_and(within))
    }

    /// Whether anything is known of a row with this prefix, be it that it is absent.
    pub(crate) fn mentions(&self, prefix: &[u8]) -> bool {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let row = self.rows.range::<[u8], _>(from).next();
        row.is_some_and(|(key, _)| key.starts_with(prefix))
            || self.reach(prefix).is_some()
            || self.ranges.keys().any(|range| range.starts_with(prefix))
    }

    /// How far the rows with this prefix are known.
    pub(crate) fn reach(&self, prefix: &[u8]) -> Option<Reach> {
        let all = (0..prefix.len()).any(|end| self.ranges.get(&prefix[..end]) == Some(&Reach::All));
        if all { Some(Reach::All) } else { self.ranges.get(prefix).cloned() }
    }

    /// The present rows that have this prefix and come after `after`, at most `most` and up to
    /// `last`. Also whether there are no more than these.
    pub(crate) fn list(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        reach: &Reach,
        most: usize,
    ) -> (Vec<(Vec<u8>, Value)>, bool) {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let rows = self.rows.range::<[u8], _>((from, Bound::Unbounded));
        let here = rows.take_while(|(key, _)| key.starts_with(prefix));
        let mut here = here
            .take_while(|(key, _)| *reach >= Reach::Key((*key).clone()))
            .filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        let rows: Vec<_> = here.by_ref().take(most).collect();
        let complete = *reach == Reach::All && here.next().is_none();
        (rows, complete)
    }

    /// Learns a row; true if it is new.
    pub(crate) fn learn(&mut self, key: Vec<u8>, value: Option<Value>) -> bool {
        let size = ROW + key.len() + value.as_ref().map_or(0, |value| value.len());
        let new = self.rows.insert(key, value).is_none();
        if new {
            self.bytes += size;
        }
        new
    }

    /// Learns that the rows with a prefix are known so far; true if that is new.
    pub(crate) fn learn_reach(&mut self, prefix: Vec<u8>, reach: Reach) -> bool {
        let new = self.is_farther(&prefix, &reach);
        if new {
            self.bytes += ROW + prefix.len();
            self.ranges.insert(prefix, reach);
        }
        new
    }

    /// Whether more rows with a prefix would be known if they were known so far.
    pub(crate) fn is_farther(&self, prefix: &[u8], reach: &Reach) -> bool {
        self.ranges.get(prefix).is_none_or(|known| known < reach)
    }

    /// Memory, about, bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many rows are known, with the absent ones.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows after this key, with the absent ones.
    pub(crate) fn rows_after<'a>(
        &'a self,
        after: Option<&[u8]>,
    ) -> impl Iterator<Item = (&'a Vec<u8>, &'a Option<Value>)> + use<'a> {
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.to_vec()));
        self.rows.range((from, Bound::Unbounded))
    }

    /// The ranges, in the order of their prefixes.
    pub(crate) fn ranges(&self) -> Vec<(Vec<u8>, Reach)> {
        let mut ranges: Vec<_> =
            self.ranges.iter().map(|(prefix, reach)| (prefix.clone(), reach.clone())).collect();
        ranges.sort();
        ranges
    }
}

/// Memory of a row beside its bytes.
const ROW: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<Value> {
        Some(text.as_bytes().into())
    }

    fn known() -> Known {
        let mut known = Known::default();
        for key in ["a1", "a2", "a3", "b1"] {
            assert!(known.learn(key.into(), value(key)));
        }
        known.learn("a15".into(), None);
        known
    }

    #[test]
    fn absence_is_known_only_where_somebody_looked() {
        let mut known = known();
        assert_eq!(known.get(b"a1"), Some(value("a1")));
        assert_eq!(known.get(b"a15"), Some(None));
        assert_eq!(known.get(b"a25"), None);
        assert!(known.learn_reach("a".into(), Reach::Key("a2".into())));
        assert_eq!((known.get(b"a17"), known.get(b"a25")), (Some(None), None));
        assert!(known.learn_reach("a".into(), Reach::All));
        assert!(!known.learn_reach("a".into(), Reach::Key("a3".into())));
        assert_eq!((known.get(b"a25"), known.get(b"b2")), (Some(None), None));
        assert_eq!(known.get(b"a1"), Some(value("a1")));
    }

    #[test]
    fn lists_have_pages_and_an_end() {
        let known = known();
        let keys = |after: Option<&str>, reach: Reach, most| {
            let (rows, complete) = known.list(b"a", after.map(str::as_bytes), &reach, most);
            let keys = rows.into_iter().map(|(key, _)| String::from_utf8(key).unwrap());
            (keys.collect::<Vec<_>>().join(" "), complete)
        };
        assert_eq!(keys(None, Reach::All, 9), ("a1 a2 a3".to_owned(), true));
        assert_eq!(keys(None, Reach::All, 2), ("a1 a2".to_owned(), false));
        assert_eq!(keys(Some("a1"), Reach::All, 9), ("a2 a3".to_owned(), true));
        assert_eq!(keys(Some("0"), Reach::All, 1), ("a1".to_owned(), false));
        assert_eq!(keys(None, Reach::Key("a2".into()), 9), ("a1 a2".to_owned(), false));
    }

    #[test]
    fn a_longer_prefix_is_known_with_a_shorter_one() {
        let mut known = known();
        known.learn_reach("a".into(), Reach::All);
        assert_eq!(known.reach(b"ab"), Some(Reach::All));
        assert_eq!(known.reach(b"b"), None);
    }
}

//! Builds a trie from sorted entries. Every node is made once, from the leaves up.

use crate::node::{Child, Node, TrieValue};
use crate::rows::{RowSink, Rows};
use crate::source::{Source, StoredNodes};
use crate::trie::Trie;
use crate::update::Update;
use keyway_engine::{StateError, Value};
use std::io;
use std::sync::Arc;

/// A key and its value.
pub(crate) type Entry = (Vec<u8>, Value);

/// The trie of `entries`, whose keys ascend, in memory.
pub(crate) fn in_memory<E: From<StateError>>(
    entries: impl Iterator<Item = Result<Entry, E>>,
) -> Result<Trie, E> {
    let root = build(entries, |node| Ok(Child::Memory(node)))?;
    Ok(Trie::new(root, Source::default()))
}

/// The trie of `entries`, whose keys ascend, in a store. Rows are numbered by `rows` and written to
/// `sink` whenever there are many. Also returns the number of the next free row.
pub(crate) fn in_store<E: From<StateError> + From<io::Error>>(
    entries: impl Iterator<Item = Result<Entry, E>>,
    nodes: &StoredNodes,
    mut rows: Rows,
    sink: &mut dyn RowSink,
) -> Result<(Trie, u64), E> {
    let root = build(entries, |node| {
        if rows.weight() >= AT_ONCE {
            sink.put(&rows)?;
            rows = Rows::new(rows.next(), Arc::default());
        }
        Ok(Child::Stored(rows.add_node(node)))
    })?;
    sink.put(&rows)?;
    Ok((Trie::new(root, nodes.source()), rows.next()))
}

fn build<E: From<StateError>>(
    entries: impl Iterator<Item = Result<Entry, E>>,
    keep: impl FnMut(Arc<Node>) -> Result<Child, E>,
) -> Result<Option<Child>, E> {
    let nothing = Source::default();
    let mut update = Update::new(None, &nothing, keep);
    for entry in entries {
        let (key, value) = entry?;
        update.write(&key, Some(TrieValue::new(value)))?;
    }
    update.finish()
}

/// Size of the rows that are written together, bytes.
#[cfg(not(test))]
const AT_ONCE: usize = 8 << 20;
#[cfg(test)]
const AT_ONCE: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis::GenesisError;
    use crate::rows::tests::{Memory, entries, opened};
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    impl RowSink for Arc<Memory> {
        fn put(&mut self, rows: &Rows) -> io::Result<()> {
            self.extend(rows);
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn what_is_built_is_what_writes_make(
            all in btree_map(vec(0..4u8, 0..6), vec(any::<u8>(), 0..3), 0..40),
            long in any::<bool>(),
        ) {
            let value = |bytes: &Vec<u8>| Value::from(bytes.repeat(if long { 700 } else { 1 }));
            let all: Vec<Entry> = all.iter().map(|(key, bytes)| (key.clone(), value(bytes))).collect();
            let given = || all.iter().cloned().map(Ok::<_, GenesisError>);
            let writes = all.iter().map(|(key, value)| (key, Some(value.clone())));
            let written = Trie::empty().apply(writes).unwrap();
            prop_assert_eq!(in_memory(given()).unwrap().root(), written.root());
            let (mut memory, nodes) = opened(3);
            let (stored, next) = in_store(given(), &nodes, Rows::new(0, Arc::default()), &mut memory).unwrap();
            prop_assert_eq!(stored.root(), written.root());
            prop_assert_eq!(memory.len() as u64, next);
            prop_assert_eq!(entries(&stored), all);
        }
    }

    /// The bytes of each write.
    struct Writes(Vec<usize>);

    impl RowSink for Writes {
        fn put(&mut self, rows: &Rows) -> io::Result<()> {
            self.0.push(rows.iter().map(|(_, row)| row.len()).sum());
            Ok(())
        }
    }

    #[test]
    fn long_values_are_not_held_together() {
        let long = 4_000;
        let entries = (0..50).map(|byte| Ok((vec![byte; 9], Value::from(vec![byte; long]))));
        let (_, nodes) = opened(3);
        let mut writes = Writes(Vec::new());
        let rows = Rows::new(0, Arc::default());
        in_store::<GenesisError>(entries, &nodes, rows, &mut writes).unwrap();
        assert!(writes.0.iter().all(|bytes| *bytes < AT_ONCE + 2 * long), "{:?}", writes.0);
    }
}

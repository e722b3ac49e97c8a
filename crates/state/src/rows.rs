//! The rows that a store needs of tries in memory.

use crate::evict::StoredAddresses;
use crate::node::{Body, Child, Node, TrieValue, ValueBytes};
use crate::row;
use crate::source::{Address, StoredNodes};
use crate::trie::Trie;
use keyway_engine::{StateError, Value};
use near_primitives::hash::CryptoHash;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// Receives the rows of a state that is being built.
pub trait RowSink {
    /// Writes the next rows.
    ///
    /// # Errors
    /// When they cannot be written.
    fn put(&mut self, rows: &Rows) -> io::Result<()>;
}

/// The rows that a store needs to have certain tries, numbered from its first free row. Tries that
/// share nodes share rows.
///
/// It shares the nodes with the tries. Their rows are made one by one while they are written.
#[derive(Debug)]
pub struct Rows {
    next: u64,
    /// The addresses of these rows.
    added: StoredAddresses,
    /// The addresses of rows that the store has.
    stored: Arc<StoredAddresses>,
    /// The root of the trie that was added last.
    newest: Option<u64>,
    nodes: Vec<(u64, Arc<Node>)>,
    values: Vec<(u64, Value)>,
    /// Approximate memory of the nodes that were added one by one, bytes.
    weight: usize,
}

impl Rows {
    /// No rows yet. The first will have the number `next`; the store has the rows in `stored`.
    pub fn new(next: u64, stored: Arc<StoredAddresses>) -> Self {
        let added = StoredAddresses::default();
        let (nodes, values) = (Vec::new(), Vec::new());
        Self { next, added, stored, newest: None, nodes, values, weight: 0 }
    }

    /// Adds the nodes and long values of `trie` that have no row yet. Returns the address of its
    /// root; none for the empty state.
    ///
    /// # Errors
    /// When the trie must be made again and cannot be.
    pub fn add(&mut self, trie: &Trie) -> Result<Option<Address>, StateError> {
        let mut pending = Vec::new();
        let Some(top) = trie.top()? else { return Ok(None) };
        let root = self.address_of(&top, &mut pending);
        self.newest = Some(root.row);
        while let Some((row, node)) = pending.pop() {
            self.number_parts(&node, &mut pending);
            self.nodes.push((row, node));
        }
        Ok(Some(root))
    }

    /// Adds a node whose children have rows. Returns its address.
    pub(crate) fn add_node(&mut self, node: Arc<Node>) -> Address {
        self.weight += node.size();
        self.number_parts(&node, &mut Vec::new());
        let at = Address { row: self.number(), hash: node.hash };
        self.added.nodes.insert(at.hash, at.row);
        self.nodes.push((at.row, node));
        at
    }

    /// Approximate memory of the nodes that were added one by one, bytes.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// The number that the next row will have.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Bytes of the values that have rows of their own.
    pub fn value_bytes(&self) -> usize {
        self.values.iter().map(|(_, value)| value.len()).sum()
    }

    /// All rows, by number. Each is made when it is its turn.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Vec<u8>)> {
        let nodes = self.nodes.iter().map(|(row, node)| (*row, RowOf::Node(node)));
        let values = self.values.iter().map(|(row, value)| (*row, RowOf::Value(value)));
        let mut rows: Vec<_> = nodes.chain(values).collect();
        rows.sort_unstable_by_key(|(row, _)| *row);
        rows.into_iter().map(|(row, of)| match of {
            RowOf::Node(node) => (row, row::encode(&self.without_memory(node))),
            RowOf::Value(value) => (row, value.to_vec()),
        })
    }

    /// To be called once the store has the rows. Puts the nodes of the trie that was added last into
    /// the cache of `nodes`, because the others are older. Returns the addresses of all rows.
    pub fn committed(self, nodes: &StoredNodes) -> StoredAddresses {
        let mut added: HashMap<_, _> = self.nodes.iter().map(|(row, node)| (*row, node)).collect();
        let mut pending: Vec<_> = self.newest.into_iter().collect();
        while let Some(row) = pending.pop() {
            let Some(node) = added.remove(&row) else { continue };
            let node = self.without_memory(node);
            if let Body::Branch(branch) = &node.body {
                let stored = branch.children.nodes().iter().filter_map(Child::address);
                pending.extend(stored.map(|at| at.row));
            }
            nodes.remember(row, node);
        }
        self.added
    }

    /// Numbers the children and the long value of a node that have no row yet. Children are put into
    /// `pending`, to be added later.
    fn number_parts(&mut self, node: &Node, pending: &mut Vec<(u64, Arc<Node>)>) {
        if let Body::Branch(branch) = &node.body {
            for child in branch.children.nodes() {
                self.address_of(child, pending);
            }
        }
        if let Some(value) = node.value() {
            self.number_value(value);
        }
    }

    /// The address of a node. A new one is put into `pending`, to be added later.
    fn address_of(&mut self, child: &Child, pending: &mut Vec<(u64, Arc<Node>)>) -> Address {
        let node = match child {
            Child::Stored(at) => return *at,
            Child::Memory(node) => node,
        };
        let hash = node.hash;
        let row = self.row(&hash).unwrap_or_else(|| {
            let row = self.number();
            self.added.nodes.insert(hash, row);
            pending.push((row, node.clone()));
            row
        });
        Address { row, hash }
    }

    fn number_value(&mut self, value: &TrieValue) {
        let ValueBytes::Memory(bytes) = &value.bytes else { return };
        if row::has_own_row(value) && self.row_of(value).is_none() {
            let row = self.number();
            self.added.values.insert(value.hash, row);
            self.values.push((row, bytes.clone()));
        }
    }

    fn number(&mut self) -> u64 {
        let row = self.next;
        self.next += 1;
        row
    }

    /// The row of the node with this hash.
    fn row(&self, node: &CryptoHash) -> Option<u64> {
        self.added.nodes.get(node).or_else(|| self.stored.nodes.get(node)).copied()
    }

    /// The row of a value that has one of its own.
    fn row_of(&self, value: &TrieValue) -> Option<u64> {
        let hash = &value.hash;
        self.added.values.get(hash).or_else(|| self.stored.values.get(hash)).copied()
    }

    /// The node as it will be read from the store: with addresses of its children and of a long value.
    fn without_memory(&self, node: &Node) -> Node {
        let stored = |child: &Child| {
            let at = child.address().copied().or_else(|| {
                let hash = *child.hash();
                self.row(&hash).map(|row| Address { row, hash })
            });
            Child::Stored(at.expect("children are numbered with their parent"))
        };
        let body = match &node.body {
            Body::Leaf(value) => Body::Leaf(self.stored_value(value)),
            Body::Branch(branch) => {
                let children = branch.children.nodes().iter().map(stored).collect();
                let value = branch.value.as_ref().map(|value| self.stored_value(value));
                Body::Branch(branch.with_parts(children, value))
            }
        };
        node.with_body(body)
    }

    fn stored_value(&self, value: &TrieValue) -> TrieValue {
        match (&value.bytes, self.row_of(value)) {
            (ValueBytes::Memory(_), Some(row)) if row::has_own_row(value) => {
                TrieValue { bytes: ValueBytes::Row(row), ..*value }
            }
            _ => value.clone(),
        }
    }
}

/// What a row is made of.
enum RowOf<'r> {
    Node(&'r Node),
    Value(&'r Value),
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::source::NodeStore;
    use near_primitives::hash::hash;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    #[derive(Debug, Default)]
    pub(crate) struct Memory {
        rows: Mutex<BTreeMap<u64, Vec<u8>>>,
        fails: Mutex<bool>,
        /// Lengths of the rows that were read.
        read: Mutex<Vec<usize>>,
    }

    impl Memory {
        pub(crate) fn extend(&self, rows: &Rows) {
            self.rows.lock().unwrap().extend(rows.iter());
        }

        pub(crate) fn len(&self) -> usize {
            self.rows.lock().unwrap().len()
        }
    }

    impl NodeStore for Memory {
        fn row(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
            if *self.fails.lock().unwrap() {
                return Err(StateError::Unreadable { reason: "the disk is gone".to_owned() });
            }
            let row = self.rows.lock().unwrap().get(&number).cloned();
            self.read.lock().unwrap().extend(row.as_ref().map(Vec::len));
            Ok(row)
        }
    }

    pub(crate) fn opened(cached: usize) -> (Arc<Memory>, StoredNodes) {
        let memory = Arc::new(Memory::default());
        let nodes = StoredNodes::new(memory.clone(), cached * 500);
        (memory, nodes)
    }

    /// Stores the rows of `trie` that are not in `before`.
    fn put(trie: &Trie, memory: &Memory, before: &Arc<StoredAddresses>) -> (Option<Address>, Rows) {
        let mut rows = Rows::new(memory.len() as u64, before.clone());
        let root = rows.add(trie).unwrap();
        memory.extend(&rows);
        assert_eq!(memory.len() as u64, rows.next());
        (root, rows)
    }

    /// Stores `trie`; returns it as it comes out.
    fn stored(trie: &Trie, memory: &Memory, nodes: &StoredNodes) -> Trie {
        Trie::stored(put(trie, memory, &Arc::default()).0, nodes)
    }

    type Batch = Vec<(Vec<u8>, Option<Value>)>;

    fn batches() -> impl Strategy<Value = Vec<Batch>> {
        let key = prop_oneof![
            proptest::collection::vec(0..3u8, 0..4),
            proptest::collection::vec(any::<u8>(), 0..3)
        ];
        let value = prop_oneof![
            4 => (0..9u8).prop_map(|byte| Some(Value::from(vec![byte; usize::from(byte)]))),
            1 => (0..3u8).prop_map(|byte| Some(Value::from(vec![byte; 1020 + usize::from(byte) * 4]))),
            3 => Just(None)
        ];
        proptest::collection::vec(proptest::collection::vec((key, value), 0..12), 1..8)
    }

    pub(crate) fn entries(trie: &Trie) -> Vec<(Vec<u8>, Value)> {
        let mut entries = Vec::new();
        trie.scan(&[], None, &mut |key, value| {
            entries.push((key.to_vec(), value.clone()));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        entries
    }

    proptest! {
        #[test]
        fn a_trie_in_a_store_does_what_one_in_memory_does(batches in batches(), cached in 1..9usize) {
            let (memory, nodes) = opened(cached);
            let (mut here, mut there) = (Trie::empty(), Trie::stored(None, &nodes));
            for batch in batches {
                here = here.apply(batch.clone()).unwrap();
                there = there.apply(batch.clone()).unwrap();
                prop_assert_eq!(there.root(), here.root());
                there = stored(&there, &memory, &nodes);
                prop_assert_eq!(there.root(), here.root());
                prop_assert_eq!(entries(&there), entries(&here));
                prop_assert_eq!(there.prove_prefix(&[]).unwrap(), here.prove_prefix(&[]).unwrap());
                for (key, _) in batch {
                    prop_assert_eq!(there.get(&key).unwrap(), here.get(&key).unwrap());
                }
            }
        }
    }

    proptest! {
        /// A chain goes on while an earlier state of it is being stored.
        #[test]
        fn a_trie_is_evicted_though_it_has_moved_on(batches in batches(), cached in 1..9usize) {
            let (memory, nodes) = opened(cached);
            let (mut here, mut there) = (Trie::empty(), Trie::stored(None, &nodes));
            let mut before = Arc::default();
            for batch in batches {
                let (_, rows) = put(&there, &memory, &before);
                here = here.apply(batch.clone()).unwrap();
                let moved_on = there.apply(batch).unwrap();
                before = Arc::new(rows.committed(&nodes));
                there = moved_on.evict(&before, &nodes);
                prop_assert_eq!(there.root(), here.root());
                prop_assert_eq!(entries(&there), entries(&here));
                prop_assert_eq!(entries(&moved_on), entries(&here));
            }
            let (_, rows) = put(&there, &memory, &before);
            let last = there.evict(&rows.committed(&nodes), &nodes);
            prop_assert_eq!(put(&last, &memory, &Arc::default()).1.iter().count(), 0);
            prop_assert_eq!(entries(&last), entries(&here));
        }
    }

    proptest! {
        /// A contract can store any bytes, and can learn a node's from a proof.
        #[test]
        fn a_value_may_be_the_body_of_a_node(
            keys in proptest::collection::vec((0..3u8, 1000..1100usize), 1..6),
        ) {
            let entry = |(byte, len)| (vec![byte; len], Some(Value::from(*b"value")));
            let mark = (vec![255], Some(Value::from(*b"mark")));
            let plain = Trie::empty().apply(keys.into_iter().map(entry).chain([mark])).unwrap();
            let bodies = (0..).zip(plain.prove_prefix(&[]).unwrap());
            let echo = bodies.map(|(number, body)| (vec![255, number], Some(Value::from(body))));
            let echo: Vec<(_, _)> = echo.collect();
            let both = plain.apply(echo.clone()).unwrap();
            for first in [Trie::empty(), plain, Trie::empty().apply(echo).unwrap()] {
                let (memory, nodes) = opened(1);
                let before = Arc::new(put(&first, &memory, &Arc::default()).1.committed(&nodes));
                let (root, rows) = put(&both, &memory, &before);
                prop_assert_eq!(entries(&Trie::stored(root, &nodes)), entries(&both));
                let evicted = both.evict(&before, &nodes);
                prop_assert_eq!(entries(&evicted), entries(&both));
                let evicted = both.evict(&rows.committed(&nodes), &nodes);
                prop_assert_eq!(entries(&evicted), entries(&both));
            }
        }
    }

    #[test]
    fn what_was_stored_before_needs_no_second_row() {
        let (memory, nodes) = opened(9);
        let old = some_trie();
        let stored = Arc::new(put(&old, &memory, &Arc::default()).1.committed(&nodes));
        let new = old.apply([(b"new", Some(Value::from(*b"value")))]).unwrap();
        let added = put(&new, &memory, &stored).1.iter().count();
        assert!((1..6).contains(&added), "{added}");
    }

    fn some_trie() -> Trie {
        let entry = |byte: u8| ([byte, byte].to_vec(), Some(Value::from(vec![byte; 2000])));
        Trie::empty().apply((0..40).map(entry)).unwrap()
    }

    #[test]
    fn what_is_stored_needs_no_second_row() {
        let (memory, nodes) = opened(9);
        let trie = stored(&some_trie(), &memory, &nodes);
        let changed = trie.apply([(b"new", Some(Value::from(*b"value")))]).unwrap();
        let mut rows = Rows::new(1000, Arc::default());
        rows.add(&trie).unwrap();
        assert_eq!(rows.iter().count(), 0);
        rows.add(&changed).unwrap();
        let once = rows.iter().count();
        rows.add(&changed).unwrap();
        assert!((1..6).contains(&once), "{once}");
        assert_eq!(rows.iter().count(), once);
    }

    const LONG: usize = 500_000;

    fn long_value() -> Trie {
        Trie::empty().apply([(b"code", Some(Value::from(vec![7; LONG])))]).unwrap()
    }

    #[test]
    fn the_length_and_hash_of_a_long_value_are_known_without_reading_it() {
        // Each call of a contract read and hashed all of its code.
        let (memory, nodes) = opened(1_000);
        let trie = stored(&long_value(), &memory, &nodes);
        let value = trie.get_ref(b"code").unwrap().unwrap();
        assert_eq!((value.len(), value.hash()), (LONG, hash(&[7; LONG])));
        assert!(memory.read.lock().unwrap().iter().all(|len| *len < 1_000));
    }

    #[test]
    fn a_long_value_is_read_once_while_the_cache_has_room_for_it() {
        let reads = |cached| {
            let (memory, nodes) = opened(cached);
            let trie = stored(&long_value(), &memory, &nodes);
            for _ in 0..5 {
                assert_eq!(trie.get(b"code").unwrap().unwrap().len(), LONG);
            }
            memory.read.lock().unwrap().iter().filter(|len| **len == LONG).count()
        };
        assert_eq!((reads(2_000), reads(100)), (1, 5));
    }

    #[test]
    fn a_failing_or_damaged_store_is_an_error_and_never_a_wrong_answer() {
        let (memory, nodes) = opened(1);
        let trie = stored(&some_trie(), &memory, &nodes);
        *memory.fails.lock().unwrap() = true;
        assert!(matches!(trie.get(&[7, 7]), Err(StateError::Unreadable { .. })));
        let applied = trie.apply([(vec![7, 7], None)]);
        assert!(matches!(applied, Err(StateError::Unreadable { .. })));
        *memory.fails.lock().unwrap() = false;
        assert!(trie.get(&[7, 7]).unwrap().is_some());
        memory.rows.lock().unwrap().values_mut().for_each(|row| row[9] ^= 1);
        assert!(matches!(trie.get(&[7, 7]), Err(StateError::Unreadable { .. })));
        memory.rows.lock().unwrap().clear();
        assert!(matches!(trie.get(&[7, 7]), Err(StateError::Unreadable { .. })));
    }
}

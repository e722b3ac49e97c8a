//! A fork, compared with the network's own trie after the same writes.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use keyway_engine::{PathNode, State};
use keyway_state::{BasePage, BaseState, StateError, Trie, Value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

/// A network that pages by three entries.
#[derive(Debug)]
struct Network {
    state: Trie,
    /// Whether it proves the data of the contract with a prefix.
    proves: fn(&[u8]) -> bool,
    asked: Mutex<Vec<Vec<u8>>>,
}

impl BaseState for Network {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.asked.lock().unwrap().push(key.to_vec());
        self.state.get(key)
    }

    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        let mut entries = Vec::new();
        self.state.scan(prefix, after, &mut |key, value| {
            entries.push((key.to_vec(), value.clone()));
            if entries.len() > 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let complete = entries.len() <= 3;
        entries.truncate(3);
        Ok(BasePage { entries, complete })
    }

    fn proof(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, StateError> {
        if (self.proves)(prefix) { self.state.prove_prefix(prefix).map(Some) } else { Ok(None) }
    }
}

/// A row: which account, its column, and the end of its key.
type Row = (u8, u8, Vec<u8>);

/// Names that share beginnings, so that their data does as well.
const NAMES: [&str; 5] = ["a", "ab", "ab.c", "b-c", "dd"];

fn key((account, column, end): &Row) -> Vec<u8> {
    let name = NAMES[usize::from(*account) % NAMES.len()].as_bytes();
    match column % 4 {
        0 => [&[0], name].concat(),
        1 => [&[2], name, &[2], end].concat(),
        _ => [&[9], name, b",", end].concat(),
    }
}

fn rows(most: usize) -> impl Strategy<Value = BTreeMap<Row, u8>> {
    let row = (0..5u8, 0..8u8, vec(prop_oneof![0..3u8, any::<u8>()], 0..4));
    btree_map(row, any::<u8>(), 0..most)
}

/// Writes of a block; none removes a row.
fn blocks() -> impl Strategy<Value = Vec<BTreeMap<Row, Option<u8>>>> {
    let row = (0..5u8, 0..8u8, vec(prop_oneof![0..3u8, any::<u8>()], 0..4));
    vec(btree_map(row, prop::option::of(any::<u8>()), 0..8), 0..6)
}

fn value(byte: u8) -> Value {
    Value::from(vec![byte; usize::from(byte % 50)])
}

fn entries(trie: &Trie, prefix: &[u8], after: Option<&[u8]>) -> Vec<(Vec<u8>, Value)> {
    let mut found = Vec::new();
    trie.scan(prefix, after, &mut |key, value| {
        found.push((key.to_vec(), value.clone()));
        ControlFlow::Continue(())
    })
    .unwrap();
    found
}

/// The nodes that a write pays for, and how many it may have to pay for besides.
fn path(trie: &Trie, key: &[u8]) -> (Vec<PathNode>, u64) {
    let mut nodes = Vec::new();
    let (_, unknown) = trie.get_ref_paying(key, &mut |node| nodes.push(node)).unwrap();
    (nodes, unknown)
}

/// A state as a network has it: accounts and keys are in every one, and no row is nobody's.
fn whole(rows: &BTreeMap<Row, u8>) -> Trie {
    let rows = rows.iter().map(|(row, byte)| (key(row), Some(value(*byte))));
    let accounts = (0..5).map(|account| (key(&(account, 0, Vec::new())), Some(value(1))));
    let always = [(vec![0, b'z'], Some(value(1))), (vec![2, b'z', 2, 1], Some(value(1)))];
    Trie::empty().apply(accounts.chain(rows).chain(always)).unwrap()
}

fn check(
    rows: &BTreeMap<Row, u8>,
    blocks: &[BTreeMap<Row, Option<u8>>],
    proves: fn(&[u8]) -> bool,
) -> Result<(), TestCaseError> {
    let mut network = whole(rows);
    let base = Arc::new(Network { state: network.clone(), proves, asked: Mutex::default() });
    let mut fork = Trie::over(base.clone());
    for writes in blocks {
        for row in writes.keys().map(key) {
            let ((known, unknown), (all, _)) = (path(&fork, &row), path(&network, &row));
            let (least, most) = (known.len() as u64, known.len() as u64 + unknown);
            let real = all.len() as u64;
            prop_assert!(least <= real && real <= most, "{least} {real} {most} {row:?}");
            let is_data = row.first() == Some(&9);
            if is_data && proves(&row[..row.iter().position(|byte| *byte == b',').unwrap() + 1]) {
                prop_assert_eq!(unknown, 0, "{:?}", row);
                prop_assert_eq!(least, real, "{:?}", row);
            }
        }
        let writes = || writes.iter().map(|(row, byte)| (key(row), byte.map(value)));
        network = network.apply(writes()).unwrap();
        fork = fork.apply(writes()).unwrap();
        for (account, column) in (0..5).flat_map(|account| [(account, 1), (account, 2)]) {
            let prefix = key(&(account, column, Vec::new()));
            prop_assert_eq!(entries(&fork, &prefix, None), entries(&network, &prefix, None));
            let after = [prefix.clone(), vec![1]].concat();
            let after = Some(after.as_slice());
            prop_assert_eq!(entries(&fork, &prefix, after), entries(&network, &prefix, after));
        }
        for (row, _) in writes() {
            prop_assert_eq!(fork.get(&row).unwrap(), network.get(&row).unwrap());
        }
    }
    let mut asked = base.asked.lock().unwrap().clone();
    let all = asked.len();
    asked.sort();
    asked.dedup();
    prop_assert_eq!(asked.len(), all, "a row was asked for twice");
    Ok(())
}

/// A network of two shards, each with a trie of its own.
#[derive(Clone, Debug)]
struct Shards([Trie; 2]);

impl Shards {
    /// The shard of a key or a prefix: that of its account.
    fn of(key: &[u8]) -> usize {
        usize::from(key.get(1) > Some(&b'a'))
    }

    fn shard(&self, key: &[u8]) -> &Trie {
        &self.0[Self::of(key)]
    }
}

impl BaseState for Shards {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.shard(key).get(key)
    }

    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        self.shard(prefix).page(prefix, after)
    }

    fn proof(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, StateError> {
        self.shard(prefix).proof(prefix)
    }
}

/// The rows of one shard, written to `trie`.
fn write_shard(trie: &Trie, shard: usize, rows: &[(Vec<u8>, Option<Value>)]) -> Trie {
    let own = rows.iter().filter(|(key, _)| Shards::of(key) == shard);
    trie.apply(own.cloned()).unwrap()
}

proptest! {
    #[test]
    fn each_shard_has_its_own_paths(rows in rows(60), blocks in blocks()) {
        let rows: Vec<_> = entries(&whole(&rows), &[], None)
            .into_iter()
            .map(|(key, value)| (key, Some(value)))
            .collect();
        // In every shard there are accounts and keys.
        let start = |shard: usize| {
            let (name, key) = ([0, b"ab"[shard]], [2, b"ab"[shard], 2, 1]);
            let always = [(name.to_vec(), Some(value(1))), (key.to_vec(), Some(value(1)))];
            write_shard(&Trie::empty().apply(always).unwrap(), shard, &rows)
        };
        let mut shards = Shards([start(0), start(1)]);
        let mut fork = Trie::over(Arc::new(shards.clone()));
        for writes in &blocks {
            for row in writes.keys().map(key).filter(|row| row.first() == Some(&9)) {
                let ((known, unknown), (all, _)) = (path(&fork, &row), path(shards.shard(&row), &row));
                prop_assert_eq!((known.len(), unknown), (all.len(), 0), "{:?}", row);
            }
            let writes: Vec<_> =
                writes.iter().map(|(row, byte)| (key(row), byte.map(value))).collect();
            shards = Shards([0, 1].map(|shard| write_shard(&shards.0[shard], shard, &writes)));
            fork = fork.apply(writes).unwrap();
        }
    }

    #[test]
    fn a_fork_has_the_entries_of_the_network(rows in rows(40), blocks in blocks()) {
        check(&rows, &blocks, |_| false)?;
    }

    #[test]
    fn with_proofs_it_has_its_paths(rows in rows(60), blocks in blocks()) {
        check(&rows, &blocks, |_| true)?;
    }

    #[test]
    fn with_some_proofs_it_has_some(rows in rows(60), blocks in blocks()) {
        // The writes of the other contracts are inside holes, or make new branches elsewhere.
        let few = |prefix: &[u8]| prefix.len().is_multiple_of(2);
        let named = |row: &Row| few(&key(&(row.0, 2, Vec::new()))) || rows.contains_key(row);
        let blocks: Vec<BTreeMap<_, _>> = blocks
            .iter()
            .map(|writes| writes.iter().filter(|(row, _)| named(row)).map(|(r, b)| (r.clone(), b.or(Some(1)))).collect())
            .collect();
        check(&rows, &blocks, few)?;
    }

    #[test]
    fn the_root_depends_on_the_writes_alone(rows in rows(40), blocks in blocks(), asks in rows(10)) {
        let base = || {
            let (state, asked) = (whole(&rows), Mutex::default());
            Trie::over(Arc::new(Network { state, proves: |_| false, asked }))
        };
        let (mut one, mut other) = (base(), base());
        for writes in &blocks {
            for row in asks.keys() {
                other.get(&key(row)).unwrap();
            }
            let writes = || writes.iter().map(|(row, byte)| (key(row), byte.map(value)));
            (one, other) = (one.apply(writes()).unwrap(), other.apply(writes()).unwrap());
            prop_assert_eq!(one.root(), other.root());
        }
        let written = Trie::empty().apply(
            entries(&one.written(), &[], None).into_iter().map(|(key, value)| (key, Some(value))),
        ).unwrap();
        prop_assert_eq!(written.root(), one.root());
    }
}

#[test]
fn nothing_is_asked_about_accounts_that_do_not_exist() {
    let base =
        Arc::new(Network { state: Trie::empty(), proves: |_| false, asked: Mutex::default() });
    let fork = Trie::over(base.clone());
    let (code, key, data) = (b"\x01a".as_slice(), b"\x02a\x02k".as_slice(), b"\x09a,k".as_slice());
    assert_eq!(fork.get(b"\0a").unwrap(), None);
    for row in [code, key, data] {
        assert_eq!(fork.get(row).unwrap(), None);
    }
    assert_eq!(entries(&fork, b"\x09a,", None), []);
    assert_eq!(*base.asked.lock().unwrap(), [b"\0a".to_vec()]);
    // Of others it is not known.
    assert_eq!(fork.get(b"\x09b,k").unwrap(), None);
    assert_eq!(base.asked.lock().unwrap().len(), 2);
}

#[test]
fn a_network_that_never_ends_its_pages_is_an_error() {
    #[derive(Debug)]
    struct Endless;
    impl BaseState for Endless {
        fn get(&self, _: &[u8]) -> Result<Option<Value>, StateError> {
            Ok(None)
        }

        fn page(&self, prefix: &[u8], _: Option<&[u8]>) -> Result<BasePage, StateError> {
            Ok(BasePage { entries: vec![(prefix.to_vec(), value(1))], complete: false })
        }
    }
    let fork = Trie::over(Arc::new(Endless));
    let error = fork.scan(b"\x09a,", None, &mut |_, _| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().contains("does not go on"), "{error}");
}

#[test]
fn a_proof_that_is_none_is_not_used() {
    #[derive(Debug)]
    struct Liar;
    impl BaseState for Liar {
        fn get(&self, _: &[u8]) -> Result<Option<Value>, StateError> {
            Ok(None)
        }

        fn page(&self, _: &[u8], _: Option<&[u8]>) -> Result<BasePage, StateError> {
            Ok(BasePage { entries: Vec::new(), complete: true })
        }

        fn proof(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, StateError> {
            let extension = |memory: u64| {
                let path = [1u32.to_le_bytes().as_slice(), &[0x10]].concat();
                [[3].as_slice(), &path, &[7; 32], &memory.to_le_bytes()].concat()
            };
            Ok(Some(match prefix.get(1) {
                Some(b'a') => vec![vec![9; 40]],
                Some(b'b') => vec![extension(3)],
                Some(b'c') => vec![extension(u64::MAX)],
                Some(b'd') => vec![extension(300)],
                _ => Vec::new(),
            }))
        }
    }
    let mut fork = Trie::over(Arc::new(Liar));
    for name in [b'a', b'b', b'c', b'd', b'e'] {
        let key = [9, name, b',', 1];
        let (nodes, unknown) = path(&fork, &key);
        assert!(nodes.len() <= 2 && unknown > 0, "{nodes:?} {unknown}");
        fork = fork.apply([(key, Some(value(3)))]).unwrap();
        fork = fork.apply([(key, None)]).unwrap();
    }
}

//! The trie against the dullest possible models: an ordered map, and the protocol's description
//! of a trie written down recursively.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod naive;

use keyway_engine::State;
use keyway_state::{Trie, Value, ValueRef};
use near_primitives::hash::hash;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

type Key = Vec<u8>;
type Model = BTreeMap<Key, Value>;
type Batch = Vec<(Key, Option<Value>)>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_history_gives_the_one_root_of_its_contents(batches in vec(batch(), 1..8)) {
        let (mut trie, mut model) = (Trie::empty(), Model::new());
        let mut history = Vec::new();
        for batch in batches {
            trie = trie.apply(batch.clone()).unwrap();
            write(&mut model, batch);
            let expected = naive::bodies(&model);
            prop_assert_eq!(trie.root(), expected.first().map(|body| hash(body)).unwrap_or_default());
            prop_assert_eq!(trie.prove_prefix(&[]).unwrap(), expected);
            prop_assert_eq!(trie.root(), fresh(&model).root());
            history.push((trie.clone(), model.clone()));
        }
        for (trie, model) in history {
            prop_assert_eq!(entries(&trie, &[], None), model.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn reads_agree_with_an_ordered_map(
        batch in batch(), sought in key(), prefix in key(), after in key(),
    ) {
        let (trie, mut model) = (Trie::empty().apply(batch.clone()).unwrap(), Model::new());
        write(&mut model, batch);
        prop_assert_eq!(trie.get(&sought).unwrap(), model.get(&sought).cloned());
        for (key, value) in &model {
            prop_assert_eq!(trie.get(key).unwrap(), Some(value.clone()));
        }
        let under: Vec<_> = model.into_iter().filter(|(key, _)| key.starts_with(&prefix)).collect();
        prop_assert_eq!(entries(&trie, &prefix, None), under.clone());
        let rest: Vec<_> = under.into_iter().filter(|(key, _)| *key > after).collect();
        prop_assert_eq!(entries(&trie, &prefix, Some(&after)), rest);
    }

    #[test]
    fn a_path_is_the_beginning_of_the_keys_proof(batch in batch(), sought in key()) {
        let trie = Trie::empty().apply(batch).unwrap();
        let mut path = Vec::new();
        let found = trie.get_ref_visiting(&sought, &mut |node| path.push((node.hash, node.len)));
        prop_assert_eq!(found.unwrap(), trie.get(&sought).unwrap().map(ValueRef::from));
        let proof = trie.prove_prefix(&sought).unwrap();
        prop_assert!(path.len() <= proof.len());
        prop_assert_eq!(path.is_empty(), trie.root() == Trie::empty().root());
        for (node, body) in path.into_iter().zip(&proof) {
            prop_assert_eq!(node, (hash(body), body.len()));
        }
    }

    #[test]
    fn writes_that_change_nothing_keep_the_root(batch in batch(), absent in key()) {
        let trie = Trie::empty().apply(batch).unwrap();
        let same = entries(&trie, &[], None).into_iter().map(|(key, value)| (key, Some(value)));
        prop_assert_eq!(trie.apply(same).unwrap().root(), trie.root());
        if trie.get(&absent).unwrap().is_none() {
            prop_assert_eq!(trie.apply([(absent, None)]).unwrap().root(), trie.root());
        }
    }
}

#[test]
fn the_last_of_several_writes_to_one_key_counts() {
    let value = |byte: u8| Some(Value::from([byte]));
    let one = Trie::empty().apply([("k", value(1))]).unwrap();
    assert_eq!(one.apply([("k", value(2)), ("k", value(1))]).unwrap().root(), one.root());
    assert_eq!(one.apply([("k", value(2)), ("k", None)]).unwrap().root(), Trie::empty().root());
    assert_eq!(Trie::empty().apply([("k", None), ("k", value(1))]).unwrap().root(), one.root());
}

#[test]
fn a_scan_stops_when_told() {
    let trie =
        Trie::empty().apply((0..100u8).map(|byte| ([byte], Some(Value::from([byte]))))).unwrap();
    let mut seen = Vec::new();
    trie.scan(&[], Some(&[9]), &mut |key, _| {
        seen.push(key.to_vec());
        if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(seen, [[10], [11], [12]]);
}

/// A contract may write keys of 2,048 bytes that are prefixes of each other, so that the trie is
/// thousands of nodes deep; a small stack must do for it.
#[test]
fn depth_does_not_cost_stack() {
    let deep = || {
        let keys = || (0..=2048).map(|len| vec![0x11; len]);
        let forks = || (0..2048).map(|len| [&vec![0x11; len][..], &[0x10]].concat());
        let all = || keys().chain(forks());
        let trie = Trie::empty().apply(all().map(|key| (key, Some(Value::from([1]))))).unwrap();
        // Each length but the last makes two branches and a leaf.
        assert_eq!(trie.prove_prefix(&[]).unwrap().len(), 6145);
        let changed = trie.apply([(vec![0x11; 2048], Some(Value::from([2])))]).unwrap();
        assert_ne!(changed.root(), trie.root());
        drop(trie);
        assert_eq!(entries(&changed, &[0x11; 2047], None).len(), 3);
        assert_eq!(
            changed.apply(all().map(|key| (key, None))).unwrap().root(),
            Trie::empty().root()
        );
    };
    let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(deep).expect("a thread");
    thread.join().expect("no panic");
}

/// Few different bytes, so that keys share half-bytes, prefixes and forks.
fn key() -> impl Strategy<Value = Key> {
    vec(prop::sample::select(vec![0x00, 0x01, 0x10, 0x11, 0x1f, 0xf1, 0xff]), 0..5)
}

fn batch() -> impl Strategy<Value = Batch> {
    let value = prop::option::weighted(0.7, vec(any::<u8>(), 0..3));
    vec((key(), value.prop_map(|value| value.map(Value::from))), 0..40)
}

fn write(model: &mut Model, batch: Batch) {
    for (key, value) in batch {
        match value {
            Some(value) => model.insert(key, value),
            None => model.remove(&key),
        };
    }
}

fn fresh(model: &Model) -> Trie {
    Trie::empty().apply(model.iter().map(|(key, value)| (key, Some(value.clone())))).unwrap()
}

fn entries(trie: &Trie, prefix: &[u8], after: Option<&[u8]>) -> Vec<(Key, Value)> {
    let mut entries = Vec::new();
    trie.scan(prefix, after, &mut |key, value| {
        entries.push((key.to_vec(), value.clone()));
        ControlFlow::Continue(())
    })
    .unwrap();
    entries
}

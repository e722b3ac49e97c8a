//! A node on a home directory, opened again and again: what was acknowledged is there, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway_chain::{
    Applied, Chain, DumpedEntries, Input, LocalAccount, Refused, ReplayError, seeded_key,
};
use keyway_node::{
    DumpError, DumpOutput, Durability, Home, HomeError, JournalError, NewHome, Node, NodeError,
    Options, Sealing, StoreError, StoreRemedy, WallClock, WriteError, dump_state,
};
use near_primitives::action::{Action, TransferAction};
use near_primitives::hash::CryptoHash;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance};
use std::path::Path;
use std::time::Duration;

const ALICE: &str = "alice.near";

fn new_home(dir: &Path) -> Home {
    let alice = LocalAccount {
        account_id: ALICE.parse().unwrap(),
        public_key: seeded_key(ALICE).public_key(),
        amount: Balance::from_near(10),
        locked: Balance::ZERO,
    };
    let new = NewHome { accounts: vec![alice], ..NewHome::default() };
    assert!(Home::create(dir, &new).unwrap().made);
    Home::read(dir).unwrap()
}

fn transfer(node: &Node, nonce: u64) -> SignedTransaction {
    let key = seeded_key(ALICE);
    let alice: AccountId = ALICE.parse().unwrap();
    let deposit = Balance::from_near(1);
    let transaction = Transaction::V0(TransactionV0 {
        signer_id: alice,
        public_key: key.public_key(),
        nonce,
        receiver_id: "near".parse().unwrap(),
        block_hash: *node.snapshot().head().hash(),
        actions: vec![Action::Transfer(TransferAction { deposit })],
    });
    keyway_test_kit::signed(transaction, &key)
}

/// What tells one chain from another: the newest block, and its state.
fn head(node: &Node) -> (CryptoHash, CryptoHash) {
    let chain = node.snapshot();
    (*chain.head().hash(), chain.head().state.root())
}

/// A node that sealed by hand began to seal by itself after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn the_sealing_mode_is_kept_until_it_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(dir.path());
    let opened = || {
        let node = Node::open(&home, Options::default()).unwrap();
        node.resume_sealing().unwrap();
        node
    };
    let every = Sealing::Every(Duration::from_secs(3_000));
    for (found, left) in [
        (Sealing::AtOnce, Sealing::ByHand),
        (Sealing::ByHand, every),
        (every, Sealing::AtOnce),
        (Sealing::AtOnce, Sealing::AtOnce),
    ] {
        let node = opened();
        assert_eq!(node.sealing(), found);
        node.set_sealing(left).unwrap();
    }
    let file = dir.path().join("data/sealing.json");
    std::fs::write(&file, "{").unwrap();
    let node = Node::open(&home, Options::default()).unwrap();
    let error = node.resume_sealing().unwrap_err().to_string();
    assert!(error.contains("sealing.json"), "{error}");
    // Without a home there is nothing to keep.
    let memory = Node::in_memory(Chain::clone(&node.snapshot()), WallClock);
    memory.set_sealing(Sealing::ByHand).unwrap();
    memory.resume_sealing().unwrap();
    assert_eq!(memory.sealing(), Sealing::ByHand);
}

/// A dump was made into a state in memory before the node could evict any of it.
#[tokio::test]
async fn a_dump_is_loaded_into_a_store_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::open(&new_home(dir.path()), Options::default()).unwrap();
    node.submit(transfer(&node, 1)).await.unwrap();
    let chain = node.snapshot();
    let mut bytes = chain.dump_head();
    bytes.extend(DumpedEntries::of(chain.head(), None, 0).unwrap().frames);
    let file = dir.path().join("state.keyway");
    std::fs::write(&file, bytes).unwrap();
    let loaded = Node::load(&file, None, None, Options::default()).unwrap();
    assert_eq!(head(&loaded), head(&node));
    for nonce in [2, 3] {
        loaded.submit(transfer(&loaded, nonce)).await.unwrap();
    }
    assert!(loaded.snapshot().head().height() > chain.head().height());
    loaded.close().unwrap();
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart_with_and_without_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(dir.path());
    for (nonce, close) in [(1, true), (2, false), (3, true), (4, false)] {
        let node = Node::open(&home, Options::default()).unwrap();
        let sent = transfer(&node, nonce);
        let applied = node.submit(sent.clone()).await.unwrap();
        assert_eq!(applied, Applied::Included(sent.get_hash()));
        let before = head(&node);
        if close {
            node.close().unwrap();
            assert!(matches!(node.tick(), Err(WriteError::ReadOnly { .. })));
        }
        drop(node);
        let again = Node::open(&home, Options::default()).unwrap();
        assert_eq!(head(&again), before, "nonce {nonce}");
        assert_eq!(again.submit(sent.clone()).await.unwrap(), Applied::Known(sent.get_hash()));
        assert_eq!(again.torn_bytes(), 0);
    }
}

#[tokio::test]
async fn a_refusal_is_typed_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::open(&new_home(dir.path()), Options::default()).unwrap();
    let before = head(&node);
    let error = node.submit(transfer(&node, 0)).await.unwrap_err();
    assert!(matches!(error, WriteError::Refused(Refused::Transaction(_))), "{error}");
    assert_eq!(head(&node), before);
}

#[test]
fn a_home_has_one_node_at_a_time_and_cannot_go_back() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(dir.path());
    let options = Options { durability: Durability::Process, ..Options::default() };
    let node = Node::open(&home, options.clone()).unwrap();
    let second = Node::open(&home, options.clone()).unwrap_err();
    assert!(matches!(second, NodeError::Home(HomeError::InUse { .. })), "{second}");
    let before = keyway_chain::Chain::clone(&node.snapshot());
    node.apply(Input::Tick).unwrap();
    assert!(matches!(node.restore(before), Err(WriteError::Journaled)));
    drop(node);
    Node::open(&home, options).unwrap();
}

#[tokio::test]
async fn a_dump_beside_a_running_node_is_the_genesis_of_another_chain() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(&dir.path().join("one"));
    let node = Node::open(&home, Options::default()).unwrap();
    node.submit(transfer(&node, 1)).await.unwrap();
    let copy = dir.path().join("two");
    dump_state(&home, DumpOutput::Directory(&copy)).unwrap();
    let other = Node::open(&Home::read(&copy).unwrap(), Options::default()).unwrap();
    let amount = |node: &Node| {
        let near = "near".parse().unwrap();
        keyway_state::read::account(&node.snapshot().head().state, &near).unwrap().unwrap().amount()
    };
    assert_eq!(amount(&other), amount(&node));
    assert_eq!(other.snapshot().head().height(), node.snapshot().head().height() + 1);
}

/// Whatever changed the replay, an old journal gave another chain and nobody noticed.
#[test]
fn a_journal_that_leads_to_another_state_is_refused_with_both() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(dir.path());
    let node = Node::open(&home, Options::default()).unwrap();
    node.tick().unwrap();
    let recorded = node.snapshot().head_state();
    drop(node);
    let path = home.journal();
    let journal = std::fs::read(&path).unwrap();
    let root = recorded.state_root.as_bytes();
    let at = journal.windows(32).rposition(|window| window == root).unwrap();
    let mut doctored = journal.clone();
    doctored[at] ^= 1;
    // The record has its length twice, 8 bytes, a body, and the beginning of the body's sha256.
    let sum = near_primitives::hash::hash(&doctored[HEADER + 8..at + 32]);
    doctored[at + 32..at + 40].copy_from_slice(&sum.as_bytes()[..8]);
    std::fs::write(&path, doctored).unwrap();
    let error = Node::open(&home, Options::default()).unwrap_err();
    let NodeError::Journal(JournalError::Diverged { offset, source, .. }) = error else {
        panic!("{error}")
    };
    let ReplayError::OtherState { expected, found } = *source else { panic!("{source}") };
    assert_eq!((offset, found), (HEADER as u64, recorded));
    assert_eq!(expected.height, recorded.height);
    assert_ne!(expected.state_root, recorded.state_root);
    std::fs::write(&path, journal).unwrap();
    assert_eq!(Node::open(&home, Options::default()).unwrap().snapshot().head_state(), recorded);
}

/// Some inputs, of 2 MB each, so that the journal is worth a compaction.
fn write_much(node: &Node) {
    for number in 0..40_u8 {
        node.apply(Input::Patch(vec![StateRecord::Data {
            account_id: ALICE.parse().unwrap(),
            data_key: b"key".to_vec().into(),
            value: vec![number; 2_000_000].into(),
        }]))
        .unwrap();
    }
}

#[test]
fn a_home_that_prunes_compacts_its_journal_and_then_needs_its_store() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(&dir.path().join("home"));
    let keep_blocks = Some(1);
    let options = Options { checkpoint_blocks: Some(0), keep_blocks, ..Options::default() };
    let length = || std::fs::metadata(home.journal()).unwrap().len();
    let node = Node::open(&home, options.clone()).unwrap();
    write_much(&node);
    assert!(length() < 40_000_000, "{}", length());
    node.tick().unwrap();
    let before = head(&node);
    let (one, two) = (dir.path().join("one.json"), dir.path().join("two.json"));
    let in_use = dump_state(&home, DumpOutput::File(&one)).unwrap_err();
    assert!(in_use.to_string().contains("another node runs"), "{in_use}");
    drop(node);
    let node = Node::open(&home, options.clone()).unwrap();
    assert_eq!(head(&node), before);
    node.tick().unwrap();
    let before = head(&node);
    drop(node);
    dump_state(&home, DumpOutput::File(&one)).unwrap();
    dump_state(&home, DumpOutput::File(&two)).unwrap();
    assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
    let store = home.journal().with_file_name("store");
    let away = dir.path().join("store");
    std::fs::rename(&store, &away).unwrap();
    for refused in [
        Node::open(&home, Options::default()).unwrap_err(),
        match dump_state(&home, DumpOutput::File(&one)).unwrap_err() {
            DumpError::Node(error) => error,
            other => panic!("{other}"),
        },
    ] {
        let NodeError::Journal(JournalError::Compacted { start, needed: 0, .. }) = refused else {
            panic!("{refused}")
        };
        assert!(start > 64 << 20);
    }
    std::fs::write(&store, b"no store").unwrap();
    let error = Node::open(&home, Options::default()).unwrap_err();
    let restore = StoreRemedy::Restore;
    assert!(
        matches!(&error, NodeError::Store(StoreError::Unusable { remedy, .. }) if *remedy == restore),
        "{error}"
    );
    std::fs::rename(&away, &store).unwrap();
    assert_eq!(head(&Node::open(&home, Options::default()).unwrap()), before);
}

#[test]
fn a_home_that_keeps_all_blocks_keeps_all_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let home = new_home(dir.path());
    let options = Options { checkpoint_blocks: Some(0), ..Options::default() };
    let node = Node::open(&home, options.clone()).unwrap();
    write_much(&node);
    let before = head(&node);
    node.close().unwrap();
    drop(node);
    std::fs::remove_file(home.journal().with_file_name("store")).unwrap();
    assert_eq!(head(&Node::open(&home, options).unwrap()), before);
}

/// Bytes of a journal before its first record; see docs/format.md.
const HEADER: usize = 68;

#[test]
fn what_is_not_a_home_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Home::read(&dir.path().join("nothing")).unwrap_err();
    assert!(matches!(missing, HomeError::NoHome { .. }), "{missing}");
    std::fs::write(dir.path().join("config.json"), "{}").unwrap();
    let incomplete = Home::read(dir.path()).unwrap_err();
    assert!(matches!(incomplete, HomeError::File(_)), "{incomplete}");
}

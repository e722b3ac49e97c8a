//! A home whose chain is a fork, opened again and again.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway_chain::{
    Chain, DumpedEntries, ForkPoint, Impersonation, Input, LoadError, LocalAccount, LocalChain,
    TimeChange, local_genesis, seeded_key,
};
use keyway_node::{
    DumpError, DumpOutput, Home, HomeError, JournalError, NewHome, Node, NodeError, Options,
    dump_state,
};
use keyway_state::{BasePage, BaseState, StateError, Trie, Value};
use near_primitives::action::{Action, TransferAction};
use near_primitives::hash::CryptoHash;
use near_primitives::types::Balance;
use near_vm_runner::NoContractRuntimeCache;
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A network's state, of which what was read stays known when the network is gone.
#[derive(Debug)]
struct Network {
    state: Trie,
    known: Mutex<HashSet<Vec<u8>>>,
    gone: AtomicBool,
}

impl Network {
    fn ask(&self, key: &[u8]) -> Result<(), StateError> {
        let mut known = self.known.lock().unwrap();
        if self.gone.load(Ordering::Relaxed) && !known.contains(key) {
            return Err(StateError::Unreadable { reason: "the network is gone".to_owned() });
        }
        known.insert(key.to_vec());
        Ok(())
    }
}

impl BaseState for Network {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.ask(key)?;
        self.state.get(key)
    }

    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        self.ask(prefix)?;
        self.state.page(prefix, after)
    }
}

/// A home, and the network that its chain is a fork of.
struct Fixture {
    dir: TempDir,
    home: Home,
    point: ForkPoint,
    network: Arc<Network>,
}

impl Fixture {
    fn new() -> Self {
        Self::with(None)
    }

    fn with(dump: Option<&Path>) -> Self {
        let (point, network) = network();
        let dir = tempfile::tempdir().unwrap();
        let home = create(dir.path(), &point, dump).unwrap();
        Self { dir, home, point, network }
    }

    fn open_with(&self, options: Options) -> Result<Node, NodeError> {
        Node::open_fork(&self.home, self.point.clone(), self.network.clone(), options)
    }

    fn open(&self) -> Node {
        self.open_with(Options::default()).unwrap()
    }
}

fn network() -> (ForkPoint, Arc<Network>) {
    let account = |name: &str| LocalAccount {
        account_id: name.parse().unwrap(),
        public_key: seeded_key(name).public_key(),
        amount: Balance::from_near(100),
        locked: Balance::ZERO,
    };
    // It begins at a fixed time, so each call gives the same network.
    let local = LocalChain::in_memory(86);
    let genesis = local_genesis(&local, &[account("alice.near"), account("bob.near")]);
    let mut chain = Chain::new(&genesis, Arc::new(NoContractRuntimeCache)).unwrap();
    chain.apply(Input::Tick, local.genesis_time_ns + 1).unwrap();
    let (state, known) = (chain.head().state.clone(), Mutex::default());
    let network = Network { state, known, gone: AtomicBool::new(false) };
    (chain.fork_point(chain.head()), Arc::new(network))
}

fn create(dir: &Path, point: &ForkPoint, dump: Option<&Path>) -> Result<Home, HomeError> {
    // What the crate `keyway-fork` writes there is of no interest to the node.
    fs::write(dir.join("fork.json"), "{}").unwrap();
    let (fork, dump) = (Some(point.clone()), dump.map(Path::to_owned));
    Home::create(dir, &NewHome { fork, dump, ..NewHome::default() })?;
    Home::read(dir)
}

fn pay(from: &str, to: &str) -> Input {
    Input::Impersonate(Impersonation {
        signer_id: from.parse().unwrap(),
        receiver_id: to.parse().unwrap(),
        actions: vec![Action::Transfer(TransferAction { deposit: Balance::from_near(1) })],
    })
}

fn head(node: &Node) -> (CryptoHash, CryptoHash) {
    let chain = node.snapshot();
    (*chain.head().hash(), chain.head().state.root())
}

fn save(name: &str) -> Input {
    Input::SaveSnapshot { name: name.to_owned(), note: String::new() }
}

fn revert(name: &str) -> Input {
    Input::Revert { name: name.to_owned() }
}

/// Every kind of input that a replay must repeat.
fn live(node: &Node) {
    node.apply(pay("alice.near", "bob.near")).unwrap();
    node.apply(save("one")).unwrap();
    node.apply(Input::Time(TimeChange::Freeze)).unwrap();
    node.apply(pay("bob.near", "alice.near")).unwrap();
    node.apply(save("two")).unwrap();
    node.apply(revert("one")).unwrap();
    node.apply(Input::Time(TimeChange::Step { step_ns: 1_000 })).unwrap();
    node.apply(pay("near", "bob.near")).unwrap();
    node.apply(Input::Tick).unwrap();
}

#[test]
fn a_fork_goes_on_after_a_restart_and_after_a_kill() {
    let every_input = Options { checkpoint_blocks: Some(0), ..Options::default() };
    for options in [Options::default(), every_input] {
        let fork = Fixture::new();
        let node = fork.open_with(options.clone()).unwrap();
        assert_eq!(head(&node).0, fork.point.block.header.hash);
        live(&node);
        let expected = head(&node);
        let snapshots = node.snapshot().snapshots().len();
        // Without a last checkpoint, as after a kill.
        drop(node);
        fork.network.gone.store(true, Ordering::Relaxed);
        for closed in [true, false] {
            let node = fork.open_with(options.clone()).unwrap();
            assert_eq!(head(&node), expected);
            assert_eq!(node.snapshot().snapshots().len(), snapshots);
            assert!(node.snapshot().forked_from().is_some());
            if closed {
                node.close().unwrap();
            }
        }
        // Without its store, everything is applied again.
        fs::remove_file(fork.dir.path().join("data/store")).unwrap();
        let node = fork.open();
        assert_eq!(head(&node), expected);
        node.apply(pay("near", "bob.near")).unwrap();
        let unread = node.apply(pay("near", "nobody.near")).unwrap_err().to_string();
        assert!(unread.contains("the network is gone"), "{unread}");
    }
}

#[test]
fn a_fork_is_reverted_and_reset_after_a_restart() {
    let fork = Fixture::new();
    let node = fork.open();
    live(&node);
    node.close().unwrap();
    drop(node);
    let node = fork.open();
    node.apply(revert("two")).unwrap();
    node.apply(pay("bob.near", "alice.near")).unwrap();
    let expected = head(&node);
    drop(node);
    let node = fork.open();
    assert_eq!(head(&node), expected);
    node.apply(Input::Reset).unwrap();
    assert_eq!(head(&node).0, fork.point.block.header.hash);
    node.close().unwrap();
    drop(node);
    let node = fork.open();
    assert_eq!(head(&node).0, fork.point.block.header.hash);
    node.apply(pay("alice.near", "bob.near")).unwrap();
}

#[test]
fn old_blocks_of_a_forks_home_are_pruned() {
    let fork = Fixture::new();
    let options =
        || Options { keep_blocks: Some(10), checkpoint_blocks: Some(20), ..Options::default() };
    for _ in 0..2 {
        let node = fork.open_with(options()).unwrap();
        for _ in 0..30 {
            node.apply(pay("alice.near", "bob.near")).unwrap();
            node.apply(pay("bob.near", "alice.near")).unwrap();
        }
        let expected = head(&node);
        drop(node);
        let node = fork.open_with(options()).unwrap();
        assert_eq!(head(&node), expected);
        node.close().unwrap();
    }
}

/// After a kill the last inputs are applied again, for which rows may be missing that another process
/// of the network's would have.
#[test]
fn a_replay_that_cannot_read_says_so_and_damages_nothing() {
    let fork = Fixture::new();
    let node = fork.open();
    live(&node);
    let expected = head(&node);
    drop(node);
    fork.network.known.lock().unwrap().clear();
    fork.network.gone.store(true, Ordering::Relaxed);
    let error = fork.open_with(Options::default()).unwrap_err();
    assert!(matches!(error, NodeError::Replay { .. }), "{error}");
    fork.network.gone.store(false, Ordering::Relaxed);
    assert_eq!(head(&fork.open()), expected);
}

#[test]
fn a_home_is_opened_as_what_it_is() {
    let fork = Fixture::new();
    fork.open().apply(Input::Tick).unwrap();
    let needs_network = |error: &HomeError| matches!(error, HomeError::NeedsNetwork { .. });
    match Node::open(&fork.home, Options::default()).unwrap_err() {
        NodeError::Home(error) => assert!(needs_network(&error), "{error}"),
        error => panic!("{error}"),
    }
    let output = fork.dir.path().join("out.json");
    match dump_state(&fork.home, DumpOutput::File(&output)).unwrap_err() {
        DumpError::Node(NodeError::Home(error)) => assert!(needs_network(&error), "{error}"),
        error => panic!("{error}"),
    }
    let mut point = fork.point.clone();
    point.block.header.hash = CryptoHash([7; 32]);
    let other = Node::open_fork(&fork.home, point, fork.network.clone(), Options::default());
    let error = other.unwrap_err();
    let is_other = matches!(error, NodeError::Journal(JournalError::OtherGenesis { .. }));
    assert!(is_other, "{error}");

    let own = tempfile::tempdir().unwrap();
    Home::create(own.path(), &NewHome::default()).unwrap();
    let own = Home::read(own.path()).unwrap();
    let opened =
        Node::open_fork(&own, fork.point.clone(), fork.network.clone(), Options::default());
    let error = opened.unwrap_err();
    assert!(matches!(error, NodeError::Home(HomeError::NoFork { .. })), "{error}");
    // An `init --fork` that was cut short is not finished by one without.
    let cut = tempfile::tempdir().unwrap();
    fs::write(cut.path().join("fork.json"), "{}").unwrap();
    let error = Home::create(cut.path(), &NewHome::default()).unwrap_err();
    assert!(needs_network(&error), "{error}");
}

fn dump(node: &Node, path: &Path) {
    let chain = node.snapshot();
    let mut bytes = chain.dump_head();
    let part = DumpedEntries::of(chain.head(), None, 0).unwrap();
    assert!(part.next.is_none());
    bytes.extend(part.frames);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_dump_of_a_fork_becomes_a_home_that_makes_the_same_blocks() {
    let first = Fixture::new();
    let node = first.open();
    live(&node);
    let path = first.dir.path().join("fork.keyway");
    dump(&node, &path);
    let second = Fixture::with(Some(&path));
    let copy = second.open();
    assert_eq!(head(&copy), head(&node));
    // The time goes by steps, so the hashes do not depend on the clock.
    for _ in 0..2 {
        for node in [&node, &copy] {
            node.apply(pay("bob.near", "alice.near")).unwrap();
        }
        assert_eq!(head(&copy), head(&node));
    }
    let again = first.dir.path().join("again.keyway");
    dump(&copy, &again);
    let (before, expected) = (head(&second_start(&second)), head(&copy));
    assert_ne!(before, expected);
    drop(copy);
    let third = Fixture::with(Some(&again));
    assert_eq!(head(&third.open()), expected);
    assert_eq!(head(&second.open()), expected);
}

/// The chain of a new home from the same dump.
fn second_start(fork: &Fixture) -> Node {
    let dump = fork.dir.path().join("start.keyway");
    Fixture::with(Some(&dump)).open()
}

#[test]
fn a_home_takes_no_dump_of_another_chain() {
    let fork = Fixture::new();
    let path = fork.dir.path().join("fork.keyway");
    dump(&fork.open(), &path);
    let dir = tempfile::tempdir().unwrap();
    let new = NewHome { dump: Some(path.clone()), ..NewHome::default() };
    match Home::create(dir.path(), &new).unwrap_err() {
        HomeError::Load { source, .. } => {
            let words = source.to_string();
            assert!(matches!(*source, LoadError::NeedsNetwork { .. }), "{words}");
            assert!(words.contains(&fork.point.block.header.hash.to_string()), "{words}");
            assert!(words.contains("--fork NETWORK"), "{words}");
        }
        error => panic!("{error}"),
    }
    assert!(!dir.path().join("start.keyway").exists());
    let mut point = fork.point.clone();
    point.block.header.hash = CryptoHash([7; 32]);
    let dir = tempfile::tempdir().unwrap();
    match create(dir.path(), &point, Some(&path)).unwrap_err() {
        HomeError::Load { source, .. } => {
            assert!(matches!(*source, LoadError::OtherFork { .. }), "{source}");
        }
        error => panic!("{error}"),
    }
    assert!(!dir.path().join("config.json").exists());
}

use super::super::*;
use crate::inputs::applied::Refused;
use crate::inputs::input::Input;
use crate::tests::chain::{
    Drive, MemoryArchive, NOW, chain, id, propose, signed, signed_chain, transfer,
};
use keyway_engine::Value;
use keyway_state::{BasePage, read};
use near_primitives::account::Account;
use near_primitives::transaction::{Action, DeleteAccountAction, SignedTransaction};
use near_vm_runner::NoContractRuntimeCache;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// A chain's state as that of a network.
#[derive(Debug)]
struct Network {
    state: Trie,
    /// What was asked for.
    asked: Mutex<Vec<Vec<u8>>>,
    down: AtomicBool,
}

impl Network {
    fn of(chain: &Chain) -> Arc<Self> {
        let state = chain.head().state.clone();
        Arc::new(Self { state, asked: Mutex::default(), down: AtomicBool::new(false) })
    }

    fn ask(&self, key: &[u8]) -> Result<(), StateError> {
        if self.down.load(Ordering::Relaxed) {
            return Err(StateError::Unreadable { reason: "the network is down".to_owned() });
        }
        self.asked.lock().unwrap().push(key.to_vec());
        Ok(())
    }

    fn asked(&self) -> Vec<Vec<u8>> {
        self.asked.lock().unwrap().clone()
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

fn network() -> Chain {
    let (mut chain, _) = signed_chain();
    for _ in 0..70 {
        chain.tick(NOW).unwrap();
    }
    chain
}

fn fork(point: &ForkPoint, network: &Arc<Network>) -> Result<Chain, ForkError> {
    let cache = Arc::new(NoContractRuntimeCache);
    Chain::fork(point, network.clone(), ChainOptions::default(), cache)
}

/// A network, its state, and a fork of it.
fn forked() -> (Chain, Arc<Network>, Chain) {
    let chain = network();
    let network = Network::of(&chain);
    let fork = fork(&chain.fork_point(chain.head()), &network).unwrap();
    (chain, network, fork)
}

fn delete_alice(nonce: u64, base: CryptoHash) -> SignedTransaction {
    let delete = DeleteAccountAction { beneficiary_id: id("near") };
    signed("alice.near", "alice.near", nonce, base, Action::DeleteAccount(delete))
}

#[test]
fn a_fork_goes_on_where_the_network_was() {
    let (network, _, mut fork) = forked();
    assert_eq!(fork.head().hash(), network.head().hash());
    assert_eq!(fork.final_head().hash(), network.head().hash());
    assert_eq!(fork.genesis_hash(), *network.genesis_block().hash());
    let header = fork.signed_header(fork.head());
    assert_eq!(header.signature(), network.signed_header(network.head()).signature());
    // Signed for the network, with a block of the network as its base.
    fork.submit(transfer(1, *network.head().hash()), NOW).unwrap();
    let next = fork.next_block(&network.head().clone()).unwrap().unwrap();
    assert_eq!(next.height(), network.head().height() + 1);
    assert_eq!(next.header.prev_hash(), network.head().hash());
    assert_eq!(next.header.epoch_id(), network.head().header.epoch_id());
    assert_eq!(next.header.block_ordinal(), network.head().header.block_ordinal() + 1);
    assert!(fork.head().header.total_supply() < network.head().header.total_supply());
    let refused = fork.submit(transfer(1, *network.head().hash()), NOW + 1);
    assert!(refused.is_ok(), "the same transaction is known: {refused:?}");
}

#[test]
fn a_fork_answers_as_the_network_would_have() {
    let (mut network, state, mut fork) = forked();
    let base = *network.head().hash();
    for nonce in 1..=3 {
        let (one, other) = (transfer(nonce, base), transfer(nonce, base));
        let hash = network.submit(one, NOW + nonce).unwrap();
        fork.submit(other, NOW + nonce).unwrap();
        let outcome = |chain: &Chain| chain.outcome(&hash).unwrap().unwrap().outcome;
        assert_eq!(outcome(&fork), outcome(&network));
        let alice = |chain: &Chain| read::account(&chain.head().state, &id("alice.near")).unwrap();
        assert_eq!(alice(&fork), alice(&network));
    }
    let asked = state.asked();
    let once: BTreeSet<_> = asked.iter().collect();
    assert_eq!(asked.len(), once.len(), "a row was asked for twice");
    assert!(asked.len() < 8, "{asked:?}");
}

#[test]
fn what_is_deleted_on_a_fork_is_gone_there() {
    let (_, state, mut fork) = forked();
    let before = fork.clone();
    let delete = delete_alice(1, *fork.head().hash());
    fork.submit(delete, NOW).unwrap();
    let alice = id("alice.near");
    assert_eq!(read::account(&fork.head().state, &alice).unwrap(), None);
    let keys = |chain: &Chain| read::access_keys(&chain.head().state, &alice, None, 10).unwrap();
    assert!(keys(&fork).items.is_empty());
    assert_eq!(keys(&before).items.len(), 1);
    assert!(read::account(&before.head().state, &alice).unwrap().is_some());
    assert!(read::account(&state.state, &alice).unwrap().is_some());
}

#[test]
fn nothing_happens_while_the_network_is_down() {
    let (_, state, mut fork) = forked();
    let head = *fork.head().hash();
    state.down.store(true, Ordering::Relaxed);
    let refused = fork.submit(transfer(1, head), NOW).unwrap_err();
    let Refused::State(error) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("the network is down"), "{error}");
    assert_eq!(*fork.head().hash(), head);
    state.down.store(false, Ordering::Relaxed);
    fork.submit(transfer(1, head), NOW).unwrap();
}

#[test]
fn an_epoch_of_a_fork_fetches_no_validators() {
    let (network, state, mut fork) = forked();
    for second in 0..200 {
        fork.tick(NOW + second * 1_000_000_000).unwrap();
    }
    assert_ne!(fork.head().header.epoch_id(), network.head().header.epoch_id());
    assert_eq!(state.asked(), Vec::<Vec<u8>>::new());
    let view = fork.validators(None).unwrap();
    assert_eq!(view.current_validators[0].account_id, id("test.near"));
    assert_eq!(fork.head().header.total_supply(), network.head().header.total_supply());
    // A stake that is proposed on the fork counts there.
    let mut staked = fork.clone();
    staked.submit(propose("near", 10_000_000, 1, *staked.head().hash()), NOW).unwrap();
    for second in 0..200 {
        staked.tick(NOW + (300 + second) * 1_000_000_000).unwrap();
    }
    assert_eq!(staked.validators(None).unwrap().current_validators.len(), 2);
}

#[test]
fn epochs_begin_where_those_of_the_network_would() {
    let (mut network, _, mut fork) = forked();
    for second in 0..100 {
        network.tick(NOW + second * 1_000_000_000).unwrap();
        fork.tick(NOW + second * 1_000_000_000).unwrap();
        let start = |chain: &Chain| chain.epoch_start_height(chain.head().header.epoch_id());
        assert_eq!(start(&fork), start(&network), "{}", network.head().height());
    }
}

#[test]
fn a_block_that_is_not_what_it_says_is_refused() {
    let chain = network();
    let network = Network::of(&chain);
    let refused = |change: &dyn Fn(&mut ForkPoint)| {
        let mut point = chain.fork_point(chain.head());
        change(&mut point);
        fork(&point, &network).unwrap_err()
    };
    let error = refused(&|point| point.block.header.height += 1);
    assert!(matches!(error, ForkError::Hash { .. }), "{error}");
    let error = refused(&|point| point.block.header.chunk_endorsements = None);
    assert!(matches!(error, ForkError::Header { field: "chunk_endorsements", .. }), "{error}");
    let error = refused(&|point| point.block.header.latest_protocol_version = u32::MAX);
    assert!(matches!(error, ForkError::Hash { .. }), "{error}");
    let error = refused(&|point| point.block.chunks.clear());
    assert!(matches!(error, ForkError::Header { field: "chunks", .. }), "{error}");
    let error = refused(&|point| point.epoch_start_height = u64::MAX);
    assert!(matches!(error, ForkError::Value { .. }), "{error}");
    let error = refused(&|point| point.protocol_version = 999).to_string();
    assert!(error.contains("999") && error.contains(&Protocol::SUPPORTED.end().to_string()));
}

/// A header has the form of its epoch's version, and names the newest version that its producer knew.
#[test]
fn a_network_may_run_an_older_version_than_its_nodes_know() {
    let chain = network();
    let network = Network::of(&chain);
    for version in Protocol::SUPPORTED {
        let mut point = chain.fork_point(chain.head());
        point.protocol_version = version;
        point.block.header.latest_protocol_version = *Protocol::SUPPORTED.end();
        let header = network_header(point.block.header.clone(), version);
        point.block.header.hash = *header.hash();
        let fork = fork(&point, &network).unwrap();
        assert_eq!(fork.protocol().version, version);
    }
}

#[test]
fn two_runs_of_one_fork_give_the_same_blocks() {
    let chain = network();
    let run = |ask_first: bool| {
        let network = Network::of(&chain);
        let mut fork = fork(&chain.fork_point(chain.head()), &network).unwrap();
        if ask_first {
            read::account(&fork.head().state, &id("near")).unwrap();
            read::access_keys(&fork.head().state, &id("test.near"), None, 10).unwrap();
        }
        fork.submit(transfer(1, *fork.head().hash()), NOW).unwrap();
        let delete = delete_alice(2, *fork.head().hash());
        fork.submit(delete, NOW + 1).unwrap();
        fork.apply(Input::Tick, NOW + 2).unwrap();
        *fork.head().hash()
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn a_fork_goes_on_from_its_checkpoints() {
    let (network, state, mut fork) = forked();
    let point = network.fork_point(network.head());
    let (memory, archive) = MemoryArchive::opened();
    let base = *fork.head().hash();
    for nonce in 1..=3 {
        fork.submit(transfer(nonce, base), NOW + nonce).unwrap();
        let checkpoint = fork.checkpoint(memory.next_row()).unwrap();
        memory.put(&checkpoint);
        fork = fork.evict(&checkpoint.written(&archive)).unwrap();
    }
    let alice = |chain: &Chain| read::account(&chain.head().state, &id("alice.near")).unwrap();
    let (asked, expected) = (state.asked().len(), alice(&fork));
    let first = fork.block_by_height(network.head().height()).unwrap().unwrap();
    let amount = |account: Option<Account>| account.unwrap().amount();
    let at_first = read::account(&first.state, &id("alice.near")).unwrap();
    assert!(amount(at_first) > amount(expected.clone()));
    assert!(state.asked().len() <= asked, "evicting forgets nothing that was fetched");
    let cache = Arc::new(NoContractRuntimeCache);
    let resumed =
        Chain::resume_fork(&point, state.clone(), ChainOptions::default(), cache, &archive);
    let mut resumed = resumed.unwrap();
    assert_eq!(resumed.head().hash(), fork.head().hash());
    assert_eq!(alice(&resumed), expected);
    assert_eq!(
        read::account(&resumed.head().state, &id("test.near")).unwrap(),
        read::account(&network.head().state, &id("test.near")).unwrap()
    );
    resumed.submit(transfer(4, base), NOW + 9).unwrap();
    fork.submit(transfer(4, base), NOW + 9).unwrap();
    assert_eq!(resumed.head().hash(), fork.head().hash());
}

#[test]
fn a_chain_of_its_own_is_no_fork() {
    let chain = chain();
    assert!(chain.forked_from().is_none());
    assert_eq!(chain.genesis_hash(), *chain.genesis_block().hash());
}

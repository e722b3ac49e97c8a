//! A node whose chain is a fork: reading its state may wait for a network.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use keyway_chain::{
    Applied, Chain, ChainOptions, Checked, Input, LocalAccount, LocalChain, local_genesis,
    seeded_key,
};
use keyway_node::{Node, WallClock, WriteError};
use keyway_state::{BasePage, BaseState, StateError, Trie, Value};
use near_primitives::action::{Action, TransferAction};
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
use near_primitives::types::Balance;
use near_vm_runner::NoContractRuntimeCache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

const ALICE: &str = "alice.near";

/// A network that answers only once a task has run on the runtime of whoever asks.
#[derive(Debug)]
struct Slow {
    state: Trie,
    awake: AtomicBool,
}

impl Slow {
    fn wait(&self) -> Result<(), StateError> {
        for _ in 0..400 {
            if self.awake.load(Ordering::Relaxed) {
                return Ok(());
            }
            sleep(Duration::from_millis(5));
        }
        Err(StateError::Unreadable { reason: "the network does not answer".to_owned() })
    }
}

impl BaseState for Slow {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.wait()?;
        self.state.get(key)
    }

    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        self.wait()?;
        self.state.page(prefix, after)
    }
}

fn forked() -> (Node, Arc<Slow>) {
    let alice = LocalAccount {
        account_id: ALICE.parse().unwrap(),
        public_key: seeded_key(ALICE).public_key(),
        amount: Balance::from_near(100),
        locked: Balance::ZERO,
    };
    let genesis = local_genesis(&LocalChain::in_memory(86), &[alice]);
    let cache = Arc::new(NoContractRuntimeCache);
    let mut network = Chain::new(&genesis, cache.clone()).unwrap();
    network.apply(Input::Tick, 0).unwrap();
    let state = network.head().state.clone();
    let base = Arc::new(Slow { state, awake: AtomicBool::new(false) });
    let point = network.fork_point(network.head());
    let chain = Chain::fork(&point, base.clone(), ChainOptions::default(), cache).unwrap();
    (Node::in_memory(chain, WallClock), base)
}

fn transfer(node: &Node, nonce: u64) -> SignedTransaction {
    let key = seeded_key(ALICE);
    let transaction = Transaction::V0(TransactionV0 {
        signer_id: ALICE.parse().unwrap(),
        public_key: key.public_key(),
        nonce,
        receiver_id: "near".parse().unwrap(),
        block_hash: *node.snapshot().head().hash(),
        actions: vec![Action::Transfer(TransferAction { deposit: Balance::from_near(1) })],
    });
    keyway_test_kit::signed(transaction, &key)
}

/// On a runtime of one thread, a transfer that ran there would keep the network from answering.
#[tokio::test]
async fn the_runtimes_thread_never_waits_for_the_network() {
    let (node, base) = forked();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        base.awake.store(true, Ordering::Relaxed);
    });
    let early = Checked::new(transfer(&node, 2));
    let (early, first) = tokio::join!(
        node.submit_checked(early, Duration::from_secs(5)),
        node.submit(transfer(&node, 1))
    );
    assert!(matches!(first, Ok(Applied::Included(_))), "{first:?}");
    assert!(matches!(early, Ok(Applied::Included(_))), "{early:?}");
}

#[tokio::test]
async fn what_could_not_be_read_can_be_sent_again() {
    let (node, base) = forked();
    let height = node.snapshot().head().height();
    let transaction = transfer(&node, 1);
    let error = node.submit(transaction.clone()).await.unwrap_err();
    assert!(matches!(error, WriteError::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("the network does not answer"), "{error}");
    assert_eq!(node.snapshot().head().height(), height);
    assert!(node.trouble().unwrap().contains("the network does not answer"));
    base.awake.store(true, Ordering::Relaxed);
    node.submit(transaction).await.unwrap();
    assert_eq!(node.trouble(), None);
}

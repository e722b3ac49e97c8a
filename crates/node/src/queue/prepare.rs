//! Compiles deployed code before the queue, so that only deployments wait for the compiler.
//!
//! While the code of a transaction is compiled, later transactions of the same key wait for it, so
//! that they do not overtake it.

use super::{Queue, Submission};
use crate::ledger::Ledger;
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Transactions that are compiled, and those that wait for them.
#[derive(Debug)]
pub(super) struct Preparation {
    /// An entry for each key whose code is compiled now, with its later transactions.
    waiting: Mutex<HashMap<SignerKey, VecDeque<Submission>>>,
    /// One contract is compiled at a time, so that compilers leave processors for the rest.
    compiler: Semaphore,
}

type SignerKey = (AccountId, PublicKey);

impl Preparation {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::default(), compiler: Semaphore::new(1) }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<SignerKey, VecDeque<Submission>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Queues a submission; before, compiles the code that it deploys, on another thread.
    pub(super) fn prepare_and_push(self: &Arc<Self>, ledger: Weak<Ledger>, submission: Submission) {
        let deploys = submission.transaction.deploys_code();
        let mut waiting = self.preparation.waiting();
        if !deploys && waiting.is_empty() {
            drop(waiting);
            return self.push(ledger, submission);
        }
        let key = signer_key(&submission);
        if let Some(waiting) = waiting.get_mut(&key) {
            waiting.push_back(submission);
        } else if deploys {
            waiting.insert(key.clone(), VecDeque::new());
            let lane = Lane { queue: self.clone(), key, done: false };
            tokio::spawn(lane.serve(ledger, submission));
        } else {
            drop(waiting);
            self.push(ledger, submission);
        }
    }
}

/// The transactions of a key, from one that deploys code on.
struct Lane {
    queue: Arc<Queue>,
    key: SignerKey,
    /// Whether the key's entry has ended.
    done: bool,
}

impl Lane {
    async fn serve(mut self, ledger: Weak<Ledger>, first: Submission) {
        let mut next = Some(first);
        while let Some(submission) = next {
            let ready = match submission.transaction.deploys_code() {
                true => self.compile(&ledger, submission).await,
                false => Some(submission),
            };
            if let Some(submission) = ready {
                self.queue.push(ledger.clone(), submission);
            }
            next = self.next();
        }
    }

    /// Compiles the code of a submission. A panic costs only that one.
    async fn compile(&self, ledger: &Weak<Ledger>, submission: Submission) -> Option<Submission> {
        let _permit = self.queue.preparation.compiler.acquire().await.ok()?;
        let chain = ledger.upgrade()?.newest();
        let compiled = spawn_blocking(move || {
            chain.prepare_code(&submission.transaction);
            submission
        });
        compiled.await.ok()
    }

    /// The next transaction of the key. Without one, the key's entry ends.
    fn next(&mut self) -> Option<Submission> {
        let mut waiting = self.queue.preparation.waiting();
        let next = waiting.get_mut(&self.key)?.pop_front();
        if next.is_none() {
            waiting.remove(&self.key);
            self.done = true;
        }
        next
    }
}

impl Drop for Lane {
    /// A runtime that ends drops its tasks; then those that wait get an error.
    fn drop(&mut self) {
        if !self.done {
            let left = self.queue.preparation.waiting().remove(&self.key);
            drop(left);
        }
    }
}

fn signer_key(submission: &Submission) -> SignerKey {
    let transaction = &submission.transaction.transaction().transaction;
    (transaction.signer_id().clone(), transaction.public_key().clone())
}

#[cfg(test)]
mod tests {
    use crate::clock::WallClock;
    use crate::node::Node;
    use keyway_chain::{Applied, Chain, LocalAccount, LocalChain, local_genesis, seeded_key};
    use near_primitives::action::{Action, DeployContractAction, TransferAction};
    use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
    use near_primitives::types::Balance;
    use near_vm_runner::MockContractRuntimeCache;
    use std::sync::Arc;

    const ALICE: &str = "alice.near";

    fn node() -> Node {
        let alice = LocalAccount {
            account_id: ALICE.parse().unwrap(),
            public_key: seeded_key(ALICE).public_key(),
            amount: Balance::from_near(100),
            locked: Balance::ZERO,
        };
        let genesis = local_genesis(&LocalChain::in_memory(86), &[alice]);
        let cache = Arc::new(MockContractRuntimeCache::default());
        Node::in_memory(Chain::new(&genesis, cache).unwrap(), WallClock)
    }

    fn signed(node: &Node, nonce: u64, action: Action) -> SignedTransaction {
        let key = seeded_key(ALICE);
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: ALICE.parse().unwrap(),
            public_key: key.public_key(),
            nonce,
            receiver_id: ALICE.parse().unwrap(),
            block_hash: *node.snapshot().head().hash(),
            actions: vec![action],
        });
        keyway_test_kit::signed(transaction, &key)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_transaction_overtakes_a_deployment_of_its_key() {
        let node = node();
        node.tick().unwrap();
        // Much code that does not validate before its end.
        let code = [b"\0asm\x01\0\0\0".to_vec(), [0, 2, 1, 7].repeat(200_000)].concat();
        let deploy = |code| Action::DeployContract(DeployContractAction { code });
        let transfer = || Action::Transfer(TransferAction { deposit: Balance::from_near(1) });
        let first = signed(&node, 1, deploy(code.clone()));
        let others = [signed(&node, 2, transfer()), signed(&node, 3, deploy(code))];
        let last = signed(&node, 4, transfer());
        let [second, third] = others;
        let all = tokio::join!(
            node.submit(first),
            node.submit(second),
            node.submit(third),
            node.submit(last)
        );
        for result in [all.0, all.1, all.2, all.3] {
            assert!(matches!(result, Ok(Applied::Included(_))), "{result:?}");
        }
    }
}

//! The outcome of a transaction: a tree of executions.

mod band;
mod build;
mod execution;
mod read;
mod tree;
mod words;

pub(crate) use band::Ceilings;
pub use band::GasBand;
pub use execution::{Content, Execution, ExecutionStatus, GasCost};
pub use words::{action_words, describe_action};
pub(crate) use words::{failure_words, gas_words, nth_action};

use near_crypto::PublicKey;
use near_primitives::errors::TxExecutionError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, Gas};
use std::collections::BTreeMap;

/// The outcome of a transaction and of all receipts that followed from it.
///
/// ```
/// use keyway::{GasLiteral, NearLiteral, Sandbox, transfer};
///
/// let sandbox = Sandbox::new();
/// let alice = sandbox.create_account("alice.near").create()?;
/// sandbox.create_account("bob.near").create()?;
/// let outcome = alice.execute(transfer(1.near()).to("bob.near"))?;
///
/// assert!(outcome.is_success());
/// assert!(outcome.gas_burnt() < 1.tgas());
/// // It prints as a tree.
/// let tree = outcome.to_string();
/// assert!(tree.starts_with("✓ alice.near → bob.near: transfer 1 NEAR"), "{tree}");
/// # Ok::<(), keyway::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    hash: CryptoHash,
    receiver_id: AccountId,
    public_key: PublicKey,
    status: Status,
    /// In depth-first order. The transaction itself is always the first.
    executions: Vec<Execution>,
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has not ended.
    Pending,
    /// It succeeded and returned these bytes.
    Succeeded(Vec<u8>),
    /// It was in a block and failed.
    Failed(Box<TxExecutionError>),
}

impl Outcome {
    /// The transaction's hash.
    pub fn transaction_hash(&self) -> CryptoHash {
        self.hash
    }

    /// The account that signed it.
    pub fn signer_id(&self) -> &AccountId {
        &self.transaction().executor_id
    }

    /// The key that signed it.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Its receiver.
    pub fn receiver_id(&self) -> &AccountId {
        &self.receiver_id
    }

    /// The gas of all executions by cost, largest first; empty if the node does not report it.
    ///
    /// ```
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// use keyway::Sandbox;
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("game.near").contract(wasm).create()?;
    /// let outcome = sandbox.root().call("game.near", "score").execute()?;
    /// let profile = outcome.gas_profile();
    /// assert!(profile.iter().any(|cost| cost.cost == "WASM_INSTRUCTION"));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn gas_profile(&self) -> Vec<GasCost> {
        let mut sums: BTreeMap<(&str, &str), Gas> = BTreeMap::new();
        for cost in self.executions.iter().flat_map(|execution| &execution.gas_profile) {
            let sum = sums.entry((&cost.category, &cost.cost)).or_insert(Gas::ZERO);
            *sum = sum.saturating_add(cost.gas);
        }
        let mut costs: Vec<_> = sums
            .into_iter()
            .map(|((category, cost), gas)| GasCost {
                category: category.to_owned(),
                cost: cost.to_owned(),
                gas,
            })
            .collect();
        costs.sort_by_key(|cost| std::cmp::Reverse(cost.gas));
        costs
    }

    /// How it ended.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Whether it succeeded.
    pub fn is_success(&self) -> bool {
        matches!(self.status, Status::Succeeded(_))
    }

    /// The bytes that it returned; none if it did not succeed.
    pub fn value(&self) -> Option<&[u8]> {
        match &self.status {
            Status::Succeeded(value) => Some(value),
            Status::Pending | Status::Failed(_) => None,
        }
    }

    /// The execution of the transaction itself, which became its first receipt.
    pub fn transaction(&self) -> &Execution {
        self.executions.first().expect("the invariant that a transaction is in its outcome")
    }

    /// Everything that ran, in depth-first order: the transaction, then its receipts.
    pub fn executions(&self) -> &[Execution] {
        &self.executions
    }

    /// The receipts that ran, without refunds, in depth-first order.
    pub fn receipts(&self) -> impl Iterator<Item = &Execution> {
        self.executions.iter().skip(1).filter(|execution| !execution.is_refund())
    }

    /// The refunds, in depth-first order. They are known only if the node reports the receipts, as it does for
    /// [`Client::transaction`](crate::Client::transaction).
    ///
    /// ```
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// use keyway::Sandbox;
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("game.near").contract(wasm).create()?;
    /// let outcome = sandbox.root().call("game.near", "score").execute()?;
    /// assert_eq!(outcome.receipts().count(), 1);
    /// let refund = outcome.refunds().next().expect("not all of its gas was burnt");
    /// assert_eq!(refund.executor_id, "near");
    /// assert!(!refund.deposit().is_zero());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn refunds(&self) -> impl Iterator<Item = &Execution> {
        self.executions.iter().filter(|execution| execution.is_refund())
    }

    /// The receipts that failed. A transaction may succeed even if some of its receipts fail.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, WaitUntil, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let signed = sandbox.root().sign(transfer(1.near()).to("nobody.near"))?;
    /// let outcome = sandbox.client().send(&signed, WaitUntil::default()).await?;
    /// let failed = outcome.failures().next().expect("its receiver does not exist");
    /// assert_eq!(failed.executor_id, "nobody.near");
    /// # Ok(())
    /// # }
    /// ```
    pub fn failures(&self) -> impl Iterator<Item = &Execution> {
        self.executions
            .iter()
            .filter(|execution| matches!(execution.status, ExecutionStatus::Failed(_)))
    }

    /// Why the actions inside a delegate action of `sender` failed, which the status of the relayer's transaction does not
    /// show; none if they did not.
    #[must_use]
    pub fn delegated_failure(&self, sender: &AccountId) -> Option<&TxExecutionError> {
        let inner = |receipt: &&Execution| {
            receipt.depth == 2 && receipt.predecessor_id.as_ref() == Some(sender)
        };
        let mut receipt = self.receipts().find(inner)?;
        loop {
            match &receipt.status {
                ExecutionStatus::Failed(failure) => return Some(failure),
                ExecutionStatus::Continued(id) => {
                    receipt = self.receipts().find(|next| next.id == *id)?;
                }
                ExecutionStatus::Pending | ExecutionStatus::Returned(_) => return None,
            }
        }
    }

    /// The logs of contracts, in depth-first order.
    ///
    /// ```
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// use keyway::Sandbox;
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("game.near").contract(wasm).create()?;
    /// let outcome = sandbox.root().call("game.near", "score").execute()?;
    /// assert_eq!(outcome.logs().collect::<Vec<_>>(), ["42 points"]);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn logs(&self) -> impl Iterator<Item = &str> {
        self.executions.iter().flat_map(|execution| &execution.logs).map(String::as_str)
    }

    /// All the gas that was burnt.
    pub fn gas_burnt(&self) -> Gas {
        self.executions
            .iter()
            .fold(Gas::ZERO, |sum, execution| sum.saturating_add(execution.gas_burnt))
    }

    /// All the tokens that were burnt, yoctoNEAR.
    pub fn tokens_burnt(&self) -> Balance {
        self.executions
            .iter()
            .fold(Balance::ZERO, |sum, execution| sum.saturating_add(execution.tokens_burnt))
    }
}

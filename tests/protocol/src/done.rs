//! What came of a transaction: its outcome and those of all its receipts.

use keyway_chain::Chain;
use near_primitives::errors::{ActionErrorKind, TxExecutionError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::{ExecutionOutcome, ExecutionStatus};
use near_primitives::types::BlockHeight;

/// A transaction that ran, with its receipts.
#[derive(Clone, Debug)]
pub struct Done {
    /// The transaction's hash.
    pub hash: CryptoHash,
    /// The transaction's own outcome.
    pub transaction: ExecutionOutcome,
    /// The block that carries the transaction.
    pub height: BlockHeight,
    /// Its receipts, depth first, refunds included.
    pub receipts: Vec<Ran>,
}

/// A receipt that ran.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The block that ran it.
    pub height: BlockHeight,
    /// The receipt.
    pub receipt: Receipt,
    /// What came of it.
    pub outcome: ExecutionOutcome,
}

impl Done {
    pub(crate) fn of(chain: &Chain, hash: &CryptoHash) -> Self {
        let entry = chain.outcome(hash).expect("it is in memory");
        let entry = entry.expect("an included transaction has an outcome");
        let transaction = entry.outcome.outcome.clone();
        let height = entry.block.height();
        let mut receipts = Vec::new();
        collect(chain, &transaction, &mut receipts);
        Self { hash: *hash, transaction, height, receipts }
    }

    /// The first failure among the receipts: the index of the action and what went wrong. A refund
    /// that found no account does not count.
    #[must_use]
    pub fn failure(&self) -> Option<(Option<u64>, ActionErrorKind)> {
        let own = |ran: &&Ran| !ran.receipt.predecessor_id().is_system();
        self.receipts.iter().filter(own).find_map(|ran| match &ran.outcome.status {
            ExecutionStatus::Failure(TxExecutionError::ActionError(error)) => {
                Some((error.index, error.kind.clone()))
            }
            _ => None,
        })
    }

    /// What went wrong.
    ///
    /// # Panics
    /// When nothing did.
    #[must_use]
    #[track_caller]
    pub fn error(&self) -> ActionErrorKind {
        self.failure().expect("the transaction should have failed").1
    }

    /// Itself, when no receipt failed.
    ///
    /// # Panics
    /// When one did.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.failure(), None);
        self
    }

    /// Tokens that the outcomes show as burnt, yoctoNEAR, that of the transaction included.
    #[must_use]
    pub fn burnt(&self) -> u128 {
        let own = self.transaction.tokens_burnt.as_yoctonear();
        let of = |ran: &Ran| ran.outcome.tokens_burnt.as_yoctonear();
        own + self.receipts.iter().map(of).sum::<u128>()
    }

    /// The receipt made from the transaction.
    #[must_use]
    pub fn first(&self) -> &Ran {
        &self.receipts[0]
    }

    /// Refund receipts by receiver, with their amount in yoctoNEAR.
    #[must_use]
    pub fn refunds(&self) -> Vec<(String, u128)> {
        let refund = |ran: &Ran| {
            let amount = ran.amount()?;
            let from_system = ran.receipt.predecessor_id().is_system();
            from_system.then(|| (ran.receipt.receiver_id().to_string(), amount))
        };
        self.receipts.iter().filter_map(refund).collect()
    }

    /// Everything that the contracts logged.
    #[must_use]
    pub fn logs(&self) -> Vec<&str> {
        self.receipts.iter().flat_map(|ran| &ran.outcome.logs).map(String::as_str).collect()
    }
}

impl Ran {
    fn amount(&self) -> Option<u128> {
        use near_primitives::receipt::VersionedReceiptEnum::Action;
        let Action(action) = self.receipt.versioned_receipt() else { return None };
        let total = action.actions().iter().map(|a| a.get_deposit_balance().as_yoctonear());
        Some(total.sum())
    }
}

fn collect(chain: &Chain, outcome: &ExecutionOutcome, found: &mut Vec<Ran>) {
    for receipt_id in &outcome.receipt_ids {
        let (entry, receipt) = (chain.outcome(receipt_id), chain.receipt(receipt_id));
        let (Ok(Some(entry)), Ok(Some(receipt))) = (entry, receipt) else { continue };
        let (height, outcome) = (entry.block.height(), entry.outcome.outcome);
        found.push(Ran { height, receipt, outcome: outcome.clone() });
        collect(chain, &outcome, found);
    }
}

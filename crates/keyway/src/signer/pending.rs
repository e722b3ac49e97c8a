//! Pending transactions: waits for them, and signs again if a signature can never run.

use super::Signer;
use super::choose::{Job, Purpose};
use super::pool::KeyLease;
use super::recent::Member;
use crate::client::{DeliveryStep, End, Patience, RefusalKind, Submission, WaitUntil};
use crate::error::{AccessKeyRefusal, Error, QueryError, Refusal};
use crate::outcome::Outcome;
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::AccountId;
use std::pin::Pin;
use std::time::Duration;

/// A transaction that a node has accepted. Await it for its outcome.
///
/// While it is awaited, the same bytes are sent again if an answer is missing. Another signature, with another hash, is made
/// only if this one can never run; use [`wait`](Self::wait) in a loop to see each. If it is dropped, the transaction may
/// still run.
#[derive(Debug)]
#[must_use = "a transaction may be lost unless its outcome is awaited"]
pub struct PendingTransaction {
    work: Work,
    attempt: Attempt,
}

/// The end of waiting for one signature.
#[derive(Debug)]
#[non_exhaustive]
pub enum Waited {
    /// The transaction succeeded.
    Succeeded(Box<Outcome>),
    /// The signature can never run; the transaction was signed and sent again, with another hash.
    SignedAgain(Box<PendingTransaction>),
}

/// The job, and what was tried.
#[derive(Debug)]
struct Work {
    signer: Signer,
    receiver_id: AccountId,
    actions: Vec<Action>,
    wait: WaitUntil,
    /// How many signatures can never run.
    lost: u32,
    /// The refusal of a key whose budget was too small; another key signs next.
    over_budget: Option<Error>,
    _member: Member,
}

/// One signature that a node has accepted.
#[derive(Debug)]
struct Attempt {
    lease: KeyLease,
    /// Its base block.
    base: CryptoHash,
    submission: Submission,
    step: DeliveryStep,
}

impl PendingTransaction {
    /// The hash of the newest signature.
    #[must_use]
    pub fn hash(&self) -> CryptoHash {
        self.signed().get_hash()
    }

    /// The transaction with the newest signature.
    #[must_use]
    pub fn signed(&self) -> &SignedTransaction {
        self.attempt.submission.transaction()
    }

    /// Waits until this signature has run, or can never run and another one was sent.
    ///
    /// # Errors
    /// As [`Signer::execute`].
    pub async fn wait(self) -> Result<Waited, Error> {
        let Self { mut work, attempt: Attempt { lease, base, submission, step } } = self;
        let end = submission.finish(step).await.inspect_err(|error| work.learn_from(error))?;
        match end {
            End::Outcome(outcome) => {
                work.forget_what_changed();
                Ok(Waited::Succeeded(Box::new(outcome.into_result()?)))
            }
            End::Refused(error) => Err(error),
            End::SignAgain(kind, error) => {
                work.repair(kind, &lease, base, error).await?;
                drop(lease);
                let attempt = work.attempt().await?;
                Ok(Waited::SignedAgain(Box::new(Self { work, attempt })))
            }
        }
    }
}

impl IntoFuture for PendingTransaction {
    type Output = Result<Outcome, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut pending = self;
            loop {
                match pending.wait().await? {
                    Waited::Succeeded(outcome) => return Ok(*outcome),
                    Waited::SignedAgain(next) => pending = *next,
                }
            }
        })
    }
}

impl Signer {
    /// Signs a transaction and sends it to a node.
    ///
    /// # Errors
    /// As [`Signer::execute`].
    pub(super) async fn begin(
        &self,
        receiver_id: AccountId,
        actions: Vec<Action>,
        wait: WaitUntil,
    ) -> Result<PendingTransaction, Error> {
        let (signer, member) = (self.clone(), self.shared.recent.join());
        let (lost, over_budget) = (0, None);
        let mut work =
            Work { signer, receiver_id, actions, wait, lost, over_budget, _member: member };
        let attempt = work.attempt().await?;
        Ok(PendingTransaction { work, attempt })
    }
}

impl Work {
    fn job(&self) -> Job<'_> {
        let purpose = Purpose::Transaction;
        Job { receiver_id: &self.receiver_id, actions: &self.actions, purpose }
    }

    /// Chooses a key and signs, until a node has a signature that it does not refuse at once.
    async fn attempt(&mut self) -> Result<Attempt, Error> {
        loop {
            let lease = match (self.signer.lease(&self.job()).await, self.over_budget.take()) {
                // No other key can sign it.
                (Err(Error::Pool(_)), Some(refusal)) => return Err(refusal),
                (lease, _) => lease.inspect_err(|error| self.learn_from(error))?,
            };
            let mut nonces = lease.slot.lane.lock().await;
            match self.signer.sign_next(&mut nonces, &lease, &self.job()).await {
                Ok((signed, base)) => {
                    let (client, height) = (self.signer.client(), Some(base.height));
                    let mut submission =
                        Submission::new(client, signed, height, self.wait, PATIENCE);
                    let step = submission.send().await;
                    // The node has it, so the next transaction of this lane may follow while this one is waited for.
                    drop(nonces);
                    let base = base.hash;
                    if !step.is_last() {
                        return Ok(Attempt { lease, base, submission, step });
                    }
                    let end = submission.finish(step).await;
                    let end = end.inspect_err(|error| self.learn_from(error))?;
                    if let End::SignAgain(kind, error) = end {
                        self.repair(kind, &lease, base, error).await?;
                    }
                }
                Err(error) if is_about_a_missing_key(&error) => {
                    drop(nonces);
                    let kind = RefusalKind::KeyGone;
                    self.repair(kind, &lease, CryptoHash::default(), error).await?;
                }
                Err(error) => {
                    self.learn_from(&error);
                    return Err(error);
                }
            }
        }
    }

    /// Removes the cause of a refusal before the next signature.
    ///
    /// # Errors
    /// `error`, if there were too many of them.
    async fn repair(
        &mut self,
        kind: RefusalKind,
        lease: &KeyLease,
        base: CryptoHash,
        error: Error,
    ) -> Result<(), Error> {
        self.lost += 1;
        if self.lost == MAX_SIGNATURES {
            return Err(error);
        }
        tracing::debug!(%error, ?kind, lost = self.lost, "a signature can never run: signing again");
        let shared = &self.signer.shared;
        match kind {
            RefusalKind::Nonce => lease.slot.lane.lock().await.invalidate(),
            RefusalKind::Expired => shared.recent.forget(base).await,
            RefusalKind::KeyGone | RefusalKind::Budget => shared.pool.forget(),
            RefusalKind::Congestion | RefusalKind::Lasting => {}
        }
        self.over_budget = (kind == RefusalKind::Budget).then_some(error);
        Ok(())
    }

    /// A refusal of the key means that the list of keys is out of date.
    fn learn_from(&self, error: &Error) {
        let about_keys = matches!(
            error,
            Error::Refused(
                Refusal::AccessKey(
                    AccessKeyRefusal::NotFound { .. } | AccessKeyRefusal::GasBudgetNotEnough { .. }
                ) | Refusal::GasKeyBalanceNotEnough { .. }
                    | Refusal::NonceIndexInvalid { .. }
            )
        );
        if about_keys {
            self.signer.shared.pool.forget();
        }
    }

    /// This transaction may have changed the keys.
    fn forget_what_changed(&self) {
        let touches_keys = |action: &Action| {
            matches!(
                action,
                Action::AddKey(_)
                    | Action::DeleteKey(_)
                    | Action::DeleteAccount(_)
                    | Action::TransferToGasKey(_)
                    | Action::WithdrawFromGasKey(_)
                    | Action::UniversalStateInit(_)
            )
        };
        let on_self = self.receiver_id == *self.signer.account_id();
        if on_self && self.actions.iter().any(touches_keys) {
            self.signer.shared.pool.forget();
        }
    }
}

/// Whether the key was deleted since the list of keys was read.
fn is_about_a_missing_key(error: &Error) -> bool {
    matches!(
        error,
        Error::Query(QueryError::UnknownAccessKey { .. } | QueryError::UnknownGasKey { .. })
    )
}

/// The most signatures for one transaction; other programs may use the same key at the same time.
const MAX_SIGNATURES: u32 = 32;

/// Longer than a client's patience, because giving up early would leave it to people to find out what ran.
const PATIENCE: Patience = Patience { rounds: 16, pause: Duration::from_millis(25) };

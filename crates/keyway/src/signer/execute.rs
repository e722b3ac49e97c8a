//! From an intent to its outcome.

use super::Signer;
use super::choose::{Job, Purpose};
use super::pool::Seat;
use crate::action::Intent;
use crate::client::{Courier, End, Flaw, Patience, WaitUntil};
use crate::error::{AccessKeyRefusal, Error, QueryError, Refusal};
use crate::outcome::Outcome;
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::AccountId;
use std::time::Duration;

/// How to execute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecuteOptions {
    /// How far the transaction must be before its outcome is told.
    pub wait: WaitUntil,
    /// Whether the rules are asked first, as by [`Signer::check`]. It costs three questions to the
    /// chain, and saves a transaction that would be refused from being signed and sent. Off unless
    /// asked for: keys that may not do the job are told before anything is sent in any case, and a
    /// node refuses at once what it does not take.
    pub check_first: bool,
}

impl ExecuteOptions {
    /// Waits until the transaction is as far as this.
    #[must_use]
    pub fn wait(mut self, wait: WaitUntil) -> Self {
        self.wait = wait;
        self
    }

    /// Asks the rules first; see [`ExecuteOptions::check_first`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{Error, ExecuteOptions, NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.account("alice.near").balance(10.near()).create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let options = ExecuteOptions::default().check_first();
    /// let refused = alice.execute_with(transfer(99.near()).to("near"), options).await;
    /// assert!(matches!(refused, Err(Error::Refused(_))));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn check_first(mut self) -> Self {
        self.check_first = true;
        self
    }
}

impl Signer {
    /// Does what `intent` says: signs it, sends it, and waits until it has run.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{Error, NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.account("alice.near").balance(10.near()).create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let outcome = alice.execute(transfer(1.near()).to("near")).await?;
    /// assert!(outcome.is_success());
    /// let refused = alice.execute(transfer(99.near()).to("near")).await;
    /// assert!(matches!(refused, Err(Error::Refused(_))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] and [`Error::Pool`] before anything is sent; [`Error::Refused`] when the
    /// chain does not take it, so that it never runs; [`Error::Failed`], with the outcome inside,
    /// when it ran and failed; [`Error::Fate`] when nobody could say whether it runs.
    pub async fn execute(&self, intent: impl Into<Intent>) -> Result<Outcome, Error> {
        self.execute_with(intent, ExecuteOptions::default()).await
    }

    /// The same with options.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{ExecuteOptions, NearLiteral, Sandbox, Signer, WaitUntil, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.account("alice.near").create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let options = ExecuteOptions::default().wait(WaitUntil::IncludedFinal);
    /// let outcome = alice.execute_with(transfer(1.near()).to("near"), options).await?;
    /// assert!(outcome.is_success());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Signer::execute`].
    pub async fn execute_with(
        &self,
        intent: impl Into<Intent>,
        options: ExecuteOptions,
    ) -> Result<Outcome, Error> {
        let (receiver_id, actions) = intent.into().resolve(self.account_id())?;
        if options.check_first {
            let purpose = Purpose::Check;
            let job = Job { receiver_id: &receiver_id, actions: &actions, purpose };
            self.refuse_early(&job).await?;
        }
        self.run(&receiver_id, &actions, options.wait).await
    }

    /// Sends a transaction that was signed elsewhere or before, and waits until it has run. The
    /// same bytes run at most once, however often they are sent.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.account("alice.near").create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let signed = alice.sign(transfer(1.near()).to("near")).await?;
    /// let outcome = alice.send(&signed).await?;
    /// assert_eq!(alice.send(&signed).await?, outcome, "it ran once");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Signer::execute`]. Nothing is signed anew.
    pub async fn send(&self, signed: &SignedTransaction) -> Result<Outcome, Error> {
        self.client().send(signed, WaitUntil::default()).await?.into_result()
    }

    /// Signs and delivers until one signature has run or no other may be made.
    pub(super) async fn run(
        &self,
        receiver_id: &AccountId,
        actions: &[Action],
        wait: WaitUntil,
    ) -> Result<Outcome, Error> {
        let job = Job { receiver_id, actions, purpose: Purpose::Transaction };
        let _member = self.shared.recent.join();
        let mut signatures = 0;
        let mut over_budget = None;
        loop {
            let seat = match (self.seat(&job).await, over_budget.take()) {
                // No other key fits.
                (Err(Error::Pool(_)), Some(refusal)) => return Err(refusal),
                (seat, _) => seat?,
            };
            let attempt = self.attempt(&seat, &job, wait).await;
            let (base, end) = attempt.inspect_err(|error| self.learn_from(error))?;
            let (flaw, error) = match end {
                End::Outcome(outcome) => {
                    self.forget_what_changed(&job);
                    return outcome.into_result();
                }
                End::SignAgain(flaw, error) => (flaw, error),
            };
            signatures += 1;
            if signatures == MAX_SIGNATURES {
                return Err(error);
            }
            tracing::debug!(%error, ?flaw, signatures, "a signature can never run: signing again");
            self.repair(flaw, &seat, base).await;
            over_budget = (flaw == Flaw::Budget).then_some(error);
        }
    }

    /// One signature, from its nonce to its end; with the block that it named.
    async fn attempt(
        &self,
        seat: &Seat,
        job: &Job<'_>,
        wait: WaitUntil,
    ) -> Result<(CryptoHash, End), Error> {
        let mut turn = seat.place.lane.turn().await;
        let (signed, base) = match self.sign_in_turn(&mut turn, seat, job).await {
            Err(error) if is_about_a_missing_key(&error) => {
                return Ok((CryptoHash::default(), End::SignAgain(Flaw::KeyGone, error)));
            }
            signed => signed?,
        };
        let height = Some(base.height);
        let mut courier = Courier::new(self.client(), &signed, height, wait, PATIENCE);
        let step = courier.send().await;
        // The node has it: the next of this lane may follow while this one is waited for.
        drop(turn);
        Ok((base.hash, courier.finish(step).await?))
    }

    /// Makes the next signature free of the flaw.
    async fn repair(&self, flaw: Flaw, seat: &Seat, base: CryptoHash) {
        match flaw {
            Flaw::Nonce => seat.place.lane.turn().await.doubt(),
            Flaw::Expired => self.shared.recent.forget(base).await,
            Flaw::KeyGone | Flaw::Budget => self.shared.pool.forget(),
            Flaw::Congestion | Flaw::Lasting => {}
        }
    }

    /// A refusal that is about the key says that what is known of the keys is old.
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
            self.shared.pool.forget();
        }
    }

    /// A transaction of one's own may have changed the keys.
    fn forget_what_changed(&self, job: &Job<'_>) {
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
        if job.receiver_id == self.account_id() && job.actions.iter().any(touches_keys) {
            self.shared.pool.forget();
        }
    }
}

/// Whether the key is gone since the list of keys was read.
fn is_about_a_missing_key(error: &Error) -> bool {
    matches!(
        error,
        Error::Query(QueryError::UnknownAccessKey { .. } | QueryError::UnknownGasKey { .. })
    )
}

/// How many signatures one transaction may need: others may use the same key at the same time.
const MAX_SIGNATURES: u32 = 32;

/// Longer than a client's: to give up early would leave it to people to find out what ran.
const PATIENCE: Patience = Patience { rounds: 16, pause: Duration::from_millis(25) };

//! Executes intents.

use super::Signer;
use super::choose::{Job, Purpose};
use super::pending::PendingTransaction;
use crate::action::Intent;
use crate::client::WaitUntil;
use crate::error::Error;
use crate::outcome::Outcome;
use near_primitives::transaction::SignedTransaction;

/// Options of an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecuteOptions {
    /// How far the transaction must be before its outcome is returned.
    pub wait: WaitUntil,
    /// Whether to check the rules first, as [`Signer::check`] does. It takes three queries, and a transaction that would be
    /// refused is neither signed nor sent. Off by default, because a missing key is noticed before anything is sent in any
    /// case, and a node refuses at once.
    pub check_first: bool,
}

impl ExecuteOptions {
    /// Waits until the transaction is this far.
    #[must_use]
    pub fn wait(mut self, wait: WaitUntil) -> Self {
        self.wait = wait;
        self
    }

    /// Checks the rules first; see [`ExecuteOptions::check_first`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{Error, ExecuteOptions, NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.create_account("alice.near").balance(10.near()).create()?;
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
    /// Executes `intent`: signs it, sends it, and waits until it has run. [`Signer::submit`] returns the hash before that.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{Error, NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.create_account("alice.near").balance(10.near()).create()?;
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
    /// [`Error::Argument`] and [`Error::Pool`] before anything is sent; [`Error::Refused`] if the chain refuses it, so that it
    /// never runs; [`Error::Failed`] with the outcome if it fails; [`Error::Fate`] if it is unknown whether it runs.
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
    /// let account = sandbox.create_account("alice.near").create()?;
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
        self.submit_with(intent, options).await?.await
    }

    /// Signs `intent` and returns once a node has accepted it. Await the result for the outcome. Its hash is known before
    /// that, so a program that stops meanwhile can look the transaction up.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.create_account("alice.near").create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let pending = alice.submit(transfer(1.near()).to("near")).await?;
    /// println!("sent {}", pending.hash());
    /// let hash = pending.hash();
    /// assert_eq!(pending.await?.transaction_hash(), hash);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Signer::execute`].
    pub async fn submit(&self, intent: impl Into<Intent>) -> Result<PendingTransaction, Error> {
        self.submit_with(intent, ExecuteOptions::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Signer::execute`].
    pub async fn submit_with(
        &self,
        intent: impl Into<Intent>,
        options: ExecuteOptions,
    ) -> Result<PendingTransaction, Error> {
        let (receiver_id, actions) = intent.into().resolve(self.account_id())?;
        if options.check_first {
            let purpose = Purpose::Check;
            let job = Job { receiver_id: &receiver_id, actions: &actions, purpose };
            self.refuse_early(&job).await?;
        }
        self.begin(receiver_id, actions, options.wait).await
    }

    /// Sends a transaction that was signed before or elsewhere, and waits until it has run. The same bytes run at most once,
    /// however often they are sent.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.create_account("alice.near").create()?;
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
    /// As [`Signer::execute`]. Nothing is signed again.
    pub async fn send(&self, signed: &SignedTransaction) -> Result<Outcome, Error> {
        self.client().send(signed, WaitUntil::default()).await?.into_result()
    }
}

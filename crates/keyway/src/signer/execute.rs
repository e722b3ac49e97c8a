//! From an intent to its outcome.

use super::Signer;
use super::choose::{Job, Purpose};
use super::pending::PendingTransaction;
use crate::action::Intent;
use crate::client::WaitUntil;
use crate::error::Error;
use crate::outcome::Outcome;
use near_primitives::transaction::SignedTransaction;

/// How to execute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecuteOptions {
    /// How far the transaction must be before its outcome is returned.
    pub wait: WaitUntil,
    /// Whether the rules are asked first, as by [`Signer::check`]. It costs three questions to the
    /// chain, and a transaction that would be refused is neither signed nor sent. Off by default: that
    /// no key may sign is known before anything is sent in any case, and a node refuses at once.
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
    /// Does what `intent` says: signs it, sends it, and waits until it has run. [`Signer::submit`] returns the hash before
    /// that.
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
    /// [`Error::Argument`] and [`Error::Pool`] before anything is sent; [`Error::Refused`] when the
    /// chain does not take it, so that it never runs; [`Error::Failed`], with the outcome inside,
    /// when it ran and failed; [`Error::Fate`] when it is unknown whether it runs.
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

    /// Signs what `intent` says and gives it to a node. Await what it returns for the outcome; its hash is known before,
    /// so that a program that stops meanwhile can look the transaction up.
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

    /// Sends a transaction that was signed elsewhere or before, and waits until it has run. The
    /// same bytes run at most once, however often they are sent.
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
    /// As [`Signer::execute`]. Nothing is signed anew.
    pub async fn send(&self, signed: &SignedTransaction) -> Result<Outcome, Error> {
        self.client().send(signed, WaitUntil::default()).await?.into_result()
    }
}

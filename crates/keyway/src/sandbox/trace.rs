//! Traces of a sandbox's transactions.

use super::Sandbox;
use crate::trace::{CallGas, Change, Trace, TraceError};
use crate::{Outcome, trace};
use near_primitives::hash::CryptoHash;

impl Sandbox {
    /// Everything that a transaction did.
    ///
    /// ```
    /// use keyway::trace::Why;
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let sent = sandbox.root().execute(transfer(1.near()).to("test.near"))?;
    /// let trace = sandbox.trace(&sent.transaction_hash())?;
    /// let why = Why::of(&trace).to_string();
    /// assert!(why.starts_with("it succeeded, and nothing in it failed"), "{why}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`TraceError`].
    pub fn trace(&self, transaction_hash: &CryptoHash) -> Result<Trace, TraceError> {
        self.chain().trace(transaction_hash)
    }

    /// The trace of a past transaction if something had been different. Nothing is kept.
    ///
    /// ```
    /// use keyway::trace::{Change, differences};
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let sent = sandbox.root().execute(transfer(1.near()).to("test.near"))?.transaction_hash();
    /// let more = Change::Deposit { action: 0, deposit: 2.near() };
    /// let (before, after) = (sandbox.trace(&sent)?, sandbox.what_if(&sent, &[more])?);
    /// assert_eq!(differences(&before, &after)[0].what, "deposit");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`TraceError`].
    pub fn what_if(
        &self,
        transaction_hash: &CryptoHash,
        changes: &[Change],
    ) -> Result<Trace, TraceError> {
        self.chain().what_if(transaction_hash, changes)
    }

    /// What happened to an account's keys, from the oldest block that is kept.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.root().execute(transfer(1.near()).to("test.near"))?;
    /// let history = sandbox.key_history(&"near".parse()?)?;
    /// let words: Vec<_> = history.events.iter().map(|event| event.kind.word()).collect();
    /// assert_eq!(words, ["existed", "used"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`TraceError`].
    pub fn key_history(
        &self,
        account_id: &crate::AccountId,
    ) -> Result<trace::KeyHistory, TraceError> {
        self.chain().key_history(account_id, None, None)
    }
}

impl From<&Outcome> for CallGas {
    /// What a transaction burnt, for a gas snapshot.
    ///
    /// ```
    /// use keyway::trace::Snapshots;
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let sent = sandbox.root().execute(transfer(1.near()).to("test.near"))?;
    /// let mut now = Snapshots::default();
    /// now.calls.insert("pay".to_owned(), (&sent).into());
    /// // In a test, `earlier` is read from a committed file.
    /// let earlier = now.clone();
    /// assert!(now.compare(&earlier, 1).grown.is_empty());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    fn from(outcome: &Outcome) -> Self {
        Self { gas_burnt: outcome.gas_burnt(), tokens_burnt: outcome.tokens_burnt() }
    }
}

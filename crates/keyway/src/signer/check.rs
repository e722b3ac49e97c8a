//! Checks a transaction against the rules, without sending it.

use super::Signer;
use super::choose::{Job, Purpose};
use super::pool::KeyLease;
use super::sign::Offline;
use crate::action::Intent;
use crate::client::Client;
use crate::client::facts::record;
use crate::error::{Error, QueryError};
use crate::preflight::Preflight;
use keyway_rules::{Facts, with_blank_signature};
use near_primitives::account::AccessKey;
use near_primitives::types::Nonce;

impl Signer {
    /// The verdict of the protocol's rules on `intent`, with the account and the key as of the newest final block. Nothing is
    /// signed or sent, and no nonce is used.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Refusal, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let verdict = alice.check(transfer(1.near()).to("bob.near")).await?;
    /// assert!(verdict.is_accepted());
    /// let verdict = alice.check(transfer(99.near()).to("bob.near")).await?;
    /// assert!(matches!(verdict.refusal, Some(Refusal::BalanceNotEnough { .. })));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] if the intent is invalid; [`Error::Pool`] with the reason for each key if none can sign this;
    /// otherwise if the chain cannot be queried, or has a protocol version that this build does not know.
    pub async fn check(&self, intent: impl Into<Intent>) -> Result<Preflight, Error> {
        let (receiver_id, actions) = intent.into().resolve(self.account_id())?;
        let job = Job { receiver_id: &receiver_id, actions: &actions, purpose: Purpose::Check };
        self.check_job(&job).await
    }

    /// The same for a transaction that is about to be sent: a refusal is an error.
    ///
    /// # Errors
    /// As [`Signer::check`], and [`Error::Refused`].
    pub(super) async fn refuse_early(&self, job: &Job<'_>) -> Result<(), Error> {
        match self.check_job(job).await?.refusal {
            Some(refusal) => Err(refusal.into()),
            None => Ok(()),
        }
    }

    async fn check_job(&self, job: &Job<'_>) -> Result<Preflight, Error> {
        let lease = self.lease(job).await?;
        let then = self.client().pinned().await?;
        let latest = then.block().await?;
        let protocol = then.rules().await?;
        let account = known(then.account(self.account_id()).await)?.map(|account| record(&account));
        let (access_key, row_nonce) =
            (self.key_at(&then, &lease).await?, self.row_at(&then, &lease).await?);
        let facts = Facts {
            protocol: &protocol,
            gas_price: latest.gas_price,
            height: Some(latest.height.saturating_add(1)),
            account: account.as_ref(),
            access_key: access_key.as_ref(),
            row_nonce,
        };
        let last_nonce = row_nonce.or(access_key.as_ref().map(|key| key.nonce)).unwrap_or(0);
        let given = Offline {
            public_key: lease.public_key.clone(),
            nonce: last_nonce.saturating_add(1),
            nonce_index: lease.slot.nonce_index,
            block_hash: latest.hash,
        };
        Ok(Preflight::of(&facts, &with_blank_signature(self.transaction(job, given))))
    }

    async fn key_at(&self, then: &Client, lease: &KeyLease) -> Result<Option<AccessKey>, Error> {
        known(then.access_key(self.account_id(), &lease.public_key).await)
    }

    async fn row_at(&self, then: &Client, lease: &KeyLease) -> Result<Option<Nonce>, Error> {
        let Some(index) = lease.slot.nonce_index else { return Ok(None) };
        let nonces = known(then.gas_key_nonces(self.account_id(), &lease.public_key).await)?;
        Ok(nonces.and_then(|nonces| nonces.get(usize::from(index)).copied()))
    }
}

/// A missing account or key is a valid fact.
fn known<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Error::Query(
            QueryError::UnknownAccount { .. }
            | QueryError::UnknownAccessKey { .. }
            | QueryError::UnknownGasKey { .. },
        )) => Ok(None),
        Err(other) => Err(other),
    }
}

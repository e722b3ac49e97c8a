//! Where everything is kept that must not be lost: requests, lanes, budgets, webhooks.
//!
//! All instances of a relayer share one store. Each operation below happens completely or not at all, and is durable when it
//! returns. The store's clock decides when a lease expires, so the clocks of instances do not matter.

mod embedded;
mod error;
mod lane;
mod ops;
mod postgres;
mod rows;
mod webhook;

pub use embedded::EmbeddedStore;
pub use error::StoreError;
pub use lane::{Fence, LaneId, LaneState, Lease, Signed};
pub use postgres::PostgresStore;
pub use webhook::{Webhook, WebhookId};

use crate::budget::{BudgetKey, Charge, Exceeded, Tally};
use crate::config::{Environment, StoreSource};
use crate::{AppName, Ending, IdempotencyKey, InstanceId, Request, RequestId, StartError, Work};
use async_trait::async_trait;
use keyway::protocol::CryptoHash;
use keyway::{AccountId, NearToken};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The store of a relayer.
///
/// What is written about a lane carries its [`Fence`]. If the lane was leased to another instance meanwhile, the write is
/// refused with [`StoreError::Fenced`], and nothing changes.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// Keeps a new request, and reserves the most that it can cost in all its counters.
    ///
    /// A request that the app made before, with the same idempotency key or the same delegate action, is not kept again;
    /// see [`Accepted`]. A delegate action is free again when its request ended without running.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn accept(&self, new: NewRequest) -> Result<Accepted, StoreError>;

    /// One request.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError>;

    /// The request that an app called so.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn named(
        &self,
        app: &AppName,
        key: &IdempotencyKey,
    ) -> Result<Option<Request>, StoreError>;

    /// The request that may run, or ran, this delegate action; `digest` is that of its work.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn relayed(&self, digest: CryptoHash) -> Result<Option<Request>, StoreError>;

    /// The oldest queued requests, at most `limit`, that were accepted at least `age` ago. They may be in the hands of an
    /// instance that still runs; [`begin`](Store::begin) lets only one of them sign.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn queued(&self, age: Duration, limit: usize) -> Result<Vec<Request>, StoreError>;

    /// Ends a queued request without a transaction: returns its reservation, and keeps a webhook to be sent, if there is one.
    /// Returns the request as it is then: one that is not queued any more stays as it is, and has no webhook.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn drop_queued(
        &self,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<Option<Request>, StoreError>;

    /// Leases at most `most` of these lanes for `time`: those that are free, or whose lease has expired. Each lease has a
    /// higher fencing number than any before it.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn lease(
        &self,
        lanes: &[LaneId],
        owner: &InstanceId,
        time: Duration,
        most: usize,
    ) -> Result<Vec<Lease>, StoreError>;

    /// Extends leases by `time` from now. Returns those that are still held; the others are lost.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn renew(&self, held: &[Fence], time: Duration) -> Result<Vec<Fence>, StoreError>;

    /// Returns lanes. Those that are not held any more are left alone.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn release(&self, held: &[Fence]) -> Result<(), StoreError>;

    /// All lanes of an account that were ever leased, in any order.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn lanes(&self, account_id: &AccountId) -> Result<Vec<LaneState>, StoreError>;

    /// Keeps the signed bytes of a queued request, before they are sent. `false` if the request is not queued any more;
    /// then nothing is kept, and the bytes must not be sent.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; [`StoreError::LaneBusy`] if the lane has bytes whose fate is not proved; or if the store
    /// cannot be used.
    async fn begin(&self, fence: &Fence, id: RequestId, signed: Signed)
    -> Result<bool, StoreError>;

    /// Ends the request whose bytes are on this lane, because their fate is proved. Replaces its reservation by the cost,
    /// frees the lane, and keeps a webhook to be sent, if there is one. Returns the request as it is then.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; [`StoreError::NotOnLane`] if the lane has no bytes of this request; or if the store cannot be
    /// used.
    async fn end(
        &self,
        fence: &Fence,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<Request, StoreError>;

    /// Queues the request of this lane again, because its bytes can never run. The reservation stays; the lane is free.
    ///
    /// # Errors
    /// As [`Store::end`].
    async fn requeue(&self, fence: &Fence, id: RequestId) -> Result<(), StoreError>;

    /// The values of counters, in the same order.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn tallies(&self, keys: &[BudgetKey]) -> Result<Vec<Tally>, StoreError>;

    /// At most `limit` webhooks that are due. They are not due again for `hold`, so that one instance sends them.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn due_webhooks(&self, limit: usize, hold: Duration) -> Result<Vec<Webhook>, StoreError>;

    /// Deletes a webhook: it was delivered, or given up.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn delete_webhook(&self, id: WebhookId) -> Result<(), StoreError>;

    /// Makes a webhook due again after a pause, and counts the attempt.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn delay_webhook(&self, id: WebhookId, pause: Duration) -> Result<(), StoreError>;

    /// Deletes at most `limit` requests that ended longer than `age` ago. Returns how many were deleted.
    ///
    /// # Errors
    /// If the store cannot be used.
    async fn prune(&self, age: Duration, limit: usize) -> Result<usize, StoreError>;
}

/// A request to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
    /// Its id.
    pub id: RequestId,
    /// The app that asks.
    pub app: AppName,
    /// What it asks for.
    pub work: Work,
    /// What the app calls it.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The most that it can cost, yoctoNEAR.
    pub most: NearToken,
    /// The counters that it is charged to, each at most once.
    pub charges: Vec<Charge>,
}

impl NewRequest {
    /// What no other request may be about while this one may run: the hash of its delegate action.
    #[must_use]
    pub fn unique(&self) -> Option<CryptoHash> {
        self.work.signed_delegate().map(|_| self.work.digest())
    }
}

/// What became of a new request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is kept, and its cost is reserved.
    New(Box<Request>),
    /// The app has asked for the same before; this is that request.
    Before(Box<Request>),
    /// The app used this idempotency key for something else.
    OtherBody(RequestId),
    /// Another app relays the same delegate action.
    OtherApp,
    /// A budget does not pay for it.
    OverBudget(BudgetKey, Exceeded),
}

/// Opens the store that a configuration names.
///
/// # Errors
/// If it cannot be opened.
pub async fn open(
    source: &StoreSource,
    environment: Environment<'_>,
) -> Result<Arc<dyn Store>, StartError> {
    match source {
        StoreSource::Plain(url) if source.is_database() => {
            Ok(Arc::new(PostgresStore::open(url).await?))
        }
        StoreSource::Plain(path) => Ok(Arc::new(EmbeddedStore::open(Path::new(path))?)),
        StoreSource::Secret(secret) => {
            let url = secret.read("store", environment)?;
            Ok(Arc::new(PostgresStore::open(url.expose_secret()).await?))
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

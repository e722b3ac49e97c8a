//! What the operations read and write, whatever keeps it.

use super::{LaneId, Signed, StoreError, Webhook, WebhookId};
use crate::budget::{BudgetKey, Tally};
use crate::{AppName, IdempotencyKey, InstanceId, Request, RequestId};
use keyway::protocol::{CryptoHash, Nonce};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The rows of a store, in one transaction. What is saved is read again by later operations of the transaction.
///
/// An error of a method is one of the store: what was written before must not be committed.
pub(super) trait Rows {
    /// The store's clock, milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;

    fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError>;
    /// Writes a request, and by its state whether it is queued or ended.
    fn save_request(&mut self, request: &Request) -> Result<(), StoreError>;
    /// Deletes a request, and that it has ended.
    fn delete_request(&mut self, request: &Request) -> Result<(), StoreError>;
    /// At most `limit` requests that ended before this time, milliseconds since the Unix epoch, the oldest first.
    fn ended_before(&self, ms: u64, limit: usize) -> Result<Vec<RequestId>, StoreError>;

    /// The request that an app called so.
    fn named(&self, app: &AppName, key: &IdempotencyKey) -> Result<Option<RequestId>, StoreError>;
    fn save_name(
        &mut self,
        app: &AppName,
        key: &IdempotencyKey,
        id: Option<RequestId>,
    ) -> Result<(), StoreError>;

    /// The request that may run a delegate action.
    fn delegate(&self, digest: CryptoHash) -> Result<Option<RequestId>, StoreError>;
    fn save_delegate(
        &mut self,
        digest: CryptoHash,
        id: Option<RequestId>,
    ) -> Result<(), StoreError>;

    /// A lane; one that was never leased if it is not kept.
    fn lane(&self, lane: &LaneId) -> Result<LaneRow, StoreError>;
    fn save_lane(&mut self, lane: &LaneId, row: LaneRow) -> Result<(), StoreError>;

    fn tally(&self, key: &BudgetKey) -> Result<Tally, StoreError>;
    fn save_tally(&mut self, key: &BudgetKey, tally: Tally) -> Result<(), StoreError>;
    /// Deletes counters whose keys are in these ranges and of which nothing is reserved, at most `limit` of each range.
    fn delete_tallies(
        &mut self,
        ranges: [Range<String>; 3],
        limit: usize,
    ) -> Result<(), StoreError>;

    fn webhook(&self, id: WebhookId) -> Result<Option<WebhookRow>, StoreError>;
    /// At most `limit` webhooks that are due now, the oldest first.
    fn due_webhooks(&self, limit: usize) -> Result<Vec<WebhookId>, StoreError>;
    fn save_webhook(&mut self, id: WebhookId, row: Option<WebhookRow>) -> Result<(), StoreError>;
}

/// A lane, and who holds it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct LaneRow {
    pub(super) owner: Option<InstanceId>,
    /// The number of the newest lease; 0 before the first.
    pub(super) number: u64,
    pub(super) expires_ms: u64,
    pub(super) last_nonce: Option<Nonce>,
    pub(super) unproved: Option<(RequestId, Signed)>,
}

/// A webhook, and when it is due.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WebhookRow {
    pub(super) webhook: Webhook,
    pub(super) due_ms: u64,
}

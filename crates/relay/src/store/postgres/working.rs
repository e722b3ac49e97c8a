//! The rows that a turn works on: read together before its operations, written together after them.

use crate::budget::{BudgetKey, Tally};
use crate::store::rows::{LaneRow, Rows, WebhookRow};
use crate::store::{LaneId, StoreError, WebhookId};
use crate::{AppName, IdempotencyKey, Request, RequestId, State};
use keyway::protocol::CryptoHash;
use std::collections::BTreeMap;
use std::ops::Range;

/// What an operation reads, besides the counters of requests that it ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    pub(super) requests: Vec<RequestId>,
    /// Requests that it may end.
    pub(super) ends: Vec<RequestId>,
    pub(super) names: Vec<(AppName, IdempotencyKey)>,
    pub(super) delegates: Vec<CryptoHash>,
    pub(super) lanes: Vec<LaneId>,
    pub(super) tallies: Vec<BudgetKey>,
    pub(super) webhooks: Vec<WebhookId>,
    /// How many webhooks that are due.
    pub(super) due: usize,
    /// Requests that ended so many milliseconds ago, and how many of them; also so many counters of days before that.
    pub(super) old: Option<(u64, usize)>,
}

impl Needs {
    /// Adds what another operation reads.
    pub(super) fn add(&mut self, other: Needs) {
        let Needs { requests, ends, names, delegates, lanes, tallies, webhooks, due, old } = other;
        self.requests.extend(requests);
        self.ends.extend(ends);
        self.names.extend(names);
        self.delegates.extend(delegates);
        self.lanes.extend(lanes);
        self.tallies.extend(tallies);
        self.webhooks.extend(webhooks);
        self.due += due;
        self.old = self.old.max(old);
    }
}

/// The rows.
#[derive(Debug, Default)]
pub(super) struct Working {
    /// The database's clock when the turn began, milliseconds since the Unix epoch.
    pub(super) now_ms: u64,
    pub(super) requests: Loaded<RequestId, Option<Request>>,
    pub(super) names: Loaded<(AppName, IdempotencyKey), Option<RequestId>>,
    pub(super) delegates: Loaded<CryptoHash, Option<RequestId>>,
    pub(super) lanes: Loaded<LaneId, LaneRow>,
    pub(super) tallies: Loaded<BudgetKey, Tally>,
    pub(super) webhooks: Loaded<WebhookId, Option<WebhookRow>>,
    /// The ranges of keys of counters to be deleted, and how many at most in each.
    pub(super) old_tallies: Option<([Range<String>; 3], usize)>,
}

/// Rows by their keys, of which some were changed.
#[derive(Debug)]
pub(super) struct Loaded<K, T>(BTreeMap<K, Loading<T>>);

#[derive(Debug)]
struct Loading<T> {
    /// The row as it is now, or why it cannot be read.
    now: Result<T, StoreError>,
    is_changed: bool,
}

impl<K: Clone + Ord, T: Clone + Default> Loaded<K, T> {
    /// Notes rows that are looked for: one that is not found has the default value.
    pub(super) fn look_for<'k>(&mut self, keys: impl IntoIterator<Item = &'k K>)
    where
        K: 'k,
    {
        for key in keys {
            if !self.0.contains_key(key) {
                self.found(key.clone(), Ok(T::default()));
            }
        }
    }

    pub(super) fn found(&mut self, key: K, row: Result<T, StoreError>) {
        self.0.insert(key, Loading { now: row, is_changed: false });
    }

    /// A row, if it was read and can be.
    pub(super) fn readable(&self, key: &K) -> Option<&T> {
        self.0.get(key)?.now.as_ref().ok()
    }

    fn all(&self) -> impl Iterator<Item = (&K, &T)> {
        self.0.iter().filter_map(|(key, row)| Some((key, row.now.as_ref().ok()?)))
    }

    /// The rows that were changed.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&K, &T)> {
        let changed = self.0.iter().filter(|(_, row)| row.is_changed);
        changed.filter_map(|(key, row)| Some((key, row.now.as_ref().ok()?)))
    }

    fn get(&self, key: &K) -> Result<T, StoreError> {
        let unread = || StoreError::Unavailable {
            why: "an operation uses a row that its turn did not read, which is a bug".to_owned(),
            source: None,
        };
        self.0.get(key).ok_or_else(unread)?.now.clone()
    }

    fn put(&mut self, key: K, row: T) {
        self.0.insert(key, Loading { now: Ok(row), is_changed: true });
    }
}

impl<K, T> Default for Loaded<K, T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl Rows for Working {
    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        self.requests.get(&id)
    }

    fn save_request(&mut self, request: &Request) -> Result<(), StoreError> {
        self.requests.put(request.id, Some(request.clone()));
        Ok(())
    }

    fn delete_request(&mut self, request: &Request) -> Result<(), StoreError> {
        self.requests.put(request.id, None);
        Ok(())
    }

    fn ended_before(&self, ms: u64, limit: usize) -> Result<Vec<RequestId>, StoreError> {
        let ended = self.requests.all().filter_map(|(id, request)| {
            let State::Ended { at_ms, .. } = request.as_ref()?.state else { return None };
            (at_ms < ms).then_some((at_ms, *id))
        });
        Ok(first(ended.collect(), limit))
    }

    fn named(&self, app: &AppName, key: &IdempotencyKey) -> Result<Option<RequestId>, StoreError> {
        self.names.get(&(app.clone(), key.clone()))
    }

    fn save_name(
        &mut self,
        app: &AppName,
        key: &IdempotencyKey,
        id: Option<RequestId>,
    ) -> Result<(), StoreError> {
        // In the database it is a column of the request.
        self.names.put((app.clone(), key.clone()), id);
        Ok(())
    }

    fn delegate(&self, digest: CryptoHash) -> Result<Option<RequestId>, StoreError> {
        self.delegates.get(&digest)
    }

    fn save_delegate(
        &mut self,
        digest: CryptoHash,
        id: Option<RequestId>,
    ) -> Result<(), StoreError> {
        self.delegates.put(digest, id);
        Ok(())
    }

    fn lane(&self, lane: &LaneId) -> Result<LaneRow, StoreError> {
        self.lanes.get(lane)
    }

    fn save_lane(&mut self, lane: &LaneId, row: LaneRow) -> Result<(), StoreError> {
        self.lanes.put(lane.clone(), row);
        Ok(())
    }

    fn tally(&self, key: &BudgetKey) -> Result<Tally, StoreError> {
        self.tallies.get(key)
    }

    fn save_tally(&mut self, key: &BudgetKey, tally: Tally) -> Result<(), StoreError> {
        self.tallies.put(key.clone(), tally);
        Ok(())
    }

    fn delete_tallies(
        &mut self,
        ranges: [Range<String>; 3],
        limit: usize,
    ) -> Result<(), StoreError> {
        self.old_tallies = Some((ranges, limit));
        Ok(())
    }

    fn webhook(&self, id: WebhookId) -> Result<Option<WebhookRow>, StoreError> {
        self.webhooks.get(&id)
    }

    fn due_webhooks(&self, limit: usize) -> Result<Vec<WebhookId>, StoreError> {
        let due = self.webhooks.all().filter_map(|(id, row)| {
            let due_ms = row.as_ref()?.due_ms;
            (due_ms <= self.now_ms).then_some((due_ms, *id))
        });
        Ok(first(due.collect(), limit))
    }

    fn save_webhook(&mut self, id: WebhookId, row: Option<WebhookRow>) -> Result<(), StoreError> {
        self.webhooks.put(id, row);
        Ok(())
    }
}

/// The first ids by time.
fn first(mut ids: Vec<(u64, RequestId)>, limit: usize) -> Vec<RequestId> {
    ids.sort_unstable();
    ids.into_iter().take(limit).map(|(_, id)| id).collect()
}

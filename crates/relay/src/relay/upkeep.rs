//! What an instance does all the time: it renews leases, leases more lanes, finds requests that nobody has in hand, and
//! deletes old ones.

use super::Relay;
use crate::clock;
use crate::dispatch::Event;
use crate::lately::reach;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

impl Relay {
    /// Leases lanes until this instance has as many as it may.
    pub(super) async fn lease_more(&self) {
        match self.lanes.lease().await {
            Ok(leased) => {
                for leased in leased {
                    self.queue.tell(Event::Leased(Box::new(leased)));
                }
            }
            Err(error) => tracing::warn!(%error, "no lanes could be leased"),
        }
        self.metrics.lanes.set(i64::try_from(self.lanes.working()).unwrap_or(i64::MAX));
    }

    /// Says in the metrics for how many more requests each key can pay.
    async fn measure_reach(&self) {
        let Ok(view) = self.chain.view().await else { return };
        let spending = self.lately.spending(clock::now());
        self.metrics.requests_left.reset();
        for (key, own) in self.lanes.funds() {
            let of_key = spending.iter().filter(|it| own.is_none() || it.public_key == key);
            let funds = own.unwrap_or(view.account.available);
            if let Some(reach) = reach(of_key, funds, own.is_some()) {
                let left = i64::try_from(reach.requests).unwrap_or(i64::MAX);
                self.metrics.requests_left.with_label_values(&[&key.to_string()]).set(left);
            }
        }
    }

    pub(super) async fn keep_leases(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.lanes.period()).await;
            if let Err(error) = self.lanes.renew().await {
                tracing::warn!(%error, "the leases could not be renewed");
            }
            self.queue.tell(Event::Tick);
        }
    }

    /// Takes up the lanes of new keys, and returns those of keys that are gone. Apart from the renewals, because the signer
    /// and the chain may answer late.
    pub(super) async fn follow_keys(self: Arc<Self>) {
        loop {
            // A key that turned out to be gone is no reason to wait.
            if timeout(self.lanes.period(), self.lanes.look_now.notified()).await.is_ok() {
                tokio::time::sleep(NOT_SOONER).await;
            }
            self.lease_more().await;
            self.measure_reach().await;
            self.queue.tell(Event::Tick);
        }
    }

    /// Finds queued requests that no instance has in hand, and deletes old ones.
    pub(super) async fn look_after_queue(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_AFTER).await;
            self.metrics.waiting.set(i64::try_from(self.queue.waiting()).unwrap_or(i64::MAX));
            match self.store.queued(ORPHANED, ORPHANS).await {
                Ok(found) => {
                    for request in found {
                        self.queue.tell(Event::Queued(Box::new(request)));
                    }
                }
                Err(error) => tracing::warn!(%error, "the queue could not be read"),
            }
            if let Err(error) = self.store.prune(self.config.limits.keep(), PRUNED).await {
                tracing::warn!(%error, "old requests could not be deleted");
            }
        }
    }
}

/// A signer that lists a key and does not have it must not make looks follow each other at once.
const NOT_SOONER: Duration = Duration::from_millis(200);
/// How often queued requests are looked for.
const LOOK_AFTER: Duration = Duration::from_secs(2);
/// A request that was queued so long ago may have lost its instance.
const ORPHANED: Duration = Duration::from_secs(5);
/// How many such requests are taken at once.
const ORPHANS: usize = 512;
/// How many old requests are deleted at once.
const PRUNED: usize = 1_000;

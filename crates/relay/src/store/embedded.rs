//! A store in one file, for a relayer of one instance.
//!
//! One thread writes. It takes all operations that wait and commits them together, so many share one sync of the disk.

mod keys;
mod tables;
mod writer;

use super::rows::Rows;
use super::{
    Accepted, Fence, LaneId, LaneState, Lease, NewRequest, Signed, Store, StoreError, Webhook,
    WebhookId, ops,
};
use crate::budget::{BudgetKey, Tally};
use crate::{AppName, Ending, IdempotencyKey, InstanceId, Request, RequestId};
use async_trait::async_trait;
use keyway::AccountId;
use keyway::protocol::CryptoHash;
use redb::Database;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tables::{Reads, Tables};
use writer::Writer;

/// A store in one file, which only one process can have open.
#[derive(Debug)]
pub struct EmbeddedStore {
    database: Arc<Database>,
    writer: Writer,
}

impl EmbeddedStore {
    /// Opens the store in this file, which is created if it does not exist, readable for its owner only.
    ///
    /// # Errors
    /// If the file cannot be used: it is in use, damaged, of another version, or not a store.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let unusable = |why: String| StoreError::Unavailable {
            why: format!("{}: {why}", path.display()),
            source: None,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| unusable(error.to_string()))?;
        let backend = redb::backends::FileBackend::new(file);
        let backend = backend.map_err(|error| unusable(error.to_string()))?;
        let database = Database::builder()
            .set_cache_size(CACHE_BYTES)
            .create_with_backend(backend)
            .map_err(|error| unusable(error.to_string()))?;
        Self::on(database)
    }

    /// A store in memory, for tests: it is gone with this value.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn in_memory() -> Result<Self, StoreError> {
        let backend = redb::backends::InMemoryBackend::new();
        let database = Database::builder()
            .create_with_backend(backend)
            .map_err(|error| StoreError::unavailable("no store in memory", error))?;
        Self::on(database)
    }

    fn on(database: Database) -> Result<Self, StoreError> {
        let database = Arc::new(database);
        tables::prepare(&database)?;
        // Whoever held a lane is gone, because one process at a time has the file.
        tables::end_leases(&database)?;
        let writer = Writer::start(database.clone())?;
        Ok(EmbeddedStore { database, writer })
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reads) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        let read = tokio::task::spawn_blocking(move || work(&Reads::begin(&database)?));
        read.await.map_err(|lost| StoreError::unavailable("a read ended early", lost))?
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(work).await
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn accept(&self, new: NewRequest) -> Result<Accepted, StoreError> {
        self.write(move |tables| ops::accept(tables, new)).await
    }

    async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        self.read(move |reads| reads.request(id)).await
    }

    async fn named(
        &self,
        app: &AppName,
        key: &IdempotencyKey,
    ) -> Result<Option<Request>, StoreError> {
        let (app, key) = (app.clone(), key.clone());
        self.read(move |reads| reads.named(&app, &key)).await
    }

    async fn relayed(&self, digest: CryptoHash) -> Result<Option<Request>, StoreError> {
        self.read(move |reads| reads.relayed(digest)).await
    }

    async fn queued(&self, age: Duration, limit: usize) -> Result<Vec<Request>, StoreError> {
        let before = now_ms().saturating_sub(millis(age));
        self.read(move |reads| reads.queued(before, limit)).await
    }

    async fn drop_queued(
        &self,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<Option<Request>, StoreError> {
        self.write(move |tables| ops::drop_queued(tables, id, ending, webhook)).await
    }

    async fn lease(
        &self,
        lanes: &[LaneId],
        owner: &InstanceId,
        time: Duration,
        most: usize,
    ) -> Result<Vec<Lease>, StoreError> {
        let (lanes, owner) = (lanes.to_vec(), owner.clone());
        self.write(move |tables| ops::lease(tables, &lanes, &owner, millis(time), most)).await
    }

    async fn renew(&self, held: &[Fence], time: Duration) -> Result<Vec<Fence>, StoreError> {
        let held = held.to_vec();
        self.write(move |tables| ops::renew(tables, held, millis(time))).await
    }

    async fn release(&self, held: &[Fence]) -> Result<(), StoreError> {
        let held = held.to_vec();
        self.write(move |tables| ops::release(tables, &held)).await
    }

    async fn lanes(&self, account_id: &AccountId) -> Result<Vec<LaneState>, StoreError> {
        let account_id = account_id.clone();
        self.read(move |reads| reads.lanes(&account_id, now_ms())).await
    }

    async fn begin(
        &self,
        fence: &Fence,
        id: RequestId,
        signed: Signed,
    ) -> Result<bool, StoreError> {
        let fence = fence.clone();
        self.write(move |tables| ops::begin(tables, &fence, id, signed)).await
    }

    async fn end(
        &self,
        fence: &Fence,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<Request, StoreError> {
        let fence = fence.clone();
        self.write(move |tables| ops::end(tables, &fence, id, ending, webhook)).await
    }

    async fn requeue(&self, fence: &Fence, id: RequestId) -> Result<(), StoreError> {
        let fence = fence.clone();
        self.write(move |tables| ops::requeue(tables, &fence, id)).await
    }

    async fn tallies(&self, keys: &[BudgetKey]) -> Result<Vec<Tally>, StoreError> {
        let keys = keys.to_vec();
        self.read(move |reads| keys.iter().map(|key| reads.tally(key)).collect()).await
    }

    async fn due_webhooks(&self, limit: usize, hold: Duration) -> Result<Vec<Webhook>, StoreError> {
        // A look without a write: most of the time nothing is due.
        let now = now_ms();
        if !self.read(move |reads| reads.is_webhook_due(now)).await? {
            return Ok(Vec::new());
        }
        self.write(move |tables| ops::due_webhooks(tables, limit, millis(hold))).await
    }

    async fn delete_webhook(&self, id: WebhookId) -> Result<(), StoreError> {
        self.write(move |tables| tables.save_webhook(id, None)).await
    }

    async fn delay_webhook(&self, id: WebhookId, pause: Duration) -> Result<(), StoreError> {
        self.write(move |tables| ops::delay_webhook(tables, id, millis(pause))).await
    }

    async fn prune(&self, age: Duration, limit: usize) -> Result<usize, StoreError> {
        self.write(move |tables| ops::prune(tables, millis(age), limit)).await
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The store's clock, milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "leases expire by the store's clock")]
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

/// How much of the file is kept in memory, bytes.
const CACHE_BYTES: usize = 64 << 20;

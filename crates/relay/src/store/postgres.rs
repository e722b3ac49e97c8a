//! A store in PostgreSQL, for any number of instances.

mod address;
mod migrations;
mod ops;
mod rows;
mod turn;

use super::{
    Accepted, Fence, LaneId, Lease, NewRequest, Signed, Store, StoreError, Webhook, WebhookId,
};
use crate::budget::{BudgetKey, Tally};
use crate::{AppName, Ending, IdempotencyKey, InstanceId, Request, RequestId};
use address::Address;
use async_trait::async_trait;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use keyway::protocol::CryptoHash;
use std::time::Duration;
use tokio_postgres::NoTls;
use turn::Turns;

/// A store in PostgreSQL (13 or newer), which instances share.
///
/// Its tables are in the schema `keyway_relay`, which is created and brought up to date when it is opened. TLS is not
/// supported: the database is behind a Unix socket, a loopback address or a tunnel, or the address has `sslmode=disable`.
#[derive(Debug)]
pub struct PostgresStore {
    address: Address,
    /// For reads; writes have a connection of their own.
    pool: Pool,
    turns: Turns,
}

impl PostgresStore {
    /// Connects to `postgres://USER:PASSWORD@HOST/DATABASE`, and creates or updates the tables.
    ///
    /// # Errors
    /// If the address is not one, asks for TLS, the database does not answer, or is of a newer version.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let address = Address::read(url)?;
        migrations::migrate(&mut address.connect().await?).await?;
        let checks = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(address.config.clone(), NoTls, checks))
            .max_size(READERS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(READ_WITHIN))
            .create_timeout(Some(READ_WITHIN))
            .recycle_timeout(Some(READ_WITHIN))
            .build()
            .map_err(|error| StoreError::unavailable("no pool of connections", error))?;
        let turns = Turns::start(address.clone());
        Ok(Self { address, pool, turns })
    }

    async fn reader(&self) -> Result<deadpool_postgres::Object, StoreError> {
        let connection = self.pool.get().await;
        connection.map_err(|error| {
            StoreError::unavailable(format!("no connection to {:?}", self.address), error)
        })
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn accept(&self, new: NewRequest) -> Result<Accepted, StoreError> {
        self.turns.write(move |turn| Box::pin(turn.accept(new))).await
    }

    async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let reader = self.reader().await?;
        rows::request(&reader, id).await
    }

    async fn named(
        &self,
        app: &AppName,
        key: &IdempotencyKey,
    ) -> Result<Option<Request>, StoreError> {
        let reader = self.reader().await?;
        rows::named(&reader, app, key).await
    }

    async fn relayed(&self, digest: CryptoHash) -> Result<Option<Request>, StoreError> {
        let reader = self.reader().await?;
        rows::relayed(&reader, digest).await
    }

    async fn queued(&self, age: Duration, limit: usize) -> Result<Vec<Request>, StoreError> {
        let reader = self.reader().await?;
        rows::queued(&reader, millis(age), limit).await
    }

    async fn drop_queued(
        &self,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<Option<Request>, StoreError> {
        self.turns.write(move |turn| Box::pin(turn.drop_queued(id, ending, webhook))).await
    }

    async fn lease(
        &self,
        lanes: &[LaneId],
        owner: &InstanceId,
        time: Duration,
        most: usize,
    ) -> Result<Vec<Lease>, StoreError> {
        let (lanes, owner) = (lanes.to_vec(), owner.clone());
        self.turns.write(move |turn| Box::pin(turn.lease(lanes, owner, millis(time), most))).await
    }

    async fn renew(&self, held: &[Fence], time: Duration) -> Result<Vec<Fence>, StoreError> {
        let held = held.to_vec();
        self.turns.write(move |turn| Box::pin(turn.renew(held, millis(time)))).await
    }

    async fn release(&self, held: &[Fence]) -> Result<(), StoreError> {
        let held = held.to_vec();
        self.turns.write(move |turn| Box::pin(turn.release(held))).await
    }

    async fn begin(
        &self,
        fence: &Fence,
        id: RequestId,
        signed: Signed,
    ) -> Result<bool, StoreError> {
        let fence = fence.clone();
        self.turns.write(move |turn| Box::pin(turn.begin(fence, id, signed))).await
    }

    async fn end(
        &self,
        fence: &Fence,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<(), StoreError> {
        let fence = fence.clone();
        self.turns.write(move |turn| Box::pin(turn.end(fence, id, ending, webhook))).await
    }

    async fn requeue(&self, fence: &Fence, id: RequestId) -> Result<(), StoreError> {
        let fence = fence.clone();
        self.turns.write(move |turn| Box::pin(turn.requeue(fence, id))).await
    }

    async fn tallies(&self, keys: &[BudgetKey]) -> Result<Vec<Tally>, StoreError> {
        let reader = self.reader().await?;
        rows::tallies(&reader, keys).await
    }

    async fn due_webhooks(&self, limit: usize, hold: Duration) -> Result<Vec<Webhook>, StoreError> {
        // A look without a write: most of the time nothing is due.
        let reader = self.reader().await?;
        if !rows::is_webhook_due(&reader).await? {
            return Ok(Vec::new());
        }
        drop(reader);
        self.turns.write(move |turn| Box::pin(turn.due_webhooks(limit, millis(hold)))).await
    }

    async fn delete_webhook(&self, id: WebhookId) -> Result<(), StoreError> {
        self.turns.write(move |turn| Box::pin(turn.delete_webhook(id))).await
    }

    async fn delay_webhook(&self, id: WebhookId, pause: Duration) -> Result<(), StoreError> {
        self.turns.write(move |turn| Box::pin(turn.delay_webhook(id, millis(pause)))).await
    }

    async fn prune(&self, age: Duration, limit: usize) -> Result<usize, StoreError> {
        self.turns.write(move |turn| Box::pin(turn.prune(millis(age), limit))).await
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A number for a column: what does not fit counts as the end of time.
fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A failure of the database. Its texts name tables and statements, never an address or a password.
fn failed(error: tokio_postgres::Error) -> StoreError {
    let why = match error.as_db_error() {
        Some(answer) => format!("the database answered \"{}\"", answer.message()),
        None => error.to_string(),
    };
    StoreError::unavailable(why, error)
}

/// How many reads run at once.
const READERS: usize = 4;
/// How long a read waits for a connection.
const READ_WITHIN: Duration = Duration::from_secs(5);

#[cfg(all(test, unix))]
mod tests;

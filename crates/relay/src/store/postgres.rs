//! A store in PostgreSQL, for any number of instances.

mod address;
mod migrations;
mod rows;
mod statements;
mod turn;
mod working;

use super::rows::Rows;
use super::{
    Accepted, Fence, LaneId, LaneState, Lease, NewRequest, Signed, Store, StoreError, Webhook,
    WebhookId, ops,
};
use crate::budget::{BudgetKey, Tally};
use crate::{AppName, Ending, IdempotencyKey, InstanceId, Request, RequestId};
use address::Address;
use async_trait::async_trait;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use keyway::AccountId;
use keyway::protocol::CryptoHash;
use rows::Reader;
use std::time::Duration;
use tokio_postgres::NoTls;
use turn::Turns;
use working::Needs;

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

    async fn reader(&self) -> Result<Reader, StoreError> {
        let connection = self.pool.get().await.map(Reader);
        connection.map_err(|error| {
            StoreError::unavailable(format!("no connection to {:?}", self.address), error)
        })
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn accept(&self, new: NewRequest) -> Result<Accepted, StoreError> {
        let needs = Needs {
            names: new.idempotency_key.iter().map(|key| (new.app.clone(), key.clone())).collect(),
            delegates: new.unique().into_iter().collect(),
            tallies: new.charges.iter().map(|charge| charge.key.clone()).collect(),
            ..Needs::default()
        };
        self.turns.write(needs, |rows| ops::accept(rows, new)).await
    }

    async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        self.reader().await?.request(id).await
    }

    async fn named(
        &self,
        app: &AppName,
        key: &IdempotencyKey,
    ) -> Result<Option<Request>, StoreError> {
        self.reader().await?.named(app, key).await
    }

    async fn relayed(&self, digest: CryptoHash) -> Result<Option<Request>, StoreError> {
        self.reader().await?.relayed(digest).await
    }

    async fn queued(&self, age: Duration, limit: usize) -> Result<Vec<Request>, StoreError> {
        self.reader().await?.queued(millis(age), limit).await
    }

    async fn drop_queued(
        &self,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<Option<Request>, StoreError> {
        let needs = Needs { ends: vec![id], ..Needs::default() };
        self.turns.write(needs, move |rows| ops::drop_queued(rows, id, ending, webhook)).await
    }

    async fn lease(
        &self,
        lanes: &[LaneId],
        owner: &InstanceId,
        time: Duration,
        most: usize,
    ) -> Result<Vec<Lease>, StoreError> {
        let (lanes, owner) = (lanes.to_vec(), owner.clone());
        let needs = Needs { lanes: lanes.clone(), ..Needs::default() };
        let lease = move |rows: &mut _| ops::lease(rows, &lanes, &owner, millis(time), most);
        self.turns.write(needs, lease).await
    }

    async fn renew(&self, held: &[Fence], time: Duration) -> Result<Vec<Fence>, StoreError> {
        let (needs, held) = (needs_of(held), held.to_vec());
        self.turns.write(needs, move |rows| ops::renew(rows, held, millis(time))).await
    }

    async fn release(&self, held: &[Fence]) -> Result<(), StoreError> {
        let (needs, held) = (needs_of(held), held.to_vec());
        self.turns.write(needs, move |rows| ops::release(rows, &held)).await
    }

    async fn lanes(&self, account_id: &AccountId) -> Result<Vec<LaneState>, StoreError> {
        self.reader().await?.lanes(account_id).await
    }

    async fn begin(
        &self,
        fence: &Fence,
        id: RequestId,
        signed: Signed,
    ) -> Result<bool, StoreError> {
        let lanes = vec![fence.lane.clone()];
        let (needs, fence) =
            (Needs { lanes, requests: vec![id], ..Needs::default() }, fence.clone());
        self.turns.write(needs, move |rows| ops::begin(rows, &fence, id, signed)).await
    }

    async fn end(
        &self,
        fence: &Fence,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<Request, StoreError> {
        let lanes = vec![fence.lane.clone()];
        let (needs, fence) = (Needs { lanes, ends: vec![id], ..Needs::default() }, fence.clone());
        self.turns.write(needs, move |rows| ops::end(rows, &fence, id, ending, webhook)).await
    }

    async fn requeue(&self, fence: &Fence, id: RequestId) -> Result<(), StoreError> {
        let lanes = vec![fence.lane.clone()];
        let (needs, fence) =
            (Needs { lanes, requests: vec![id], ..Needs::default() }, fence.clone());
        self.turns.write(needs, move |rows| ops::requeue(rows, &fence, id)).await
    }

    async fn tallies(&self, keys: &[BudgetKey]) -> Result<Vec<Tally>, StoreError> {
        self.reader().await?.tallies(keys).await
    }

    async fn due_webhooks(&self, limit: usize, hold: Duration) -> Result<Vec<Webhook>, StoreError> {
        // A look without a write: most of the time nothing is due.
        if !self.reader().await?.is_webhook_due().await? {
            return Ok(Vec::new());
        }
        let needs = Needs { due: limit, ..Needs::default() };
        self.turns.write(needs, move |rows| ops::due_webhooks(rows, limit, millis(hold))).await
    }

    async fn delete_webhook(&self, id: WebhookId) -> Result<(), StoreError> {
        let needs = Needs { webhooks: vec![id], ..Needs::default() };
        self.turns.write(needs, move |rows| rows.save_webhook(id, None)).await
    }

    async fn delay_webhook(&self, id: WebhookId, pause: Duration) -> Result<(), StoreError> {
        let needs = Needs { webhooks: vec![id], ..Needs::default() };
        self.turns.write(needs, move |rows| ops::delay_webhook(rows, id, millis(pause))).await
    }

    async fn prune(&self, age: Duration, limit: usize) -> Result<usize, StoreError> {
        let needs = Needs { old: Some((millis(age), limit)), ..Needs::default() };
        self.turns.write(needs, move |rows| ops::prune(rows, millis(age), limit)).await
    }
}

fn needs_of(held: &[Fence]) -> Needs {
    let lanes = held.iter().map(|fence| fence.lane.clone()).collect();
    Needs { lanes, ..Needs::default() }
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

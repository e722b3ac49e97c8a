//! The tables of the file, and how rows are written.
//!
//! Rows are JSON, so that a later version can add a member. Keys are bytes that sort.

use super::super::{Fence, LaneId, Signed, StoreError, Webhook};
use crate::budget::{BudgetKey, Tally};
use crate::{AppName, IdempotencyKey, InstanceId, Request, RequestId};
use keyway::NearToken;
use keyway::protocol::{CryptoHash, Nonce};
use redb::{
    Database, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, TableDefinition,
    WriteTransaction,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

type Id = [u8; 16];
/// A time in milliseconds, big endian, and an id.
pub(super) type TimeAndId = [u8; 24];

pub(super) const REQUESTS: TableDefinition<'_, Id, &[u8]> = TableDefinition::new("requests");
/// `APP KEY`: the request that an app called so.
const NAMES: TableDefinition<'_, &str, Id> = TableDefinition::new("names");
/// The hash of a delegate action: the request that may run it.
const DELEGATES: TableDefinition<'_, [u8; 32], Id> = TableDefinition::new("delegates");
/// Queued requests, and when they were accepted.
pub(super) const QUEUED: TableDefinition<'_, Id, u64> = TableDefinition::new("queued");
/// Ended requests by time.
const ENDED: TableDefinition<'_, TimeAndId, ()> = TableDefinition::new("ended");
const LANES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("lanes");
/// What was spent, and what is reserved.
const TALLIES: TableDefinition<'_, &str, (u128, u128)> = TableDefinition::new("tallies");
const WEBHOOKS: TableDefinition<'_, Id, &[u8]> = TableDefinition::new("webhooks");
/// Webhooks by the time at which they are due.
const DUE: TableDefinition<'_, TimeAndId, ()> = TableDefinition::new("webhooks_due");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

const VERSION: u64 = 1;

/// Creates the tables, and checks the version.
pub(super) fn prepare(database: &Database) -> Result<(), StoreError> {
    let transaction = database.begin_write().map_err(failed)?;
    {
        drop(Tables::open(&transaction)?);
        let mut meta = transaction.open_table(META).map_err(failed)?;
        let found = meta.get("version").map_err(failed)?.map(|row| row.value());
        match found {
            Some(VERSION) => {}
            None => {
                meta.insert("version", VERSION).map_err(failed)?;
            }
            Some(other) => {
                let why = format!("its version is {other}, and this program knows {VERSION}");
                return Err(StoreError::Unavailable { why, source: None });
            }
        }
    }
    transaction.commit().map_err(failed)
}

/// Ends all leases. Their fencing numbers stay.
pub(super) fn end_leases(database: &Database) -> Result<(), StoreError> {
    let transaction = database.begin_write().map_err(failed)?;
    {
        let mut lanes = transaction.open_table(LANES).map_err(failed)?;
        let mut held = Vec::new();
        for row in lanes.iter().map_err(failed)? {
            let (name, row) = row.map_err(failed)?;
            let row: LaneRow = parsed("lane", name.value(), row.value())?;
            if row.owner.is_some() {
                held.push((name.value().to_owned(), LaneRow { owner: None, ..row }));
            }
        }
        for (name, row) in held {
            lanes.insert(name.as_str(), written(&row).as_slice()).map_err(failed)?;
        }
    }
    transaction.commit().map_err(failed)
}

/// The tables in a writing transaction.
pub(super) struct Tables<'t> {
    pub(super) requests: Table<'t, Id, &'static [u8]>,
    pub(super) names: Table<'t, &'static str, Id>,
    pub(super) delegates: Table<'t, [u8; 32], Id>,
    pub(super) queued: Table<'t, Id, u64>,
    pub(super) ended: Table<'t, TimeAndId, ()>,
    pub(super) lanes: Table<'t, &'static str, &'static [u8]>,
    pub(super) tallies: Table<'t, &'static str, (u128, u128)>,
    pub(super) webhooks: Table<'t, Id, &'static [u8]>,
    pub(super) due: Table<'t, TimeAndId, ()>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Tables {
            requests: transaction.open_table(REQUESTS).map_err(failed)?,
            names: transaction.open_table(NAMES).map_err(failed)?,
            delegates: transaction.open_table(DELEGATES).map_err(failed)?,
            queued: transaction.open_table(QUEUED).map_err(failed)?,
            ended: transaction.open_table(ENDED).map_err(failed)?,
            lanes: transaction.open_table(LANES).map_err(failed)?,
            tallies: transaction.open_table(TALLIES).map_err(failed)?,
            webhooks: transaction.open_table(WEBHOOKS).map_err(failed)?,
            due: transaction.open_table(DUE).map_err(failed)?,
        })
    }

    pub(super) fn load(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        load(&self.requests, id)
    }

    pub(super) fn save(&mut self, request: &Request) -> Result<(), StoreError> {
        let row = written(request);
        self.requests.insert(*request.id.as_bytes(), row.as_slice()).map_err(failed)?;
        Ok(())
    }

    pub(super) fn lane(&self, lane: &LaneId) -> Result<LaneRow, StoreError> {
        let name = lane.to_string();
        match self.lanes.get(name.as_str()).map_err(failed)? {
            None => Ok(LaneRow::default()),
            Some(row) => parsed("lane", &name, row.value()),
        }
    }

    pub(super) fn save_lane(&mut self, lane: &LaneId, row: &LaneRow) -> Result<(), StoreError> {
        let (name, row) = (lane.to_string(), written(row));
        self.lanes.insert(name.as_str(), row.as_slice()).map_err(failed)?;
        Ok(())
    }

    /// The row of a lane that is still leased under this fence.
    pub(super) fn fenced(&self, fence: &Fence) -> Result<LaneRow, StoreError> {
        let row = self.lane(&fence.lane)?;
        if row.number == fence.number {
            return Ok(row);
        }
        let (lane, number) = (fence.lane.clone(), fence.number);
        Err(StoreError::Fenced { lane, number, now: row.number })
    }

    pub(super) fn tally(&self, key: &BudgetKey) -> Result<Tally, StoreError> {
        tally(&self.tallies, key)
    }

    pub(super) fn save_tally(&mut self, key: &BudgetKey, tally: Tally) -> Result<(), StoreError> {
        let row = (tally.spent.as_yoctonear(), tally.reserved.as_yoctonear());
        self.tallies.insert(key.to_string().as_str(), row).map_err(failed)?;
        Ok(())
    }
}

/// The tables in a reading transaction.
pub(super) struct Reads {
    requests: ReadOnlyTable<Id, &'static [u8]>,
    names: ReadOnlyTable<&'static str, Id>,
    delegates: ReadOnlyTable<[u8; 32], Id>,
    queued: ReadOnlyTable<Id, u64>,
    tallies: ReadOnlyTable<&'static str, (u128, u128)>,
    due: ReadOnlyTable<TimeAndId, ()>,
}

impl Reads {
    pub(super) fn begin(database: &Database) -> Result<Self, StoreError> {
        let transaction = database.begin_read().map_err(failed)?;
        Ok(Reads {
            requests: transaction.open_table(REQUESTS).map_err(failed)?,
            names: transaction.open_table(NAMES).map_err(failed)?,
            delegates: transaction.open_table(DELEGATES).map_err(failed)?,
            queued: transaction.open_table(QUEUED).map_err(failed)?,
            tallies: transaction.open_table(TALLIES).map_err(failed)?,
            due: transaction.open_table(DUE).map_err(failed)?,
        })
    }

    pub(super) fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        load(&self.requests, id)
    }

    pub(super) fn named(
        &self,
        app: &AppName,
        key: &IdempotencyKey,
    ) -> Result<Option<Request>, StoreError> {
        match self.names.get(name(app, key).as_str()).map_err(failed)? {
            None => Ok(None),
            Some(id) => self.request(RequestId::from_bytes(id.value())),
        }
    }

    pub(super) fn relayed(&self, digest: CryptoHash) -> Result<Option<Request>, StoreError> {
        match self.delegates.get(digest.0).map_err(failed)? {
            None => Ok(None),
            Some(id) => self.request(RequestId::from_bytes(id.value())),
        }
    }

    pub(super) fn queued(&self, before: u64, limit: usize) -> Result<Vec<Request>, StoreError> {
        let mut found = Vec::new();
        for row in self.queued.iter().map_err(failed)? {
            let (id, accepted_ms) = row.map_err(failed)?;
            if found.len() == limit {
                break;
            }
            if accepted_ms.value() <= before {
                found.extend(self.request(RequestId::from_bytes(id.value()))?);
            }
        }
        Ok(found)
    }

    pub(super) fn tally(&self, key: &BudgetKey) -> Result<Tally, StoreError> {
        tally(&self.tallies, key)
    }

    pub(super) fn is_webhook_due(&self, now: u64) -> Result<bool, StoreError> {
        let first = self.due.first().map_err(failed)?;
        Ok(first.is_some_and(|(due, _)| time_of(&due.value()) <= now))
    }
}

fn load(
    table: &impl ReadableTable<Id, &'static [u8]>,
    id: RequestId,
) -> Result<Option<Request>, StoreError> {
    match table.get(*id.as_bytes()).map_err(failed)? {
        None => Ok(None),
        Some(row) => parsed("request", &id.to_string(), row.value()).map(Some),
    }
}

fn tally(
    table: &impl ReadableTable<&'static str, (u128, u128)>,
    key: &BudgetKey,
) -> Result<Tally, StoreError> {
    let row = table.get(key.to_string().as_str()).map_err(failed)?;
    let (spent, reserved) = row.map_or((0, 0), |row| row.value());
    let (spent, reserved) = (NearToken::from_yoctonear(spent), NearToken::from_yoctonear(reserved));
    Ok(Tally { spent, reserved })
}

/// A lane, and who holds it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LaneRow {
    pub(super) owner: Option<InstanceId>,
    /// The number of the newest lease; 0 before the first.
    pub(super) number: u64,
    pub(super) expires_ms: u64,
    pub(super) last_nonce: Option<Nonce>,
    pub(super) unproved: Option<(RequestId, Signed)>,
}

/// A webhook, and when it is due.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WebhookRow {
    pub(super) webhook: Webhook,
    pub(super) due_ms: u64,
}

pub(super) fn name(app: &AppName, key: &IdempotencyKey) -> String {
    // Neither contains a space.
    format!("{app} {key}")
}

pub(super) fn time_and_id(ms: u64, id: RequestId) -> TimeAndId {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&ms.to_be_bytes());
    key[8..].copy_from_slice(id.as_bytes());
    key
}

pub(super) fn time_of(key: &TimeAndId) -> u64 {
    key[..8].try_into().map_or(0, u64::from_be_bytes)
}

pub(super) fn id_of(key: &TimeAndId) -> RequestId {
    let mut id = [0; 16];
    id.copy_from_slice(&key[8..]);
    RequestId::from_bytes(id)
}

pub(super) fn written<T: Serialize>(row: &T) -> Vec<u8> {
    serde_json::to_vec(row).expect("the invariant that rows have string keys")
}

pub(super) fn parsed<T: DeserializeOwned>(
    what: &'static str,
    name: &str,
    row: &[u8],
) -> Result<T, StoreError> {
    serde_json::from_slice(row).map_err(|error| StoreError::Damaged {
        what,
        name: name.to_owned(),
        why: error.to_string(),
    })
}

pub(super) fn failed(error: impl Into<redb::Error>) -> StoreError {
    StoreError::unavailable("its file failed", error.into())
}

//! The tables of the file, and how rows are written.
//!
//! Rows are JSON, so that a later version can add a member. Keys are bytes that sort.

use super::keys::{TimeAndId, id_of, name, time_and_id, time_of};
use crate::budget::{BudgetKey, Tally};
use crate::store::rows::{LaneRow, Rows, WebhookRow};
use crate::store::{LaneId, LaneState, StoreError, WebhookId};
use crate::{AppName, IdempotencyKey, Request, RequestId, State};
use keyway::protocol::CryptoHash;
use keyway::{AccountId, NearToken};
use redb::{
    Database, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, TableDefinition,
    WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::Range;

type Id = [u8; 16];

const REQUESTS: TableDefinition<'_, Id, &[u8]> = TableDefinition::new("requests");
/// `APP KEY`: the request that an app called so.
const NAMES: TableDefinition<'_, &str, Id> = TableDefinition::new("names");
/// The hash of a delegate action: the request that may run it.
const DELEGATES: TableDefinition<'_, [u8; 32], Id> = TableDefinition::new("delegates");
/// Queued requests, and when they were accepted.
const QUEUED: TableDefinition<'_, Id, u64> = TableDefinition::new("queued");
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
        drop(Tables::open(&transaction, 0)?);
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
    now_ms: u64,
    requests: Table<'t, Id, &'static [u8]>,
    names: Table<'t, &'static str, Id>,
    delegates: Table<'t, [u8; 32], Id>,
    queued: Table<'t, Id, u64>,
    ended: Table<'t, TimeAndId, ()>,
    lanes: Table<'t, &'static str, &'static [u8]>,
    tallies: Table<'t, &'static str, (u128, u128)>,
    webhooks: Table<'t, Id, &'static [u8]>,
    due: Table<'t, TimeAndId, ()>,
}

impl<'t> Tables<'t> {
    /// Opens the tables at this time, milliseconds since the Unix epoch.
    pub(super) fn open(transaction: &'t WriteTransaction, now_ms: u64) -> Result<Self, StoreError> {
        Ok(Tables {
            now_ms,
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
}

impl Rows for Tables<'_> {
    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        load(&self.requests, id)
    }

    fn save_request(&mut self, request: &Request) -> Result<(), StoreError> {
        let (id, row) = (*request.id.as_bytes(), written(request));
        self.requests.insert(id, row.as_slice()).map_err(failed)?;
        match &request.state {
            State::Queued => self.queued.insert(id, request.accepted_ms).map_err(failed)?,
            State::Sent { .. } => self.queued.remove(id).map_err(failed)?,
            State::Ended { at_ms, .. } => {
                self.ended.insert(time_and_id(*at_ms, request.id), ()).map_err(failed)?;
                self.queued.remove(id).map_err(failed)?
            }
        };
        Ok(())
    }

    fn delete_request(&mut self, request: &Request) -> Result<(), StoreError> {
        self.requests.remove(*request.id.as_bytes()).map_err(failed)?;
        if let State::Ended { at_ms, .. } = &request.state {
            self.ended.remove(time_and_id(*at_ms, request.id)).map_err(failed)?;
        }
        Ok(())
    }

    fn ended_before(&self, ms: u64, limit: usize) -> Result<Vec<RequestId>, StoreError> {
        first_before(&self.ended, ms, limit)
    }

    fn named(&self, app: &AppName, key: &IdempotencyKey) -> Result<Option<RequestId>, StoreError> {
        let row = self.names.get(name(app, key).as_str()).map_err(failed)?;
        Ok(row.map(|id| RequestId::from_bytes(id.value())))
    }

    fn save_name(
        &mut self,
        app: &AppName,
        key: &IdempotencyKey,
        id: Option<RequestId>,
    ) -> Result<(), StoreError> {
        let name = name(app, key);
        match id {
            Some(id) => self.names.insert(name.as_str(), *id.as_bytes()),
            None => self.names.remove(name.as_str()),
        }
        .map_err(failed)
        .map(drop)
    }

    fn delegate(&self, digest: CryptoHash) -> Result<Option<RequestId>, StoreError> {
        let row = self.delegates.get(digest.0).map_err(failed)?;
        Ok(row.map(|id| RequestId::from_bytes(id.value())))
    }

    fn save_delegate(
        &mut self,
        digest: CryptoHash,
        id: Option<RequestId>,
    ) -> Result<(), StoreError> {
        match id {
            Some(id) => self.delegates.insert(digest.0, *id.as_bytes()),
            None => self.delegates.remove(digest.0),
        }
        .map_err(failed)
        .map(drop)
    }

    fn lane(&self, lane: &LaneId) -> Result<LaneRow, StoreError> {
        let name = lane.to_string();
        match self.lanes.get(name.as_str()).map_err(failed)? {
            None => Ok(LaneRow::default()),
            Some(row) => parsed("lane", &name, row.value()),
        }
    }

    fn save_lane(&mut self, lane: &LaneId, row: LaneRow) -> Result<(), StoreError> {
        let (name, row) = (lane.to_string(), written(&row));
        self.lanes.insert(name.as_str(), row.as_slice()).map_err(failed).map(drop)
    }

    fn tally(&self, key: &BudgetKey) -> Result<Tally, StoreError> {
        tally(&self.tallies, key)
    }

    fn save_tally(&mut self, key: &BudgetKey, tally: Tally) -> Result<(), StoreError> {
        let row = (tally.spent.as_yoctonear(), tally.reserved.as_yoctonear());
        self.tallies.insert(key.to_string().as_str(), row).map_err(failed).map(drop)
    }

    fn delete_tallies(
        &mut self,
        ranges: [Range<String>; 3],
        limit: usize,
    ) -> Result<(), StoreError> {
        for Range { start, end } in ranges {
            let mut old = Vec::new();
            for row in self.tallies.range(start.as_str()..end.as_str()).map_err(failed)? {
                let (key, tally) = row.map_err(failed)?;
                if old.len() == limit {
                    break;
                }
                if tally.value().1 == 0 {
                    old.push(key.value().to_owned());
                }
            }
            for key in old {
                self.tallies.remove(key.as_str()).map_err(failed)?;
            }
        }
        Ok(())
    }

    fn webhook(&self, id: WebhookId) -> Result<Option<WebhookRow>, StoreError> {
        let row = self.webhooks.get(*id.as_bytes()).map_err(failed)?;
        row.map(|row| parsed("webhook", &id.to_string(), row.value())).transpose()
    }

    fn due_webhooks(&self, limit: usize) -> Result<Vec<WebhookId>, StoreError> {
        first_before(&self.due, self.now_ms.saturating_add(1), limit)
    }

    fn save_webhook(&mut self, id: WebhookId, row: Option<WebhookRow>) -> Result<(), StoreError> {
        if let Some(before) = self.webhook(id)? {
            self.due.remove(time_and_id(before.due_ms, id)).map_err(failed)?;
        }
        match row {
            Some(row) => {
                let bytes = written(&row);
                self.webhooks.insert(*id.as_bytes(), bytes.as_slice()).map_err(failed)?;
                self.due.insert(time_and_id(row.due_ms, id), ()).map_err(failed).map(drop)
            }
            None => self.webhooks.remove(*id.as_bytes()).map_err(failed).map(drop),
        }
    }
}

/// The first ids of an index by time, of times before `ms`.
fn first_before(
    index: &Table<'_, TimeAndId, ()>,
    ms: u64,
    limit: usize,
) -> Result<Vec<RequestId>, StoreError> {
    let mut found = Vec::new();
    for row in index.iter().map_err(failed)? {
        let key = row.map_err(failed)?.0.value();
        if found.len() == limit || time_of(&key) >= ms {
            break;
        }
        found.push(id_of(&key));
    }
    Ok(found)
}

/// The tables in a reading transaction.
pub(super) struct Reads {
    requests: ReadOnlyTable<Id, &'static [u8]>,
    names: ReadOnlyTable<&'static str, Id>,
    delegates: ReadOnlyTable<[u8; 32], Id>,
    queued: ReadOnlyTable<Id, u64>,
    lanes: ReadOnlyTable<&'static str, &'static [u8]>,
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
            lanes: transaction.open_table(LANES).map_err(failed)?,
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

    pub(super) fn lanes(
        &self,
        account_id: &AccountId,
        now: u64,
    ) -> Result<Vec<LaneState>, StoreError> {
        let mut lanes = Vec::new();
        for row in self.lanes.iter().map_err(failed)? {
            let (name, row) = row.map_err(failed)?;
            let lane: LaneId = LaneId::of_row(name.value())?;
            if lane.account_id == *account_id {
                let row: LaneRow = parsed("lane", name.value(), row.value())?;
                let leased = row.owner.is_some() && now < row.expires_ms;
                lanes.push(LaneState { lane, leased, unproved: row.unproved.is_some() });
            }
        }
        Ok(lanes)
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

fn written<T: Serialize>(row: &T) -> Vec<u8> {
    serde_json::to_vec(row).expect("the invariant that rows have string keys")
}

fn parsed<T: DeserializeOwned>(
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

fn failed(error: impl Into<redb::Error>) -> StoreError {
    StoreError::unavailable("its file failed", error.into())
}

//! How rows are written and read.

use super::{column, failed};
use crate::budget::{BudgetKey, Tally};
use crate::store::{LaneId, LaneState, Signed, StoreError};
use crate::{AppName, IdempotencyKey, Request, RequestId};
use deadpool_postgres::Object;
use keyway::protocol::{CryptoHash, Nonce};
use keyway::{AccountId, NearToken};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// What a lane carries.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LaneBody {
    pub(super) last_nonce: Option<Nonce>,
    pub(super) unproved: Option<(RequestId, Signed)>,
}

/// A connection for reads, which keeps statements that were prepared on it.
pub(super) struct Reader(pub(super) Object);

impl Reader {
    pub(super) async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let text = "SELECT body FROM keyway_relay.requests WHERE id = $1";
        self.find(text, &id.to_string(), &[&&id.as_bytes()[..]]).await
    }

    pub(super) async fn named(
        &self,
        app: &AppName,
        key: &IdempotencyKey,
    ) -> Result<Option<Request>, StoreError> {
        let text = "SELECT body FROM keyway_relay.requests WHERE app = $1 AND name = $2";
        self.find(text, key.as_str(), &[&app.as_str(), &key.as_str()]).await
    }

    pub(super) async fn relayed(&self, digest: CryptoHash) -> Result<Option<Request>, StoreError> {
        let text = "SELECT body FROM keyway_relay.requests
            WHERE id = (SELECT request FROM keyway_relay.delegates WHERE digest = $1)";
        self.find(text, &digest.to_string(), &[&&digest.0[..]]).await
    }

    pub(super) async fn queued(
        &self,
        age_ms: u64,
        limit: usize,
    ) -> Result<Vec<Request>, StoreError> {
        let text = "SELECT body FROM keyway_relay.requests
            WHERE queued_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1
            ORDER BY id LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.rows(text, &[&column(age_ms), &limit]).await?;
        rows.iter().map(|row| parsed("request", "that is queued", row)).collect()
    }

    pub(super) async fn lanes(&self, account_id: &AccountId) -> Result<Vec<LaneState>, StoreError> {
        let text = "SELECT name, body, owner IS NOT NULL
                AND (extract(epoch FROM clock_timestamp()) * 1000)::bigint < expires_ms AS leased
            FROM keyway_relay.lanes WHERE starts_with(name, $1)";
        let rows = self.rows(text, &[&format!("{account_id}/")]).await?;
        let read = |row: &Row| {
            let name = row.get("name");
            let body: LaneBody = parsed("lane", name, row)?;
            let (lane, leased) = (LaneId::of_row(name)?, row.get("leased"));
            Ok(LaneState { lane, leased, unproved: body.unproved.is_some() })
        };
        rows.iter().map(read).collect()
    }

    /// Counters in the order of their keys.
    pub(super) async fn tallies(&self, keys: &[BudgetKey]) -> Result<Vec<Tally>, StoreError> {
        let names: Vec<_> = keys.iter().map(ToString::to_string).collect();
        let rows = self.rows(TALLIES, &[&names]).await?;
        let of = |name: &String| rows.iter().find(|row| row.get::<_, &str>("key") == name);
        let tallies = names.iter().map(|name| of(name).map_or_else(|| Ok(Tally::default()), tally));
        tallies.collect()
    }

    pub(super) async fn is_webhook_due(&self) -> Result<bool, StoreError> {
        let text = "SELECT 1 FROM keyway_relay.webhooks
            WHERE due_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint LIMIT 1";
        Ok(!self.rows(text, &[]).await?.is_empty())
    }

    /// The request in the first row.
    async fn find(
        &self,
        text: &str,
        name: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Request>, StoreError> {
        let rows = self.rows(text, values).await?;
        rows.first().map(|row| parsed("request", name, row)).transpose()
    }

    async fn rows(
        &self,
        text: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.0.prepare_cached(text).await.map_err(failed)?;
        self.0.query(&statement, values).await.map_err(failed)
    }
}

/// A counter from a row of its key, what was spent, and what is reserved.
pub(super) fn tally(row: &Row) -> Result<Tally, StoreError> {
    let amount = |nth| {
        let text: &str = row.get(nth);
        text.parse().map(NearToken::from_yoctonear).map_err(|_| {
            let why = "an amount in it is not a number of yoctoNEAR".to_owned();
            StoreError::Damaged { what: "counter", name: row.get("key"), why }
        })
    };
    Ok(Tally { spent: amount(1)?, reserved: amount(2)? })
}

pub(super) fn written<T: Serialize>(body: &T) -> String {
    serde_json::to_string(body).expect("the invariant that rows have string keys")
}

/// The JSON in the column `body`.
pub(super) fn parsed<T: DeserializeOwned>(
    what: &'static str,
    name: &str,
    row: &Row,
) -> Result<T, StoreError> {
    serde_json::from_str(row.get("body")).map_err(|error| StoreError::Damaged {
        what,
        name: name.to_owned(),
        why: error.to_string(),
    })
}

/// The counters with these keys.
pub(super) const TALLIES: &str =
    "SELECT key, spent::text, reserved::text FROM keyway_relay.tallies WHERE key = ANY($1)";

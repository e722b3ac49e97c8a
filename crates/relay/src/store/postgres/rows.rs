//! How rows are written and read.

use super::{column, failed};
use crate::budget::{BudgetKey, Tally};
use crate::store::{Signed, StoreError};
use crate::{AppName, IdempotencyKey, Request, RequestId};
use keyway::NearToken;
use keyway::protocol::{CryptoHash, Nonce};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Row};

/// What a lane carries.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LaneBody {
    pub(super) last_nonce: Option<Nonce>,
    pub(super) unproved: Option<(RequestId, Signed)>,
}

pub(super) async fn request(client: &Client, id: RequestId) -> Result<Option<Request>, StoreError> {
    let text = "SELECT body FROM keyway_relay.requests WHERE id = $1";
    let row = client.query_opt(text, &[&&id.as_bytes()[..]]).await.map_err(failed)?;
    row.map(|row| parsed("request", &id.to_string(), &row)).transpose()
}

pub(super) async fn named(
    client: &Client,
    app: &AppName,
    key: &IdempotencyKey,
) -> Result<Option<Request>, StoreError> {
    let text = "SELECT body FROM keyway_relay.requests WHERE app = $1 AND name = $2";
    let row = client.query_opt(text, &[&app.as_str(), &key.as_str()]).await.map_err(failed)?;
    row.map(|row| parsed("request", key.as_str(), &row)).transpose()
}

pub(super) async fn relayed(
    client: &Client,
    digest: CryptoHash,
) -> Result<Option<Request>, StoreError> {
    let text = "SELECT body FROM keyway_relay.requests
        WHERE id = (SELECT request FROM keyway_relay.delegates WHERE digest = $1)";
    let row = client.query_opt(text, &[&&digest.0[..]]).await.map_err(failed)?;
    row.map(|row| parsed("request", &digest.to_string(), &row)).transpose()
}

pub(super) async fn queued(
    client: &Client,
    age_ms: u64,
    limit: usize,
) -> Result<Vec<Request>, StoreError> {
    let text = "SELECT body FROM keyway_relay.requests
        WHERE queued_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1
        ORDER BY id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = client.query(text, &[&column(age_ms), &limit]).await.map_err(failed)?;
    rows.iter().map(|row| parsed("request", "that is queued", row)).collect()
}

pub(super) async fn tallies(client: &Client, keys: &[BudgetKey]) -> Result<Vec<Tally>, StoreError> {
    let names: Vec<_> = keys.iter().map(ToString::to_string).collect();
    let rows = client.query(TALLIES, &[&names]).await.map_err(failed)?;
    tallies_of(&names, &rows)
}

/// Counters in the order of `names`, from rows of [`TALLIES`].
pub(super) fn tallies_of(names: &[String], rows: &[Row]) -> Result<Vec<Tally>, StoreError> {
    let of = |name: &String| rows.iter().find(|row| row.get::<_, &str>(0) == name).map(tally);
    names.iter().map(|name| of(name).unwrap_or_else(|| Ok(Tally::default()))).collect()
}

/// A counter from a row of its key, what was spent, and what is reserved.
fn tally(row: &Row) -> Result<Tally, StoreError> {
    let amount = |nth| {
        let text: &str = row.get(nth);
        text.parse().map(NearToken::from_yoctonear).map_err(|_| {
            let why = "an amount in it is not a number of yoctoNEAR".to_owned();
            StoreError::Damaged { what: "counter", name: row.get(0), why }
        })
    };
    Ok(Tally { spent: amount(1)?, reserved: amount(2)? })
}

pub(super) async fn is_webhook_due(client: &Client) -> Result<bool, StoreError> {
    let text = "SELECT EXISTS (SELECT FROM keyway_relay.webhooks
        WHERE due_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint)";
    Ok(client.query_one(text, &[]).await.map_err(failed)?.get(0))
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

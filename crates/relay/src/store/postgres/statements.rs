//! The statements of a turn. Each reads or writes all rows of its kind at once.

use super::rows::{LaneBody, parsed, tally, written};
use super::working::{Needs, Working};
use super::{column, failed};
use crate::budget::{BudgetKey, Tally};
use crate::store::rows::{LaneRow, WebhookRow};
use crate::store::{LaneId, StoreError, WebhookId};
use crate::{AppName, IdempotencyKey, Request, RequestId, State};
use keyway::NearToken;
use keyway::protocol::CryptoHash;
use std::collections::HashMap;
use std::ops::Range;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

/// Prepared statements of one connection.
pub(super) struct Statements {
    clock: Statement,
    requests: Statement,
    names: Statement,
    delegates: Statement,
    lanes: Statement,
    tallies: Statement,
    webhooks: Statement,
    due: Statement,
    old: Statement,
    delete_requests: Statement,
    delete_delegates: Statement,
    delete_webhooks: Statement,
    delete_tallies: Statement,
    write_requests: Statement,
    write_delegates: Statement,
    write_lanes: Statement,
    write_tallies: Statement,
    write_webhooks: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, StoreError> {
        let prepare = async |text| client.prepare(text).await.map_err(failed);
        Ok(Self {
            clock: prepare(CLOCK).await?,
            requests: prepare(REQUESTS).await?,
            names: prepare(NAMES).await?,
            delegates: prepare(DELEGATES).await?,
            lanes: prepare(LANES).await?,
            tallies: prepare(super::rows::TALLIES).await?,
            webhooks: prepare(WEBHOOKS).await?,
            due: prepare(DUE).await?,
            old: prepare(OLD).await?,
            delete_requests: prepare(DELETE_REQUESTS).await?,
            delete_delegates: prepare(DELETE_DELEGATES).await?,
            delete_webhooks: prepare(DELETE_WEBHOOKS).await?,
            delete_tallies: prepare(DELETE_TALLIES).await?,
            write_requests: prepare(WRITE_REQUESTS).await?,
            write_delegates: prepare(WRITE_DELEGATES).await?,
            write_lanes: prepare(WRITE_LANES).await?,
            write_tallies: prepare(WRITE_TALLIES).await?,
            write_webhooks: prepare(WRITE_WEBHOOKS).await?,
        })
    }

    /// Begins a transaction with the statement `begin`, and reads what its operations need.
    pub(super) async fn begin(
        &self,
        client: &Client,
        begin: &str,
        needs: &Needs,
    ) -> Result<Working, StoreError> {
        let ids: Vec<_> = needs.requests.iter().chain(&needs.ends).map(bytes).collect();
        let names = needs.names.iter().map(|(app, key)| (app.as_str(), key.as_str()));
        let (apps, names): (Vec<_>, Vec<_>) = names.unzip();
        let digests: Vec<_> = needs.delegates.iter().map(|digest| &digest.0[..]).collect();
        let lanes: HashMap<_, _> = needs.lanes.iter().map(|it| (it.to_string(), it)).collect();
        let lane_names: Vec<_> = lanes.keys().collect();
        let webhooks: Vec<_> = needs.webhooks.iter().map(bytes).collect();
        let due = limit(needs.due);
        let (age_ms, old) = needs.old.map_or((0, 0), |(ms, most)| (column(ms), limit(most)));
        // In this order on the connection, and none waits for the answer of another.
        let ((), clock, requests, names, delegates, lane_rows, webhooks, due, old) =
            tokio::try_join!(
                biased;
                client.batch_execute(begin),
                ask(client, &self.clock, true, []),
                ask(client, &self.requests, !ids.is_empty(), [&ids]),
                ask(client, &self.names, !names.is_empty(), [&apps, &names]),
                ask(client, &self.delegates, !digests.is_empty(), [&digests]),
                ask(client, &self.lanes, !lanes.is_empty(), [&lane_names]),
                ask(client, &self.webhooks, !webhooks.is_empty(), [&webhooks]),
                ask(client, &self.due, due > 0, [&due]),
                ask(client, &self.old, old > 0, [&age_ms, &old]),
            )
            .map_err(failed)?;
        let now_ms = clock.first().map_or(0, |row| number(row, "now_ms"));
        let mut working = Working { now_ms, ..Working::default() };
        working.requests.look_for(needs.requests.iter().chain(&needs.ends));
        working.names.look_for(&needs.names);
        working.delegates.look_for(&needs.delegates);
        working.lanes.look_for(&needs.lanes);
        working.webhooks.look_for(&needs.webhooks);
        for row in requests.iter().chain(&old) {
            found_request(&mut working, row);
        }
        for row in &names {
            if let Some(name) = name_of(row) {
                let id = found_request(&mut working, row);
                working.names.found(name, Ok(id));
            }
        }
        for row in &delegates {
            if let Ok(digest) = CryptoHash::try_from(row.get::<_, &[u8]>("digest")) {
                let id = found_request(&mut working, row);
                working.delegates.found(digest, Ok(id));
            }
        }
        for row in &lane_rows {
            let name: &str = row.get("name");
            if let Some(lane) = lanes.get(name) {
                working.lanes.found(LaneId::clone(lane), lane_of(name, row));
            }
        }
        for row in webhooks.iter().chain(&due) {
            if let Some(id) = id_of(row) {
                let due_ms = number(row, "due_ms");
                let webhook = parsed("webhook", &id.to_string(), row);
                let found = webhook.map(|webhook| Some(WebhookRow { webhook, due_ms }));
                working.webhooks.found(id, found);
            }
        }
        self.read_tallies(client, needs, &mut working).await?;
        Ok(working)
    }

    /// Reads the counters that are needed, and those of requests that may end.
    async fn read_tallies(
        &self,
        client: &Client,
        needs: &Needs,
        working: &mut Working,
    ) -> Result<(), StoreError> {
        let mut keys: HashMap<String, BudgetKey> = HashMap::new();
        let ends = needs.ends.iter().filter_map(|id| working.requests.readable(id)?.as_ref());
        let charged = ends.flat_map(|request| &request.charges).map(|charge| &charge.key);
        for key in needs.tallies.iter().chain(charged) {
            keys.insert(key.to_string(), key.clone());
        }
        working.tallies.look_for(keys.values());
        let names: Vec<_> = keys.keys().collect();
        let rows = ask(client, &self.tallies, !names.is_empty(), [&names]).await;
        for row in &rows.map_err(failed)? {
            if let Some(key) = keys.get(row.get::<_, &str>("key")) {
                working.tallies.found(key.clone(), tally(row));
            }
        }
        Ok(())
    }

    /// Writes what was changed, and commits.
    pub(super) async fn commit(
        &self,
        client: &Client,
        working: &Working,
    ) -> Result<(), StoreError> {
        let requests: Vec<_> = working.requests.changed().collect();
        let gone: Vec<_> = removed(&requests).map(bytes).collect();
        let requests: Vec<_> = requests.iter().filter_map(|(_, row)| row.as_ref()).collect();
        let delegates: Vec<_> = working.delegates.changed().collect();
        let free: Vec<_> = removed(&delegates).map(|digest| &digest.0[..]).collect();
        let webhooks: Vec<_> = working.webhooks.changed().collect();
        let sent: Vec<_> = removed(&webhooks).map(bytes).collect();
        let old = working.old_tallies.as_ref();
        let old = |nth: usize| old.map(|(ranges, most)| (&ranges[nth], limit(*most)));
        let lanes: Vec<_> = working.lanes.changed().collect();
        let tallies: Vec<_> = working.tallies.changed().collect();
        // In this order: what is deleted makes room for what is written, and the end comes last. If one fails, the end is
        // not sent, or the database does not commit.
        tokio::try_join!(
            biased;
            tell(client, &self.delete_requests, !gone.is_empty(), [&gone]),
            tell(client, &self.delete_delegates, !free.is_empty(), [&free]),
            tell(client, &self.delete_webhooks, !sent.is_empty(), [&sent]),
            self.delete_tallies(client, old(0)),
            self.delete_tallies(client, old(1)),
            self.delete_tallies(client, old(2)),
            self.write_requests(client, &requests),
            self.write_delegates(client, &delegates),
            self.write_lanes(client, &lanes),
            self.write_tallies(client, &tallies),
            self.write_webhooks(client, &webhooks),
            client.batch_execute("COMMIT"),
        )
        .map(drop)
        .map_err(failed)
    }
}

impl Statements {
    async fn delete_tallies(
        &self,
        client: &Client,
        range: Option<(&Range<String>, i64)>,
    ) -> Result<(), Error> {
        let Some((Range { start, end }, most)) = range else { return Ok(()) };
        tell(client, &self.delete_tallies, true, [start, end, &most]).await
    }

    async fn write_requests(&self, client: &Client, rows: &[&Request]) -> Result<(), Error> {
        let ids: Vec<_> = rows.iter().map(|row| bytes(&row.id)).collect();
        let apps: Vec<_> = rows.iter().map(|row| row.app.as_str()).collect();
        let name = |row: &&Request| row.idempotency_key.as_ref().map(ToString::to_string);
        let names: Vec<_> = rows.iter().map(name).collect();
        let times = rows.iter().map(|row| match &row.state {
            State::Queued => (Some(column(row.accepted_ms)), None),
            State::Sent { .. } => (None, None),
            State::Ended { at_ms, .. } => (None, Some(column(*at_ms))),
        });
        let (queued, ended): (Vec<_>, Vec<_>) = times.unzip();
        let bodies: Vec<_> = rows.iter().map(written).collect();
        let values: [&Value<'_>; 6] = [&ids, &apps, &names, &queued, &ended, &bodies];
        tell(client, &self.write_requests, !rows.is_empty(), values).await
    }

    async fn write_delegates(
        &self,
        client: &Client,
        rows: &[(&CryptoHash, &Option<RequestId>)],
    ) -> Result<(), Error> {
        let kept =
            rows.iter().filter_map(|(digest, id)| Some((&digest.0[..], bytes(id.as_ref()?))));
        let (digests, ids): (Vec<_>, Vec<_>) = kept.unzip();
        tell(client, &self.write_delegates, !ids.is_empty(), [&digests, &ids]).await
    }

    async fn write_lanes(
        &self,
        client: &Client,
        rows: &[(&LaneId, &LaneRow)],
    ) -> Result<(), Error> {
        let names: Vec<_> = rows.iter().map(|(lane, _)| lane.to_string()).collect();
        let owners: Vec<_> =
            rows.iter().map(|(_, row)| row.owner.as_ref().map(ToString::to_string)).collect();
        let numbers: Vec<_> = rows.iter().map(|(_, row)| column(row.number)).collect();
        let expire: Vec<_> = rows.iter().map(|(_, row)| column(row.expires_ms)).collect();
        let body = |row: &LaneRow| {
            let LaneRow { last_nonce, unproved, .. } = row.clone();
            written(&LaneBody { last_nonce, unproved })
        };
        let bodies: Vec<_> = rows.iter().map(|(_, row)| body(row)).collect();
        let values: [&Value<'_>; 5] = [&names, &owners, &numbers, &expire, &bodies];
        tell(client, &self.write_lanes, !rows.is_empty(), values).await
    }

    async fn write_tallies(
        &self,
        client: &Client,
        rows: &[(&BudgetKey, &Tally)],
    ) -> Result<(), Error> {
        let amount = |amount: NearToken| amount.as_yoctonear().to_string();
        let keys: Vec<_> = rows.iter().map(|(key, _)| key.to_string()).collect();
        let spent: Vec<_> = rows.iter().map(|(_, tally)| amount(tally.spent)).collect();
        let reserved: Vec<_> = rows.iter().map(|(_, tally)| amount(tally.reserved)).collect();
        tell(client, &self.write_tallies, !rows.is_empty(), [&keys, &spent, &reserved]).await
    }

    async fn write_webhooks(
        &self,
        client: &Client,
        rows: &[(&WebhookId, &Option<WebhookRow>)],
    ) -> Result<(), Error> {
        let kept: Vec<_> = rows.iter().filter_map(|(id, row)| Some((*id, row.as_ref()?))).collect();
        let ids: Vec<_> = kept.iter().map(|(id, _)| bytes(id)).collect();
        let due: Vec<_> = kept.iter().map(|(_, row)| column(row.due_ms)).collect();
        let bodies: Vec<_> = kept.iter().map(|(_, row)| written(&row.webhook)).collect();
        tell(client, &self.write_webhooks, !ids.is_empty(), [&ids, &due, &bodies]).await
    }
}

type Value<'v> = dyn ToSql + Sync + 'v;

/// Asks for rows, if any are `wanted`.
async fn ask<const N: usize>(
    client: &Client,
    statement: &Statement,
    wanted: bool,
    values: [&Value<'_>; N],
) -> Result<Vec<Row>, Error> {
    if wanted { client.query(statement, &values).await } else { Ok(Vec::new()) }
}

/// Writes, if there is something to be written.
async fn tell<const N: usize>(
    client: &Client,
    statement: &Statement,
    wanted: bool,
    values: [&Value<'_>; N],
) -> Result<(), Error> {
    if wanted { client.execute(statement, &values).await.map(drop) } else { Ok(()) }
}

/// Takes the request in a row. Returns its id.
fn found_request(working: &mut Working, row: &Row) -> Option<RequestId> {
    let id = id_of(row)?;
    match row.get::<_, Option<&str>>("body") {
        None => working.requests.look_for([&id]),
        Some(_) => working.requests.found(id, parsed("request", &id.to_string(), row).map(Some)),
    }
    Some(id)
}

fn id_of(row: &Row) -> Option<RequestId> {
    row.get::<_, &[u8]>("id").try_into().ok().map(RequestId::from_bytes)
}

fn name_of(row: &Row) -> Option<(AppName, IdempotencyKey)> {
    let text = |column| row.get::<_, &str>(column);
    Some((text("app").parse().ok()?, text("name").parse().ok()?))
}

fn lane_of(name: &str, row: &Row) -> Result<LaneRow, StoreError> {
    let damaged = |why: String| StoreError::Damaged { what: "lane", name: name.to_owned(), why };
    let owner = row.get::<_, Option<&str>>("owner").map(str::parse).transpose();
    let LaneBody { last_nonce, unproved } = parsed("lane", name, row)?;
    Ok(LaneRow {
        owner: owner.map_err(|error: crate::InvalidName| damaged(error.to_string()))?,
        number: number(row, "number"),
        expires_ms: number(row, "expires_ms"),
        last_nonce,
        unproved,
    })
}

/// A number that is never negative.
fn number(row: &Row, column: &str) -> u64 {
    u64::try_from(row.get::<_, i64>(column)).unwrap_or(0)
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// The keys of rows that are there no more.
fn removed<'r, K, T>(rows: &'r [(&'r K, &'r Option<T>)]) -> impl Iterator<Item = &'r K> {
    rows.iter().filter(|(_, row)| row.is_none()).map(|(key, _)| *key)
}

fn bytes(id: &RequestId) -> &[u8] {
    id.as_bytes()
}

const CLOCK: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms";
const REQUESTS: &str = "SELECT id, body FROM keyway_relay.requests WHERE id = ANY($1)";
// Each name is looked up in the index, also by a connection that planned this when there were no requests.
const NAMES: &str = "SELECT found.* FROM unnest($1::text[], $2::text[]) AS asked (app, name),
    LATERAL (SELECT app, name, id, body FROM keyway_relay.requests
        WHERE app = asked.app AND name = asked.name OFFSET 0) AS found";
const DELEGATES: &str = "SELECT digest, request AS id,
    (SELECT body FROM keyway_relay.requests WHERE id = request)
    FROM keyway_relay.delegates WHERE digest = ANY($1)";
const LANES: &str = "SELECT name, owner, number, expires_ms, body FROM keyway_relay.lanes
    WHERE name = ANY($1)";
const WEBHOOKS: &str = "SELECT id, due_ms, body FROM keyway_relay.webhooks WHERE id = ANY($1)";
const DUE: &str = "SELECT id, due_ms, body FROM keyway_relay.webhooks
    WHERE due_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    ORDER BY due_ms, id LIMIT $1";
const OLD: &str = "SELECT id, body FROM keyway_relay.requests
    WHERE ended_ms < (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1
    ORDER BY ended_ms, id LIMIT $2";

const DELETE_REQUESTS: &str = "DELETE FROM keyway_relay.requests WHERE id = ANY($1)";
const DELETE_DELEGATES: &str = "DELETE FROM keyway_relay.delegates WHERE digest = ANY($1)";
const DELETE_WEBHOOKS: &str = "DELETE FROM keyway_relay.webhooks WHERE id = ANY($1)";
const DELETE_TALLIES: &str = "DELETE FROM keyway_relay.tallies WHERE key IN (
    SELECT key FROM keyway_relay.tallies WHERE key >= $1 AND key < $2 AND reserved = 0 LIMIT $3)";
const WRITE_REQUESTS: &str =
    "INSERT INTO keyway_relay.requests (id, app, name, queued_ms, ended_ms, body)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[])
    ON CONFLICT (id) DO UPDATE
    SET queued_ms = excluded.queued_ms, ended_ms = excluded.ended_ms, body = excluded.body";
const WRITE_DELEGATES: &str = "INSERT INTO keyway_relay.delegates (digest, request)
    SELECT * FROM unnest($1::bytea[], $2::bytea[])
    ON CONFLICT (digest) DO UPDATE SET request = excluded.request";
const WRITE_LANES: &str = "INSERT INTO keyway_relay.lanes (name, owner, number, expires_ms, body)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, number = excluded.number,
        expires_ms = excluded.expires_ms, body = excluded.body";
const WRITE_TALLIES: &str = "INSERT INTO keyway_relay.tallies (key, spent, reserved)
    SELECT key, spent::numeric, reserved::numeric
    FROM unnest($1::text[], $2::text[], $3::text[]) AS new (key, spent, reserved)
    ON CONFLICT (key) DO UPDATE SET spent = excluded.spent, reserved = excluded.reserved";
const WRITE_WEBHOOKS: &str = "INSERT INTO keyway_relay.webhooks (id, due_ms, body)
    SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::text[])
    ON CONFLICT (id) DO UPDATE SET due_ms = excluded.due_ms, body = excluded.body";

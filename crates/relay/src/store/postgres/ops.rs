//! The operations of a turn. Each checks everything first and writes then, so one that returns an error has written nothing.
//!
//! The turn is the only one that writes, so what was read stays true until it ends.

use super::column;
use super::rows::{LaneBody, TALLIES, parsed, tallies_of, written};
use super::turn::Turn;
use crate::budget::{BudgetKey, Tally};
use crate::store::{
    Accepted, Fence, LaneId, Lease, NewRequest, Signed, StoreError, Webhook, WebhookId,
};
use crate::{Ending, InstanceId, Request, RequestId, State};

/// A lane, and who holds it.
struct LaneRow {
    owner: Option<String>,
    number: i64,
    expires_ms: i64,
    body: LaneBody,
}

impl Turn<'_> {
    pub(super) async fn accept(&self, new: NewRequest) -> Result<Accepted, StoreError> {
        if let Some(answer) = self.before(&new).await? {
            return Ok(answer);
        }
        let keys: Vec<_> = new.charges.iter().map(|charge| charge.key.clone()).collect();
        let mut tallies = self.tallies(&keys).await?;
        for (tally, charge) in tallies.iter_mut().zip(&new.charges) {
            match tally.reserve(new.most, charge.limit) {
                Ok(reserved) => *tally = reserved,
                Err(exceeded) => return Ok(Accepted::OverBudget(charge.key.clone(), exceeded)),
            }
        }
        let unique = new.unique();
        let NewRequest { id, app, work, idempotency_key, most, charges } = new;
        let (accepted_ms, signatures, state) = (self.now_ms, 0, State::Queued);
        let request = Request {
            id,
            app,
            work,
            idempotency_key,
            most,
            charges,
            accepted_ms,
            signatures,
            state,
        };
        self.save_tallies(&request, &tallies).await?;
        if let Some(unique) = unique {
            let text = "INSERT INTO keyway_relay.delegates (digest, request) VALUES ($1, $2)
                ON CONFLICT (digest) DO UPDATE SET request = excluded.request";
            self.write(text, &[&&unique.0[..], &bytes(&id)]).await?;
        }
        let text = "INSERT INTO keyway_relay.requests (id, app, name, queued_ms, body)
            VALUES ($1, $2, $3, $4, $5)";
        let name = request.idempotency_key.as_ref().map(|key| key.as_str());
        let (app, body) = (request.app.as_str(), written(&request));
        self.write(text, &[&bytes(&id), &app, &name, &column(accepted_ms), &body]).await?;
        Ok(Accepted::New(Box::new(request)))
    }

    /// The answer to a request that was made before.
    async fn before(&self, new: &NewRequest) -> Result<Option<Accepted>, StoreError> {
        if let Some(key) = &new.idempotency_key {
            let text = "SELECT body FROM keyway_relay.requests WHERE app = $1 AND name = $2";
            if let Some(row) = self.row(text, &[&new.app.as_str(), &key.as_str()]).await? {
                let known: Request = parsed("request", key.as_str(), &row)?;
                let same = known.work.digest() == new.work.digest();
                let id = known.id;
                let before = || Accepted::Before(Box::new(known));
                return Ok(Some(if same { before() } else { Accepted::OtherBody(id) }));
            }
        }
        let Some(unique) = new.unique() else { return Ok(None) };
        let text = "SELECT body FROM keyway_relay.requests
            WHERE id = (SELECT request FROM keyway_relay.delegates WHERE digest = $1)";
        let Some(row) = self.row(text, &[&&unique.0[..]]).await? else { return Ok(None) };
        let known: Request = parsed("request", &unique.to_string(), &row)?;
        let same_app = known.app == new.app;
        Ok(Some(if same_app { Accepted::Before(Box::new(known)) } else { Accepted::OtherApp }))
    }

    pub(super) async fn drop_queued(
        &self,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<Option<Request>, StoreError> {
        match self.load(id).await? {
            Some(request) if request.state == State::Queued => {
                self.save_webhook(webhook).await?;
                self.finish(request, ending).await.map(Some)
            }
            other => Ok(other),
        }
    }

    /// Ends a request: its reservation becomes its cost.
    async fn finish(&self, mut request: Request, ending: Ending) -> Result<Request, StoreError> {
        let keys: Vec<_> = request.charges.iter().map(|charge| charge.key.clone()).collect();
        let tallies = self.tallies(&keys).await?;
        let replaced: Vec<_> =
            tallies.into_iter().map(|tally| tally.replace(request.most, ending.cost())).collect();
        self.save_tallies(&request, &replaced).await?;
        if !ending.ran() {
            self.forget_delegate(&request).await?;
        }
        request.state = State::Ended { at_ms: self.now_ms, ending };
        self.save(&request).await?;
        Ok(request)
    }

    pub(super) async fn lease(
        &self,
        lanes: Vec<LaneId>,
        owner: InstanceId,
        time_ms: u64,
        most: usize,
    ) -> Result<Vec<Lease>, StoreError> {
        let names: Vec<_> = lanes.iter().map(ToString::to_string).collect();
        let text = "SELECT name, owner, number, expires_ms, body FROM keyway_relay.lanes
            WHERE name = ANY($1)";
        let rows = self.rows(text, &[&names]).await?;
        let mut leases = Vec::new();
        for (lane, name) in lanes.into_iter().zip(&names) {
            if leases.len() == most {
                break;
            }
            let row = rows.iter().find(|row| row.get::<_, &str>("name") == name);
            let row = row.map_or_else(|| Ok(LaneRow::new()), |row| LaneRow::read(name, row))?;
            if row.owner.is_some() && column(self.now_ms) < row.expires_ms {
                continue;
            }
            let number = row.number.saturating_add(1);
            let LaneBody { last_nonce, unproved } = row.body;
            let fence = Fence { lane, number: u64::try_from(number).unwrap_or(0) };
            leases.push(Lease { fence, last_nonce, unproved });
        }
        let names: Vec<_> = leases.iter().map(|lease| lease.fence.lane.to_string()).collect();
        let text = "INSERT INTO keyway_relay.lanes (name, owner, number, expires_ms, body)
            SELECT name, $2, 1, $3, $4 FROM unnest($1::text[]) AS name
            ON CONFLICT (name) DO UPDATE
            SET owner = excluded.owner, number = lanes.number + 1, expires_ms = excluded.expires_ms";
        let expires_ms = column(self.now_ms.saturating_add(time_ms));
        let empty = written(&LaneBody::default());
        self.write(text, &[&names, &owner.as_str(), &expires_ms, &empty]).await?;
        Ok(leases)
    }

    pub(super) async fn renew(
        &self,
        held: Vec<Fence>,
        time_ms: u64,
    ) -> Result<Vec<Fence>, StoreError> {
        let (names, numbers) = columns(&held);
        let text = "UPDATE keyway_relay.lanes SET expires_ms = $3
            FROM unnest($1::text[], $2::bigint[]) AS held (name, number)
            WHERE lanes.name = held.name AND lanes.number = held.number AND owner IS NOT NULL
            RETURNING lanes.name";
        let expires_ms = column(self.now_ms.saturating_add(time_ms));
        let rows = self.rows(text, &[&names, &numbers, &expires_ms]).await?;
        let still: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        let kept = held.into_iter().zip(&names);
        Ok(kept
            .filter(|(_, name)| still.contains(&name.as_str()))
            .map(|(fence, _)| fence)
            .collect())
    }

    pub(super) async fn release(&self, held: Vec<Fence>) -> Result<(), StoreError> {
        let (names, numbers) = columns(&held);
        let text = "UPDATE keyway_relay.lanes SET owner = NULL
            FROM unnest($1::text[], $2::bigint[]) AS held (name, number)
            WHERE lanes.name = held.name AND lanes.number = held.number";
        self.write(text, &[&names, &numbers]).await.map(drop)
    }

    pub(super) async fn begin(
        &self,
        fence: Fence,
        id: RequestId,
        signed: Signed,
    ) -> Result<bool, StoreError> {
        let mut body = self.fenced(&fence).await?;
        if body.unproved.is_some() {
            return Err(StoreError::LaneBusy(fence.lane));
        }
        let request = self.load(id).await?.filter(|request| request.state == State::Queued);
        let Some(mut request) = request else { return Ok(false) };
        request.state = State::Sent { lane: fence.lane.clone(), hash: signed.hash };
        request.signatures = request.signatures.saturating_add(1);
        body.last_nonce = body.last_nonce.max(Some(signed.nonce));
        body.unproved = Some((id, signed));
        self.save_lane(&fence.lane, &body).await?;
        self.save(&request).await?;
        Ok(true)
    }

    pub(super) async fn end(
        &self,
        fence: Fence,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
    ) -> Result<(), StoreError> {
        let (body, request) = self.on_lane(&fence, id).await?;
        self.save_lane(&fence.lane, &body).await?;
        self.finish(request, ending).await?;
        self.save_webhook(webhook).await
    }

    /// Makes a webhook due now, if there is one.
    async fn save_webhook(&self, webhook: Option<Webhook>) -> Result<(), StoreError> {
        let Some(webhook) = webhook else { return Ok(()) };
        let text = "INSERT INTO keyway_relay.webhooks (id, due_ms, body) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET due_ms = excluded.due_ms, body = excluded.body";
        let body = written(&webhook);
        self.write(text, &[&bytes(&webhook.id), &column(self.now_ms), &body]).await.map(drop)
    }

    pub(super) async fn requeue(&self, fence: Fence, id: RequestId) -> Result<(), StoreError> {
        let (body, mut request) = self.on_lane(&fence, id).await?;
        self.save_lane(&fence.lane, &body).await?;
        request.state = State::Queued;
        self.save(&request).await
    }

    /// The lane without its bytes, and the request that they were for.
    async fn on_lane(
        &self,
        fence: &Fence,
        id: RequestId,
    ) -> Result<(LaneBody, Request), StoreError> {
        let mut body = self.fenced(fence).await?;
        let not_here = || StoreError::NotOnLane(fence.lane.clone());
        body.unproved.take().filter(|(on_lane, _)| *on_lane == id).ok_or_else(not_here)?;
        let request = self.load(id).await?.ok_or_else(not_here)?;
        Ok((body, request))
    }

    pub(super) async fn due_webhooks(
        &self,
        limit: usize,
        hold_ms: u64,
    ) -> Result<Vec<Webhook>, StoreError> {
        let text = "UPDATE keyway_relay.webhooks SET due_ms = $2
            WHERE id IN (SELECT id FROM keyway_relay.webhooks WHERE due_ms <= $1
                ORDER BY due_ms, id LIMIT $3)
            RETURNING id, body";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let until = column(self.now_ms.saturating_add(hold_ms));
        let rows = self.rows(text, &[&column(self.now_ms), &until, &limit]).await?;
        rows.iter().map(|row| parsed("webhook", "that is due", row)).collect()
    }

    pub(super) async fn delete_webhook(&self, id: WebhookId) -> Result<(), StoreError> {
        let text = "DELETE FROM keyway_relay.webhooks WHERE id = $1";
        self.write(text, &[&bytes(&id)]).await.map(drop)
    }

    pub(super) async fn delay_webhook(
        &self,
        id: WebhookId,
        pause_ms: u64,
    ) -> Result<(), StoreError> {
        let text = "SELECT body FROM keyway_relay.webhooks WHERE id = $1";
        let Some(row) = self.row(text, &[&bytes(&id)]).await? else { return Ok(()) };
        let mut webhook: Webhook = parsed("webhook", &id.to_string(), &row)?;
        webhook.attempts = webhook.attempts.saturating_add(1);
        let text = "UPDATE keyway_relay.webhooks SET due_ms = $2, body = $3 WHERE id = $1";
        let due = column(self.now_ms.saturating_add(pause_ms));
        self.write(text, &[&bytes(&id), &due, &written(&webhook)]).await.map(drop)
    }

    pub(super) async fn prune(&self, age_ms: u64, limit: usize) -> Result<usize, StoreError> {
        let before = self.now_ms.saturating_sub(age_ms);
        let text = "DELETE FROM keyway_relay.requests
            WHERE id IN (SELECT id FROM keyway_relay.requests WHERE ended_ms < $1
                ORDER BY ended_ms, id LIMIT $2)
            RETURNING body";
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.rows(text, &[&column(before), &most]).await?;
        for row in &rows {
            let request: Request = parsed("request", "that is old", row)?;
            if request.ending().is_some_and(Ending::ran) {
                self.forget_delegate(&request).await?;
            }
        }
        let day = before / MS_PER_DAY;
        for kind in ["app-day", "day", "user-day"] {
            let text = "DELETE FROM keyway_relay.tallies WHERE key IN (
                SELECT key FROM keyway_relay.tallies
                WHERE key >= $1 AND key < $2 AND reserved = 0 LIMIT $3)";
            let (first, end) = (format!("{kind}/"), format!("{kind}/{day:05}"));
            self.write(text, &[&first, &end, &most]).await?;
        }
        Ok(rows.len())
    }

    /// Lets another request run the delegate action of this one.
    async fn forget_delegate(&self, request: &Request) -> Result<(), StoreError> {
        if request.work.signed_delegate().is_none() {
            return Ok(());
        }
        let text = "DELETE FROM keyway_relay.delegates WHERE digest = $1";
        self.write(text, &[&&request.work.digest().0[..]]).await.map(drop)
    }

    async fn load(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let text = "SELECT body FROM keyway_relay.requests WHERE id = $1";
        let row = self.row(text, &[&bytes(&id)]).await?;
        row.map(|row| parsed("request", &id.to_string(), &row)).transpose()
    }

    async fn save(&self, request: &Request) -> Result<(), StoreError> {
        let (queued, ended) = match &request.state {
            State::Queued => (Some(column(request.accepted_ms)), None),
            State::Sent { .. } => (None, None),
            State::Ended { at_ms, .. } => (None, Some(column(*at_ms))),
        };
        let text = "UPDATE keyway_relay.requests SET queued_ms = $2, ended_ms = $3, body = $4
            WHERE id = $1";
        let body = written(request);
        self.write(text, &[&bytes(&request.id), &queued, &ended, &body]).await.map(drop)
    }

    /// What a lane carries that is still leased under this fence.
    async fn fenced(&self, fence: &Fence) -> Result<LaneBody, StoreError> {
        let name = fence.lane.to_string();
        let text = "SELECT owner, number, expires_ms, body FROM keyway_relay.lanes WHERE name = $1";
        let row = self.row(text, &[&name]).await?;
        let row = row.map_or_else(|| Ok(LaneRow::new()), |row| LaneRow::read(&name, &row))?;
        let now = u64::try_from(row.number).unwrap_or(0);
        if now == fence.number {
            return Ok(row.body);
        }
        Err(StoreError::Fenced { lane: fence.lane.clone(), number: fence.number, now })
    }

    async fn save_lane(&self, lane: &LaneId, body: &LaneBody) -> Result<(), StoreError> {
        let text = "UPDATE keyway_relay.lanes SET body = $2 WHERE name = $1";
        self.write(text, &[&lane.to_string(), &written(body)]).await.map(drop)
    }

    async fn tallies(&self, keys: &[BudgetKey]) -> Result<Vec<Tally>, StoreError> {
        let names: Vec<_> = keys.iter().map(ToString::to_string).collect();
        tallies_of(&names, &self.rows(TALLIES, &[&names]).await?)
    }

    async fn save_tallies(&self, request: &Request, tallies: &[Tally]) -> Result<(), StoreError> {
        let keys: Vec<_> = request.charges.iter().map(|charge| charge.key.to_string()).collect();
        let amount = |amount: keyway::NearToken| amount.as_yoctonear().to_string();
        let spent: Vec<_> = tallies.iter().map(|tally| amount(tally.spent)).collect();
        let reserved: Vec<_> = tallies.iter().map(|tally| amount(tally.reserved)).collect();
        let text = "INSERT INTO keyway_relay.tallies (key, spent, reserved)
            SELECT key, spent::numeric, reserved::numeric
            FROM unnest($1::text[], $2::text[], $3::text[]) AS new (key, spent, reserved)
            ON CONFLICT (key) DO UPDATE SET spent = excluded.spent, reserved = excluded.reserved";
        self.write(text, &[&keys, &spent, &reserved]).await.map(drop)
    }
}

impl LaneRow {
    /// A lane that was never leased.
    fn new() -> Self {
        Self { owner: None, number: 0, expires_ms: 0, body: LaneBody::default() }
    }

    fn read(name: &str, row: &tokio_postgres::Row) -> Result<Self, StoreError> {
        let (owner, number) = (row.get("owner"), row.get("number"));
        Ok(Self {
            owner,
            number,
            expires_ms: row.get("expires_ms"),
            body: parsed("lane", name, row)?,
        })
    }
}

fn columns(held: &[Fence]) -> (Vec<String>, Vec<i64>) {
    held.iter().map(|fence| (fence.lane.to_string(), column(fence.number))).unzip()
}

fn bytes(id: &RequestId) -> &[u8] {
    id.as_bytes()
}

const MS_PER_DAY: u64 = 86_400_000;

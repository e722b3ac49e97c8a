//! The operations. Each checks everything first and writes then, so one that returns an error has written nothing.

use super::super::{
    Accepted, Fence, LaneId, Lease, NewRequest, Signed, StoreError, Webhook, WebhookId,
};
use super::tables::{
    LaneRow, Tables, WebhookRow, failed, id_of, name, parsed, time_and_id, time_of, written,
};
use crate::{Ending, InstanceId, Request, RequestId, State};
use redb::ReadableTable;

impl Tables<'_> {
    pub(super) fn accept(&mut self, new: NewRequest, now: u64) -> Result<Accepted, StoreError> {
        if let Some(answer) = self.before(&new)? {
            return Ok(answer);
        }
        let mut tallies = Vec::with_capacity(new.charges.len());
        for charge in &new.charges {
            match self.tally(&charge.key)?.reserve(new.most, charge.limit) {
                Ok(tally) => tallies.push(tally),
                Err(exceeded) => return Ok(Accepted::OverBudget(charge.key.clone(), exceeded)),
            }
        }
        for (charge, tally) in new.charges.iter().zip(tallies) {
            self.save_tally(&charge.key, tally)?;
        }
        let id = *new.id.as_bytes();
        if let Some(key) = &new.idempotency_key {
            self.names.insert(name(&new.app, key).as_str(), id).map_err(failed)?;
        }
        if let Some(unique) = new.unique() {
            self.delegates.insert(unique.0, id).map_err(failed)?;
        }
        self.queued.insert(id, now).map_err(failed)?;
        let NewRequest { id, app, work, idempotency_key, most, charges } = new;
        let (signatures, state) = (0, State::Queued);
        let request = Request {
            id,
            app,
            work,
            idempotency_key,
            most,
            charges,
            accepted_ms: now,
            signatures,
            state,
        };
        self.save(&request)?;
        Ok(Accepted::New(Box::new(request)))
    }

    /// The answer to a request that was made before.
    fn before(&self, new: &NewRequest) -> Result<Option<Accepted>, StoreError> {
        if let Some(key) = &new.idempotency_key {
            let row = self.names.get(name(&new.app, key).as_str()).map_err(failed)?;
            let id = row.map(|id| RequestId::from_bytes(id.value()));
            if let Some(known) = id.map(|id| self.load(id)).transpose()?.flatten() {
                let same = known.work.digest() == new.work.digest();
                let id = known.id;
                let before = || Accepted::Before(Box::new(known));
                return Ok(Some(if same { before() } else { Accepted::OtherBody(id) }));
            }
        }
        let Some(unique) = new.unique() else { return Ok(None) };
        let row = self.delegates.get(unique.0).map_err(failed)?;
        let id = row.map(|id| RequestId::from_bytes(id.value()));
        let Some(known) = id.map(|id| self.load(id)).transpose()?.flatten() else {
            return Ok(None);
        };
        let same_app = known.app == new.app;
        Ok(Some(if same_app { Accepted::Before(Box::new(known)) } else { Accepted::OtherApp }))
    }

    pub(super) fn drop_queued(
        &mut self,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
        now: u64,
    ) -> Result<Option<Request>, StoreError> {
        let Some(request) = self.load(id)? else { return Ok(None) };
        if request.state != State::Queued {
            return Ok(Some(request));
        }
        if let Some(webhook) = webhook {
            self.save_webhook(&WebhookRow { webhook, due_ms: now })?;
        }
        self.finish(request, ending, now).map(Some)
    }

    /// Ends a request: its reservation becomes its cost.
    fn finish(
        &mut self,
        mut request: Request,
        ending: Ending,
        now: u64,
    ) -> Result<Request, StoreError> {
        for charge in &request.charges {
            let tally = self.tally(&charge.key)?.replace(request.most, ending.cost());
            self.save_tally(&charge.key, tally)?;
        }
        if !ending.ran() && request.work.signed_delegate().is_some() {
            self.delegates.remove(request.work.digest().0).map_err(failed)?;
        }
        self.queued.remove(*request.id.as_bytes()).map_err(failed)?;
        self.ended.insert(time_and_id(now, request.id), ()).map_err(failed)?;
        request.state = State::Ended { at_ms: now, ending };
        self.save(&request)?;
        Ok(request)
    }

    pub(super) fn lease(
        &mut self,
        lanes: &[LaneId],
        owner: &InstanceId,
        now: u64,
        time: u64,
        most: usize,
    ) -> Result<Vec<Lease>, StoreError> {
        let mut leases = Vec::new();
        for lane in lanes {
            if leases.len() == most {
                break;
            }
            let mut row = self.lane(lane)?;
            if row.owner.is_some() && now < row.expires_ms {
                continue;
            }
            row.owner = Some(owner.clone());
            row.number += 1;
            row.expires_ms = now.saturating_add(time);
            self.save_lane(lane, &row)?;
            let LaneRow { number, last_nonce, unproved, .. } = row;
            leases.push(Lease {
                fence: Fence { lane: lane.clone(), number },
                last_nonce,
                unproved,
            });
        }
        Ok(leases)
    }

    pub(super) fn renew(
        &mut self,
        held: Vec<Fence>,
        now: u64,
        time: u64,
    ) -> Result<Vec<Fence>, StoreError> {
        let mut still = Vec::with_capacity(held.len());
        for fence in held {
            let mut row = match self.fenced(&fence) {
                Ok(row) if row.owner.is_some() => row,
                Ok(_) | Err(StoreError::Fenced { .. }) => continue,
                Err(error) => return Err(error),
            };
            row.expires_ms = now.saturating_add(time);
            self.save_lane(&fence.lane, &row)?;
            still.push(fence);
        }
        Ok(still)
    }

    pub(super) fn release(&mut self, held: &[Fence]) -> Result<(), StoreError> {
        for fence in held {
            let mut row = match self.fenced(fence) {
                Ok(row) => row,
                Err(StoreError::Fenced { .. }) => continue,
                Err(error) => return Err(error),
            };
            row.owner = None;
            self.save_lane(&fence.lane, &row)?;
        }
        Ok(())
    }

    pub(super) fn begin(
        &mut self,
        fence: &Fence,
        id: RequestId,
        signed: Signed,
    ) -> Result<bool, StoreError> {
        let mut row = self.fenced(fence)?;
        if row.unproved.is_some() {
            return Err(StoreError::LaneBusy(fence.lane.clone()));
        }
        let Some(mut request) = self.load(id)?.filter(|it| it.state == State::Queued) else {
            return Ok(false);
        };
        request.state = State::Sent { lane: fence.lane.clone(), hash: signed.hash };
        request.signatures = request.signatures.saturating_add(1);
        row.last_nonce = row.last_nonce.max(Some(signed.nonce));
        row.unproved = Some((id, signed));
        self.queued.remove(*id.as_bytes()).map_err(failed)?;
        self.save_lane(&fence.lane, &row)?;
        self.save(&request)?;
        Ok(true)
    }

    /// The lane's row without its bytes, and the request that they were for.
    fn on_lane(&self, fence: &Fence, id: RequestId) -> Result<(LaneRow, Request), StoreError> {
        let mut row = self.fenced(fence)?;
        let not_here = || StoreError::NotOnLane(fence.lane.clone());
        row.unproved.take().filter(|(on_lane, _)| *on_lane == id).ok_or_else(not_here)?;
        let request = self.load(id)?.ok_or_else(not_here)?;
        Ok((row, request))
    }

    pub(super) fn end(
        &mut self,
        fence: &Fence,
        id: RequestId,
        ending: Ending,
        webhook: Option<Webhook>,
        now: u64,
    ) -> Result<(), StoreError> {
        let (row, request) = self.on_lane(fence, id)?;
        self.save_lane(&fence.lane, &row)?;
        self.finish(request, ending, now)?;
        match webhook {
            None => Ok(()),
            Some(webhook) => self.save_webhook(&WebhookRow { webhook, due_ms: now }),
        }
    }

    pub(super) fn requeue(&mut self, fence: &Fence, id: RequestId) -> Result<(), StoreError> {
        let (row, mut request) = self.on_lane(fence, id)?;
        self.save_lane(&fence.lane, &row)?;
        request.state = State::Queued;
        self.queued.insert(*id.as_bytes(), request.accepted_ms).map_err(failed)?;
        self.save(&request)
    }

    fn save_webhook(&mut self, row: &WebhookRow) -> Result<(), StoreError> {
        let id = row.webhook.id;
        self.webhooks.insert(*id.as_bytes(), written(row).as_slice()).map_err(failed)?;
        self.due.insert(time_and_id(row.due_ms, id), ()).map_err(failed)?;
        Ok(())
    }

    pub(super) fn due_webhooks(
        &mut self,
        limit: usize,
        now: u64,
        hold: u64,
    ) -> Result<Vec<Webhook>, StoreError> {
        let mut due = Vec::new();
        for row in self.due.iter().map_err(failed)? {
            let (key, ()) = row.map(|(key, _)| (key.value(), ())).map_err(failed)?;
            if due.len() == limit || time_of(&key) > now {
                break;
            }
            due.push(id_of(&key));
        }
        let mut found = Vec::with_capacity(due.len());
        for id in due {
            let Some(mut row) = self.take_webhook(id)? else { continue };
            row.due_ms = now.saturating_add(hold);
            self.save_webhook(&row)?;
            found.push(row.webhook);
        }
        Ok(found)
    }

    fn take_webhook(&mut self, id: WebhookId) -> Result<Option<WebhookRow>, StoreError> {
        let Some(row) = self.webhooks.remove(*id.as_bytes()).map_err(failed)? else {
            return Ok(None);
        };
        let row: WebhookRow = parsed("webhook", &id.to_string(), row.value())?;
        self.due.remove(time_and_id(row.due_ms, id)).map_err(failed)?;
        Ok(Some(row))
    }

    pub(super) fn delete_webhook(&mut self, id: WebhookId) -> Result<(), StoreError> {
        self.take_webhook(id).map(drop)
    }

    pub(super) fn delay_webhook(
        &mut self,
        id: WebhookId,
        now: u64,
        pause: u64,
    ) -> Result<(), StoreError> {
        let Some(mut row) = self.take_webhook(id)? else { return Ok(()) };
        row.due_ms = now.saturating_add(pause);
        row.webhook.attempts = row.webhook.attempts.saturating_add(1);
        self.save_webhook(&row)
    }

    pub(super) fn prune(&mut self, before: u64, limit: usize) -> Result<usize, StoreError> {
        let mut old = Vec::new();
        for row in self.ended.iter().map_err(failed)? {
            let key = row.map_err(failed)?.0.value();
            if old.len() == limit || time_of(&key) >= before {
                break;
            }
            old.push(key);
        }
        for key in &old {
            self.ended.remove(key).map_err(failed)?;
            let Some(request) = self.load(id_of(key))? else { continue };
            if let Some(called) = &request.idempotency_key {
                self.names.remove(name(&request.app, called).as_str()).map_err(failed)?;
            }
            if request.ending().is_some_and(Ending::ran) && request.work.signed_delegate().is_some()
            {
                self.delegates.remove(request.work.digest().0).map_err(failed)?;
            }
            self.requests.remove(*request.id.as_bytes()).map_err(failed)?;
        }
        self.prune_days(before / MS_PER_DAY, limit)?;
        Ok(old.len())
    }

    /// Deletes the counters of days before this one on which nothing is reserved any more.
    fn prune_days(&mut self, before: u64, limit: usize) -> Result<(), StoreError> {
        for kind in ["app-day", "day", "user-day"] {
            let (first, end) = (format!("{kind}/"), format!("{kind}/{before:05}"));
            let mut old = Vec::new();
            for row in self.tallies.range(first.as_str()..end.as_str()).map_err(failed)? {
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
}

const MS_PER_DAY: u64 = 86_400_000;

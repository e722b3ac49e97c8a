//! The operations. Each checks everything first and writes then, so one that returns an error of its own has written nothing.

use super::rows::{LaneRow, Rows, WebhookRow};
use super::{Accepted, Fence, LaneId, Lease, NewRequest, Signed, StoreError, Webhook, WebhookId};
use crate::{Ending, InstanceId, Request, RequestId, State};

pub(super) fn accept(rows: &mut impl Rows, new: NewRequest) -> Result<Accepted, StoreError> {
    if let Some(answer) = before(rows, &new)? {
        return Ok(answer);
    }
    let mut tallies = Vec::with_capacity(new.charges.len());
    for charge in &new.charges {
        match rows.tally(&charge.key)?.reserve(new.most, charge.limit) {
            Ok(tally) => tallies.push(tally),
            Err(exceeded) => return Ok(Accepted::OverBudget(charge.key.clone(), exceeded)),
        }
    }
    for (charge, tally) in new.charges.iter().zip(tallies) {
        rows.save_tally(&charge.key, tally)?;
    }
    if let Some(key) = &new.idempotency_key {
        rows.save_name(&new.app, key, Some(new.id))?;
    }
    if let Some(unique) = new.unique() {
        rows.save_delegate(unique, Some(new.id))?;
    }
    let NewRequest { id, app, work, idempotency_key, most, charges } = new;
    let (accepted_ms, signatures, state) = (rows.now_ms(), 0, State::Queued);
    let request =
        Request { id, app, work, idempotency_key, most, charges, accepted_ms, signatures, state };
    rows.save_request(&request)?;
    Ok(Accepted::New(Box::new(request)))
}

/// The answer to a request that was made before.
fn before(rows: &impl Rows, new: &NewRequest) -> Result<Option<Accepted>, StoreError> {
    if let Some(key) = &new.idempotency_key
        && let Some(known) = known(rows, rows.named(&new.app, key)?)?
    {
        return Ok(Some(match known.work.digest() == new.work.digest() {
            true => Accepted::Before(Box::new(known)),
            false => Accepted::OtherBody(known.id),
        }));
    }
    let Some(unique) = new.unique() else { return Ok(None) };
    let known = known(rows, rows.delegate(unique)?)?;
    Ok(known.map(|known| match known.app == new.app {
        true => Accepted::Before(Box::new(known)),
        false => Accepted::OtherApp,
    }))
}

fn known(rows: &impl Rows, id: Option<RequestId>) -> Result<Option<Request>, StoreError> {
    id.map_or(Ok(None), |id| rows.request(id))
}

pub(super) fn drop_queued(
    rows: &mut impl Rows,
    id: RequestId,
    ending: Ending,
    webhook: Option<Webhook>,
) -> Result<Option<Request>, StoreError> {
    match rows.request(id)? {
        Some(request) if request.state == State::Queued => {
            finish(rows, request, ending, webhook).map(Some)
        }
        other => Ok(other),
    }
}

/// Ends a request: its reservation becomes its cost, and its webhook is due.
fn finish(
    rows: &mut impl Rows,
    mut request: Request,
    ending: Ending,
    webhook: Option<Webhook>,
) -> Result<Request, StoreError> {
    let tallies = request.charges.iter().map(|charge| rows.tally(&charge.key));
    let tallies = tallies.collect::<Result<Vec<_>, _>>()?;
    for (charge, tally) in request.charges.iter().zip(tallies) {
        rows.save_tally(&charge.key, tally.replace(request.most, ending.cost()))?;
    }
    if !ending.ran() && request.work.signed_delegate().is_some() {
        // Another request may run it.
        rows.save_delegate(request.work.digest(), None)?;
    }
    let now_ms = rows.now_ms();
    request.state = State::Ended { at_ms: now_ms, ending };
    rows.save_request(&request)?;
    if let Some(webhook) = webhook {
        rows.save_webhook(webhook.id, Some(WebhookRow { webhook, due_ms: now_ms }))?;
    }
    Ok(request)
}

pub(super) fn lease(
    rows: &mut impl Rows,
    lanes: &[LaneId],
    owner: &InstanceId,
    time_ms: u64,
    most: usize,
) -> Result<Vec<Lease>, StoreError> {
    let mut free = Vec::new();
    for lane in lanes {
        let row = rows.lane(lane)?;
        if free.len() < most && (row.owner.is_none() || row.expires_ms <= rows.now_ms()) {
            free.push((lane, row));
        }
    }
    let expires_ms = rows.now_ms().saturating_add(time_ms);
    let mut leases = Vec::with_capacity(free.len());
    for (lane, row) in free {
        let (owner, number) = (Some(owner.clone()), row.number.saturating_add(1));
        let row = LaneRow { owner, number, expires_ms, ..row };
        rows.save_lane(lane, row.clone())?;
        let LaneRow { last_nonce, unproved, .. } = row;
        leases.push(Lease { fence: Fence { lane: lane.clone(), number }, last_nonce, unproved });
    }
    Ok(leases)
}

pub(super) fn renew(
    rows: &mut impl Rows,
    held: Vec<Fence>,
    time_ms: u64,
) -> Result<Vec<Fence>, StoreError> {
    let mut still = Vec::with_capacity(held.len());
    for fence in held {
        let mut row = match fenced(rows, &fence) {
            Ok(row) if row.owner.is_some() => row,
            Ok(_) | Err(StoreError::Fenced { .. }) => continue,
            Err(error) => return Err(error),
        };
        row.expires_ms = rows.now_ms().saturating_add(time_ms);
        rows.save_lane(&fence.lane, row)?;
        still.push(fence);
    }
    Ok(still)
}

pub(super) fn release(rows: &mut impl Rows, held: &[Fence]) -> Result<(), StoreError> {
    for fence in held {
        let mut row = match fenced(rows, fence) {
            Ok(row) => row,
            Err(StoreError::Fenced { .. }) => continue,
            Err(error) => return Err(error),
        };
        row.owner = None;
        rows.save_lane(&fence.lane, row)?;
    }
    Ok(())
}

/// The row of a lane that is still leased under this fence.
fn fenced(rows: &impl Rows, fence: &Fence) -> Result<LaneRow, StoreError> {
    let row = rows.lane(&fence.lane)?;
    if row.number == fence.number {
        return Ok(row);
    }
    let (lane, number) = (fence.lane.clone(), fence.number);
    Err(StoreError::Fenced { lane, number, now: row.number })
}

pub(super) fn begin(
    rows: &mut impl Rows,
    fence: &Fence,
    id: RequestId,
    signed: Signed,
) -> Result<bool, StoreError> {
    let mut row = fenced(rows, fence)?;
    if row.unproved.is_some() {
        return Err(StoreError::LaneBusy(fence.lane.clone()));
    }
    let Some(mut request) = rows.request(id)?.filter(|it| it.state == State::Queued) else {
        return Ok(false);
    };
    request.state = State::Sent { lane: fence.lane.clone(), hash: signed.hash };
    request.signatures = request.signatures.saturating_add(1);
    row.last_nonce = row.last_nonce.max(Some(signed.nonce));
    row.unproved = Some((id, signed));
    rows.save_lane(&fence.lane, row)?;
    rows.save_request(&request)?;
    Ok(true)
}

pub(super) fn end(
    rows: &mut impl Rows,
    fence: &Fence,
    id: RequestId,
    ending: Ending,
    webhook: Option<Webhook>,
) -> Result<Request, StoreError> {
    let (row, request) = on_lane(rows, fence, id)?;
    let ended = finish(rows, request, ending, webhook)?;
    rows.save_lane(&fence.lane, row)?;
    Ok(ended)
}

pub(super) fn requeue(
    rows: &mut impl Rows,
    fence: &Fence,
    id: RequestId,
) -> Result<(), StoreError> {
    let (row, mut request) = on_lane(rows, fence, id)?;
    rows.save_lane(&fence.lane, row)?;
    request.state = State::Queued;
    rows.save_request(&request)
}

/// The lane's row without its bytes, and the request that they were for.
fn on_lane(
    rows: &impl Rows,
    fence: &Fence,
    id: RequestId,
) -> Result<(LaneRow, Request), StoreError> {
    let mut row = fenced(rows, fence)?;
    let not_here = || StoreError::NotOnLane(fence.lane.clone());
    row.unproved.take().filter(|(on_lane, _)| *on_lane == id).ok_or_else(not_here)?;
    let request = rows.request(id)?.ok_or_else(not_here)?;
    Ok((row, request))
}

pub(super) fn due_webhooks(
    rows: &mut impl Rows,
    limit: usize,
    hold_ms: u64,
) -> Result<Vec<Webhook>, StoreError> {
    let mut due = Vec::new();
    for id in rows.due_webhooks(limit)? {
        let Some(mut row) = rows.webhook(id)? else { continue };
        row.due_ms = rows.now_ms().saturating_add(hold_ms);
        rows.save_webhook(id, Some(row.clone()))?;
        due.push(row.webhook);
    }
    Ok(due)
}

pub(super) fn delay_webhook(
    rows: &mut impl Rows,
    id: WebhookId,
    pause_ms: u64,
) -> Result<(), StoreError> {
    let Some(mut row) = rows.webhook(id)? else { return Ok(()) };
    row.due_ms = rows.now_ms().saturating_add(pause_ms);
    row.webhook.attempts = row.webhook.attempts.saturating_add(1);
    rows.save_webhook(id, Some(row))
}

pub(super) fn prune(rows: &mut impl Rows, age_ms: u64, limit: usize) -> Result<usize, StoreError> {
    let before = rows.now_ms().saturating_sub(age_ms);
    let old = rows.ended_before(before, limit)?;
    for id in &old {
        let Some(request) = rows.request(*id)? else { continue };
        if let Some(key) = &request.idempotency_key {
            rows.save_name(&request.app, key, None)?;
        }
        if request.ending().is_some_and(Ending::ran) && request.work.signed_delegate().is_some() {
            rows.save_delegate(request.work.digest(), None)?;
        }
        rows.delete_request(&request)?;
    }
    // The counters of days before that.
    let day = before / MS_PER_DAY;
    let days = |kind| format!("{kind}/")..format!("{kind}/{day:05}");
    rows.delete_tallies(["app-day", "day", "user-day"].map(days), limit)?;
    Ok(old.len())
}

const MS_PER_DAY: u64 = 86_400_000;

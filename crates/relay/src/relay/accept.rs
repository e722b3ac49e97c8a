//! Accepts requests: judged, kept once, and paid for by budgets.

use super::Relay;
use crate::budget::{BudgetKey, Charge};
use crate::clock;
use crate::dispatch::Event;
use crate::error::Refused;
use crate::judge::Judged;
use crate::policy::{self, Spent, Way};
use crate::store::{Accepted, NewRequest, StoreError};
use crate::{AppName, IdempotencyKey, Kind, Request, RequestId, Work};
use keyway::NearToken;
use std::time::Duration;

impl Relay {
    /// Accepts what an app asks for, or says why not, and waits up to `wait` for its end. Nothing is paid before it is kept.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub async fn accept(
        &self,
        app: &AppName,
        work: Work,
        idempotency_key: Option<IdempotencyKey>,
        wait: Duration,
    ) -> Result<Request, Refused> {
        let end = self.end_of(wait);
        let accepted = self.try_accept(app, work, idempotency_key).await.inspect_err(|refused| {
            self.metrics.not_accepted(app);
            tracing::info!(%app, kind = refused.kind(), "a request was not accepted");
        });
        let request = match accepted? {
            Accepts::New(request) => {
                let id = request.id;
                // Before it can end.
                let ended = self.waiters.listen(id);
                self.queue.tell(Event::Queued(request.clone()));
                if let Some(ended) = self.told(id, ended, end).await {
                    return Ok(ended);
                }
                *request
            }
            Accepts::Before(request) => *request,
        };
        if request.ending().is_some() || clock::now() >= end {
            return Ok(request);
        }
        // If the store cannot be asked any more, it is shown as it was accepted.
        Ok(self.until_ended(app, request.id, end).await.unwrap_or(request))
    }

    async fn try_accept(
        &self,
        app: &AppName,
        work: Work,
        idempotency_key: Option<IdempotencyKey>,
    ) -> Result<Accepts, Refused> {
        let new = match self.judge_new(app, &work).await {
            Ok((most, charges)) => {
                let (id, app) = (new_id()?, app.clone());
                NewRequest { id, app, work, idempotency_key, most, charges }
            }
            // One that is known already may run, or have run, and so not be possible again.
            Err(refused) => {
                let known = self.known(app, &work, idempotency_key).await?;
                return known.map(|known| Accepts::Before(Box::new(known))).ok_or(refused);
            }
        };
        match self.store.accept(new).await? {
            Accepted::New(request) => Ok(Accepts::New(request)),
            Accepted::Before(request) => Ok(Accepts::Before(request)),
            Accepted::OtherBody(id) => Err(Refused::OtherBody(id)),
            Accepted::OtherApp => Err(Refused::OtherApp),
            Accepted::OverBudget(key, exceeded) => {
                Err(Refused::OverBudget { key: Box::new(key), exceeded })
            }
        }
    }

    /// Whether something new may be paid for, at most how much, and by which counters.
    async fn judge_new(
        &self,
        app: &AppName,
        work: &Work,
    ) -> Result<(NearToken, Vec<Charge>), Refused> {
        let limit = self.config.limits.waiting;
        if self.queue.waiting() >= limit {
            return Err(Refused::Full { limit });
        }
        let priced = self.judge.price(&self.chain, work).await?;
        // The policy first: what it refuses costs not even a query.
        let charges = self.charges(app, work, priced)?;
        self.judge.judge(&self.chain, work, priced.most).await?;
        Ok((priced.most, charges))
    }

    /// The request that was made before.
    async fn known(
        &self,
        app: &AppName,
        work: &Work,
        idempotency_key: Option<IdempotencyKey>,
    ) -> Result<Option<Request>, Refused> {
        if let Some(key) = &idempotency_key
            && let Some(known) = self.store.named(app, key).await?
        {
            return match known.work.digest() == work.digest() {
                true => Ok(Some(known)),
                false => Err(Refused::OtherBody(known.id)),
            };
        }
        if work.kind() != Kind::Delegate {
            return Ok(None);
        }
        match self.store.relayed(work.digest()).await? {
            Some(known) if known.app != *app => Err(Refused::OtherApp),
            known => Ok(known),
        }
    }

    /// What the policy allows, as counters with their limits.
    fn charges(&self, app: &AppName, work: &Work, priced: Judged) -> Result<Vec<Charge>, Refused> {
        let Judged { most, day, height } = priced;
        let relayer = &self.judge.account_id;
        // What was spent is compared by the store, in the moment of the reservation.
        let grant = |way, receiver, actions| {
            let request = policy::Request { app, way, relayer, receiver, actions, cost: most };
            self.policy.judge(&request, &Spent::default())
        };
        let limits = match work.signed_delegate() {
            Some(signed) => {
                let inner = signed.delegate_action();
                let lifetime_blocks = inner.max_block_height().saturating_sub(height);
                let (sender, key) = (inner.sender_id(), inner.public_key());
                let way = Way::Delegate { sender, key, lifetime_blocks };
                grant(way, inner.receiver_id(), &inner.get_actions())?.limits
            }
            None => {
                let way = Way::Intent { user: work.user() };
                grant(way, work.receiver_id(), work.actions())?.limits
            }
        };
        let mut charges = vec![
            Charge { key: BudgetKey::Total, limit: Some(limits.total) },
            Charge { key: BudgetKey::Day(day), limit: Some(limits.today) },
            Charge { key: BudgetKey::App(app.clone()), limit: None },
            Charge { key: BudgetKey::AppDay(app.clone(), day), limit: Some(limits.app_today) },
        ];
        if let Some(user) = work.user() {
            let key = BudgetKey::UserDay(app.clone(), user.clone(), day);
            charges.push(Charge { key, limit: Some(limits.user_today) });
        }
        Ok(charges)
    }
}

/// A request that was accepted.
enum Accepts {
    /// Just now.
    New(Box<Request>),
    /// When the app asked for the same before.
    Before(Box<Request>),
}

fn new_id() -> Result<RequestId, Refused> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)
        .map_err(|error| Refused::Store(StoreError::unavailable("no randomness", error)))?;
    Ok(RequestId::new(clock::unix_ms(), random))
}

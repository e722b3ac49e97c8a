//! The relayer: accepts requests, hands them to lanes, and says how they ended.

mod accept;
pub(crate) mod start;
mod upkeep;

use crate::budget::BudgetKey;
use crate::chain::Chain;
use crate::clock;
use crate::config::{AppConfig, Config, Environment};
use crate::deliver::Came;
use crate::dispatch::{Dispatcher, Queue};
use crate::error::{Refused, StartError};
use crate::judge::{Judge, NotPaid};
use crate::lanes::{LaneOptions, Lanes};
use crate::lately::Lately;
use crate::metrics::Metrics;
use crate::policy::Policy;
use crate::rate::Rate;
use crate::signing::Signing;
use crate::store::{Store, Webhook};
use crate::view::{LanesView, RequestView};
use crate::waiters::Waiters;
use crate::webhooks::Receiver;
use crate::{AppName, Ending, Request, RequestId};
use keyway::client::Client;
use keyway::keys::KeyService;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// A running relayer: one instance.
#[derive(Debug)]
pub struct Relay {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) chain: Arc<Chain>,
    pub(crate) lanes: Lanes,
    pub(crate) signing: Arc<Signing>,
    pub(crate) queue: Queue,
    pub(crate) waiters: Waiters,
    pub(crate) metrics: Metrics,
    pub(crate) lately: Lately,
    pub(crate) apps: BTreeMap<AppName, App>,
    policy: Policy,
    judge: Judge,
}

/// An app, with what it needs at run time.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: AppConfig,
    pub(crate) rate: Rate,
    pub(crate) webhook: Option<Receiver>,
}

impl Relay {
    /// Starts an instance over `store`: leases lanes, proves what is on them, and begins to accept requests. The instance
    /// runs on tokio's current runtime until that ends.
    ///
    /// # Errors
    /// If the configuration cannot be used, the signer has no key, or store or chain cannot be reached.
    pub async fn start(
        config: Config,
        policy: Policy,
        store: Arc<dyn Store>,
        environment: Environment<'_>,
    ) -> Result<Arc<Self>, StartError> {
        let client = config.chain.client(environment)?;
        Self::start_on(client, config, policy, store, environment).await
    }

    /// The same on a client that exists.
    ///
    /// # Errors
    /// As [`Relay::start`].
    pub async fn start_on(
        client: Client,
        config: Config,
        policy: Policy,
        store: Arc<dyn Store>,
        environment: Environment<'_>,
    ) -> Result<Arc<Self>, StartError> {
        let signer = config.account.signer.open(&config.account.id, environment)?;
        Self::start_with(client, signer, config, policy, store, environment).await
    }

    /// The same with a key service of the caller's, such as a cloud's. `account.signer` of the configuration is not used;
    /// write `signer = "program"`.
    ///
    /// # Errors
    /// As [`Relay::start`].
    pub async fn start_with(
        client: Client,
        signer: Arc<dyn KeyService>,
        config: Config,
        policy: Policy,
        store: Arc<dyn Store>,
        environment: Environment<'_>,
    ) -> Result<Arc<Self>, StartError> {
        let account_id = config.account.id.clone();
        let signing =
            Arc::new(Signing::new(account_id.clone(), signer, config.account.keys.clone()));
        let apps = start::apps(&config, &policy, environment)?;
        let keys = signing.public_keys().await.map_err(keyway::Error::from)?;
        let Some(public_key) = keys.first().cloned() else {
            return Err(StartError::NoKey { place: signing.place(), account_id });
        };
        let chain = Arc::new(Chain::new(client, account_id.clone()));
        let options = LaneOptions {
            owner: start::instance_id()?,
            account_id: account_id.clone(),
            signing: signing.clone(),
            keys,
            most: config.account.lanes,
            time: config.account.lease(),
        };
        let lanes = Lanes::new(store.clone(), chain.clone(), options);
        let (margin, checks) = (config.chain.gas_price_margin, config.checks);
        let judge = Judge { account_id, public_key, margin, checks };
        // An address or a key that is wrong is noticed here.
        chain.view().await?;
        let (queue, heard) = Queue::new();
        let (waiters, metrics) = (Waiters::default(), Metrics::new());
        let relay = Arc::new(Relay {
            config,
            store,
            chain,
            lanes,
            signing,
            queue,
            waiters,
            metrics,
            lately: Lately::new(clock::now()),
            apps,
            policy,
            judge,
        });
        tokio::spawn(Dispatcher::new(relay.clone(), heard).run());
        relay.lease_more().await;
        tokio::spawn(relay.clone().keep_leases());
        tokio::spawn(relay.clone().follow_keys());
        tokio::spawn(relay.clone().look_after_queue());
        tokio::spawn(relay.clone().send_webhooks());
        Ok(relay)
    }

    /// Judges a queued request again that waited.
    pub(crate) async fn judge_again(&self, request: &Request) -> Result<(), Came> {
        match self.judge.judge(&self.chain, &request.work, request.most).await {
            Ok(_) => Ok(()),
            Err(error @ (NotPaid::Chain(_) | NotPaid::NoFunds { .. })) => {
                tracing::warn!(request = %request.id, %error, "a request cannot be judged now");
                Err(Came::Later)
            }
            Err(error) => {
                let refused = Refused::from(error);
                Err(self.give_up(request, refused.kind(), &refused.to_string()).await)
            }
        }
    }

    /// A request of an app, which waits up to `wait` for its end.
    ///
    /// # Errors
    /// If the app has no such request, or the store cannot be used.
    pub async fn request(
        &self,
        app: &AppName,
        id: RequestId,
        wait: Duration,
    ) -> Result<Request, Refused> {
        self.until_ended(app, id, self.end_of(wait)).await
    }

    async fn until_ended(
        &self,
        app: &AppName,
        id: RequestId,
        end: Instant,
    ) -> Result<Request, Refused> {
        loop {
            let ended = self.waiters.listen(id);
            let found = self.store.request(id).await?;
            let request = found.filter(|request| request.app == *app);
            let request =
                request.ok_or(Refused::Unknown(id)).inspect_err(|_| self.waiters.leave(id))?;
            if request.ending().is_some() || clock::now() >= end {
                drop(ended);
                self.waiters.leave(id);
                return Ok(request);
            }
            if let Some(ended) = self.told(id, ended, end).await {
                return Ok(ended);
            }
        }
    }

    /// A request that ends here before `end`. Another instance may end it, of which this one does not hear, so it does not
    /// wait for long.
    async fn told(
        &self,
        id: RequestId,
        ended: oneshot::Receiver<Box<Request>>,
        end: Instant,
    ) -> Option<Request> {
        let look_again = end.min(after(clock::now(), LOOK_AGAIN));
        let told = timeout_at(look_again, ended).await;
        self.waiters.leave(id);
        told.ok()?.ok().map(|request| *request)
    }

    /// When a caller who waits so long has waited long enough.
    fn end_of(&self, wait: Duration) -> Instant {
        after(clock::now(), wait.min(self.config.limits.longest_wait()))
    }

    /// Cancels a request that is not sent.
    ///
    /// # Errors
    /// If the app has no such request, it is sent or has ended, or the store cannot be used.
    pub async fn cancel(&self, app: &AppName, id: RequestId) -> Result<Request, Refused> {
        let known = self.store.request(id).await?.filter(|request| request.app == *app);
        known.ok_or(Refused::Unknown(id))?;
        let request = self.store.drop_queued(id, Ending::Cancelled, None).await?;
        match request {
            Some(request) if request.ending() == Some(&Ending::Cancelled) => {
                self.note_end(&request);
                Ok(request)
            }
            _ => Err(Refused::TooLate(id)),
        }
    }

    /// The app with this API key.
    pub(crate) fn app_of(&self, key: &str) -> Option<(&AppName, &App)> {
        use subtle::ConstantTimeEq;
        let hash = crate::config::KeyHash::of(key);
        // All are compared, so the time does not depend on which one it is.
        let mut found = None;
        for (name, app) in &self.apps {
            for known in &app.config.key_hashes {
                if bool::from(known.as_bytes().ct_eq(hash.as_bytes())) {
                    found = Some((name, app));
                }
            }
        }
        found
    }

    /// Which keys this instance signs with, what was spent with them, and all lanes of the account, of all instances.
    ///
    /// # Errors
    /// If the store cannot be used.
    pub async fn lanes(&self) -> Result<LanesView, Refused> {
        let lanes = self.store.lanes(&self.config.account.id).await?;
        let spending = self.lately.spending(clock::now());
        Ok(LanesView { keys: self.lanes.working_keys(), lanes, spending })
    }

    /// Whether the instance can promise anything: it holds a lane, and signer, store and chain answer.
    pub(crate) async fn is_ready(&self) -> Result<(), String> {
        self.store.tallies(&[BudgetKey::Total]).await.map_err(|error| error.to_string())?;
        self.chain.view().await.map_err(|error| error.to_string())?;
        if let Some(trouble) = self.signing.trouble() {
            return Err(format!("{}: {trouble}", self.signing.place()));
        }
        match self.lanes.working() {
            0 => Err("this instance holds no lane whose key can sign".to_owned()),
            _ => Ok(()),
        }
    }

    pub(crate) fn age_of(&self, request: &Request) -> Duration {
        Duration::from_millis(clock::unix_ms().saturating_sub(request.accepted_ms))
    }

    /// Tells those who wait for a request that it has ended, and counts.
    pub(crate) fn note_end(&self, request: &Request) {
        let Some(ending) = request.ending() else { return };
        let ms = u64::try_from(self.age_of(request).as_millis()).unwrap_or(u64::MAX);
        self.metrics.ended(&request.app, ending, ms);
        let yocto = ending.cost().as_yoctonear();
        tracing::info!(request = %request.id, app = %request.app, %yocto, ms, "a request ended");
        self.waiters.tell(request);
    }

    /// The webhook about an end, if the app has one.
    pub(crate) fn webhook_for(&self, request: &Request, ending: &Ending) -> Option<Webhook> {
        self.apps.get(&request.app)?.webhook.as_ref()?;
        let mut ended = request.clone();
        ended.state = crate::State::Ended { at_ms: clock::unix_ms(), ending: ending.clone() };
        let body = serde_json::to_string(&RequestView::of(&ended));
        let body = body.expect("the invariant that a view has string keys");
        Some(Webhook { id: request.id, app: request.app.clone(), body, attempts: 0 })
    }

    /// Returns all lanes, so that another instance need not wait for the leases to end. What is under way is proved there.
    pub async fn stop(&self) {
        if let Err(error) = self.lanes.release_all().await {
            tracing::warn!(%error, "the lanes are not returned: their leases end by themselves");
        }
    }
}

fn after(now: Instant, time: Duration) -> Instant {
    now.checked_add(time).unwrap_or(now)
}

/// How often the store is asked about a request that another instance may end.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

//! The network: several endpoints that serve one chain. A question goes to the first that can
//! answer it.

use crate::clock;
use crate::counts::Counters;
use crate::endpoint::Network;
use crate::envelope::{Question, Said};
use crate::error::ForkError;
use crate::http::Http;
use crate::progress::{Event, Progress};
use crate::provider::{Provider, ProviderStatus};
use near_primitives::hash::CryptoHash;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The endpoints of the network that is forked.
#[derive(Debug)]
pub(crate) struct Upstream {
    http: Http,
    providers: Vec<Provider>,
    /// The endpoint that answered last.
    preferred: AtomicUsize,
    next_id: AtomicU64,
    parallel: Semaphore,
    counters: Arc<Counters>,
    progress: Progress,
}

/// An answer that was read and checked.
#[derive(Debug)]
pub(crate) struct Checked<R> {
    /// The result; none if the network's state has no such thing.
    pub(crate) result: Option<R>,
}

/// A result that says of which block's state it is.
pub(crate) trait OfBlock {
    /// The block's hash; none for answers that belong to no block.
    fn block_hash(&self) -> Option<&str>;
}

impl Upstream {
    /// # Errors
    /// [`ForkError::NoClient`].
    pub(crate) fn new(
        network: &Network,
        counters: Arc<Counters>,
        progress: Progress,
    ) -> Result<Self, ForkError> {
        Ok(Self {
            http: Http::new()?,
            providers: network.endpoints.iter().cloned().map(Provider::new).collect(),
            preferred: AtomicUsize::new(0),
            next_id: AtomicU64::new(1),
            parallel: Semaphore::new(PARALLEL),
            counters,
            progress,
        })
    }

    /// Asks about the state of the block with hash `pinned`, or, without one, about the chain.
    ///
    /// Every endpoint is asked before one is asked again. `check` returns why a result cannot be
    /// true, if it cannot.
    ///
    /// # Errors
    /// When no endpoint answered in time; which of the errors is said by what the endpoints did.
    pub(crate) async fn ask<R: DeserializeOwned + OfBlock>(
        &self,
        question: &Question,
        pinned: Option<&CryptoHash>,
        check: impl Fn(&R) -> Result<(), String>,
    ) -> Result<Checked<R>, ForkError> {
        let pinned = pinned.map(CryptoHash::to_string);
        let mut search = Search::begin(self.providers.len());
        loop {
            let (mut soonest, mut asked) = (None, false);
            for index in self.order() {
                if search.out[index] {
                    continue;
                }
                let provider = &self.providers[index];
                if let Err(wait) = provider.take() {
                    soonest = Some(soonest.map_or(wait, |other: Duration| other.min(wait)));
                    search.last_limited = Some(index);
                    continue;
                }
                asked = true;
                let said = self.exchange(provider, question, search.left()).await;
                let said = checked(said, pinned.as_deref(), &check);
                if let Said::Trouble(why) = &said {
                    provider.distrust(why);
                }
                match said {
                    Said::Result(result) => {
                        self.preferred.store(index, Ordering::Relaxed);
                        return Ok(Checked { result: Some(result) });
                    }
                    Said::Absent { .. } => {
                        self.preferred.store(index, Ordering::Relaxed);
                        return Ok(Checked { result: None });
                    }
                    said => self.note(&mut search, index, said),
                }
            }
            if search.out.iter().all(|out| *out) {
                return Err(self.gave_up(question, search));
            }
            let pause = search.pause(soonest, asked);
            if search.is_over(pause) {
                return Err(self.gave_up(question, search));
            }
            if pause >= WORTH_TELLING {
                self.progress.tell(&Event::Waiting { what: question.what.clone(), pause });
            }
            tokio::time::sleep(pause).await;
            search.round += 1;
        }
    }

    /// What each endpoint says to a question that is asked once.
    pub(crate) async fn each<R: DeserializeOwned>(
        &self,
        question: &Question,
        most: Duration,
    ) -> Vec<(String, Said<R>)> {
        let mut said = Vec::new();
        for provider in &self.providers {
            let answer = self.exchange(provider, question, most).await;
            said.push((provider.endpoint().to_string(), answer));
        }
        said
    }

    pub(crate) fn status(&self) -> Vec<ProviderStatus> {
        self.providers.iter().map(Provider::status).collect()
    }

    /// One request, among at most a few at a time.
    async fn exchange<R: DeserializeOwned>(
        &self,
        provider: &Provider,
        question: &Question,
        left: Duration,
    ) -> Said<R> {
        let id = format!("keyway-{}", self.next_id.fetch_add(1, Ordering::Relaxed));
        let asked = async {
            // A closed semaphore would let everybody pass; it is never closed.
            let _place = self.parallel.acquire().await;
            provider.ask(&self.http, question, &id, &self.counters).await
        };
        let late = |_| Said::Trouble("no answer in time".to_owned());
        timeout(left, asked).await.unwrap_or_else(late)
    }

    fn note<R>(&self, search: &mut Search, index: usize, said: Said<R>) {
        search.attempts += 1;
        let named = |why: &str| format!("{}: {why}", self.providers[index].endpoint());
        match said {
            Said::Limited => {
                self.counters.limited.add(1);
                search.last_limited = Some(index);
                return;
            }
            Said::Behind(why) => {
                search.last_behind = Some(named(&why));
                search.behind_since.get_or_insert_with(clock::now);
            }
            Said::Forgotten(why) => {
                search.out[index] = true;
                search.last_forgotten = Some(named(&why));
            }
            Said::Never(why) => {
                search.out[index] = true;
                search.last_never = Some(named(&why));
            }
            Said::Unclear(why) => {
                search.out[index] = true;
                search.unclear += 1;
                search.last_never = Some(named(&why));
            }
            Said::Trouble(why) => {
                search.troubles += 1;
                search.last_trouble = Some(named(&why));
                tracing::debug!(trouble = search.last_trouble, "no usable answer");
            }
            Said::Result(_) | Said::Absent { .. } => return,
        }
        self.counters.failed.add(1);
    }

    /// The endpoints, beginning with the one that answered last.
    fn order(&self) -> impl Iterator<Item = usize> + use<> {
        let (count, first) = (self.providers.len(), self.preferred.load(Ordering::Relaxed));
        (0..count).map(move |index| (first + index) % count)
    }

    fn gave_up(&self, question: &Question, search: Search) -> ForkError {
        let (what, waited) = (question.what.clone(), search.begun.elapsed());
        let unclear = search.unclear == search.out.len();
        let block = || {
            let block = question.params.get("block_id").cloned().unwrap_or_default();
            block.as_str().map_or_else(|| block.to_string(), str::to_owned)
        };
        if let (true, Some(trouble)) = (search.out.iter().all(|out| *out), &search.last_never) {
            return ForkError::CannotAnswer { what, trouble: trouble.clone(), unclear };
        }
        // An endpoint that could still have answered says why there is no answer.
        if let Some(trouble) = search.last_trouble {
            return ForkError::Unreachable { what, attempts: search.attempts, waited, trouble };
        }
        if let Some(trouble) = search.last_behind.or(search.last_forgotten) {
            return ForkError::NoBlock { what, block: block(), waited, trouble };
        }
        if let Some(index) = search.last_limited {
            let endpoint = self.providers[index].endpoint().to_string();
            return ForkError::RateLimited { what, endpoint, most: LONGEST };
        }
        let trouble = search.last_never.unwrap_or_default();
        ForkError::CannotAnswer { what, trouble, unclear }
    }
}

/// Trusts a result only if it is of the right block and makes sense.
fn checked<R: OfBlock>(
    said: Said<R>,
    pinned: Option<&str>,
    check: impl Fn(&R) -> Result<(), String>,
) -> Said<R> {
    let wrong = |found: Option<&str>| match (pinned, found) {
        (None, _) => None,
        (Some(pinned), Some(found)) if pinned == found => None,
        (Some(pinned), found) => Some(format!(
            "it answered for block {} instead of {pinned}",
            crate::envelope::plain(found.unwrap_or("(none)"))
        )),
    };
    match said {
        Said::Result(result) => match wrong(result.block_hash()).map_or(check(&result), Err) {
            Ok(()) => Said::Result(result),
            Err(why) => Said::Trouble(why),
        },
        Said::Absent { block_hash } => match wrong(block_hash.as_deref()) {
            None => Said::Absent { block_hash },
            Some(why) => Said::Trouble(why),
        },
        said => said,
    }
}

/// The search for an answer to one question.
struct Search {
    begun: Instant,
    round: u32,
    attempts: u32,
    troubles: u32,
    /// Endpoints that can never answer this question.
    out: Vec<bool>,
    /// Endpoints that named an error that means nothing here.
    unclear: usize,
    last_trouble: Option<String>,
    last_behind: Option<String>,
    last_forgotten: Option<String>,
    last_never: Option<String>,
    last_limited: Option<usize>,
    behind_since: Option<Instant>,
}

impl Search {
    fn begin(providers: usize) -> Self {
        Self {
            begun: clock::now(),
            round: 0,
            attempts: 0,
            troubles: 0,
            out: vec![false; providers],
            unclear: 0,
            last_trouble: None,
            last_behind: None,
            last_forgotten: None,
            last_never: None,
            last_limited: None,
            behind_since: None,
        }
    }

    fn left(&self) -> Duration {
        LONGEST.saturating_sub(self.begun.elapsed())
    }

    /// The pause before the next round; `soonest` is when an endpoint that was not asked may be, and
    /// `asked` whether another one was.
    fn pause(&self, soonest: Option<Duration>, asked: bool) -> Duration {
        let usual = (FIRST_PAUSE * 2_u32.pow(self.round.min(6))).min(LONGEST_PAUSE);
        match soonest {
            Some(soonest) if !asked => soonest,
            Some(soonest) => usual.min(soonest).max(SHORTEST_PAUSE),
            None => usual,
        }
    }

    /// Whether another round after this pause would take too long.
    fn is_over(&self, pause: Duration) -> bool {
        let behind = self.behind_since.map_or(Duration::ZERO, |since| since.elapsed());
        let only_behind = self.last_trouble.is_none() && self.last_limited.is_none();
        self.begun.elapsed() + pause > LONGEST
            || (only_behind && behind + pause > LONGEST_LAG)
            || self.troubles >= MOST_TROUBLES * self.out.len() as u32
    }
}

/// The time that one read may take, whatever happens.
const LONGEST: Duration = Duration::from_secs(60);
/// How far endpoints may be behind: a few blocks.
const LONGEST_LAG: Duration = Duration::from_secs(6);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const WORTH_TELLING: Duration = Duration::from_secs(1);
/// Unusable answers of each endpoint to one question.
const MOST_TROUBLES: u32 = 6;
/// Requests at a time.
const PARALLEL: usize = 6;

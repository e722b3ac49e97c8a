//! The service: a chain, its journal, and answers to requests. No sockets.

use crate::clock::{self, Clock, WallClock};
use crate::envelope::{self, Answer, NoRequest, Request};
use crate::error::{self, ORIGIN_NOT_ALLOWED};
use crate::gate::Gate;
use crate::journal::Journal;
use crate::ledger::{Ledger, WriteError};
use crate::methods::{self, Access, Desk, METHODS, Method, Reply, View, Young};
use crate::metrics::Metrics;
use crate::queue::Queue;
use crate::settings::Settings;
use keyway_chain::{Applied, Chain, Input};
use near_jsonrpc_primitives::errors::RpcError;
use serde_json::{Value, json};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::SemaphorePermit;

/// NEAR JSON-RPC over one chain. Clones share the chain.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    ledger: Arc<Ledger>,
    queue: Arc<Queue>,
    gate: Gate,
    young: Young,
    settings: Settings,
    metrics: Metrics,
    started: Instant,
    /// Whether empty blocks are sealed all the time.
    ticks: AtomicBool,
}

impl Service {
    /// Serves `chain` by the wall clock; whatever it accepts goes to `journal` before anybody is
    /// told.
    pub fn new(chain: Chain, journal: Box<dyn Journal>, settings: Settings) -> Self {
        Self::with_clock(chain, journal, settings, Box::new(WallClock))
    }

    /// The same by another clock.
    pub fn with_clock(
        chain: Chain,
        journal: Box<dyn Journal>,
        settings: Settings,
        clock: Box<dyn Clock>,
    ) -> Self {
        let inner = Inner {
            ledger: Arc::new(Ledger::new(chain, journal, clock)),
            queue: Arc::new(Queue::new()),
            gate: Gate::new(settings.wait),
            young: Young::new(settings.block_interval),
            settings,
            metrics: Metrics::new(),
            started: clock::moment(),
            ticks: AtomicBool::new(false),
        };
        Service { inner: Arc::new(inner) }
    }

    /// Answers one JSON-RPC request, given as the body of a POST.
    pub async fn answer(&self, body: &[u8]) -> Answer {
        self.answer_to(Caller::Program, body).await
    }

    /// The same for a caller who may not do everything. Lets go of the body as soon as it is read.
    pub(crate) async fn answer_to(&self, caller: Caller, body: impl AsRef<[u8]>) -> Answer {
        let place = match self.inner.gate.body(body.as_ref().len()).await {
            Ok(place) => place,
            Err(busy) => {
                return envelope::answer("null", envelope::status(&busy, None, 0), Err(busy));
            }
        };
        let large = place.is_some();
        let read = || Request::read(body.as_ref(), large, |name| caller.method(name));
        let request = if large { off_the_reactor(read) } else { read() };
        drop(body);
        let (id, asked_height, reply) = match request {
            Ok(Request { id, method: found, params }) => {
                let asked_height = params.get("block_id").and_then(Value::as_u64);
                (id, asked_height, self.dispatch(found, params, place).await)
            }
            Err(NoRequest::Refused(id, error)) => {
                self.inner.metrics.count(None);
                (id, None, Err(error))
            }
            Err(NoRequest::Answer(answer)) => return answer,
        };
        let height = self.inner.ledger.snapshot().head().height();
        let status =
            reply.as_ref().err().map(|error| envelope::status(error, asked_height, height));
        envelope::answer(&id, status.unwrap_or(200), reply)
    }

    /// The chain as it is now: a snapshot that later inputs do not change.
    pub fn chain(&self) -> Arc<Chain> {
        self.inner.ledger.snapshot()
    }

    /// Applies an input at the time that the service's clock tells; returns when the journal has it.
    ///
    /// # Errors
    /// See [`WriteError`]; the chain is then as before, save that it remembers why it refused a
    /// transaction.
    pub fn apply(&self, input: Input) -> Result<Applied, WriteError> {
        off_the_reactor(|| self.inner.ledger.apply(input))
    }

    /// Applies an input at the time that `clock` tells.
    ///
    /// # Errors
    /// As [`Service::apply`].
    pub fn apply_by(&self, clock: &dyn Clock, input: Input) -> Result<Applied, WriteError> {
        off_the_reactor(|| self.inner.ledger.apply_by(clock, input))
    }

    /// Puts `chain`, such as an earlier [`Service::chain`], in the place of the chain.
    ///
    /// # Errors
    /// [`WriteError::Journaled`] unless the journal is [`Forget`](crate::Forget) or one like it.
    pub fn restore(&self, chain: Chain) -> Result<(), WriteError> {
        self.inner.ledger.restore(chain)
    }

    /// Seals an empty block.
    ///
    /// # Errors
    /// When the chain could not be kept, now or earlier, or its state cannot be read; the text says
    /// what to do.
    pub fn tick(&self) -> Result<(), TickError> {
        self.apply(Input::Tick).map(drop).map_err(|error| TickError(error.to_string()))
    }

    /// Takes no more inputs, and lets the journal take the chain to where it rests, so that nothing
    /// is run again when it is opened. An input that is being applied is waited for, but not long.
    ///
    /// # Errors
    /// When the journal cannot do that. What was accepted stays accepted.
    pub fn close(&self) -> io::Result<()> {
        off_the_reactor(|| self.inner.ledger.close().map(drop))
    }

    /// Says that empty blocks will be sealed from now on.
    pub(crate) fn begin_ticking(&self) {
        self.inner.ticks.store(true, Ordering::Relaxed);
    }

    /// Where no block follows by itself, seals the two that make the end of a fast-forward final:
    /// clients base transactions on final blocks, and older ones may have expired on the way.
    fn end_jump(&self) -> Result<(), WriteError> {
        if !self.inner.ticks.load(Ordering::Relaxed) {
            self.apply(Input::Tick)?;
            self.apply(Input::Tick)?;
        }
        Ok(())
    }

    /// Everything that is counted, in Prometheus' text format.
    pub fn metrics(&self) -> String {
        self.inner.metrics.text(&self.inner.ledger, self.uptime())
    }

    /// Calls a method by name.
    pub(crate) async fn call(&self, name: &str, params: Value) -> Reply {
        self.dispatch(Caller::Program.method(name)?, params, None).await
    }

    /// Runs a method where its work holds up nobody. `place` is held while parameters of a large
    /// body are taken apart.
    async fn dispatch(&self, found: Found, params: Value, place: Option<Place<'_>>) -> Reply {
        self.inner.metrics.count(Some(found.position));
        let large = place.is_some();
        match found.method {
            Method::Read(access, read) => self.read(access, read, params, large).await,
            Method::Write(input) => {
                let _turn = self.inner.gate.write().await?;
                off_the_reactor(|| {
                    let input = input(&self.inner.ledger.snapshot(), params)?;
                    let jumps = matches!(input, Input::FastForward { delta_height: 1.., .. });
                    self.inner.ledger.apply(input)?;
                    if jumps {
                        self.end_jump()?;
                    }
                    Ok(json!({}).into())
                })
            }
            Method::Transaction(transaction) => {
                let read = || transaction.read(params);
                let asked = if large { off_the_reactor(read) } else { read() }?;
                drop(place);
                let Inner { ledger, queue, young, settings, .. } = &*self.inner;
                asked.answer(Desk { ledger, queue, young, settings }).await
            }
        }
    }

    async fn read(&self, access: Access, read: Read, params: Value, large: bool) -> Reply {
        match access {
            Access::Depends(access) => {
                let access = access(&params);
                Box::pin(self.read(access, read, params, large)).await
            }
            Access::Memory if !large => self.look(read, params),
            Access::Disk if !large => off_the_reactor(|| self.look(read, params)),
            Access::Memory | Access::Disk | Access::Heavy => {
                let _place = self.inner.gate.heavy().await?;
                off_the_reactor(|| self.look(read, params))
            }
        }
    }

    fn look(&self, read: Read, params: Value) -> Reply {
        let chain = self.inner.ledger.snapshot();
        let trouble = self.inner.ledger.trouble();
        let view = View {
            chain: &chain,
            settings: &self.inner.settings,
            uptime: self.uptime(),
            trouble: trouble.as_deref(),
        };
        read(&view, params)
    }

    fn uptime(&self) -> Duration {
        self.inner.started.elapsed()
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A program, or a page that is trusted like one.
    Program,
    /// A page from somewhere: it may read, and send transactions.
    Page,
}

impl Caller {
    /// Finds a method, and sees that this caller may use it.
    fn method(self, name: &str) -> Result<Found, RpcError> {
        let position = methods::position(name);
        let found = position.and_then(|at| Some((at, METHODS.get(at)?)));
        let Some((position, (_, method))) = found else {
            return Err(RpcError::method_not_found(name.to_owned()));
        };
        match (method, self) {
            (Method::Write(_), Caller::Page) => Err(error::refused(
                ORIGIN_NOT_ALLOWED,
                format!(
                    "{name} is for programs and for pages of this machine; to let another page use it, add its origin to rpc.cors_allowed_origins of config.json"
                ),
            )),
            (method, _) => Ok(Found { position, method: *method }),
        }
    }
}

/// A method, and its place in the table.
struct Found {
    position: usize,
    method: Method,
}

type Read = fn(&View<'_>, Value) -> Reply;
type Place<'a> = SemaphorePermit<'a>;

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("settings", &self.inner.settings)
            .field("height", &self.chain().head().height())
            .finish_non_exhaustive()
    }
}

/// An empty block could not be sealed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no block was sealed: {0}")]
pub struct TickError(String);

/// Runs work that blocks or takes long, letting other requests go on where the runtime can.
pub(crate) fn off_the_reactor<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

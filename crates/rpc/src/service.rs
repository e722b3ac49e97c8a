//! The service: a node that answers requests, without sockets.

use crate::envelope::{self, Answer, NoRequest, Request};
use crate::error::{self, CHEATS_OFF, ORIGIN_NOT_ALLOWED};
use crate::gate::Gate;
use crate::methods::{self, Access, Control, METHODS, Method, Reply, TxContext, View, Young};
use crate::metrics::Metrics;
use crate::settings::Settings;
use keyway_chain::Input;
use keyway_node::{Node, WriteError, instant_now, run_blocking};
use near_jsonrpc_primitives::errors::RpcError;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::SemaphorePermit;

/// NEAR JSON-RPC over one node. Clones share it.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    node: Node,
    gate: Gate,
    young: Young,
    settings: Settings,
    metrics: Metrics,
    started: Instant,
}

impl Service {
    /// Answers requests to `node`.
    pub fn new(node: Node, settings: Settings) -> Self {
        let inner = Inner {
            node,
            gate: Gate::new(settings.wait),
            young: Young::new(settings.block_interval),
            settings,
            metrics: Metrics::new(),
            started: instant_now(),
        };
        Service { inner: Arc::new(inner) }
    }

    /// The node that is asked.
    pub fn node(&self) -> &Node {
        &self.inner.node
    }

    /// Answers one JSON-RPC request, given as the body of a POST.
    pub async fn answer(&self, body: &[u8]) -> Answer {
        self.answer_to(Caller::Program, body).await
    }

    /// The same for a caller with limited rights. Drops the body as soon as it is parsed.
    pub(crate) async fn answer_to(&self, caller: Caller, body: impl AsRef<[u8]>) -> Answer {
        let place = match self.inner.gate.body(body.as_ref().len()).await {
            Ok(place) => place,
            Err(busy) => {
                return envelope::answer("null", envelope::status(&busy, None, 0), Err(busy));
            }
        };
        let large = place.is_some();
        let read = || Request::read(body.as_ref(), large, |name| self.method(caller, name));
        let request = if large { run_blocking(read) } else { read() };
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
        let height = self.inner.node.snapshot().head().height();
        let status =
            reply.as_ref().err().map(|error| envelope::status(error, asked_height, height));
        envelope::answer(&id, status.unwrap_or(200), reply)
    }

    /// Where no block follows by itself, seals the two that make the end of a fast-forward final:
    /// clients base transactions on final blocks, and older ones may have expired on the way.
    fn end_jump(&self) -> Result<(), WriteError> {
        if !self.inner.node.is_ticking() {
            self.inner.node.tick()?;
            self.inner.node.tick()?;
        }
        Ok(())
    }

    /// Finds a method, and checks that the caller may use it and that the node serves it.
    fn method(&self, caller: Caller, name: &str) -> Result<Found, RpcError> {
        let found = caller.method(name)?;
        if methods::is_cheat(name) && !self.inner.settings.cheats {
            return Err(error::refused(
                CHEATS_OFF,
                format!(
                    "{name} is off: this node was started with --no-cheats; to control its chain, start it without"
                ),
            ));
        }
        Ok(found)
    }

    /// Everything that is counted, in Prometheus' text format.
    pub fn metrics(&self) -> String {
        self.inner.metrics.text(&self.inner.node, self.uptime())
    }

    /// Calls a method by name.
    #[cfg(feature = "server")]
    pub(crate) async fn call(&self, name: &str, params: Value) -> Reply {
        self.dispatch(self.method(Caller::Program, name)?, params, None).await
    }

    /// Runs a method where its work blocks no other request. `place` is held while the parameters of
    /// a large body are parsed.
    async fn dispatch(&self, found: Found, params: Value, place: Option<Place<'_>>) -> Reply {
        self.inner.metrics.count(Some(found.position));
        let large = place.is_some();
        match found.method {
            Method::Read(access, read) => self.read(access, read, params, large).await,
            Method::Write(input) => {
                let _turn = self.inner.gate.write().await?;
                run_blocking(|| {
                    let input = input(&self.inner.node.snapshot(), params)?;
                    let jumps = matches!(input, Input::FastForward { delta_height: 1.., .. });
                    self.inner.node.apply(input).map_err(error::of_write)?;
                    if jumps {
                        self.end_jump().map_err(error::of_write)?;
                    }
                    Ok(json!({}).into())
                })
            }
            Method::Control(control) => {
                let _turn = self.inner.gate.write().await?;
                let node = &self.inner.node;
                run_blocking(|| control(&Control { node }, params))
            }
            Method::Transaction(transaction) => {
                let read = || transaction.read(params);
                let asked = if large { run_blocking(read) } else { read() }?;
                drop(place);
                let Inner { node, young, settings, gate, .. } = &*self.inner;
                asked.answer(TxContext { node, young, settings, gate }).await
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
            Access::Disk if !large => run_blocking(|| self.look(read, params)),
            Access::Memory | Access::Disk | Access::Heavy => {
                let _place = self.inner.gate.heavy().await?;
                run_blocking(|| self.look(read, params))
            }
        }
    }

    fn look(&self, read: Read, params: Value) -> Reply {
        let chain = self.inner.node.snapshot();
        let trouble = self.inner.node.trouble();
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

/// The sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A program, or a page with the same rights.
    Program,
    /// Any other page: it may read, and send transactions.
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "pages come over HTTP"))]
    Page,
}

impl Caller {
    /// Finds a method, and checks that this caller may use it.
    fn method(self, name: &str) -> Result<Found, RpcError> {
        let position = methods::position(name);
        let found = position.and_then(|at| Some((at, METHODS.get(at)?)));
        let Some((position, (_, method))) = found else {
            return Err(RpcError::method_not_found(name.to_owned()));
        };
        match (method, self) {
            (Method::Write(_) | Method::Control(_), Caller::Page) => Err(error::refused(
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
            .field("height", &self.inner.node.snapshot().head().height())
            .finish_non_exhaustive()
    }
}

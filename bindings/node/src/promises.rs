//! Work beside the event loop.

use crate::under_way::UnderWay;
use crate::{NativeSandbox, NativeServer, thrown};
use keyway_binding_core as core;
use napi::bindgen_prelude::Object;
use napi::{Env, JsDeferred, Result, Task};
use std::fmt;
use std::sync::Arc;

/// A request to a sandbox or an account.
pub struct Running {
    target: Target,
    request: String,
    _under_way: UnderWay,
}

enum Target {
    Sandbox(Arc<core::Sandbox>),
    Actor(Arc<core::Actor>),
}

impl Running {
    pub(crate) fn of_sandbox(sandbox: &Arc<core::Sandbox>, request: String) -> Self {
        Self::of(Target::Sandbox(sandbox.clone()), request)
    }

    pub(crate) fn of_actor(actor: &Arc<core::Actor>, request: String) -> Self {
        Self::of(Target::Actor(actor.clone()), request)
    }

    fn of(target: Target, request: String) -> Self {
        Self { target, request, _under_way: UnderWay::new() }
    }
}

impl Task for Running {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        Ok(match &self.target {
            Target::Sandbox(sandbox) => sandbox.run(&self.request),
            Target::Actor(actor) => actor.run(&self.request),
        })
    }

    fn resolve(&mut self, _env: Env, answer: String) -> Result<String> {
        Ok(answer)
    }
}

/// A sandbox that is read from a file or a network.
pub struct Opening {
    source: String,
}

impl Opening {
    pub(crate) fn new(source: String) -> Self {
        Self { source }
    }
}

impl Task for Opening {
    type Output = core::Sandbox;
    type JsValue = NativeSandbox;

    fn compute(&mut self) -> Result<core::Sandbox> {
        core::Sandbox::open(&self.source).map_err(thrown)
    }

    fn resolve(&mut self, env: Env, sandbox: core::Sandbox) -> Result<NativeSandbox> {
        NativeSandbox::holding(env, sandbox)
    }
}

/// A server that starts.
pub struct Listening {
    sandbox: Arc<core::Sandbox>,
    live: bool,
}

impl Listening {
    pub(crate) fn new(sandbox: &Arc<core::Sandbox>, live: bool) -> Self {
        Self { sandbox: sandbox.clone(), live }
    }
}

impl Task for Listening {
    type Output = core::Server;
    type JsValue = NativeServer;

    fn compute(&mut self) -> Result<core::Server> {
        self.sandbox.listen(self.live).map_err(thrown)
    }

    fn resolve(&mut self, _env: Env, server: core::Server) -> Result<NativeServer> {
        let url = server.url();
        Ok(NativeServer { inner: Some(server), url })
    }
}

/// A server that stops.
pub struct Closing {
    server: Option<core::Server>,
}

impl Closing {
    pub(crate) fn new(server: Option<core::Server>) -> Self {
        Self { server }
    }
}

impl Task for Closing {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        self.server = None;
        Ok(())
    }

    fn resolve(&mut self, _env: Env, (): ()) -> Result<()> {
        Ok(())
    }
}

/// A request that needs no sandbox.
pub struct Tool {
    request: String,
}

impl Tool {
    pub(crate) fn new(request: String) -> Self {
        Self { request }
    }
}

impl Task for Tool {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        Ok(core::tool(&self.request))
    }

    fn resolve(&mut self, _env: Env, answer: String) -> Result<String> {
        Ok(answer)
    }
}

/// The answer to a JSON-RPC request, as a promise. It is awaited by tasks, not by threads: an answer may wait for
/// another request.
pub(crate) fn rpc<'env>(
    env: &'env Env,
    sandbox: &Arc<core::Sandbox>,
    body: String,
) -> Result<Object<'env>> {
    type Resolve = Box<dyn FnOnce(Env) -> Result<String> + Send>;
    let (deferred, promise): (JsDeferred<String, Resolve>, _) = env.create_deferred()?;
    let service = sandbox.service();
    core::spawn(async move {
        let answer = service.answer(body.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        deferred.resolve(Box::new(move |_| Ok(text)));
    });
    Ok(promise)
}

macro_rules! opaque {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

opaque!(Running, Opening, Listening, Closing, Tool);

//! The binding for Node.js: passes text between JavaScript and [`keyway_binding_core`], on the event loop's thread or,
//! for what can take longer, beside it. The classes that people use are in `lib`.

#[allow(unsafe_code)]
mod command;
mod promises;
mod under_way;

use keyway_binding_core as core;
use napi::bindgen_prelude::{AsyncTask, Either, ObjectFinalize};
use napi::{Env, Error, Result, Status};
use napi_derive::napi;
use promises::{Closing, Listening, Opening, Running, Tool};
use std::sync::Arc;

/// A chain.
#[derive(Debug)]
#[napi(custom_finalize)]
pub struct NativeSandbox {
    inner: Option<Arc<core::Sandbox>>,
}

#[napi]
impl NativeSandbox {
    /// A new chain.
    ///
    /// # Errors
    /// If an option is invalid.
    #[napi(constructor)]
    pub fn new(env: Env, options: String) -> Result<Self> {
        Self::holding(env, core::Sandbox::new(&options).map_err(thrown)?)
    }

    /// A sandbox that goes on from another chain, read on this thread.
    ///
    /// # Errors
    /// If the file or the network cannot be read.
    #[napi]
    pub fn open_sync(env: Env, source: String) -> Result<NativeSandbox> {
        Self::holding(env, core::Sandbox::open(&source).map_err(thrown)?)
    }

    /// A sandbox that goes on from another chain, read on another thread.
    #[napi]
    pub fn open(source: String) -> AsyncTask<Opening> {
        AsyncTask::new(Opening::new(source))
    }

    pub(crate) fn holding(env: Env, sandbox: core::Sandbox) -> Result<Self> {
        env.adjust_external_memory(BYTES)?;
        Ok(Self { inner: Some(Arc::new(sandbox)) })
    }

    fn get(&self) -> Result<&Arc<core::Sandbox>> {
        self.inner.as_ref().ok_or_else(disposed)
    }

    /// Carries out a request on this thread.
    ///
    /// # Errors
    /// If the sandbox was disposed of.
    #[napi]
    pub fn run_sync(&self, request: String) -> Result<String> {
        Ok(self.get()?.run(&request))
    }

    /// Carries out a request on another thread.
    ///
    /// # Errors
    /// If the sandbox was disposed of.
    #[napi]
    pub fn run(&self, request: String) -> Result<AsyncTask<Running>> {
        Ok(AsyncTask::new(Running::of_sandbox(self.get()?, request)))
    }

    /// An account that signs.
    ///
    /// # Errors
    /// If there is no such account.
    #[napi]
    pub fn account(&self, account_id: String, secret_key: Option<String>) -> Result<NativeActor> {
        let actor = self.get()?.account(&account_id, secret_key.as_deref());
        Ok(NativeActor { inner: Some(Arc::new(actor.map_err(thrown)?)) })
    }

    /// An account that acts without a key.
    ///
    /// # Errors
    /// If the account id is invalid.
    #[napi]
    pub fn impersonate(&self, account_id: String) -> Result<NativeActor> {
        let actor = self.get()?.impersonate(&account_id);
        Ok(NativeActor { inner: Some(Arc::new(actor.map_err(thrown)?)) })
    }

    /// The chain as it is now.
    ///
    /// # Errors
    /// If the sandbox was disposed of.
    #[napi]
    pub fn snapshot(&self) -> Result<NativeSnapshot> {
        Ok(NativeSnapshot { inner: Some(self.get()?.snapshot()) })
    }

    /// Goes back to a snapshot.
    ///
    /// # Errors
    /// If the sandbox or the snapshot was disposed of.
    #[napi]
    pub fn revert(&self, snapshot: &NativeSnapshot) -> Result<()> {
        let snapshot = snapshot.inner.as_ref().ok_or_else(disposed)?;
        self.get()?.revert(snapshot).map_err(thrown)
    }

    /// A copy of the chain.
    ///
    /// # Errors
    /// If the sandbox was disposed of.
    #[napi(js_name = "clone")]
    pub fn copy(&self, env: Env) -> Result<NativeSandbox> {
        Self::holding(env, core::Sandbox::clone(self.get()?))
    }

    /// Serves the chain over HTTP.
    ///
    /// # Errors
    /// If the sandbox was disposed of.
    #[napi]
    pub fn listen(&self, live: bool) -> Result<AsyncTask<Listening>> {
        Ok(AsyncTask::new(Listening::new(self.get()?, live)))
    }

    /// Answers the body of a JSON-RPC request. The answer may wait for transactions, so it takes no thread.
    ///
    /// # Errors
    /// If the sandbox was disposed of.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn rpc<'env>(
        &self,
        env: &'env Env,
        body: String,
    ) -> Result<napi::bindgen_prelude::Object<'env>> {
        promises::rpc(env, self.get()?, body)
    }

    /// Frees the chain, when all that runs on it has ended.
    ///
    /// # Errors
    /// None in normal use.
    #[napi]
    pub fn dispose(&mut self, env: Env) -> Result<()> {
        if self.inner.take().is_some() {
            env.adjust_external_memory(-BYTES)?;
        }
        Ok(())
    }
}

impl ObjectFinalize for NativeSandbox {
    fn finalize(mut self, env: Env) -> Result<()> {
        self.dispose(env)
    }
}

/// An account that acts.
#[derive(Debug)]
#[napi]
pub struct NativeActor {
    inner: Option<Arc<core::Actor>>,
}

#[napi]
impl NativeActor {
    fn get(&self) -> Result<&Arc<core::Actor>> {
        self.inner.as_ref().ok_or_else(disposed)
    }

    /// Carries out a request on this thread.
    ///
    /// # Errors
    /// If the sandbox was disposed of.
    #[napi]
    pub fn run_sync(&self, request: String) -> Result<String> {
        Ok(self.get()?.run(&request))
    }

    /// Carries out a request: on this thread if that is allowed, it is short and nothing is under way, otherwise on
    /// another one.
    ///
    /// # Errors
    /// If the sandbox was disposed of.
    #[napi]
    pub fn run(&self, request: String, here: bool) -> Result<Either<String, AsyncTask<Running>>> {
        let actor = self.get()?;
        if here
            && under_way::is_none()
            && let Some(answer) = actor.run_if_short(&request)
        {
            return Ok(Either::A(answer));
        }
        Ok(Either::B(AsyncTask::new(Running::of_actor(actor, request))))
    }

    /// Frees its hold on the chain.
    #[napi]
    pub fn dispose(&mut self) {
        self.inner = None;
    }
}

/// A chain at one moment.
#[derive(Debug)]
#[napi]
pub struct NativeSnapshot {
    inner: Option<core::Snapshot>,
}

#[napi]
impl NativeSnapshot {
    /// The height of its newest block.
    ///
    /// # Errors
    /// If it was disposed of.
    #[napi(getter)]
    pub fn height(&self) -> Result<i64> {
        let height = self.inner.as_ref().ok_or_else(disposed)?.height();
        Ok(i64::try_from(height).unwrap_or(i64::MAX))
    }

    /// Frees its hold on the chain.
    #[napi]
    pub fn dispose(&mut self) {
        self.inner = None;
    }
}

/// A chain that is served over HTTP.
#[derive(Debug)]
#[napi]
pub struct NativeServer {
    inner: Option<core::Server>,
    url: String,
}

#[napi]
impl NativeServer {
    /// Its address.
    #[napi(getter)]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Stops it.
    #[napi]
    pub fn close(&mut self) -> AsyncTask<Closing> {
        AsyncTask::new(Closing::new(self.inner.take()))
    }
}

/// Carries out a request that needs no sandbox, on this thread.
#[napi]
pub fn tool_sync(request: String) -> String {
    core::tool(&request)
}

/// Carries out a request that needs no sandbox, on another thread.
#[napi]
pub fn tool(request: String) -> AsyncTask<Tool> {
    AsyncTask::new(Tool::new(request))
}

/// An error whose message is the problem in JSON; `lib/native.cjs` reads it.
fn thrown(problem: core::Problem) -> Error {
    Error::new(Status::GenericFailure, problem.to_json())
}

fn disposed() -> Error {
    let message = "the sandbox was disposed of; make a new one";
    thrown(core::Problem::sandbox("Sandbox.Disposed", message))
}

/// About what a small chain takes. The garbage collector is told, or it would not see how much a sandbox frees.
const BYTES: i64 = 512 * 1024;

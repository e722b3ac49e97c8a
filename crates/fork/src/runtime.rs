//! The thread on which requests run, for callers that wait for them.

use crate::error::ForkError;
use std::future::Future;
use std::sync::mpsc;
use tokio::runtime::{Builder, Runtime};

/// A runtime of one's own: a read waits for its answer, whatever thread it is on.
#[derive(Debug)]
pub(crate) struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    /// # Errors
    /// [`ForkError::NoClient`] when the system gives no thread.
    pub(crate) fn start() -> Result<Self, ForkError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fork")
            .enable_all()
            .build()
            .map_err(|error| ForkError::NoClient { why: error.to_string() })?;
        Ok(Self(Some(runtime)))
    }

    /// Runs `work` there and waits for it.
    ///
    /// # Errors
    /// As `work`; or when the runtime ends first.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ForkError>> + Send + 'static,
    ) -> Result<T, ForkError> {
        let ended = || ForkError::NoClient { why: "the fork was closed".to_owned() };
        let (tell, told) = mpsc::sync_channel(1);
        let runtime = self.0.as_ref().ok_or_else(ended)?;
        runtime.spawn(async move {
            // Nobody listens any more if the caller's thread was unwound.
            let _unheard = tell.send(work.await);
        });
        told.recv().unwrap_or_else(|_| Err(ended()))
    }
}

impl Drop for OwnRuntime {
    /// Does not wait for requests in flight: a fork can be dropped in another runtime, where nobody
    /// may block.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

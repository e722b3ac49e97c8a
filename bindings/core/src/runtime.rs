//! The threads that await answers.

use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};

/// Runs `future` to its end beside the caller.
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    drop(RUNTIME.spawn(future));
}

/// Waits for a future on this thread.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// One for the process, so that its threads do not grow with the sandboxes.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING)
        .thread_name("keyway")
        .enable_all()
        .build()
        .expect("the invariant that a process may start threads")
});

const WORKERS: usize = 2;

const BLOCKING: usize = 16;

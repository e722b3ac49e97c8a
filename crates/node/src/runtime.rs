//! Blocking work, kept off a runtime's threads.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Runs work that blocks or takes long, letting other tasks of the runtime go on where it can.
pub fn run_blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

//! Runs a future on a thread without a runtime.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use tokio::task::coop::unconstrained;

/// The result of `future`.
///
/// Answers of a chain in this process are ready at once, so this rarely waits. Unlike the executors of libraries, it can be
/// used inside any of them, which is where tests run. `unconstrained` turns off tokio's budget, which would make the future
/// yield to other tasks; this thread cannot yield.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(unconstrained(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ready_is_waited_for() {
        let (send, receive) = tokio::sync::oneshot::channel();
        let sender = thread::spawn(move || send.send(7));
        assert_eq!(wait(receive), Ok(7));
        sender.join().unwrap().unwrap();
    }
}

//! Callers that wait for the end of a request.

use crate::RequestId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Wakes whoever waits for a request that this instance ends.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<HashMap<RequestId, Vec<oneshot::Sender<()>>>>);

impl Waiters {
    /// Ready when the request ends here. Ask the store after this call, and wait then, or an end is missed.
    pub(crate) fn listen(&self, id: RequestId) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        let mut waiting = self.waiting();
        let here = waiting.entry(id).or_default();
        here.retain(|tell| !tell.is_closed());
        here.push(tell);
        told
    }

    /// Removes what nobody waits for any more.
    pub(crate) fn leave(&self, id: RequestId) {
        let mut waiting = self.waiting();
        if let Some(here) = waiting.get_mut(&id) {
            here.retain(|tell| !tell.is_closed());
            if here.is_empty() {
                waiting.remove(&id);
            }
        }
    }

    /// Wakes everybody who waits for this request.
    pub(crate) fn wake(&self, id: RequestId) {
        for tell in self.waiting().remove(&id).unwrap_or_default() {
            // Whoever waited may have gone.
            let _ = tell.send(());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<RequestId, Vec<oneshot::Sender<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_who_waits_is_woken_and_nothing_is_left() {
        let (waiters, id) = (Waiters::default(), RequestId::new(1, [1; 10]));
        let (first, second) = (waiters.listen(id), waiters.listen(id));
        drop(waiters.listen(RequestId::new(2, [2; 10])));
        waiters.leave(RequestId::new(2, [2; 10]));
        waiters.wake(id);
        assert_eq!((first.await, second.await), (Ok(()), Ok(())));
        assert!(waiters.waiting().is_empty());
    }
}

//! Callers that wait for the end of a request.

use crate::{Request, RequestId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Tells whoever waits for a request that this instance ends.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<HashMap<RequestId, Waiting>>);

type Waiting = Vec<oneshot::Sender<Box<Request>>>;

impl Waiters {
    /// The request when it ends here. Ask the store after this call, and wait then, or an end is missed.
    pub(crate) fn listen(&self, id: RequestId) -> oneshot::Receiver<Box<Request>> {
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

    /// Tells everybody who waits for this request, which has ended.
    pub(crate) fn tell(&self, ended: &Request) {
        for tell in self.waiting().remove(&ended.id).unwrap_or_default() {
            // Whoever waited may have gone.
            let _ = tell.send(Box::new(ended.clone()));
        }
    }

    /// Lets everybody who waits for this request ask the store: it may have ended elsewhere.
    pub(crate) fn wake(&self, id: RequestId) {
        self.waiting().remove(&id);
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<RequestId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::ended_request;

    #[tokio::test]
    async fn everybody_who_waits_is_told_and_nothing_is_left() {
        let (waiters, ended) = (Waiters::default(), ended_request());
        let (first, second) = (waiters.listen(ended.id), waiters.listen(ended.id));
        let other = RequestId::new(2, [2; 10]);
        drop(waiters.listen(other));
        waiters.leave(other);
        waiters.tell(&ended);
        assert_eq!((first.await.as_deref(), second.await.as_deref()), (Ok(&ended), Ok(&ended)));
        let elsewhere = waiters.listen(other);
        waiters.wake(other);
        assert_eq!(elsewhere.await.ok(), None, "the store knows how it ended");
        assert!(waiters.waiting().is_empty());
    }
}

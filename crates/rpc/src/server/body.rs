//! Receiving bodies: each within a size and a time, and all of them within a budget.

use axum::body::{Body, HttpBody};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of bytes that all requests share.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    kib: Arc<Semaphore>,
    whole: u32,
}

/// Bytes and the room they take in a budget.
#[derive(Debug)]
pub(super) struct Held {
    bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

/// Why a body is not here as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoBody {
    TooLarge,
    NoRoom,
    Broken,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        let whole = u32::try_from(bytes.div_ceil(KIB)).unwrap_or(u32::MAX);
        Self { kib: Arc::new(Semaphore::new(whole as usize)), whole }
    }

    /// Reserves room for `bytes`, which are complete; none when other requests hold too much of it.
    /// Small ones need no room; ones larger than the whole budget take all of it.
    pub(super) fn hold(&self, bytes: Vec<u8>) -> Option<Held> {
        let mut held = Held { bytes, _room: None };
        self.cover(&mut held).then_some(held)
    }

    /// Receives a body of at most `limit` bytes, taking room as it comes.
    ///
    /// # Errors
    /// See [`NoBody`].
    pub(super) async fn receive(&self, body: Body, limit: usize) -> Result<Held, NoBody> {
        let limit_declared = u64::try_from(limit).unwrap_or(u64::MAX);
        if body.size_hint().lower() > limit_declared {
            return Err(NoBody::TooLarge);
        }
        let (mut body, mut held) = (pin!(body), Held { bytes: Vec::new(), _room: None });
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let frame = frame.map_err(|_| NoBody::Broken)?;
            let Some(data) = frame.data_ref() else { continue };
            if data.len() > limit - held.bytes.len() {
                return Err(NoBody::TooLarge);
            }
            held.bytes.extend_from_slice(data);
            if !self.cover(&mut held) {
                return Err(NoBody::NoRoom);
            }
        }
        Ok(held)
    }

    /// Reserves the room that `held` still lacks.
    fn cover(&self, held: &mut Held) -> bool {
        let needed = held.bytes.len().saturating_sub(FREE).div_ceil(KIB);
        let needed = u32::try_from(needed).unwrap_or(u32::MAX).min(self.whole);
        let has = held._room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let lacks = needed.saturating_sub(u32::try_from(has).unwrap_or(u32::MAX));
        if lacks == 0 {
            return true;
        }
        let Ok(more) = Arc::clone(&self.kib).try_acquire_many_owned(lacks) else { return false };
        match &mut held._room {
            Some(room) => room.merge(more),
            room => *room = Some(more),
        }
        true
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl IntoResponse for NoBody {
    fn into_response(self) -> Response {
        match self {
            NoBody::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "length limit exceeded"),
            NoBody::NoRoom => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the node is receiving as much as it can hold; try again in a moment",
            ),
            NoBody::Broken => (StatusCode::BAD_REQUEST, "the body did not come as a whole"),
        }
        .into_response()
    }
}

/// The first bytes of each body or answer, which are not counted: small requests are received
/// however much others send.
pub(crate) const FREE: usize = 64 * KIB;

const KIB: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_has_a_size_and_all_bodies_have_one() {
        let budget = Budget::new(100 * KIB);
        let body = |bytes: usize| Body::from(vec![b'x'; bytes]);
        let held = budget.receive(body(FREE + 60 * KIB), 1_000_000).await.unwrap();
        assert_eq!(held.as_ref().len(), FREE + 60 * KIB);
        let refused = budget.receive(body(FREE + 41 * KIB), 1_000_000).await.unwrap_err();
        assert_eq!(refused, NoBody::NoRoom);
        assert!(budget.receive(body(FREE + 40 * KIB), 1_000_000).await.is_ok());
        assert!(budget.receive(body(FREE), FREE).await.is_ok());
        assert_eq!(budget.receive(body(FREE + 1), FREE).await.unwrap_err(), NoBody::TooLarge);
        drop(held);
        assert!(budget.receive(body(FREE + 100 * KIB), 1_000_000).await.is_ok());
    }

    #[test]
    fn what_is_more_than_everything_takes_everything() {
        let budget = Budget::new(100 * KIB);
        let all = budget.hold(vec![0; 500 * KIB]).unwrap();
        assert!(budget.hold(vec![0; FREE + 1]).is_none());
        assert!(budget.hold(vec![0; FREE]).is_some());
        drop(all);
        assert!(budget.hold(vec![0; FREE + 1]).is_some());
    }
}

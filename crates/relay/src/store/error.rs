//! Errors of stores.

use super::LaneId;
use std::sync::Arc;

/// Why a store did not do something.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The lane was leased to another instance meanwhile: this one must not write about it any more.
    #[error(
        "lane {lane} was leased again with number {now}, so a write of lease {number} is refused"
    )]
    Fenced {
        /// The lane.
        lane: LaneId,
        /// The number of the write.
        number: u64,
        /// The number of the newest lease; 0 if the lane was never leased.
        now: u64,
    },
    /// The lane has bytes whose fate is not proved.
    #[error("lane {0} has a transaction whose fate is not proved; prove it first")]
    LaneBusy(LaneId),
    /// The lane has no bytes of this request.
    #[error("lane {0} has no transaction of this request")]
    NotOnLane(LaneId),
    /// Something that is kept cannot be read.
    #[error("the store's {what} `{name}` cannot be read: {why}")]
    Damaged {
        /// What it is: a request, a lane.
        what: &'static str,
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The store cannot be used now: nothing was written, or it is unknown whether it was.
    #[error("the store cannot be used: {why}")]
    Unavailable {
        /// What happened.
        why: String,
        /// The driver's error.
        #[source]
        source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    },
}

impl StoreError {
    /// The error of a driver.
    pub fn unavailable(
        why: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        StoreError::Unavailable { why: why.into(), source: Some(Arc::new(source)) }
    }
}

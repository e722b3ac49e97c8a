//! Runs blocks again to see what a transaction did.
//!
//! Nothing is kept for this while blocks are sealed. A block is applied again as a whole, on the
//! state that it started from, so that prices, queues and caches are the same; its outcomes are
//! compared with those that it had.

pub(crate) mod abis;
pub(crate) mod block;
pub(crate) mod budget;
pub(crate) mod build;
pub(crate) mod change;
pub(crate) mod changes;
pub(crate) mod costs;
pub(crate) mod error;
pub(crate) mod ledger;
pub(crate) mod paced;
pub(crate) mod record;
pub(crate) mod recording;
pub(crate) mod trace;
pub(crate) mod trial;
pub(crate) mod view;

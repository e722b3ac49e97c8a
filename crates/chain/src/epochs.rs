//! Epochs: when they begin, who validates, and what validators earn.

pub(crate) mod archived;
pub(crate) mod rewards;
pub(crate) mod schedule;
pub(crate) mod seats;
pub(crate) mod select;
pub(crate) mod stake_update;
pub(crate) mod view;

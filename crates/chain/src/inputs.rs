//! Inputs: whatever changes a chain, how each is applied and how it is encoded.

pub(crate) mod admit;
pub(crate) mod applied;
pub(crate) mod apply;
pub(crate) mod batch;
pub(crate) mod checked;
pub(crate) mod codec;
pub(crate) mod edit;
pub(crate) mod fast_forward;
pub(crate) mod impersonate;
pub(crate) mod in_block;
pub(crate) mod input;
pub(crate) mod mine;
pub(crate) mod patch;
mod prepare;
pub(crate) mod refusals;
pub(crate) mod replay;
pub(crate) mod snapshots;
pub(crate) mod time;

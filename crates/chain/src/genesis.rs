//! From a genesis, or a block of another network, to the first block.

pub(crate) mod builder;
pub(crate) mod check;
pub(crate) mod error;
pub(crate) mod eth_wallet;
pub(crate) mod fork;
pub(crate) mod local;
pub(crate) mod start;

//! Blocks: where the next one stands, how it is sealed, its headers and signatures, what light clients ask.

pub(crate) mod block;
pub(crate) mod header;
pub(crate) mod light_client;
pub(crate) mod next_block;
pub(crate) mod seal;
pub(crate) mod sign;

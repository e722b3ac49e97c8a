//! Blocks: the position of the next one, sealing, headers and signatures, and light-client data.

pub(crate) mod block;
pub(crate) mod header;
pub(crate) mod light_client;
pub(crate) mod next_block;
pub(crate) mod pace;
pub(crate) mod seal;
pub(crate) mod sign;
pub(crate) mod timing;

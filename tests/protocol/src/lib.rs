//! The bench of the protocol tests: a chain with a few accounts, transactions in one line, and what
//! came of them.
//!
//! Expected values in the tests come from the protocol's formulas, with the numbers of [`fees`];
//! nothing here asks the node's own price tables.

pub mod act;
pub mod amount;
mod done;
pub mod fees;
mod genesis;
pub mod script;
mod traced;
mod tx;
mod world;

pub use amount::{MILLI, NEAR, near, yocto};
pub use done::{Done, Ran};
pub use traced::traced;
pub use tx::{Tx, id, public, signer, tx};
pub use world::{NOW_NS, World};

//! NEAR's state as a value: an immutable Merkle trie with nearcore's keys, node bytes and roots.
//!
//! A [`Trie`] is cheap to clone and never edited: a write makes a new trie that shares all
//! untouched nodes with the old one, so a snapshot is a clone and a revert is dropping a value.
//! A [`NodeStore`] can hold a trie's nodes, which are then loaded when they are needed. The crate
//! stores and reads state; it knows no rule about transactions.

mod bodies;
mod build;
mod dump;
mod genesis;
mod nibbles;
mod node;
mod placed;
mod proof;
pub mod read;
mod record;
mod refs;
mod rows;
mod scan;
mod source;
mod trie;
mod update;

pub use dump::records;
pub use genesis::{GenesisDraft, GenesisError, genesis_state};
pub use keyway_engine::{StateError, Value, ValueRef};
pub use placed::Placed;
pub use refs::{RowRefs, row_refs};
pub use rows::{RowSink, Rows};
pub use source::{Address, NodeStore, StoredNodes};
pub use trie::Trie;

//! NEAR's state as a value: an immutable Merkle trie with nearcore's keys, node bytes and roots.
//!
//! A [`Trie`] is cheap to clone and never edited: a write makes a new trie that shares all
//! untouched nodes with the old one. So a snapshot is a clone, and reverting drops a value. Nodes can
//! be in a [`NodeStore`]; they are then loaded when they are needed. The trie of a fork is what was
//! written since, over a [`BaseState`]. The crate knows no rule about transactions.

mod base;
mod bodies;
mod build;
mod dump;
mod evict;
mod genesis;
mod merge;
mod nibbles;
mod node;
mod proof;
mod proven;
pub mod read;
mod refs;
mod remade;
mod row;
mod rows;
mod scan;
mod source;
mod trie;
mod update;

pub use base::{BasePage, BaseState};
pub use dump::records;
pub use evict::StoredAddresses;
pub use genesis::{GenesisDraft, GenesisError, genesis_state};
pub use keyway_engine::{StateError, Value, ValueRef};
pub use refs::{RowRefs, row_refs};
pub use remade::RemadeState;
pub use rows::{RowSink, Rows};
pub use source::{Address, NodeStore, StoredNodes};
pub use trie::Trie;

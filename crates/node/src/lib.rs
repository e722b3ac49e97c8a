//! A node as a library: a [`Chain`](keyway_chain::Chain) with a queue, a clock and, if it is durable, a home directory.
//!
//! ```
//! use keyway_node::{Home, NewHome, Node, Options};
//!
//! # let parent = tempfile::tempdir()?;
//! # let dir = parent.path().join("home");
//! Home::create(&dir, &NewHome::default())?;
//! let node = Node::open(&Home::read(&dir)?, Options::default())?;
//! node.tick()?;
//! let height = node.snapshot().head().height();
//! node.close()?;
//! drop(node);
//!
//! let node = Node::open(&Home::read(&dir)?, Options::default())?;
//! assert_eq!(node.snapshot().head().height(), height);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An input becomes durable in three steps. The node applies it to its own copy of the
//! chain, the *tip*, and appends it to the [journal](Journal); one sync makes everything
//! that was appended survive a power cut; only then is the chain published to readers and the sender
//! answered. Checkpoints move old blocks and state from memory to a store, which the journal can
//! always make again.

mod clock;
mod contracts;
mod dump;
mod durability;
mod error;
mod files;
mod home;
mod journal;
mod ledger;
mod node;
mod persistence;
mod queue;
mod runtime;
mod sealing;
mod ticker;

pub use clock::{Clock, WallClock, instant_now, now_ns};
pub use contracts::shared_contracts;
pub use dump::{DumpOutput, dump_state};
pub use durability::{Checkpoints, Journal, NoJournal, Persistence, Sync};
pub use error::{
    DumpError, FileError, HomeError, JournalError, NodeError, StoreError, StoreRemedy,
};
pub use files::user_cache_dir;
pub use home::{
    Config, Consensus, CreatedHome, DEFAULT_RPC_PORT, EMPTY_BLOCK_INTERVAL, Home, NewHome, Rpc,
    RpcLimits,
};
pub use ledger::WriteError;
pub use node::{Durability, Node, Options};
pub use runtime::run_blocking;
pub use sealing::Sealing;
pub use ticker::Ticker;

pub use queue::{MAX_WAITING, MAX_WAITING_BYTES, may_be_short};

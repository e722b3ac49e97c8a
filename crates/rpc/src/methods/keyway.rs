//! The `keyway_*` methods: control of a chain of one's own, one file for each group. A node that was
//! started with `--no-cheats` has none of them.

pub(super) mod dump;
pub(super) mod edit;
pub(super) mod fork;
pub(super) mod fork_gas;
mod head;
pub(super) mod impersonate;
pub(super) mod keys_history;
pub(super) mod mine;
pub(super) mod sealing;
pub(super) mod snapshot;
mod span;
pub(super) mod time;
pub(super) mod trace;

use crate::error::of_write;
use crate::methods::reply::{Reply, reply};
use head::Head;
use keyway_chain::{Applied, Input};
use keyway_node::Node;
use near_jsonrpc_primitives::errors::RpcError;

/// What a method that controls the chain works with. It runs on a thread for blocking work, and no
/// other such method runs at the same time.
#[derive(Clone, Copy)]
pub(crate) struct Control<'a> {
    /// The node.
    pub(crate) node: &'a Node,
}

impl Control<'_> {
    /// Applies an input. Returns when it is durable.
    fn apply(&self, input: Input) -> Result<Applied, RpcError> {
        self.node.apply(input).map_err(of_write)
    }

    /// Where no block follows by itself, seals the two that make the head final, which clients base
    /// transactions on and query.
    fn make_final(&self) -> Result<(), RpcError> {
        if !self.node.is_ticking() {
            self.apply(Input::Tick)?;
            self.apply(Input::Tick)?;
        }
        Ok(())
    }

    /// The answer of most methods: the newest block.
    fn head(&self) -> Reply {
        reply(Head::of(&self.node.snapshot()))
    }
}

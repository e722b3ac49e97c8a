//! A node whose chain begins with the state of a network.

use super::node::{options, set_time};
use crate::args::RunArgs;
use crate::error::CliError;
use crate::fork;
use crate::notes::Notes;
use keyway_chain::{default_validator, seeded_key};
use keyway_fork::Fork;
use keyway_node::{Home, Node};
use near_crypto::InMemorySigner;

/// Opens the fork, and a node on it: that of `home`, or one in memory.
///
/// # Errors
/// If the network does not answer, a file is damaged, or the network's protocol is too new.
pub(super) fn open(
    home: Option<&Home>,
    args: &RunArgs,
    notes: &Notes,
) -> Result<(Node, Fork), CliError> {
    let (node, fork) = match home {
        Some(home) => {
            let fork = fork::of_home(home, &args.fork, notes)?;
            let node = Node::open_fork(home, fork.point(), fork.base(), options(args))?;
            (node, fork)
        }
        None => in_memory(args, notes)?,
    };
    if let Some(time_ns) = args.time {
        set_time(&node, time_ns)?;
    }
    Ok((node, fork))
}

fn in_memory(args: &RunArgs, notes: &Notes) -> Result<(Node, Fork), CliError> {
    let fork = fork::connect(&args.fork, args.load.as_deref(), notes)?;
    let validator = default_validator();
    let key = seeded_key(validator.as_str());
    let producer = InMemorySigner::from_secret_key(validator, key);
    let node = match &args.load {
        Some(dump) => {
            let begin = (fork.status().block_hash, fork.base());
            Node::load(dump, Some(begin), Some(producer), options(args))?
        }
        None => Node::fork(&fork.point(), fork.base(), Some(producer), options(args))?,
    };
    Ok((node, fork))
}

//! A node whose chain begins with the state of a network.

use super::node::{options, set_time};
use crate::args::RunArgs;
use crate::error::CliError;
use crate::notes::Notes;
use keyway_chain::{default_validator, seeded_key};
use keyway_fork::{Fork, ForkBlock, ForkOptions, Progress};
use keyway_node::{Node, user_cache_dir};
use near_crypto::InMemorySigner;

/// Opens the fork, and a node on it.
///
/// # Errors
/// If the network does not answer, the file is damaged, or the network's protocol is too new.
pub(super) fn open(args: &RunArgs, notes: &Notes) -> Result<(Node, Fork), CliError> {
    let settings = &args.fork;
    let cache = match &settings.fork_cache {
        _ if settings.no_fork_cache => None,
        Some(dir) => Some(dir.clone()),
        None => user_cache_dir().map(|dir| dir.join("keyway").join("fork")),
    };
    let hear = {
        let notes = notes.clone();
        move |event: &keyway_fork::Event| notes.say(event.to_string())
    };
    // A fork file is of one block. If that is not the dump's, the dump says so.
    let dumped = match (&args.load, &settings.fork_file) {
        (Some(dump), None) => Node::dumped_fork(dump)?.map(ForkBlock::Hash),
        _ => None,
    };
    let how = ForkOptions {
        block: settings.fork_block.or(dumped).unwrap_or_default(),
        cache,
        progress: Progress::new(hear),
        gas: settings.fork_gas.map(Into::into).unwrap_or_default(),
        offline: settings.offline,
        missing: settings.fork_missing.map(Into::into).unwrap_or_default(),
    };
    let network = settings.fork.as_ref();
    let fork = match (&settings.fork_file, network) {
        (Some(file), network) => Fork::from_file(file, network, &how)?,
        (None, Some(network)) => Fork::of(network, &how)?,
        (None, None) => return Err(needs("--fork NETWORK", "a fork")),
    };
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
    if let Some(time_ns) = args.time {
        set_time(&node, time_ns)?;
    }
    Ok((node, fork))
}

/// Checks that flags of forks are for a fork, and flags of new chains are not.
///
/// # Errors
/// [`CliError::Value`], which names the flag.
pub(super) fn check(args: &RunArgs) -> Result<(), CliError> {
    match (args.fork.is_fork(), args.fork.given().next(), args.new.given().next()) {
        (false, Some(flag), _) => Err(needs(flag, "a chain that is no fork")),
        (true, _, Some(flag)) => Err(CliError::Value {
            flag,
            why: "a fork has the accounts and the protocol of its network".to_owned(),
        }),
        _ => Ok(()),
    }
}

fn needs(flag: &'static str, what: &str) -> CliError {
    let why = format!("it is of no use to {what}; add --fork NETWORK or --fork-file FILE");
    CliError::Value { flag, why }
}

//! Forks of a network, for `run` in memory and for homes.

use crate::args::ForkArgs;
use crate::error::CliError;
use crate::notes::Notes;
use keyway_fork::{Fork, ForkBlock, ForkOptions, HomeForkOptions, Progress};
use keyway_node::user_cache_dir;
use keyway_node::{Home, Node};
use std::path::Path;

/// The fork that the flags describe; of a dump, the one that it goes on from.
///
/// # Errors
/// If the network does not answer, the file is damaged, or a flag for forks is of no use.
pub(crate) fn connect(
    settings: &ForkArgs,
    dump: Option<&Path>,
    notes: &Notes,
) -> Result<Fork, CliError> {
    let cache = match &settings.fork_cache {
        _ if settings.no_fork_cache => None,
        Some(dir) => Some(dir.clone()),
        None => user_cache_dir().map(|dir| dir.join("keyway").join("fork")),
    };
    // A fork file is of one block. If that is not the dump's, the dump says so.
    let dumped = match (dump, &settings.fork_file) {
        (Some(dump), None) => Node::dumped_fork(dump)?.map(ForkBlock::Hash),
        _ => None,
    };
    let how = ForkOptions {
        block: settings.fork_block.or(dumped).unwrap_or_default(),
        cache,
        progress: heard_by(notes),
        gas: settings.fork_gas.map(Into::into).unwrap_or_default(),
        offline: settings.offline,
        missing: settings.fork_missing.map(Into::into).unwrap_or_default(),
    };
    let network = settings.fork.as_ref();
    match (&settings.fork_file, network) {
        (Some(file), network) => Ok(Fork::from_file(file, network, &how)?),
        (None, Some(network)) => Ok(Fork::of(network, &how)?),
        (None, None) => Err(needs("--fork NETWORK", "a fork")),
    }
}

/// The fork of a home, as it was made, but for the flags that were given now.
///
/// # Errors
/// If the home's files cannot be used, or an endpoint is of another network.
pub(crate) fn of_home(home: &Home, settings: &ForkArgs, notes: &Notes) -> Result<Fork, CliError> {
    let how = HomeForkOptions {
        network: settings.fork.clone(),
        offline: settings.offline,
        missing: settings.fork_missing.map(Into::into),
        progress: heard_by(notes),
    };
    Ok(Fork::of_home(&home.dir, how)?)
}

/// Checks the flags of a new chain: those of forks are for a fork, and those of chains of one's own,
/// `new`, are not.
///
/// # Errors
/// [`CliError::Value`], which names the flag.
pub(crate) fn check(
    settings: &ForkArgs,
    mut new: impl Iterator<Item = &'static str>,
) -> Result<(), CliError> {
    match (settings.is_fork(), settings.given().next(), new.next()) {
        (false, Some(flag), _) => Err(needs(flag, "a chain that is no fork")),
        (true, _, Some(flag)) => Err(CliError::Value {
            flag,
            why: "a fork has the accounts and the protocol of its network".to_owned(),
        }),
        _ if settings.offline && settings.fork_file.is_none() => Err(CliError::Value {
            flag: "--offline",
            why: "a new fork without a network needs --fork-file FILE".to_owned(),
        }),
        _ => Ok(()),
    }
}

fn heard_by(notes: &Notes) -> Progress {
    let notes = notes.clone();
    Progress::new(move |event| notes.say(event.to_string()))
}

fn needs(flag: &'static str, what: &str) -> CliError {
    let why = format!("it is of no use to {what}; add --fork NETWORK or --fork-file FILE");
    CliError::Value { flag, why }
}

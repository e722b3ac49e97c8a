//! A node before it is served, and what it prints about itself.

use super::tick;
use crate::args::RunArgs;
use crate::dev_accounts;
use crate::error::{CliError, NoControl};
use crate::protocol;
use keyway_chain::{Input, LocalChain, TimeChange, local_genesis, seeded_key};
use keyway_fork::ForkStatus;
use keyway_node::{Home, Node, Options, now_ns};
use keyway_rpc::Settings;
use near_crypto::{InMemorySigner, PublicKey};
use near_primitives::types::AccountId;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where the chain lives.
pub(super) enum Kind {
    /// In a home directory.
    Home {
        /// The directory.
        dir: PathBuf,
        /// The journal.
        journal: PathBuf,
        /// The validator: its account, its public key, and its key file.
        validator: Box<(AccountId, PublicKey, PathBuf)>,
    },
    /// In memory.
    Memory,
    /// Over the state of a network, in memory or in the home with this directory.
    Fork(Box<ForkStatus>, Option<PathBuf>),
}

impl Kind {
    /// Opens the node of `home`, or one in memory.
    pub(super) fn of(home: Option<&Home>) -> Self {
        let Some(home) = home else { return Self::Memory };
        let key = &home.validator_key;
        let file = home.validator_key_file();
        let validator = Box::new((key.account_id.clone(), key.public_key.clone(), file));
        Self::Home { dir: home.dir.clone(), journal: home.journal(), validator }
    }
}

/// The node of `home`, at the height where it stopped; without a home, a node that forgets
/// everything when it ends.
///
/// # Errors
/// If another node runs on the home, the home cannot be read, the wallet contract is invalid, or the
/// chain cannot have the time asked for.
pub(super) fn open(home: Option<&Home>, args: &RunArgs) -> Result<Node, CliError> {
    let node = match home {
        Some(home) => Node::open(home, options(args))?,
        None => match &args.load {
            Some(dump) => Node::load(dump, None, None, options(args))?,
            None => in_memory(args)?,
        },
    };
    if let Some(time_ns) = args.time {
        // A chain in memory has that time already, but it must also run on from there.
        let is_new = home.is_none() && args.load.is_none();
        let time_ns = if is_new { time_ns.saturating_add(1) } else { time_ns };
        set_time(&node, time_ns)?;
    }
    Ok(node)
}

/// Sets a chain's time, nanoseconds since the Unix epoch.
///
/// # Errors
/// If the chain cannot have it.
pub(super) fn set_time(node: &Node, time_ns: u64) -> Result<(), CliError> {
    let set = Input::Time(TimeChange::Set { time_ns });
    node.apply(set).map(drop).map_err(|error| NoControl::Refused(error.to_string()).into())
}

fn in_memory(args: &RunArgs) -> Result<Node, CliError> {
    let version = protocol::chosen(args.new.protocol_version)?;
    let new = LocalChain {
        genesis_time_ns: args.time.unwrap_or_else(now_ns),
        ..LocalChain::in_memory(version)
    };
    let key = seeded_key(new.validator.as_str());
    let producer = InMemorySigner::from_secret_key(new.validator.clone(), key);
    let accounts = args.new.accounts.unwrap_or(dev_accounts::USUAL);
    let balance = args.new.balance.unwrap_or(dev_accounts::BALANCE);
    let genesis = local_genesis(&new, &dev_accounts::first(accounts, balance));
    Ok(Node::temporary(&genesis, Some(producer), options(args))?)
}

/// How the node runs.
pub(super) fn options(args: &RunArgs) -> Options {
    Options {
        durability: args.durability.into(),
        checkpoint_blocks: args.checkpoint_blocks,
        memory_bytes: args.memory.bytes(),
        keep_blocks: args.keep_blocks,
        eth_wallet_wasm: args.eth_wallet_wasm.clone(),
        ..Options::default()
    }
}

/// What the node prints when it listens on `addr`.
pub(super) fn settings(home: Option<&Home>, args: &RunArgs, addr: SocketAddr) -> Settings {
    let usual = Settings::default();
    Settings {
        rpc_addr: Some(addr.to_string()),
        node_key: match home {
            Some(home) => home.node_key.public_key.clone(),
            None => seeded_key("node").public_key(),
        },
        block_interval: tick(home, args).unwrap_or(usual.block_interval),
        cheats: !args.no_cheats,
        view_access_keys_limit: home.and_then(|home| home.config.view_access_keys_limit),
        ..usual
    }
}

//! A node before it is served: the chain, its journal, what it says about itself.

use super::compiled::Compiled;
use crate::args::RunArgs;
use crate::chain::{self, Beginning};
use crate::contracts;
use crate::dev_accounts;
use crate::error::CliError;
use crate::home::{Home, HomeLock};
use crate::journal::Fingerprint;
use crate::keep::{self, Opened, Scratch};
use crate::notes::Notes;
use crate::protocol;
use crate::wallet;
use keyway_chain::{Chain, ChainOptions, LocalChain, local_genesis, seeded_key};
use keyway_rpc::{Settings, now_ns};
use near_crypto::{InMemorySigner, KeyFile, PublicKey};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that serving needs.
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) chain: Chain,
    pub(super) journal: Box<dyn keyway_rpc::Journal>,
    pub(super) settings: Settings,
    /// The place for compiled contracts and old blocks of a chain in memory, which goes with the
    /// node.
    pub(super) compiled: Option<Compiled>,
}

/// Where the chain lives.
pub(super) enum Kind {
    /// In a home directory.
    Home {
        /// The directory.
        dir: PathBuf,
        /// Whose key is in which file.
        validator: Box<(KeyFile, PathBuf)>,
    },
    /// In memory.
    Memory,
}

impl Node {
    /// The node of `home`, at the height where it stopped.
    ///
    /// # Errors
    /// When another node runs on it, what happened cannot be read back, or the wallet contract is
    /// none.
    pub(super) fn on_home(
        home: Home,
        args: &RunArgs,
        addr: SocketAddr,
        notes: &Notes,
    ) -> Result<Self, CliError> {
        let lock = HomeLock::take(&home.data())?;
        let (genesis, founding) = home.genesis_to_go_on()?;
        let large = founding.as_ref().is_some_and(chain::is_large);
        let wallet_wasm = args.eth_wallet_wasm.as_deref();
        let eth_wallet = wallet::keep(&home, &genesis.config.chain_id, wallet_wasm)?;
        let fingerprint = Fingerprint::of(genesis.hash, eth_wallet.as_ref());
        let beginning = Beginning::of(&home, (&genesis, founding), eth_wallet)?;
        let Opened { chain, keeper, torn } =
            keep::open((&home, lock), beginning, &fingerprint, args)?;
        if large {
            home.remember_genesis(&genesis)?;
        }
        if torn > 0 {
            let path = home.journal();
            notes.say(format!("cut {torn} bytes of a torn record off {}", path.display()));
        }
        let settings = settings(&home.node_key.public_key, addr);
        let key_file = home.dir.join(&home.config.validator_key_file);
        let validator = Box::new((home.validator_key, key_file));
        Ok(Self {
            kind: Kind::Home { dir: home.dir, validator },
            chain,
            journal: Box::new(keeper),
            settings,
            compiled: None,
        })
    }

    /// A node that forgets everything when it ends.
    ///
    /// # Errors
    /// When there is no place for what memory does not hold, or the wallet contract is none.
    pub(super) fn in_memory(args: &RunArgs, addr: SocketAddr) -> Result<Self, CliError> {
        let parent = std::env::temp_dir();
        let compiled =
            Compiled::make(&parent).map_err(|source| CliError::Scratch { path: parent, source })?;
        let version = protocol::chosen(args.new.protocol_version)?;
        let new = LocalChain { genesis_time_ns: now_ns(), ..LocalChain::in_memory(version) };
        let producer = InMemorySigner::from_secret_key(
            new.validator.clone(),
            seeded_key(new.validator.as_str()),
        );
        let eth_wallet = args.eth_wallet_wasm.as_deref();
        let eth_wallet = eth_wallet.map(|path| wallet::read(path, &new.chain_id)).transpose()?;
        let options =
            ChainOptions { signer: Some(producer), eth_wallet, ..ChainOptions::default() };
        let contracts = contracts::in_passing(compiled.path());
        let accounts = args.new.accounts.unwrap_or(dev_accounts::USUAL);
        let balance = args.new.balance.unwrap_or(dev_accounts::BALANCE);
        let genesis = local_genesis(&new, &dev_accounts::first(accounts, balance));
        let chain = Chain::with_options(&genesis, options, contracts)
            .expect("the genesis of chains in memory is sound, as the tests show");
        let settings = settings(&seeded_key("node").public_key(), addr);
        let journal = Box::new(Scratch::new(compiled.path(), args)?);
        Ok(Self { kind: Kind::Memory, chain, journal, settings, compiled: Some(compiled) })
    }
}

fn settings(node_key: &PublicKey, addr: SocketAddr) -> Settings {
    let node_key = node_key.clone();
    Settings { rpc_addr: Some(addr.to_string()), node_key, ..Settings::default() }
}

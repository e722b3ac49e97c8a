//! A home directory: the files of a chain, with neard's names and fields.

mod config;
mod create;
mod dumped;
mod eth_wallet;
mod genesis;
mod keys;
mod lock;
mod seen;
mod source;

pub use config::{Config, Consensus, DEFAULT_RPC_PORT, EMPTY_BLOCK_INTERVAL, Rpc, RpcLimits};
pub use create::{CreatedHome, NewHome};
pub(crate) use dumped::open_dump;
pub(crate) use eth_wallet::read as read_eth_wallet;
pub(crate) use keys::write as write_key;
pub(crate) use lock::HomeLock;
pub(crate) use source::ChainSource;

use crate::error::HomeError;
use genesis::HomeGenesis;
use keyway_chain::GenesisBuilder;
use near_crypto::KeyFile;
use std::fmt;
use std::path::{Path, PathBuf};

/// An existing home directory whose files have been read and agree.
pub struct Home {
    /// The directory.
    pub dir: PathBuf,
    /// What config.json says.
    pub config: Config,
    /// The node's own key.
    pub node_key: KeyFile,
    /// The validator's key.
    pub validator_key: KeyFile,
}

impl Home {
    /// Reads the home at `dir`, except its genesis. Nothing is written.
    ///
    /// # Errors
    /// When a file is missing, cannot be read or contradicts another.
    pub fn read(dir: &Path) -> Result<Self, HomeError> {
        if !dir.is_dir() {
            return Err(HomeError::NoHome { dir: dir.to_owned() });
        }
        let config = Config::load(&dir.join(CONFIG_FILE))?;
        let node_key = keys::load(&dir.join(&config.node_key_file))?;
        let validator_key = keys::load(&dir.join(&config.validator_key_file))?;
        refuse_foreign_data(dir)?;
        Ok(Self { dir: dir.to_owned(), config, node_key, validator_key })
    }

    /// Whether the home at `dir` is complete: then [`Home::create`] leaves it as it is.
    pub fn is_complete(dir: &Path) -> bool {
        dir.join(CONFIG_FILE).exists()
    }

    /// Whether the chain is a fork of another network: then [`Node::open_fork`](crate::Node::open_fork)
    /// opens it.
    pub fn is_fork(&self) -> bool {
        is_of_fork(&self.dir)
    }

    /// The genesis, and its records.
    ///
    /// # Errors
    /// What is missing or malformed.
    fn genesis(&self) -> Result<(HomeGenesis, GenesisBuilder), HomeError> {
        genesis::load(&self.dir, &self.config)
    }

    /// The genesis; a large one without its records, once they are in the store.
    ///
    /// # Errors
    /// As [`Home::genesis`].
    fn genesis_to_go_on(&self) -> Result<(HomeGenesis, Option<GenesisBuilder>), HomeError> {
        let stored = self.store().exists();
        match stored.then(|| seen::load(&self.dir, &self.config)).flatten() {
            Some(genesis) => Ok((genesis, None)),
            None => self.genesis().map(|(genesis, records)| (genesis, Some(records))),
        }
    }

    /// Lets later calls of [`Home::genesis_to_go_on`] omit the records. The store must have their
    /// state.
    ///
    /// # Errors
    /// When the home cannot be written to.
    fn remember_genesis(&self, genesis: &HomeGenesis) -> Result<(), HomeError> {
        Ok(seen::save(&self.dir, &self.config, genesis)?)
    }

    /// The directory of what the node itself keeps.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join(DATA)
    }

    /// The file with the store.
    pub(crate) fn store(&self) -> PathBuf {
        self.data().join(STORE)
    }

    /// The file of all inputs that the chain accepted.
    pub fn journal(&self) -> PathBuf {
        self.data().join(JOURNAL)
    }

    /// The file of the validator's key.
    pub fn validator_key_file(&self) -> PathBuf {
        self.dir.join(&self.config.validator_key_file)
    }
}

impl fmt::Debug for Home {
    /// Omits the secret keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Home").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// Whether `dir` has what a home keeps of the network that its chain is a fork of. The crate
/// `keyway-fork` writes that.
fn is_of_fork(dir: &Path) -> bool {
    dir.join(FORK_FILE).exists()
}

/// A home that neard ran on has neard's database in `data`, which nothing here can read.
fn refuse_foreign_data(dir: &Path) -> Result<(), HomeError> {
    let data = dir.join(DATA);
    if data.join("CURRENT").exists() && !data.join(JOURNAL).exists() {
        return Err(HomeError::ForeignData { data });
    }
    Ok(())
}

/// Name of the configuration's file.
pub(crate) const CONFIG_FILE: &str = "config.json";

/// Name of the file that says of which network the chain is a fork.
const FORK_FILE: &str = "fork.json";

/// Name of the directory of what the node itself keeps.
const DATA: &str = "data";

/// Name of the store's file.
const STORE: &str = "store";

/// Name of the journal's file.
const JOURNAL: &str = "journal";

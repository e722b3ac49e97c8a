//! A home directory: the files of a chain, with neard's names and fields.

mod config;
mod error;
mod files;
mod genesis;
mod keys;
mod lock;
mod seen;

pub(crate) use config::{Config, DEFAULT_RPC_PORT, EMPTY_BLOCK, NewConfig};
pub(crate) use error::HomeError;
pub(crate) use files::{Access, private_dir, read_json, write_whole};
pub(crate) use genesis::{HomeGenesis, check as check_genesis};
pub(crate) use keys::{create_or_keep, write as write_key};
pub(crate) use lock::HomeLock;

use crate::error::CliError;
use crate::journal::Journal;
use keyway_chain::Founding;
use near_crypto::KeyFile;
use std::path::{Path, PathBuf};

/// An existing home directory whose files have been read and agree.
pub(crate) struct Home {
    /// The directory.
    pub(crate) dir: PathBuf,
    /// What config.json says.
    pub(crate) config: Config,
    /// The node's own key.
    pub(crate) node_key: KeyFile,
    /// The validator's key.
    pub(crate) validator_key: KeyFile,
}

impl Home {
    /// Reads the home at `dir`, but for its genesis. Nothing is written.
    ///
    /// # Errors
    /// A file that is missing, cannot be read or does not fit the others.
    pub(crate) fn read(dir: &Path) -> Result<Self, HomeError> {
        if !dir.is_dir() {
            return Err(HomeError::NoHome { dir: dir.to_owned() });
        }
        let config = Config::load(&dir.join(CONFIG_FILE))?;
        let node_key = keys::load(&dir.join(&config.node_key_file))?;
        let validator_key = keys::load(&dir.join(&config.validator_key_file))?;
        refuse_foreign_data(dir)?;
        Ok(Self { dir: dir.to_owned(), config, node_key, validator_key })
    }

    /// The genesis, and its records.
    ///
    /// # Errors
    /// What is missing or malformed.
    pub(crate) fn genesis(&self) -> Result<(HomeGenesis, Founding), CliError> {
        genesis::load(&self.dir, &self.config)
    }

    /// The genesis; its records are left out when there are many, and they rest in the store.
    ///
    /// # Errors
    /// As [`Home::genesis`].
    pub(crate) fn genesis_to_go_on(&self) -> Result<(HomeGenesis, Option<Founding>), CliError> {
        let stored = self.store().exists();
        match stored.then(|| seen::load(&self.dir, &self.config)).flatten() {
            Some(genesis) => Ok((genesis, None)),
            None => self.genesis().map(|(genesis, founding)| (genesis, Some(founding))),
        }
    }

    /// Sees to it that [`Home::genesis_to_go_on`] need not read the records again. The store must
    /// have what they make.
    ///
    /// # Errors
    /// When the home cannot be written to.
    pub(crate) fn remember_genesis(&self, genesis: &HomeGenesis) -> Result<(), HomeError> {
        seen::save(&self.dir, &self.config, genesis)
    }

    /// The directory of what the node itself keeps.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join(DATA)
    }

    /// The file where the chain rests.
    pub(crate) fn store(&self) -> PathBuf {
        self.data().join(STORE)
    }

    /// The file of everything that happened on the chain.
    pub(crate) fn journal(&self) -> PathBuf {
        self.data().join(Journal::FILE)
    }
}

/// A home that neard ran on has neard's database in `data`, which nothing here can read.
fn refuse_foreign_data(dir: &Path) -> Result<(), HomeError> {
    let data = dir.join(DATA);
    if data.join("CURRENT").exists() && !data.join(Journal::FILE).exists() {
        return Err(HomeError::ForeignData { data });
    }
    Ok(())
}

/// Name of the configuration's file.
pub(crate) const CONFIG_FILE: &str = "config.json";

/// Name of the directory of what the node itself keeps.
pub(crate) const DATA: &str = "data";

/// Name of the file where a chain rests.
const STORE: &str = "store";

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
pub(crate) use files::{Access, read_json, write_whole};
pub(crate) use genesis::load as load_genesis;
pub(crate) use keys::{create_or_keep, write as write_key};
pub(crate) use lock::HomeLock;

use crate::journal::Journal;
use near_chain_configs::{Genesis, GenesisContents};
use near_crypto::KeyFile;
use near_primitives::hash::CryptoHash;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// An existing home directory whose files have been read and agree.
pub(crate) struct Home {
    /// The directory.
    pub(crate) dir: PathBuf,
    /// What config.json says.
    pub(crate) config: Config,
    /// The chain's first state; its records are in memory unless they were seen before.
    pub(crate) genesis: Genesis,
    /// The hash of the genesis with its records.
    pub(crate) genesis_hash: CryptoHash,
    /// The node's own key.
    pub(crate) node_key: KeyFile,
    /// The validator's key.
    pub(crate) validator_key: KeyFile,
}

impl Home {
    /// Reads the home at `dir`. Nothing is written.
    ///
    /// # Errors
    /// A file that is missing, cannot be read or does not fit the others.
    pub(crate) fn read(dir: &Path) -> Result<Self, HomeError> {
        if !dir.is_dir() {
            return Err(HomeError::NoHome { dir: dir.to_owned() });
        }
        let config = Config::load(&dir.join(CONFIG_FILE))?;
        let genesis = load_genesis(dir, &config)?;
        let hash = genesis.json_hash();
        Self::with(dir, config, (genesis, hash))
    }

    /// The same without the records of a large genesis whose state rests in the store.
    ///
    /// # Errors
    /// As [`Home::read`].
    pub(crate) fn read_to_go_on(dir: &Path) -> Result<Self, HomeError> {
        if !dir.join(DATA).join(STORE).exists() {
            return Self::read(dir);
        }
        let config = Config::load(&dir.join(CONFIG_FILE))?;
        match seen::load(dir, &config) {
            Some(genesis) => Self::with(dir, config, genesis),
            None => Self::read(dir),
        }
    }

    /// The genesis with its records, read where they are not in memory.
    ///
    /// # Errors
    /// What is missing or malformed.
    pub(crate) fn whole_genesis(&self) -> Result<Cow<'_, Genesis>, HomeError> {
        match &self.genesis.contents {
            GenesisContents::Records { records } if records.0.is_empty() => {
                load_genesis(&self.dir, &self.config).map(Cow::Owned)
            }
            _ => Ok(Cow::Borrowed(&self.genesis)),
        }
    }

    /// Sees to it that [`Home::read_to_go_on`] need not read a large genesis again. The store must
    /// have its state.
    ///
    /// # Errors
    /// When the home cannot be written to.
    pub(crate) fn remember_genesis(&self) -> Result<(), HomeError> {
        if self.is_large() {
            seen::save(&self.dir, &self.config, &self.genesis, self.genesis_hash)?;
        }
        Ok(())
    }

    fn with(
        dir: &Path,
        config: Config,
        (genesis, genesis_hash): (Genesis, CryptoHash),
    ) -> Result<Self, HomeError> {
        let node_key = keys::load(&dir.join(&config.node_key_file))?;
        let validator_key = keys::load(&dir.join(&config.validator_key_file))?;
        refuse_foreign_data(dir)?;
        Ok(Self { dir: dir.to_owned(), config, genesis, genesis_hash, node_key, validator_key })
    }

    /// The directory of what the node itself keeps.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join(DATA)
    }

    /// The file where the chain rests.
    pub(crate) fn store(&self) -> PathBuf {
        self.data().join(STORE)
    }

    /// Whether the genesis is so large that it should not be made into a state at each start.
    pub(crate) fn is_large(&self) -> bool {
        match &self.genesis.contents {
            GenesisContents::Records { records } => records.0.len() > LARGE,
            GenesisContents::RecordsFile { .. } | GenesisContents::StateRoots { .. } => false,
        }
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

/// Records that a state is made of in a fraction of a second.
const LARGE: usize = 20_000;

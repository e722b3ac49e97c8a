//! A new home directory, with the files that neard's `init` writes.

use super::config::{Config, NewConfig};
use super::{CONFIG_FILE, Home, dumped, genesis, is_of_fork, keys};
use crate::clock::now_ns;
use crate::error::{FileError, HomeError};
use crate::files::{Access, write_whole};
use keyway_chain::{
    ForkPoint, LocalAccount, LocalChain, default_validator, local_genesis, seeded_key,
};
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_crypto::{KeyFile, KeyType, SecretKey};
use near_primitives::types::{AccountId, ProtocolVersion};
use near_primitives::version::PROTOCOL_VERSION;
use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What a new home begins with.
#[derive(Clone, Debug)]
pub struct NewHome {
    /// The name of the chain; none: `test-chain-` and five random characters.
    pub chain_id: Option<String>,
    /// Short epochs (60 blocks, not 500) and short block times.
    pub fast: bool,
    /// The account of the validator; none: `test.near`.
    pub validator: Option<AccountId>,
    /// Derives the validator's key from this text instead of at random: for tests only.
    pub validator_seed: Option<String>,
    /// The protocol version of the chain.
    pub protocol_version: ProtocolVersion,
    /// Accounts besides `near` and the validator.
    pub accounts: Vec<LocalAccount>,
    /// Peers, kept in config.json and never called.
    pub boot_nodes: String,
    /// The dump that the chain starts from; none: a new chain. Of the other settings only the peers
    /// and the block times then count.
    pub dump: Option<PathBuf>,
    /// When the chain begins, nanoseconds since the Unix epoch; none: now.
    pub genesis_time_ns: Option<u64>,
    /// Where the chain begins, if it is a fork of another network; of the other settings only the dump,
    /// the validator, the peers and the block times then count. The directory has the files of the fork
    /// already: `Fork::begin_home` of the crate `keyway-fork` writes them.
    pub fork: Option<ForkPoint>,
}

impl Default for NewHome {
    /// A chain of the newest protocol with a random name, `near`, and the validator `test.near`
    /// with a random key.
    fn default() -> Self {
        Self {
            chain_id: None,
            fast: false,
            validator: None,
            validator_seed: None,
            protocol_version: PROTOCOL_VERSION,
            accounts: Vec::new(),
            boot_nodes: String::new(),
            dump: None,
            genesis_time_ns: None,
            fork: None,
        }
    }
}

/// A home directory that is complete.
pub struct CreatedHome {
    /// False when it was complete before.
    pub made: bool,
    /// What config.json says.
    pub config: Config,
    /// What genesis.json says besides its records.
    pub genesis: GenesisConfig,
    /// Whether its chain is a fork.
    pub fork: bool,
    /// The validator's key: its account has NEAR, except on a fork, which does not know the key.
    pub validator_key: KeyFile,
}

impl fmt::Debug for CreatedHome {
    /// The secret key stays out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedHome").field("made", &self.made).finish_non_exhaustive()
    }
}

impl Home {
    /// Makes `dir` a home directory. What is there already stays as it is.
    ///
    /// The configuration is written last: with it the home is complete, so a call that was cut
    /// short is finished by the next one.
    ///
    /// # Errors
    /// When a file that is there cannot be used, or one that is not cannot be written.
    pub fn create(dir: &Path, new: &NewHome) -> Result<CreatedHome, HomeError> {
        fs::create_dir_all(dir)
            .map_err(|source| FileError::Unwritable { path: dir.to_owned(), source })?;
        let config_file = dir.join(CONFIG_FILE);
        if config_file.exists() {
            return complete(dir, Config::load(&config_file)?, new);
        }
        match (&new.fork, is_of_fork(dir)) {
            (None, true) => return Err(HomeError::NeedsNetwork { dir: dir.to_owned() }),
            (Some(_), false) => return Err(HomeError::NoFork { dir: dir.to_owned() }),
            _ => {}
        }
        let config = Config::default();
        let genesis_file = dir.join(&config.genesis_file);
        let validator_key = match (&new.fork, &new.dump) {
            (Some(point), dump) => {
                // A dump has the settings that its chain began with.
                let settings = dump.as_deref().map(dumped::genesis).transpose()?;
                let genesis = without_records(settings.unwrap_or(point.genesis.clone()));
                check_unchanged(&genesis_file, &genesis)?;
                if let Some(from) = dump {
                    dumped::copy(from, dir, Some(&point.block.header.hash))?;
                }
                let validator_key = create_keys(dir, &config, new)?;
                write_genesis(&genesis_file, &genesis)?;
                validator_key
            }
            (None, None) => {
                let validator_key = create_keys(dir, &config, new)?;
                if !genesis_file.exists() {
                    write_genesis(&genesis_file, &first_genesis(new, &validator_key))?;
                }
                validator_key
            }
            (None, Some(from)) => {
                let genesis = without_records(dumped::genesis(from)?);
                check_unchanged(&genesis_file, &genesis)?;
                dumped::copy(from, dir, None)?;
                let validator_key = create_keys(dir, &config, &of_dump(new, &genesis.config))?;
                write_genesis(&genesis_file, &genesis)?;
                validator_key
            }
        };
        let genesis = genesis::check(dir, &config)?;
        NewConfig { fast: new.fast, boot_nodes: &new.boot_nodes }.write(&config_file)?;
        Ok(CreatedHome { made: true, config, genesis, fork: new.fork.is_some(), validator_key })
    }
}

fn without_records(config: GenesisConfig) -> Genesis {
    let contents = GenesisContents::Records { records: GenesisRecords(Vec::new()) };
    Genesis { config, contents }
}

/// A home that is there: its genesis must be readable; keys that are not there are made.
fn complete(dir: &Path, config: Config, new: &NewHome) -> Result<CreatedHome, HomeError> {
    let genesis = genesis::check(dir, &config)?;
    let validator_key = create_keys(dir, &config, new)?;
    let fork = is_of_fork(dir);
    Ok(CreatedHome { made: false, config, genesis, fork, validator_key })
}

/// The validator's key. The node's own is made beside it.
fn create_keys(dir: &Path, config: &Config, new: &NewHome) -> Result<KeyFile, HomeError> {
    let node: AccountId = "node".parse().expect("`node` is an account id");
    keys::create_or_keep(&dir.join(&config.node_key_file), &node, None)?;
    let validator = new.validator.clone().unwrap_or_else(default_validator);
    let path = dir.join(&config.validator_key_file);
    keys::create_or_keep(&path, &validator, new.validator_seed.as_deref())
}

/// The settings with the validator of a dumped chain, and its key if anybody can derive that.
fn of_dump(new: &NewHome, genesis: &GenesisConfig) -> NewHome {
    let validator = genesis.validators.first();
    let known = validator.filter(|validator| {
        seeded_key(validator.account_id.as_str()).public_key() == validator.public_key
    });
    NewHome {
        validator: validator.map(|validator| validator.account_id.clone()),
        validator_seed: known.map(|validator| validator.account_id.to_string()),
        ..new.clone()
    }
}

fn first_genesis(new: &NewHome, validator: &KeyFile) -> Genesis {
    let chain = LocalChain {
        chain_id: new.chain_id.clone().unwrap_or_else(random_chain_id),
        fast: new.fast,
        validator: validator.account_id.clone(),
        validator_key: validator.public_key.clone(),
        protocol_version: new.protocol_version,
        genesis_time_ns: new.genesis_time_ns.unwrap_or_else(now_ns),
    };
    local_genesis(&chain, &new.accounts)
}

/// Refuses to replace a genesis by another one.
fn check_unchanged(path: &Path, genesis: &Genesis) -> Result<(), HomeError> {
    match fs::read(path) {
        Ok(had) if had != genesis_text(genesis, path)? => {
            Err(HomeError::OtherGenesis { path: path.to_owned() })
        }
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(FileError::Unreadable { path: path.to_owned(), source }.into())
        }
        _ => Ok(()),
    }
}

fn genesis_text(genesis: &Genesis, path: &Path) -> Result<Vec<u8>, FileError> {
    serde_json::to_vec_pretty(genesis)
        .map_err(|source| FileError::Malformed { path: path.to_owned(), source })
}

fn write_genesis(path: &Path, genesis: &Genesis) -> Result<(), FileError> {
    let text = genesis_text(genesis, path)?;
    write_whole(path, Access::Shared, |file| file.write_all(&text))
}

/// `test-chain-` and five random characters, which are those of a random key.
fn random_chain_id() -> String {
    let key = SecretKey::from_random(KeyType::ED25519).public_key().to_string();
    let random: Vec<char> = key.chars().rev().take(5).collect();
    format!("test-chain-{}", random.iter().collect::<String>())
}

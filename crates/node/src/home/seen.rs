//! The hash and settings of a large genesis, so that a start need not read its records again.
//!
//! They are valid while the files have the same length and modification time. Without them the whole
//! genesis is read.

use super::config::Config;
use super::genesis::HomeGenesis;
use crate::error::FileError;
use crate::files::{Access, write_whole};
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// A genesis that a store was made from.
#[derive(Deserialize, Serialize)]
struct Seen {
    files: Vec<Stamp>,
    hash: CryptoHash,
    config: GenesisConfig,
}

/// The length and modification time of a file.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Stamp {
    length: u64,
    modified_ns: u64,
}

/// The genesis of the home at `dir`; none when it must be read.
pub(super) fn load(dir: &Path, config: &Config) -> Option<HomeGenesis> {
    let bytes = fs::read(dir.join(FILE)).ok()?;
    let seen: Seen = serde_json::from_slice(&bytes).ok()?;
    let genesis = HomeGenesis { config: seen.config, hash: seen.hash };
    (stamps(dir, config)? == seen.files).then_some(genesis)
}

/// Writes the file.
///
/// # Errors
/// When the home cannot be written to.
pub(super) fn save(dir: &Path, config: &Config, genesis: &HomeGenesis) -> Result<(), FileError> {
    let Some(files) = stamps(dir, config) else { return Ok(()) };
    let seen = Seen { files, hash: genesis.hash, config: genesis.config.clone() };
    write_whole(&dir.join(FILE), Access::Owner, |file| Ok(serde_json::to_writer(file, &seen)?))
}

fn stamps(dir: &Path, config: &Config) -> Option<Vec<Stamp>> {
    let files = std::iter::once(&config.genesis_file).chain(&config.genesis_records_file);
    files.map(|file| stamp(&dir.join(file))).collect()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let modified_ns = u64::try_from(modified.as_nanos()).ok()?;
    Some(Stamp { length: metadata.len(), modified_ns })
}

/// In the directory of the store, so that both are removed together.
const FILE: &str = "data/genesis.seen";

#[cfg(test)]
mod tests {
    use super::*;
    use keyway_chain::{LocalChain, local_genesis};
    use near_primitives::version::PROTOCOL_VERSION;

    #[test]
    fn it_counts_until_the_file_changes() {
        let (dir, config) = (tempfile::tempdir().unwrap(), Config::default());
        fs::create_dir(dir.path().join("data")).unwrap();
        let path = dir.path().join("genesis.json");
        let genesis = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &[]);
        fs::write(&path, serde_json::to_vec(&genesis).unwrap()).unwrap();
        assert!(load(dir.path(), &config).is_none());
        let genesis = HomeGenesis { hash: genesis.json_hash(), config: genesis.config };
        save(dir.path(), &config, &genesis).unwrap();
        let seen = load(dir.path(), &config).unwrap();
        assert_eq!(seen.config.total_supply, genesis.config.total_supply);
        assert_eq!(seen.hash, genesis.hash);
        fs::write(&path, b"{}").unwrap();
        assert!(load(dir.path(), &config).is_none());
        fs::write(dir.path().join(FILE), b"no json").unwrap();
        assert!(load(dir.path(), &config).is_none());
    }
}

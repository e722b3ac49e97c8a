//! genesis.json, read record by record, because it can be larger than memory. The chain checks
//! whether it is valid.

mod fields;

use super::config::Config;
use crate::error::{FileError, HomeError};
use crate::files;
use fields::{Fields, Records};
use keyway_chain::GenesisBuilder;
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::state_record::StateRecord;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::mem::take;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// The genesis of a home, without its records.
pub(crate) struct HomeGenesis {
    /// What it says besides its records.
    pub(crate) config: GenesisConfig,
    /// The hash of the genesis with its records.
    pub(crate) hash: CryptoHash,
}

/// Reads the genesis of the home at `dir`, and its records from wherever they are.
///
/// # Errors
/// What is missing or malformed.
pub(super) fn load(
    dir: &Path,
    config: &Config,
) -> Result<(HomeGenesis, GenesisBuilder), HomeError> {
    let (mut hasher, mut records) = (Sha256::new(), GenesisBuilder::spilling_to(dir));
    let fields = thread::scope(|scope| {
        let (sender, batches) = sync_channel(READ_AHEAD);
        // Reading takes as long as all the rest.
        let reading = scope.spawn(move || each_batch(dir, config, &sender));
        for record in batches.into_iter().flatten() {
            digest(&mut hasher, &record);
            records.add(record).map_err(|source| HomeError::Genesis {
                path: dir.join(&config.genesis_file),
                source: Box::new(source),
            })?;
        }
        reading.join().unwrap_or_else(|panic| resume_unwind(panic)).map_err(HomeError::from)
    })?;
    digest(&mut hasher, &fields);
    let hash = CryptoHash(hasher.finalize().into());
    Ok((HomeGenesis { config: fields, hash }, records))
}

/// What is hashed is what was understood: spaces and the order of fields do not count.
fn digest(hasher: &mut Sha256, part: &impl Serialize) {
    serde_json::to_writer(hasher, part).expect("a hasher takes everything, and it came from JSON");
}

/// Reads a genesis to see that it can be read. Returns what it says besides its records.
///
/// # Errors
/// What is missing or malformed.
pub(super) fn check(dir: &Path, config: &Config) -> Result<GenesisConfig, FileError> {
    each_record(dir, config, &mut |_| true)
}

fn each_batch(
    dir: &Path,
    config: &Config,
    sender: &SyncSender<Vec<StateRecord>>,
) -> Result<GenesisConfig, FileError> {
    let mut batch = Vec::new();
    let fields = each_record(dir, config, &mut |record| {
        batch.push(record);
        batch.len() < BATCH || sender.send(take(&mut batch)).is_ok()
    })?;
    // Fails only when a record was refused, which is reported already.
    let _refused = sender.send(batch);
    Ok(fields)
}

/// Gives each record to `take` until it returns an error. Returns the genesis without its records.
fn each_record(
    dir: &Path,
    config: &Config,
    take: &mut dyn FnMut(StateRecord) -> bool,
) -> Result<GenesisConfig, FileError> {
    let path = dir.join(&config.genesis_file);
    let Some(file) = &config.genesis_records_file else {
        return files::read_json_with(&path, Fields { records: Some(Records(take)) });
    };
    let fields = files::read_json_with(&path, Fields { records: None })?;
    files::read_json_with(&dir.join(file), Records(take))?;
    Ok(fields)
}

/// Records that go from thread to thread together.
const BATCH: usize = 512;

/// Batches that may wait.
const READ_AHEAD: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use keyway_chain::{LocalAccount, LocalChain, local_genesis, seeded_key};
    use near_primitives::types::Balance;
    use near_primitives::version::PROTOCOL_VERSION;
    use serde_json::{Value, json};

    fn accounts() -> Vec<LocalAccount> {
        let account = |number| LocalAccount {
            account_id: format!("account-{number}.near").parse().unwrap(),
            public_key: seeded_key("account").public_key(),
            amount: Balance::from_near(10_000),
            locked: Balance::ZERO,
        };
        (0..10).map(account).collect()
    }

    fn written(
        change: impl FnOnce(&mut Value),
    ) -> Result<(HomeGenesis, GenesisBuilder), HomeError> {
        let dir = tempfile::tempdir().unwrap();
        let genesis = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &accounts());
        let mut value = serde_json::to_value(genesis).unwrap();
        value["genesis_time"] = json!("2025-01-01T00:00:00Z");
        change(&mut value);
        std::fs::write(dir.path().join("genesis.json"), value.to_string()).unwrap();
        load(dir.path(), &Config::default())
    }

    fn malformed(change: impl FnOnce(&mut Value)) -> serde_json::Error {
        match written(change) {
            Err(HomeError::File(FileError::Malformed { source, .. })) => source,
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("it was read"),
        }
    }

    #[test]
    fn what_init_makes_is_read_back() {
        let (genesis, records) = written(|_| ()).unwrap();
        let made = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &accounts());
        assert_eq!(genesis.config.total_supply, made.config.total_supply);
        assert_eq!(records.records(), 24);
    }

    #[test]
    fn only_what_a_genesis_means_counts_for_its_hash() {
        let hash = |change: fn(&mut Value)| written(change).unwrap().0.hash;
        assert_eq!(hash(|genesis| genesis["genesis_time_zone"] = json!(7)), hash(|_| ()));
        assert_ne!(hash(|genesis| genesis["epoch_length"] = json!(7)), hash(|_| ()));
        assert_ne!(
            hash(|genesis| genesis["records"].as_array_mut().unwrap().truncate(9)),
            hash(|_| ())
        );
    }

    #[test]
    fn unknown_fields_and_an_account_without_version_are_fine() {
        written(|genesis| {
            genesis["genesis_time_zone"] = json!("somewhere");
            let account = genesis["records"][0]["Account"]["account"].as_object_mut().unwrap();
            account.remove("version");
        })
        .unwrap();
    }

    #[test]
    fn what_is_wrong_is_named_by_line() {
        let bad = malformed(|genesis| genesis["records"][1] = json!({ "Acount": {} }));
        assert!(bad.to_string().contains("Acount"), "{bad}");
        assert_eq!(bad.line(), 1);
        let bad = malformed(|genesis| genesis["epoch_length"] = json!("long"));
        assert!(bad.to_string().contains("long"), "{bad}");
        assert_eq!(bad.line(), 1);
        let bad = malformed(|genesis| drop(genesis.as_object_mut().unwrap().remove("records")));
        assert!(bad.to_string().contains("records"), "{bad}");
    }
}

//! genesis.json, read. Whether it makes a chain is the chain's to say.

use super::{Config, HomeError, files};
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_primitives::state_record::StateRecord;
use serde::Deserialize;
use std::path::Path;

/// Reads the genesis of the home at `dir`, with its records, from wherever they are.
///
/// # Errors
/// What is missing or malformed.
pub(crate) fn load(dir: &Path, config: &Config) -> Result<Genesis, HomeError> {
    let path = dir.join(&config.genesis_file);
    let text = files::read(&path)?;
    let fields: GenesisConfig = files::parse(&path, &text)?;
    let records = match &config.genesis_records_file {
        Some(file) => files::read_json(&dir.join(file))?,
        None => files::parse::<InGenesis>(&path, &text)?.records,
    };
    let contents = GenesisContents::Records { records: GenesisRecords(records) };
    Ok(Genesis { config: fields, contents })
}

/// Records are read on their own: read together with the rest, an error in one of two thousand
/// records could not say where it is.
#[derive(Deserialize)]
struct InGenesis {
    records: Vec<StateRecord>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev_accounts;
    use keyway_node::{LocalChain, local_genesis};
    use near_primitives::version::PROTOCOL_VERSION;
    use serde_json::{Value, json};

    fn written(change: impl FnOnce(&mut Value)) -> Result<Genesis, HomeError> {
        let dir = tempfile::tempdir().unwrap();
        let genesis = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &dev_accounts::all());
        let mut value = serde_json::to_value(genesis).unwrap();
        change(&mut value);
        std::fs::write(dir.path().join("genesis.json"), value.to_string()).unwrap();
        load(dir.path(), &Config::default())
    }

    #[test]
    fn what_init_makes_is_read_back() {
        let genesis = written(|_| ()).unwrap();
        let made = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &dev_accounts::all());
        assert_eq!(genesis.config.total_supply, made.config.total_supply);
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
    fn a_bad_record_is_named_by_line() {
        let error = written(|genesis| genesis["records"][1] = json!({ "Acount": {} })).unwrap_err();
        let HomeError::Malformed { source, .. } = error else { panic!("{error}") };
        assert!(source.to_string().contains("Acount"), "{source}");
        assert_eq!(source.line(), 1);
    }
}

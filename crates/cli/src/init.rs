//! `init`: creates a home directory with the files that neard's `init` writes.

mod report;

pub(crate) use report::Report;

use crate::args::InitArgs;
use crate::dev_accounts;
use crate::error::CliError;
use crate::fork;
use crate::notes::Notes;
use crate::protocol;
use keyway_node::{Home, NewHome};
use near_primitives::types::ProtocolVersion;
use std::path::Path;

/// Creates a home in `dir`. Existing files are not changed.
///
/// # Errors
/// If an existing file cannot be used, or a new one cannot be written.
pub(crate) fn init(dir: &Path, args: &InitArgs, notes: &Notes) -> Result<Report, CliError> {
    refuse_what_cannot_be(args)?;
    let mut new = new_home(args, protocol::chosen(args.new.protocol_version)?);
    if args.fork.is_fork() && !Home::is_complete(dir) {
        let fork = fork::connect(&args.fork, args.from.as_deref(), notes)?;
        fork.begin_home(dir)?;
        new.fork = Some(fork.point());
    }
    let home = Home::create(dir, &new)?;
    Ok(Report {
        fork: home.fork,
        dir: dir.to_owned(),
        made: home.made,
        chain_id: home.genesis.chain_id,
        protocol_version: home.genesis.protocol_version,
        signer: home.validator_key.account_id,
        key_file: dir.join(&home.config.validator_key_file),
        accounts: if home.made { args.new.accounts.unwrap_or_default() } else { 0 },
    })
}

fn new_home(args: &InitArgs, protocol_version: ProtocolVersion) -> NewHome {
    let accounts = args.new.accounts.unwrap_or_default();
    let balance = args.new.balance.unwrap_or(dev_accounts::BALANCE);
    let usual = (accounts > 0).then(|| dev_accounts::CHAIN.to_owned());
    NewHome {
        chain_id: args.chain_id.clone().or(usual),
        fast: args.fast,
        validator: args.account_id.clone(),
        validator_seed: args.test_seed.clone(),
        protocol_version,
        accounts: dev_accounts::first(accounts, balance),
        boot_nodes: args.boot_nodes.clone().unwrap_or_default(),
        dump: args.from.clone(),
        genesis_time_ns: args.genesis_time,
        fork: None,
    }
}

fn refuse_what_cannot_be(args: &InitArgs) -> Result<(), CliError> {
    if args.num_shards != 1 {
        return Err(CliError::Shards { asked: args.num_shards });
    }
    if args.new.balance.is_some() && args.new.accounts.is_none() {
        return Err(CliError::BalanceOfNobody);
    }
    let only_new =
        [(args.chain_id.is_some(), "--chain-id"), (args.genesis_time.is_some(), "--genesis-time")];
    let only_new = only_new.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag);
    fork::check(&args.fork, args.new.given().chain(only_new))?;
    match args.chain_id.as_deref() {
        Some(chain_id @ ("mainnet" | "testnet")) => {
            Err(CliError::PublicChain { chain_id: chain_id.to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::NewChainArgs;
    use near_primitives::types::Balance;
    use serde_json::json;
    use std::fs;

    fn init(dir: &Path, args: &InitArgs) -> Result<Report, CliError> {
        super::init(dir, args, &Notes::on_stderr())
    }

    fn read(dir: &Path, file: &str) -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(dir.join(file)).unwrap()).unwrap()
    }

    #[test]
    fn a_new_home_has_neards_files() {
        let dir = tempfile::tempdir().unwrap();
        let args = InitArgs { fast: true, num_shards: 1, ..Default::default() };
        assert!(init(dir.path(), &args).unwrap().made);
        let genesis = read(dir.path(), "genesis.json");
        let chain_id = genesis["chain_id"].as_str().unwrap();
        assert_eq!(chain_id.len(), "test-chain-".len() + 5, "{chain_id}");
        assert_eq!(genesis["epoch_length"], 60);
        let validator = read(dir.path(), "validator_key.json");
        assert_eq!(genesis["validators"][0]["public_key"], validator["public_key"]);
        assert_eq!(read(dir.path(), "node_key.json")["account_id"], "node");
        let delay = &read(dir.path(), "config.json")["consensus"]["min_block_production_delay"];
        assert_eq!(*delay, serde_json::json!({ "secs": 0, "nanos": 120_000_000 }));
    }

    #[test]
    fn a_second_init_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let args = InitArgs { num_shards: 1, ..Default::default() };
        init(dir.path(), &args).unwrap();
        let before = ["genesis.json", "config.json", "node_key.json", "validator_key.json"]
            .map(|file| fs::read(dir.path().join(file)).unwrap());
        let other = InitArgs { fast: true, chain_id: Some("other".to_owned()), ..args };
        assert!(!init(dir.path(), &other).unwrap().made);
        let after = ["genesis.json", "config.json", "node_key.json", "validator_key.json"]
            .map(|file| fs::read(dir.path().join(file)).unwrap());
        assert_eq!(before, after);
    }

    #[test]
    fn an_init_that_was_cut_short_is_finished() {
        let dir = tempfile::tempdir().unwrap();
        let args = InitArgs { num_shards: 1, ..Default::default() };
        init(dir.path(), &args).unwrap();
        let key = read(dir.path(), "validator_key.json");
        fs::remove_file(dir.path().join("config.json")).unwrap();
        fs::remove_file(dir.path().join("genesis.json")).unwrap();
        assert!(init(dir.path(), &args).unwrap().made);
        assert_eq!(
            read(dir.path(), "genesis.json")["validators"][0]["public_key"],
            key["public_key"]
        );
    }

    #[test]
    fn development_accounts_are_on_a_chain_where_the_tools_know_their_keys() {
        let dir = tempfile::tempdir().unwrap();
        let new = NewChainArgs {
            accounts: Some(12),
            balance: Some(Balance::from_near(7)),
            protocol_version: Some(86),
        };
        init(dir.path(), &InitArgs { num_shards: 1, new, ..Default::default() }).unwrap();
        let genesis = read(dir.path(), "genesis.json");
        assert_eq!(
            (&genesis["chain_id"], &genesis["protocol_version"]),
            (&json!("localnet"), &json!(86))
        );
        let records = genesis["records"].as_array().unwrap();
        let seven = |record: &&serde_json::Value| {
            record["Account"]["account"]["amount"] == "7000000000000000000000000"
        };
        assert_eq!((records.len(), records.iter().filter(seven).count()), (28, 12));
    }

    #[test]
    fn what_this_node_cannot_be_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let shards = InitArgs { num_shards: 4, ..Default::default() };
        assert!(matches!(init(dir.path(), &shards), Err(CliError::Shards { asked: 4 })));
        let public = InitArgs { num_shards: 1, chain_id: Some("mainnet".to_owned()), ..shards };
        assert!(matches!(init(dir.path(), &public), Err(CliError::PublicChain { .. })));
        let new = NewChainArgs { balance: Some(Balance::ZERO), ..Default::default() };
        let balance = InitArgs { num_shards: 1, new, ..Default::default() };
        assert!(matches!(init(dir.path(), &balance), Err(CliError::BalanceOfNobody)));
        assert!(fs::read_dir(dir.path()).unwrap().next().is_none());
    }
}

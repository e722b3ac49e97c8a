//! From a home directory to its chain.

use crate::contracts;
use crate::error::CliError;
use crate::home::Home;
use keyway_node::{Chain, ChainOptions, EthWallet};
use near_crypto::InMemorySigner;

/// The chain of `home` at its genesis block, before anything happened, with the wallet contract
/// where there is one.
///
/// # Errors
/// When the genesis makes no chain, or there is no place for compiled contracts.
pub(crate) fn at_genesis(home: &Home, eth_wallet: Option<EthWallet>) -> Result<Chain, CliError> {
    let block_delay = home.config.consensus.block_delay();
    let key = &home.validator_key;
    let signer = InMemorySigner::from_secret_key(key.account_id.clone(), key.secret_key.clone());
    let options = ChainOptions { block_delay, signer: Some(signer), eth_wallet };
    let contracts = contracts::open(&home.data())?;
    Chain::with_options(&home.genesis, options, contracts).map_err(|source| {
        let path = home.dir.join(&home.config.genesis_file);
        CliError::Genesis { path, source: Box::new(source) }
    })
}

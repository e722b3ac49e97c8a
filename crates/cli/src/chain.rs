//! From a home directory to its chain.

use crate::contracts;
use crate::error::CliError;
use crate::home::Home;
use keyway_node::{Chain, ChainOptions, EthWallet, ResumeError, Shelf};
use near_crypto::InMemorySigner;
use near_vm_runner::ContractRuntimeCache;
use std::sync::Arc;

/// All that a home's chain begins with.
pub(crate) struct Beginning<'a> {
    home: &'a Home,
    options: ChainOptions,
    contracts: Arc<dyn ContractRuntimeCache>,
}

impl<'a> Beginning<'a> {
    /// What `home` says, and the wallet contract where there is one.
    ///
    /// # Errors
    /// When there is no place for compiled contracts.
    pub(crate) fn of(home: &'a Home, eth_wallet: Option<EthWallet>) -> Result<Self, CliError> {
        let block_delay = home.config.consensus.block_delay();
        let (account_id, key) = (&home.validator_key.account_id, &home.validator_key.secret_key);
        let signer = Some(InMemorySigner::from_secret_key(account_id.clone(), key.clone()));
        let options = ChainOptions { block_delay, signer, eth_wallet };
        Ok(Self { home, options, contracts: contracts::open(&home.data())? })
    }

    /// The chain at its genesis block, before anything happened.
    ///
    /// # Errors
    /// When the genesis makes no chain.
    pub(crate) fn start(self) -> Result<Chain, CliError> {
        let Self { home, options, contracts } = self;
        let genesis = home.whole_genesis()?;
        Chain::with_options(&genesis, options, contracts).map_err(|source| {
            let path = home.dir.join(&home.config.genesis_file);
            CliError::Genesis { path, source: Box::new(source) }
        })
    }

    /// The chain where the newest checkpoint has it.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(crate) fn resume(self, shelf: &Shelf) -> Result<Chain, ResumeError> {
        let Self { home, options, contracts } = self;
        Chain::resume(&home.genesis.config, options, contracts, shelf)
    }
}

//! From a home directory to its chain.

use crate::contracts;
use crate::error::CliError;
use crate::home::{Home, HomeGenesis};
use keyway_chain::{Chain, ChainOptions, EthWallet, Founding, GenesisError, ResumeError, Shelf};
use keyway_state::RowSink;
use near_crypto::InMemorySigner;
use near_vm_runner::ContractRuntimeCache;
use std::mem::take;
use std::sync::Arc;

/// All that a home's chain begins with.
pub(crate) struct Beginning<'a> {
    home: &'a Home,
    genesis: &'a HomeGenesis,
    founding: Option<Founding>,
    options: ChainOptions,
    contracts: Arc<dyn ContractRuntimeCache>,
}

impl<'a> Beginning<'a> {
    /// What `home` says, and the wallet contract where there is one. The records are read when they
    /// are needed and were not read before.
    ///
    /// # Errors
    /// When there is no place for compiled contracts.
    pub(crate) fn of(
        home: &'a Home,
        (genesis, founding): (&'a HomeGenesis, Option<Founding>),
        eth_wallet: Option<EthWallet>,
    ) -> Result<Self, CliError> {
        let block_delay = home.config.consensus.block_delay();
        let (account_id, key) = (&home.validator_key.account_id, &home.validator_key.secret_key);
        let signer = Some(InMemorySigner::from_secret_key(account_id.clone(), key.clone()));
        let options = ChainOptions { block_delay, signer, eth_wallet };
        let contracts = contracts::of_home(&home.data());
        Ok(Self { home, genesis, founding, options, contracts })
    }

    /// Whether the records are many; reads them unless they were read.
    ///
    /// # Errors
    /// What is missing or malformed.
    pub(crate) fn is_large(&mut self) -> Result<bool, CliError> {
        self.founding().map(|founding| is_large(founding))
    }

    /// The chain at its genesis block, before anything happened, in memory.
    ///
    /// # Errors
    /// When the genesis makes no chain.
    pub(crate) fn start(mut self) -> Result<Chain, CliError> {
        let founding = take(self.founding()?);
        let config = &self.genesis.config;
        let chain = Chain::found(config, founding, self.options, self.contracts);
        chain.map_err(|source| no_chain(self.home, source))
    }

    /// The same with its state in the empty store behind `shelf`, which gets it by way of `sink`,
    /// and the number of the first row that is then free.
    ///
    /// # Errors
    /// As [`Beginning::start`], and when the store cannot be written.
    pub(crate) fn start_on(
        mut self,
        shelf: &Shelf,
        sink: &mut dyn RowSink,
    ) -> Result<(Chain, u64), CliError> {
        let founding = take(self.founding()?);
        let config = &self.genesis.config;
        let chain = Chain::found_on((shelf, sink), config, founding, self.options, self.contracts);
        chain.map_err(|source| no_chain(self.home, source))
    }

    /// The chain where the newest checkpoint has it.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(crate) fn resume(self, shelf: &Shelf) -> Result<Chain, ResumeError> {
        Chain::resume(&self.genesis.config, self.options, self.contracts, shelf)
    }

    fn founding(&mut self) -> Result<&mut Founding, CliError> {
        let founding = match self.founding.take() {
            Some(founding) => founding,
            None => self.home.genesis()?.1,
        };
        Ok(self.founding.insert(founding))
    }
}

/// Whether there are so many records that they should not be made into a state at each start.
pub(crate) fn is_large(founding: &Founding) -> bool {
    founding.records() > LARGE
}

fn no_chain(home: &Home, source: GenesisError) -> CliError {
    let path = home.dir.join(&home.config.genesis_file);
    CliError::Genesis { path, source: Box::new(source) }
}

/// Records that a state is made of in a fraction of a second.
const LARGE: u64 = 20_000;

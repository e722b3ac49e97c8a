//! From a home directory to its chain.

use super::dumped::DumpFile;
use super::genesis::HomeGenesis;
use super::{Home, eth_wallet};
use crate::contracts;
use crate::error::{HomeError, NodeError};
use keyway_chain::{
    CachedArchive, Chain, ChainOptions, EthWallet, ForkPoint, GenesisBuilder, GenesisError,
    ResumeError,
};
use keyway_state::{BaseState, RowSink};
use near_crypto::InMemorySigner;
use near_primitives::hash::CryptoHash;
use near_vm_runner::ContractRuntimeCache;
use std::mem::take;
use std::path::Path;
use std::sync::Arc;

/// Everything that the chain of a home is made from.
pub(crate) struct ChainSource<'a> {
    home: &'a Home,
    genesis: HomeGenesis,
    records: Option<GenesisBuilder>,
    /// The dump that the chain starts from in place of the genesis's records, if there is one.
    dump: Option<DumpFile>,
    /// Whether there were many records, and they were read.
    read_many: bool,
    /// Where the chain began, if it is a fork.
    fork: Option<ForkStart>,
    options: ChainOptions,
    contracts: Arc<dyn ContractRuntimeCache>,
}

/// Where a fork began, and the network's state after that block.
type ForkStart = (ForkPoint, Arc<dyn BaseState>);

impl<'a> ChainSource<'a> {
    /// For opening `home`. If a file `eth_wallet` is given, the wallet contract in it is copied to the
    /// home. The records of the genesis are read only when they are needed.
    ///
    /// # Errors
    /// When a file of the home is missing or malformed, or the chain began without the wallet.
    pub(crate) fn to_open(home: &'a Home, eth_wallet: Option<&Path>) -> Result<Self, HomeError> {
        refuse_fork(home)?;
        let (genesis, records) = home.genesis_to_go_on()?;
        let eth_wallet = eth_wallet::keep(home, &genesis.config.chain_id, eth_wallet)?;
        Self::new(home, genesis, records, eth_wallet)
    }

    /// For opening `home`, whose chain is a fork that began at `fork`.
    ///
    /// # Errors
    /// When a file of the home is missing or malformed, or its chain is no fork.
    pub(crate) fn to_open_fork(
        home: &'a Home,
        (point, base): ForkStart,
    ) -> Result<Self, HomeError> {
        if !home.is_fork() {
            return Err(HomeError::NoFork { dir: home.dir.clone() });
        }
        let (genesis, records) = home.genesis()?;
        // A dump's settings are those that its chain began with.
        let point = ForkPoint { genesis: genesis.config.clone(), ..point };
        let source = Self::new(home, genesis, Some(records), None)?;
        Ok(Self { fork: Some((point, base)), ..source })
    }

    /// For reading `home` only, while another process may run a node on it.
    ///
    /// # Errors
    /// When a file of the home is missing or malformed.
    pub(crate) fn to_read(home: &'a Home) -> Result<Self, HomeError> {
        refuse_fork(home)?;
        let (genesis, records) = home.genesis()?;
        let eth_wallet = eth_wallet::kept(home, &genesis.config.chain_id)?;
        Self::new(home, genesis, Some(records), eth_wallet)
    }

    fn new(
        home: &'a Home,
        genesis: HomeGenesis,
        records: Option<GenesisBuilder>,
        eth_wallet: Option<EthWallet>,
    ) -> Result<Self, HomeError> {
        let block_delay = home.config.consensus.block_delay();
        let (account_id, key) = (&home.validator_key.account_id, &home.validator_key.secret_key);
        let signer = Some(InMemorySigner::from_secret_key(account_id.clone(), key.clone()));
        let options = ChainOptions { block_delay, signer, eth_wallet };
        let contracts = contracts::of_home(&home.data());
        let read_many = records.as_ref().is_some_and(is_large);
        let dump = home.dump()?;
        let fork = None;
        Ok(Self { home, genesis, records, dump, read_many, fork, options, contracts })
    }

    /// The hash of the genesis with its records, of the block where a fork began, and of the dump that
    /// the chain starts from.
    pub(crate) fn genesis_hash(&self) -> CryptoHash {
        let block = self.fork.as_ref().map(|(point, _)| point.block.header.hash);
        let dump = self.dump.as_ref().map(DumpFile::identity);
        block.into_iter().chain(dump).fold(self.genesis.hash, |all, next| {
            CryptoHash::hash_bytes(&[all.as_bytes().as_slice(), next.as_bytes()].concat())
        })
    }

    /// The wallet contract of the chain, if it has one.
    pub(crate) fn eth_wallet(&self) -> Option<&EthWallet> {
        self.options.eth_wallet.as_ref()
    }

    /// Whether there are so many records that they should not be made into a state at each start.
    /// Reads them unless they were read.
    ///
    /// # Errors
    /// What is missing or malformed.
    pub(crate) fn is_large(&mut self) -> Result<bool, HomeError> {
        // What a fork wrote is read into memory.
        Ok(self.fork.is_none() && (self.dump.is_some() || is_large(self.records()?)))
    }

    /// The chain at its genesis block, in memory; a fork where it began.
    ///
    /// # Errors
    /// When the genesis makes no chain, or the network's block no fork.
    pub(crate) fn start(&mut self) -> Result<Chain, NodeError> {
        if let Some((point, base)) = self.fork.clone() {
            return self.start_fork(&point, base);
        }
        Ok(self.start_own()?)
    }

    fn start_fork(
        &mut self,
        point: &ForkPoint,
        base: Arc<dyn BaseState>,
    ) -> Result<Chain, NodeError> {
        let (options, contracts) = self.take_options();
        if let Some(dump) = self.dump.take() {
            let fork = (point.block.header.hash, base);
            let loaded = Chain::load_fork(dump, fork, options, contracts);
            return Ok(self.home.dump_error(loaded)?);
        }
        let chain = Chain::fork(point, base, options, contracts);
        chain.map_err(|error| NodeError::Fork(Box::new(error)))
    }

    fn start_own(&mut self) -> Result<Chain, HomeError> {
        if let Some(dump) = self.dump.take() {
            let (options, contracts) = self.take_options();
            return self.home.dump_error(Chain::load(dump, options, contracts));
        }
        let records = take(self.records()?);
        let (options, contracts) = self.take_options();
        let chain = Chain::from_genesis(&self.genesis.config, records, options, contracts);
        chain.map_err(|source| self.no_chain(source))
    }

    /// The chain at its genesis block, with its state written to the empty store behind `archive`
    /// through `sink`, and the number of the first free row.
    ///
    /// # Errors
    /// As [`ChainSource::start`], and when the store cannot be written.
    pub(crate) fn start_on(
        &mut self,
        archive: &CachedArchive,
        sink: &mut dyn RowSink,
    ) -> Result<(Chain, u64), HomeError> {
        if let Some(dump) = self.dump.take() {
            let (options, contracts) = self.take_options();
            let loaded = Chain::load_into((archive, sink), dump, options, contracts);
            return self.home.dump_error(loaded);
        }
        let records = take(self.records()?);
        let (options, contracts) = self.take_options();
        let config = &self.genesis.config;
        let chain = Chain::from_genesis_into((archive, sink), config, records, options, contracts);
        chain.map_err(|source| self.no_chain(source))
    }

    /// The chain where the newest checkpoint has it.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(crate) fn resume(&mut self, archive: &CachedArchive) -> Result<Chain, ResumeError> {
        let (options, contracts) = self.take_options();
        if let Some((point, base)) = self.fork.clone() {
            return Chain::resume_fork(&point, base, options, contracts, archive);
        }
        Chain::resume(&self.genesis.config, options, contracts, archive)
    }

    /// Lets later starts omit many records. The store must have their state.
    ///
    /// # Errors
    /// When the home cannot be written to.
    pub(crate) fn remember(&self) -> Result<(), HomeError> {
        if self.read_many {
            self.home.remember_genesis(&self.genesis)?;
        }
        Ok(())
    }

    fn records(&mut self) -> Result<&mut GenesisBuilder, HomeError> {
        let records = match self.records.take() {
            Some(records) => records,
            None => self.home.genesis()?.1,
        };
        Ok(self.records.insert(records))
    }

    fn take_options(&mut self) -> (ChainOptions, Arc<dyn ContractRuntimeCache>) {
        (take(&mut self.options), self.contracts.clone())
    }

    fn no_chain(&self, source: GenesisError) -> HomeError {
        let path = self.home.dir.join(&self.home.config.genesis_file);
        HomeError::Genesis { path, source: Box::new(source) }
    }
}

/// Most of a fork's state is on its network.
fn refuse_fork(home: &Home) -> Result<(), HomeError> {
    match home.is_fork() {
        true => Err(HomeError::NeedsNetwork { dir: home.dir.clone() }),
        false => Ok(()),
    }
}

fn is_large(records: &GenesisBuilder) -> bool {
    records.records() > LARGE
}

/// The most records that can be read at each start without a noticeable delay.
const LARGE: u64 = 20_000;

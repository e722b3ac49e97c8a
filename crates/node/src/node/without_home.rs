//! Nodes without a home, whose old blocks go to a temporary directory.

use super::keeps::{Keeps, temporary_directory};
use super::{Node, Options};
use crate::contracts;
use crate::error::NodeError;
use crate::home::{open_dump, read_eth_wallet};
use crate::persistence;
use keyway_chain::{Chain, ChainOptions, ForkPoint, seeded_key};
use keyway_state::BaseState;
use near_chain_configs::Genesis;
use near_crypto::{InMemorySigner, Signer};
use near_primitives::hash::CryptoHash;
use std::path::Path;
use std::sync::Arc;

impl Node {
    /// A node without a home: its chain is lost when it ends. Old blocks and compiled contracts are
    /// in a private directory in the system's temporary directory, which is removed with the node.
    /// `signer` signs its blocks.
    ///
    /// # Errors
    /// When the genesis is invalid, or the directory cannot be created.
    pub fn temporary(
        genesis: &Genesis,
        signer: Option<Signer>,
        options: Options,
    ) -> Result<Self, NodeError> {
        let directory = temporary_directory()?;
        let eth_wallet = options.eth_wallet_wasm.as_deref();
        let eth_wallet =
            eth_wallet.map(|path| read_eth_wallet(path, &genesis.config.chain_id)).transpose()?;
        let chain_options = ChainOptions { signer, eth_wallet, ..ChainOptions::default() };
        let contracts = contracts::temporary(directory.path());
        let chain = Chain::with_options(genesis, chain_options, contracts)
            .map_err(|error| NodeError::Genesis(Box::new(error)))?;
        let persistence = persistence::spilling_to(directory.path(), options.policy())?;
        Ok(Self::new(chain, persistence, options.clock, Keeps::temporary(directory)))
    }

    /// A node without a home that goes on where the chain of the dump at `path` was: see
    /// [`Chain::load_into`]. Its state goes to the temporary directory while it is read. For a dump of a fork give the block where it began, the network's state after
    /// it, and the signer of the fork's blocks.
    ///
    /// # Errors
    /// When the file is not a dump, or damaged, or not of that fork, or the temporary directory cannot
    /// be created.
    pub fn load(
        path: &Path,
        fork: Option<(CryptoHash, Arc<dyn BaseState>)>,
        signer: Option<Signer>,
        options: Options,
    ) -> Result<Self, NodeError> {
        let unloadable = |source| {
            let path = path.to_owned();
            NodeError::Load { path, source: Box::new(source) }
        };
        let directory = temporary_directory()?;
        let dump = open_dump(path).map_err(unloadable)?;
        let known = dump.genesis().validators.first().map(|validator| {
            let key = seeded_key(validator.account_id.as_str());
            InMemorySigner::from_secret_key(validator.account_id.clone(), key)
        });
        let chain_options = ChainOptions { signer: signer.or(known), ..ChainOptions::default() };
        let contracts = contracts::temporary(directory.path());
        let (chain, persistence) = match fork {
            None => persistence::begun_in(directory.path(), options.policy(), |archive, sink| {
                let place = (archive, sink);
                Chain::load_into(place, dump, chain_options, contracts).map_err(unloadable)
            })?,
            Some(fork) => {
                let chain = Chain::load_fork(dump, fork, chain_options, contracts);
                let persistence = persistence::spilling_to(directory.path(), options.policy())?;
                (chain.map_err(unloadable)?, persistence)
            }
        };
        Ok(Self::new(chain, persistence, options.clock, Keeps::temporary(directory)))
    }

    /// The network's block where the fork began whose dump is at `path`; none if the dump is of another
    /// chain.
    ///
    /// # Errors
    /// When the file is not a dump, or damaged.
    pub fn dumped_fork(path: &Path) -> Result<Option<CryptoHash>, NodeError> {
        let dump = open_dump(path).map_err(|source| {
            let path = path.to_owned();
            NodeError::Load { path, source: Box::new(source) }
        })?;
        Ok(dump.fork_block().map(|block| block.header.hash))
    }

    /// A node without a home whose chain is a fork of another network, from the block of `point` on;
    /// `base` is the network's state after that block. The network never hears of what it does.
    ///
    /// # Errors
    /// When the block or the network's protocol cannot be used, or the temporary directory cannot be
    /// created.
    pub fn fork(
        point: &ForkPoint,
        base: Arc<dyn BaseState>,
        signer: Option<Signer>,
        options: Options,
    ) -> Result<Self, NodeError> {
        let directory = temporary_directory()?;
        let chain_options = ChainOptions { signer, ..ChainOptions::default() };
        let contracts = contracts::temporary(directory.path());
        let chain = Chain::fork(point, base, chain_options, contracts)
            .map_err(|error| NodeError::Fork(Box::new(error)))?;
        let persistence = persistence::spilling_to(directory.path(), options.policy())?;
        Ok(Self::new(chain, persistence, options.clock, Keeps::temporary(directory)))
    }
}

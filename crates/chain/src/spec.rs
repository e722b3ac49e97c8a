//! The settings of a chain, which never change, and the ranges of its numbers.

use crate::genesis::eth_wallet::EthWallet;
use crate::genesis::fork::{ForkOrigin, ForkPoint};
use keyway_rules::{Protocol, UnsupportedProtocol};
use near_chain_configs::{Genesis, GenesisConfig};
use near_crypto::Signer;
use near_primitives::epoch_manager::{EpochConfig, EpochConfigStore};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight};
use near_vm_runner::ContractRuntimeCache;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Settings of a chain besides its genesis.
#[derive(Clone, Debug)]
pub struct ChainOptions {
    /// How far [`Chain::fast_forward_input`](crate::Chain::fast_forward_input) moves the time for
    /// each block.
    /// On nearcore: the mean of the shortest and the longest block production delay.
    pub block_delay: Duration,
    /// The block producer's key. It signs headers when they are shown; without it, signatures
    /// are empty. It has no influence on any hash.
    pub signer: Option<Signer>,
    /// The contract that eth-implicit accounts run; without it their calls find no code.
    pub eth_wallet: Option<EthWallet>,
}

impl Default for ChainOptions {
    /// The mean of 120 ms and 500 ms, the delays of `init --fast`; no signer, no wallet.
    fn default() -> Self {
        Self { block_delay: Duration::from_millis(310), signer: None, eth_wallet: None }
    }
}

/// The settings of a chain, shared by all of its snapshots.
pub(crate) struct ChainSpec {
    pub(crate) genesis: GenesisConfig,
    pub(crate) protocol: Protocol,
    pub(crate) epoch: EpochConfig,
    pub(crate) chain_id: Arc<str>,
    /// Who produces every block: the first validator of the genesis; on a fork, the options' signer.
    pub(crate) author: AccountId,
    /// The least gas price, yoctoNEAR.
    pub(crate) min_gas_price: Balance,
    /// Where the chain was forked from another, if it was.
    pub(crate) origin: Option<ForkOrigin>,
    /// Of a chain that was loaded from a dump: the hash of the genesis block, which it does not have.
    pub(crate) genesis_hash: Option<CryptoHash>,
    pub(crate) contracts: Arc<dyn ContractRuntimeCache>,
    pub(crate) options: ChainOptions,
}

impl ChainSpec {
    /// The rules of a chain with this genesis, which names a validator.
    ///
    /// # Errors
    /// When the genesis requires a protocol version that this build does not have.
    pub(crate) fn new(
        genesis: &GenesisConfig,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, UnsupportedProtocol> {
        let first = genesis.validators.first().map(|info| info.account_id.clone());
        Ok(Self {
            epoch: epoch_config(genesis),
            chain_id: genesis.chain_id.as_str().into(),
            genesis: genesis.clone(),
            protocol: Protocol::new(genesis.protocol_version, &genesis.chain_id)?,
            // A genesis without validators is refused earlier.
            author: first.unwrap_or_else(|| genesis.protocol_treasury_account.clone()),
            min_gas_price: genesis.min_gas_price,
            origin: None,
            genesis_hash: None,
            contracts,
            options,
        })
    }

    /// The rules of a chain that is forked at `point`, whose numbers were checked.
    ///
    /// # Errors
    /// When the network runs a protocol version that this build does not have.
    pub(crate) fn forked(
        point: &ForkPoint,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, UnsupportedProtocol> {
        let version = point.protocol_version;
        let protocol = Protocol::new(version, &point.genesis.chain_id)?;
        let author = match &options.signer {
            Some(Signer::InMemory(signer)) => signer.account_id.clone(),
            _ => fork_author(),
        };
        let mut spec = Self::new(
            &GenesisConfig { protocol_version: version, ..point.genesis.clone() },
            options,
            contracts,
        )?;
        // The public networks changed these since their genesis.
        if let Some(configs) = EpochConfigStore::for_chain_id(&point.genesis.chain_id, None) {
            spec.epoch = (**configs.get_config(version)).clone();
        }
        spec.min_gas_price = spec.min_gas_price.min(point.block.header.gas_price);
        spec.genesis = point.genesis.clone();
        let origin = ForkOrigin { block: point.block.clone(), genesis_hash: point.genesis_hash };
        Ok(Self { protocol, author, origin: Some(origin), ..spec })
    }

    /// The options' delay in nanoseconds.
    pub(crate) fn block_delay_ns(&self) -> u64 {
        u64::try_from(self.options.block_delay.as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The epoch settings that nearcore takes for a chain of this name: the genesis's own for
/// `test-chain-…`, built-in test settings (of which only inflation differs in practice) for others.
pub(crate) fn epoch_config(genesis: &GenesisConfig) -> EpochConfig {
    if genesis.chain_id.starts_with("test-chain-") {
        return EpochConfig::from(genesis);
    }
    Genesis::test_epoch_config(
        genesis.num_block_producer_seats,
        genesis.shard_layout.clone(),
        genesis.epoch_length,
    )
}

/// Who produces the blocks of a fork without a signer; no network has this account.
fn fork_author() -> AccountId {
    AccountId::from_str("keyway-fork").expect("it is a valid account id")
}

/// What an account or a gas key may be given by hand, and a genesis in all, yoctoNEAR: a thousand
/// times what NEAR has. With room above it ordinary use of a chain overflows nothing.
pub(crate) const MAX_TOKENS: Balance = Balance::from_yoctonear(1 << 120);

/// Heights stop here, far below where `height · 10^6`, the nonces' bound, would overflow.
pub(crate) const MAX_HEIGHT: BlockHeight = 10_000_000_000_000;

/// The year 2500: what a time in nanoseconds can still hold in 64 bits, with room to spare.
pub(crate) const END_OF_TIME_NS: u64 = 16_725_225_600_000_000_000;

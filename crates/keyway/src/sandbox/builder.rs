//! Builds sandboxes.

use super::Sandbox;
use super::core::Core;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite, Error, SandboxError};
use keyway_chain::{Chain, ChainOptions, LocalChain, local_genesis, seeded_key};
use keyway_node::shared_contracts;
use near_chain_configs::Genesis;
use near_crypto::{InMemorySigner, Signer};
use near_primitives::types::{AccountId, BlockHeightDelta, ProtocolVersion};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Settings of a [`Sandbox`].
///
/// ```
/// use keyway::Sandbox;
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let time = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
/// let sandbox = Sandbox::builder().chain_id("testnet").protocol_version(86).time(time).build()?;
/// assert_eq!(sandbox.now(), time);
/// # Ok::<(), keyway::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing begins before `build`"]
pub struct SandboxBuilder {
    chain_id: String,
    protocol_version: ProtocolVersion,
    /// None: a time that no other sandbox has.
    time: Option<SystemTime>,
    epoch_length: BlockHeightDelta,
    validity_period: BlockHeightDelta,
    /// None: all blocks.
    keep_blocks: Option<u64>,
}

impl SandboxBuilder {
    pub(super) fn new(protocol_version: ProtocolVersion) -> Self {
        Self {
            chain_id: "sandbox".to_owned(),
            protocol_version,
            time: None,
            epoch_length: EPOCH_LENGTH,
            validity_period: VALIDITY_PERIOD,
            keep_blocks: None,
        }
    }

    /// Sets the chain id, which contracts and signed messages see. Default: `sandbox`.
    pub fn chain_id(mut self, chain_id: impl Into<String>) -> Self {
        self.chain_id = chain_id.into();
        self
    }

    /// Sets the protocol version. Default: the newest that this library knows.
    pub fn protocol_version(mut self, version: ProtocolVersion) -> Self {
        self.protocol_version = version;
        self
    }

    /// Sets the time of the genesis block. With it, the same calls give the same chain, hash for hash. Default: within the
    /// first second of 2026, at a nanosecond that no other sandbox has, because clients identify chains by the hash of the
    /// genesis block.
    pub fn time(mut self, time: SystemTime) -> Self {
        self.time = Some(time);
        self
    }

    /// Sets the number of blocks of an epoch, above 7. Default: 500.
    pub fn epoch_length(mut self, blocks: BlockHeightDelta) -> Self {
        self.epoch_length = blocks;
        self
    }

    /// Sets for how many blocks after its base block a transaction is valid. Default: 86,400, as on mainnet.
    pub fn validity_period(mut self, blocks: BlockHeightDelta) -> Self {
        self.validity_period = blocks;
        self
    }

    /// Limits the history in memory: the genesis block, at least the newest `blocks` blocks and the blocks of the last
    /// input are kept. Older blocks are pruned in batches, so there may be half as many again and 64 more. Default: all
    /// blocks are kept, which takes a few kilobytes for each transaction.
    ///
    /// Verdicts do not depend on pruning. But a pruned block, with its transactions, receipts, outcomes and state, is
    /// unknown from then on:
    ///
    /// - [`Sandbox::outcome`] returns none, and a [`Client`](crate::Client) reports an unknown block
    ///   ([`QueryError::UnknownBlock`](crate::error::QueryError::UnknownBlock)) or transaction;
    /// - a transaction that is sent again is refused for its nonce, and not answered with its outcome.
    ///
    /// A [`Snapshot`](super::Snapshot) keeps the blocks that its chain had.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::builder().keep_blocks(100).build()?;
    /// let first = sandbox.root().execute(transfer(1.near()).to("test.near"))?.transaction_hash();
    /// sandbox.seal_blocks(1_000)?;
    /// assert!(sandbox.outcome(&first).is_none());
    /// assert!(sandbox.chain().blocks_in_memory() <= 100 + 50 + 64);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn keep_blocks(mut self, blocks: u64) -> Self {
        self.keep_blocks = Some(blocks);
        self
    }

    /// Builds the sandbox.
    ///
    /// # Errors
    /// [`SandboxError::Genesis`] for a protocol version that this library does not know, or an epoch that is too short;
    /// [`Error::Argument`] for a time before 1970 or after 2262.
    pub fn build(self) -> Result<Sandbox, Error> {
        let local = LocalChain {
            chain_id: self.chain_id.clone(),
            genesis_time_ns: nanoseconds(self.time.unwrap_or_else(own_moment))?,
            ..LocalChain::in_memory(self.protocol_version)
        };
        let signer = producer(&local.validator);
        let genesis = self.genesis(&local);
        let options = ChainOptions { signer: Some(signer), ..ChainOptions::default() };
        let chain = Chain::with_options(&genesis, options, shared_contracts())
            .map_err(|error| SandboxError::Genesis(Arc::new(error)))?;
        Ok(Sandbox { core: Core::new(chain, self.keep_blocks) })
    }

    fn genesis(&self, local: &LocalChain) -> Genesis {
        let mut genesis = local_genesis(local, &[]);
        genesis.config.epoch_length = self.epoch_length;
        genesis.config.transaction_validity_period = self.validity_period;
        genesis
    }
}

/// Signs blocks as this account, with the key that anybody can derive.
pub(super) fn producer(validator: &AccountId) -> Signer {
    InMemorySigner::from_secret_key(validator.clone(), seeded_key(validator.as_str()))
}

/// `time` in nanoseconds since the Unix epoch, if a genesis can hold it.
pub(super) fn nanoseconds(time: SystemTime) -> Result<u64, ArgumentError> {
    let since = time.duration_since(UNIX_EPOCH).ok();
    let ns = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
    ns.filter(|ns| i64::try_from(*ns).is_ok()).ok_or_else(|| {
        let why = "write a time between 1970 and 2262".to_owned();
        let problem = ArgumentProblem::NotUsable { got: format!("{time:?}"), why };
        ArgumentError::new(ArgumentSite::Setup, "time", problem)
    })
}

/// A time in the first second of 2026 that no other sandbox of this process has, and one of another process only with a
/// probability of one in a billion.
fn own_moment() -> SystemTime {
    static FIRST: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(()) % NS_PER_SECOND);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let nth = *FIRST + NEXT.fetch_add(1, Ordering::Relaxed);
    UNIX_EPOCH + START + Duration::from_nanos(nth % NS_PER_SECOND)
}

/// 2026-01-01T00:00:00Z.
const START: Duration = Duration::from_secs(1_767_225_600);
const NS_PER_SECOND: u64 = 1_000_000_000;
const EPOCH_LENGTH: BlockHeightDelta = 500;
const VALIDITY_PERIOD: BlockHeightDelta = 86_400;

//! A sandbox, put together.

use super::Sandbox;
use super::compiled;
use super::core::Core;
use crate::error::{ArgumentError, ArgumentProblem, Error, Place, SandboxError};
use keyway_node::{Chain, ChainOptions, LocalChain, local_genesis, seeded_key};
use near_chain_configs::Genesis;
use near_crypto::InMemorySigner;
use near_primitives::types::{BlockHeightDelta, ProtocolVersion};
use near_primitives::utils::from_timestamp;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

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
    time: SystemTime,
    epoch_length: BlockHeightDelta,
    validity_period: BlockHeightDelta,
}

impl SandboxBuilder {
    pub(super) fn new(protocol_version: ProtocolVersion) -> Self {
        Self {
            chain_id: "sandbox".to_owned(),
            protocol_version,
            time: UNIX_EPOCH + START,
            epoch_length: EPOCH_LENGTH,
            validity_period: VALIDITY_PERIOD,
        }
    }

    /// The chain's name, which contracts and signatures of messages see. Default: `sandbox`.
    pub fn chain_id(mut self, chain_id: impl Into<String>) -> Self {
        self.chain_id = chain_id.into();
        self
    }

    /// The protocol that the chain speaks. Default: the newest that this library knows.
    pub fn protocol_version(mut self, version: ProtocolVersion) -> Self {
        self.protocol_version = version;
        self
    }

    /// The time of the first block. Default: the beginning of 2026.
    pub fn time(mut self, time: SystemTime) -> Self {
        self.time = time;
        self
    }

    /// How many blocks an epoch has, above 7. Default: 500.
    pub fn epoch_length(mut self, blocks: BlockHeightDelta) -> Self {
        self.epoch_length = blocks;
        self
    }

    /// For how many blocks a transaction is good after the one it names. Default: 86,400, as on
    /// NEAR's main network.
    pub fn validity_period(mut self, blocks: BlockHeightDelta) -> Self {
        self.validity_period = blocks;
        self
    }

    /// The sandbox.
    ///
    /// # Errors
    /// [`SandboxError::Genesis`] for a protocol that this library does not know, or an epoch
    /// without blocks; [`Error::Argument`] for a time before 1970 or after 2262.
    pub fn build(self) -> Result<Sandbox, Error> {
        let local = LocalChain {
            chain_id: self.chain_id.clone(),
            ..LocalChain::in_memory(self.protocol_version)
        };
        let signer = InMemorySigner::from_secret_key(
            local.validator.clone(),
            seeded_key(local.validator.as_str()),
        );
        let genesis = self.genesis(&local)?;
        let options = ChainOptions { signer: Some(signer), ..ChainOptions::default() };
        let chain = Chain::with_options(&genesis, options, compiled::shared())
            .map_err(|error| SandboxError::Genesis(Arc::new(error)))?;
        Ok(Sandbox { core: Core::new(chain) })
    }

    fn genesis(&self, local: &LocalChain) -> Result<Genesis, ArgumentError> {
        let mut genesis = local_genesis(local, &[]);
        genesis.config.genesis_time = from_timestamp(nanoseconds(self.time)?);
        genesis.config.epoch_length = self.epoch_length;
        genesis.config.transaction_validity_period = self.validity_period;
        Ok(genesis)
    }
}

/// `time` in nanoseconds since the Unix epoch, within what a genesis can say.
pub(super) fn nanoseconds(time: SystemTime) -> Result<u64, ArgumentError> {
    let since = time.duration_since(UNIX_EPOCH).ok();
    let ns = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
    ns.filter(|ns| i64::try_from(*ns).is_ok()).ok_or_else(|| {
        let why = "write a time between 1970 and 2262".to_owned();
        let problem = ArgumentProblem::NotUsable { got: format!("{time:?}"), why };
        ArgumentError::new(Place::Setup, "time", problem)
    })
}

/// 2026-01-01T00:00:00Z.
const START: std::time::Duration = std::time::Duration::from_secs(1_767_225_600);
const EPOCH_LENGTH: BlockHeightDelta = 500;
const VALIDITY_PERIOD: BlockHeightDelta = 86_400;

//! The protocol of a chain, and the status of a node.

use super::{BlockReference, Client};
use crate::clock;
use crate::error::Error;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{Balance, BlockHeight, BlockHeightDelta, ProtocolVersion};
use serde::Deserialize;
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// The protocol settings of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protocol {
    /// The protocol's version.
    pub version: ProtocolVersion,
    /// The chain id, such as `mainnet`.
    pub chain_id: String,
    /// For how many blocks after its base block a transaction can be included.
    pub transaction_validity_period: BlockHeightDelta,
    /// How many blocks an epoch has.
    pub epoch_length: BlockHeightDelta,
    /// The minimum price of gas, yoctoNEAR per gas.
    pub min_gas_price: Balance,
    /// The balance that an account must keep for a byte of storage, yoctoNEAR.
    pub storage_price: Balance,
}

/// The status of a node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "StatusView")]
#[non_exhaustive]
pub struct Status {
    /// The chain id.
    pub chain_id: String,
    /// The protocol's version at the newest block.
    pub protocol_version: ProtocolVersion,
    /// The node's own version.
    pub node_version: String,
    /// The newest block's height.
    pub latest_height: BlockHeight,
    /// The newest block's hash.
    pub latest_hash: CryptoHash,
    /// Whether the node is still catching up, so that its answers are old.
    pub syncing: bool,
}

impl Client {
    /// The protocol settings at the newest final block.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let protocol = keyway::Sandbox::new().client().protocol().await?;
    /// assert_eq!(protocol.chain_id, "sandbox");
    /// assert_eq!(protocol.transaction_validity_period, 86_400);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn protocol(&self) -> Result<Protocol, Error> {
        const METHOD: &str = "EXPERIMENTAL_protocol_config";
        let mut params = json!({});
        BlockReference::Final.name_in(&mut params);
        let view: ConfigView = self.ask(METHOD, params).await?.read()?;
        Ok(Protocol {
            version: view.protocol_version,
            chain_id: view.chain_id,
            transaction_validity_period: view.transaction_validity_period,
            epoch_length: view.epoch_length,
            min_gas_price: view.min_gas_price,
            storage_price: view.runtime_config.storage_amount_per_byte,
        })
    }

    /// The same, cached for some minutes, because it changes only with upgrades.
    pub(crate) async fn known_protocol(&self) -> Result<Protocol, Error> {
        let known = self.shared.protocol.at(clock::now());
        known.get_or_try_init(|| self.protocol()).await.cloned()
    }

    /// Clears the cache: the chain behind this client may be another one.
    #[cfg(feature = "sandbox")]
    pub(crate) fn forget_protocol(&self) {
        self.shared.protocol.forget(clock::now());
    }

    /// The status of the node.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let sandbox = keyway::Sandbox::new();
    /// let status = sandbox.client().status().await?;
    /// assert_eq!(status.latest_height, sandbox.height());
    /// assert!(!status.syncing);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn status(&self) -> Result<Status, Error> {
        Ok(self.ask("status", json!([])).await?.read()?)
    }
}

/// The cached protocol; concurrent callers share one request.
#[derive(Debug)]
pub(super) struct KnownProtocol(Mutex<Dated>);

#[derive(Debug)]
struct Dated {
    since: Instant,
    answer: Arc<OnceCell<Protocol>>,
}

impl KnownProtocol {
    /// The cached value, or an empty cell if it is too old.
    fn at(&self, now: Instant) -> Arc<OnceCell<Protocol>> {
        let mut dated = self.dated();
        if now.saturating_duration_since(dated.since) > MAX_AGE {
            *dated = Dated::new(now);
        }
        dated.answer.clone()
    }

    #[cfg(feature = "sandbox")]
    fn forget(&self, now: Instant) {
        *self.dated() = Dated::new(now);
    }

    fn dated(&self) -> MutexGuard<'_, Dated> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for KnownProtocol {
    fn default() -> Self {
        Self(Mutex::new(Dated::new(clock::now())))
    }
}

impl Dated {
    fn new(since: Instant) -> Self {
        Self { since, answer: Arc::default() }
    }
}

#[derive(Deserialize)]
struct ConfigView {
    protocol_version: ProtocolVersion,
    chain_id: String,
    transaction_validity_period: BlockHeightDelta,
    epoch_length: BlockHeightDelta,
    min_gas_price: Balance,
    runtime_config: RuntimeView,
}

#[derive(Deserialize)]
struct RuntimeView {
    storage_amount_per_byte: Balance,
}

#[derive(Deserialize)]
struct StatusView {
    chain_id: String,
    protocol_version: ProtocolVersion,
    version: VersionView,
    sync_info: SyncView,
}

#[derive(Deserialize)]
struct VersionView {
    version: String,
}

#[derive(Deserialize)]
struct SyncView {
    latest_block_height: BlockHeight,
    latest_block_hash: CryptoHash,
    syncing: bool,
}

impl From<StatusView> for Status {
    fn from(view: StatusView) -> Self {
        Status {
            chain_id: view.chain_id,
            protocol_version: view.protocol_version,
            node_version: view.version.version,
            latest_height: view.sync_info.latest_block_height,
            latest_hash: view.sync_info.latest_block_hash,
            syncing: view.sync_info.syncing,
        }
    }
}

/// How long the cache is valid. Upgrades come with epochs, hours apart.
const MAX_AGE: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_grows_old() {
        let (known, now) = (KnownProtocol::default(), clock::now());
        let first = known.at(now);
        assert!(Arc::ptr_eq(&first, &known.at(now + MAX_AGE / 2)));
        let later = now + 2 * MAX_AGE;
        let second = known.at(later);
        assert!(!Arc::ptr_eq(&first, &second), "asked again");
        assert!(Arc::ptr_eq(&second, &known.at(later + MAX_AGE)), "and believed as long");
    }
}

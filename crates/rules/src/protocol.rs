//! Protocol versions: the rules and prices in force.

use near_parameters::{RuntimeConfig, RuntimeConfigStore};
use near_primitives::chains::{BENCHMARKNET, CONGESTION_CONTROL_TEST, TESTNET};
use near_primitives::errors::ActionsValidationError;
use near_primitives::types::ProtocolVersion;
use near_primitives::version::{MIN_SUPPORTED_PROTOCOL_VERSION, PROTOCOL_VERSION, ProtocolFeature};
use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

/// A protocol version with its fees and limits.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The version's number.
    pub version: ProtocolVersion,
    /// Fees, limits and the contract VM's settings of this version.
    pub config: Arc<RuntimeConfig>,
}

impl Protocol {
    /// The versions that this build has rules for.
    pub const SUPPORTED: RangeInclusive<ProtocolVersion> =
        MIN_SUPPORTED_PROTOCOL_VERSION..=PROTOCOL_VERSION;

    /// The rules of `version` on the chain `chain_id`; some test networks have their own prices.
    ///
    /// # Errors
    /// [`UnsupportedProtocol`] for a version outside [`Protocol::SUPPORTED`].
    pub fn new(version: ProtocolVersion, chain_id: &str) -> Result<Self, UnsupportedProtocol> {
        if !Self::SUPPORTED.contains(&version) {
            return Err(UnsupportedProtocol { version });
        }
        Ok(Self { version, config: config(version, chain_id) })
    }

    /// The rules of `version`, or of the nearest supported version. For estimates, where the chain
    /// decides in the end.
    #[must_use]
    pub fn nearest(version: ProtocolVersion, chain_id: &str) -> Self {
        let version = version.clamp(*Self::SUPPORTED.start(), *Self::SUPPORTED.end());
        Self { version, config: config(version, chain_id) }
    }

    /// Whether `feature` is in force.
    #[must_use]
    pub fn has(&self, feature: ProtocolFeature) -> bool {
        feature.enabled(self.version)
    }

    /// Refuses actions that this version does not have.
    pub(crate) fn require(
        &self,
        feature: ProtocolFeature,
        name: &str,
    ) -> Result<(), ActionsValidationError> {
        if self.has(feature) {
            return Ok(());
        }
        Err(ActionsValidationError::UnsupportedProtocolFeature {
            protocol_feature: name.to_owned(),
            version: self.version,
        })
    }
}

/// The parameters of `version`: the shared ones, or the chain's own.
fn config(version: ProtocolVersion, chain_id: &str) -> Arc<RuntimeConfig> {
    /// Built once, because building the parameters of all versions takes longer than most tests.
    static SHARED: LazyLock<RuntimeConfigStore> = LazyLock::new(|| RuntimeConfigStore::new(None));
    match chain_id {
        TESTNET | BENCHMARKNET | CONGESTION_CONTROL_TEST => {
            RuntimeConfigStore::for_chain_id(chain_id).get_config(version).clone()
        }
        _ => SHARED.get_config(version).clone(),
    }
}

/// A protocol version that this build has no rules for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "protocol version {version} is not supported: this build knows {} to {}; set protocol_version in the genesis",
    Protocol::SUPPORTED.start(), Protocol::SUPPORTED.end()
)]
pub struct UnsupportedProtocol {
    /// The version asked for.
    pub version: ProtocolVersion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_version_is_the_one_asked_for_or_the_end_of_the_range() {
        let nearest = |version| Protocol::nearest(version, "mainnet").version;
        assert_eq!(nearest(86), 86);
        assert_eq!(nearest(1), *Protocol::SUPPORTED.start());
        assert_eq!(nearest(ProtocolVersion::MAX), *Protocol::SUPPORTED.end());
    }
    use near_primitives::chains::{MAINNET, MOCKNET};

    #[test]
    fn every_chain_has_the_table_that_near_parameters_gives_it() {
        for chain_id in
            [MAINNET, TESTNET, MOCKNET, BENCHMARKNET, CONGESTION_CONTROL_TEST, "localnet"]
        {
            let theirs = RuntimeConfigStore::for_chain_id(chain_id);
            for version in Protocol::SUPPORTED {
                let ours = Protocol::new(version, chain_id).unwrap().config;
                let same = format!("{ours:?}") == format!("{:?}", theirs.get_config(version));
                assert!(same, "{chain_id} at {version}");
            }
        }
    }
}

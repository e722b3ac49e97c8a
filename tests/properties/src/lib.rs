//! What the properties in `tests/` are made of: generated worlds, transactions and blocks.
//!
//! A case is a plan of small numbers, which proptest can shrink. [`build`] turns plans into keys,
//! actions and transactions against the state as it is then, so that most of what is generated
//! gets far into the rules instead of failing at the first. [`Bench`] applies blocks to a state
//! through the engine alone; [`world`] also makes a genesis for a whole chain.

pub mod bench;
pub mod build;
pub mod case;
pub mod driver;
pub mod keys;
pub mod money;
pub mod plan;
pub mod strategy;
pub mod world;

pub use bench::Bench;
pub use plan::{ActionPlan, PermissionPlan, TxPlan};

use keyway_rules::Protocol;
use near_primitives::types::ProtocolVersion;
use std::sync::LazyLock;

/// Looking up a version's prices takes longer than most cases.
static PROTOCOLS: LazyLock<Vec<Protocol>> = LazyLock::new(|| {
    let known = Protocol::SUPPORTED.map(|version| Protocol::new(version, "test-chain-keyway"));
    known.map(|protocol| protocol.expect("the version is supported")).collect()
});

/// The rules and prices of a supported version.
pub fn protocol(version: ProtocolVersion) -> Protocol {
    let found = PROTOCOLS.iter().find(|protocol| protocol.version == version);
    found.expect("the version is supported").clone()
}

/// How many cases a property runs: `usual`, a twentieth of it when quick, or `PROPTEST_CASES` where
/// that is more.
#[expect(clippy::disallowed_methods, reason = "how long to test is the caller's choice")]
pub fn cases(usual: u32) -> proptest::test_runner::Config {
    let usual = keyway_test_kit::cases(usual);
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    proptest::test_runner::Config {
        cases: cases.unwrap_or(usual).max(usual),
        failure_persistence: None,
        ..Default::default()
    }
}

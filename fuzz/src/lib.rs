//! What the fuzz targets share: chains to start from, a node whose journal is kept in memory, an
//! archive whose entries can be replaced, and steps drawn from the fuzzer's bytes.

pub mod archive;
pub mod draw;
mod node;
pub mod story;

pub use node::FuzzedNode;

use keyway_chain::Chain;
use keyway_property_tests::plan::AccountPlan;
use keyway_property_tests::{Bench, PermissionPlan, strategy::NEAR, world};
use near_chain_configs::Genesis;
use near_primitives::hash::hash;
use near_primitives::types::ProtocolVersion;
use std::sync::LazyLock;

/// Blocks in an epoch, few enough that a case meets the end of one.
const EPOCH_LENGTH: u64 = 12;

/// The oldest version of the protocol that is fuzzed.
pub const FIRST: ProtocolVersion = 84;

/// How many versions of it there are.
pub const VERSIONS: ProtocolVersion = 5;

/// A genesis with accounts of all kinds.
pub fn genesis(version: ProtocolVersion) -> Genesis {
    world::genesis(&accounts(), version, EPOCH_LENGTH)
}

/// The chain of this protocol version at its genesis. Made once, cloned after that.
pub fn start(version: ProtocolVersion) -> Chain {
    static CHAINS: LazyLock<Vec<Chain>> = LazyLock::new(|| {
        let versions = FIRST..FIRST + VERSIONS;
        versions.map(|version| world::chain(&accounts(), version, EPOCH_LENGTH)).collect()
    });
    CHAINS[index(version)].clone()
}

/// The engine over the same accounts, without a chain around it.
pub fn bench(version: ProtocolVersion) -> Bench {
    static BENCHES: LazyLock<Vec<Bench>> = LazyLock::new(|| {
        (FIRST..FIRST + VERSIONS).map(|version| Bench::new(&accounts(), version)).collect()
    });
    BENCHES[index(version)].clone()
}

/// The checksum of the journal's records and the store's entries: the first bytes of the sha256.
pub fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut sum = [0; 8];
    sum.copy_from_slice(&hash(bytes).as_bytes()[..8]);
    sum
}

/// Five accounts: rich and poor, with data and without, and with every kind of key.
fn accounts() -> Vec<AccountPlan> {
    use keyway_property_tests::plan::{CallPlan, GasPlan};
    let call = |allowance, receiver, methods| CallPlan { allowance, receiver, methods };
    let keys = || {
        vec![
            Some(PermissionPlan::Call(call(Some(NEAR / 4), 1, vec![0]))),
            Some(PermissionPlan::Call(call(None, 0, vec![]))),
            Some(PermissionPlan::Full),
            Some(PermissionPlan::GasFull(GasPlan { balance: NEAR / 2, rows: 2 })),
            Some(PermissionPlan::GasCall(
                GasPlan { balance: NEAR, rows: 3 },
                call(None, 2, vec![1]),
            )),
        ]
    };
    let amounts = [1_000 * NEAR, 20 * NEAR, NEAR, NEAR / 100, 0];
    let data = [0, 300, 0, 700, 0];
    amounts
        .into_iter()
        .zip(data)
        .map(|(amount, data)| AccountPlan { amount, data, keys: keys() })
        .collect()
}

fn index(version: ProtocolVersion) -> usize {
    usize::try_from(version - FIRST).expect("versions are small")
}

//! What a service reports about its node, and how long requests may wait.

use keyway_fork::Fork;
use near_crypto::{KeyType, PublicKey};
use near_primitives::version::Version;
use std::time::Duration;

/// Settings of a [`Service`](crate::Service).
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that `status` names, such as `127.0.0.1:3030`; none when nothing listens.
    pub rpc_addr: Option<String>,
    /// The node's own public key, as `status` shows it.
    pub node_key: PublicKey,
    /// The node's version in `status`.
    pub version: Version,
    /// How long a request may wait for a transaction before it is answered with a timeout.
    pub wait: Duration,
    /// How long a transaction whose nonce leaves a gap waits for those that it overtook. An
    /// intended gap costs this time once; with zero nothing waits.
    pub gap_wait: Duration,
    /// The time between two blocks. For twice as long a transaction is reported at the requested
    /// level and not beyond, since on a network it could not be final yet. With zero the level that
    /// it has reached is reported at once.
    pub block_interval: Duration,
    /// The most access keys that one answer lists; longer lists come in pages, or are answered with
    /// `TOO_MANY_ACCESS_KEYS` when no page was requested. None: nearcore's default, 100
    /// from protocol version 87 on, and before that lists of any length in one answer.
    pub view_access_keys_limit: Option<usize>,
    /// The link to the network that the node's chain is a fork of, if it is one.
    pub fork: Option<Fork>,
    /// Whether `keyway_*` and `sandbox_*` methods are answered, which no network has.
    pub cheats: bool,
}

impl Default for Settings {
    /// No address, a key of zeros, this crate's version, 10 seconds, 50 ms for gaps, half a second
    /// between blocks, lists as long as nearcore's, chain control on.
    fn default() -> Self {
        Settings {
            rpc_addr: None,
            node_key: PublicKey::empty(KeyType::ED25519),
            version: Version {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                build: concat!("keyway-", env!("CARGO_PKG_VERSION")).to_owned(),
                commit: String::new(),
                rustc_version: String::new(),
            },
            wait: Duration::from_secs(10),
            gap_wait: Duration::from_millis(50),
            block_interval: Duration::from_millis(500),
            view_access_keys_limit: None,
            fork: None,
            cheats: true,
        }
    }
}

//! config.json: neard's fields, of which a few are used here.

use crate::error::FileError;
use crate::files::{self, Access};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// The fields of config.json that this node obeys; all others are left alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The genesis, relative to the home.
    pub genesis_file: String,
    /// Where the genesis' records are, when they are not in the genesis itself.
    pub genesis_records_file: Option<String>,
    /// The validator's key file, relative to the home.
    pub validator_key_file: String,
    /// The node's key file, relative to the home.
    pub node_key_file: String,
    /// How JSON-RPC is served. neard serves none when this is null; here that means the defaults.
    rpc: Option<Rpc>,
    /// The most access keys that one answer lists; none: what the protocol version's node does.
    pub view_access_keys_limit: Option<usize>,
    /// How often blocks are made.
    pub consensus: Consensus,
}

/// How JSON-RPC is served.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Rpc {
    /// The address to listen on.
    pub addr: SocketAddr,
    /// The origins whose pages may use the node from a browser; `*`: all may read and send.
    pub cors_allowed_origins: Vec<String>,
    /// Names by which the node may be called besides addresses and private names. neard has no such
    /// field.
    pub allowed_hosts: Vec<String>,
    /// What one request may use.
    pub limits_config: RpcLimits,
}

/// What one request may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct RpcLimits {
    /// The longest request body, in bytes.
    pub json_payload_max_size: usize,
}

/// How often blocks are made.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Consensus {
    /// The shortest time between two blocks.
    pub min_block_production_delay: Duration,
    /// The longest time between two blocks.
    pub max_block_production_delay: Duration,
    /// False when blocks are made only for transactions.
    pub produce_empty_blocks: bool,
}

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it is missing, or a field that matters here is malformed.
    pub fn load(path: &Path) -> Result<Self, FileError> {
        files::read_json(path)
    }

    /// How JSON-RPC is served.
    pub fn rpc(&self) -> Rpc {
        self.rpc.clone().unwrap_or_default()
    }
}

impl Consensus {
    /// The mean of the two delays: what nearcore takes a block to last.
    pub fn block_delay(&self) -> Duration {
        self.min_block_production_delay.saturating_add(self.max_block_production_delay) / 2
    }

    /// [`EMPTY_BLOCK_INTERVAL`] held between the two delays: near enough to neard's pace that harnesses
    /// which wait for blocks are served, without filling the chain with nothing.
    pub fn empty_block_interval(&self) -> Duration {
        let Self { min_block_production_delay: min, max_block_production_delay: max, .. } = self;
        EMPTY_BLOCK_INTERVAL.min(*max).max(*min).max(Duration::from_millis(1))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            genesis_file: "genesis.json".to_owned(),
            genesis_records_file: None,
            validator_key_file: "validator_key.json".to_owned(),
            node_key_file: "node_key.json".to_owned(),
            rpc: None,
            view_access_keys_limit: None,
            consensus: Consensus::default(),
        }
    }
}

impl Default for Rpc {
    fn default() -> Self {
        // neard's is 0.0.0.0. But whoever reaches this node can rewrite its chain.
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_RPC_PORT));
        Self {
            addr,
            cors_allowed_origins: vec!["*".to_owned()],
            allowed_hosts: Vec::new(),
            limits_config: RpcLimits::default(),
        }
    }
}

impl Default for RpcLimits {
    fn default() -> Self {
        Self { json_payload_max_size: 10 * 1024 * 1024 }
    }
}

impl Default for Consensus {
    fn default() -> Self {
        Self {
            min_block_production_delay: Duration::from_millis(600),
            max_block_production_delay: Duration::from_secs(2),
            produce_empty_blocks: true,
        }
    }
}

/// What a new home says about the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewConfig<'a> {
    /// Block times as short as neard's `--fast` has them.
    pub(super) fast: bool,
    /// Peers to note down.
    pub(super) boot_nodes: &'a str,
}

impl NewConfig<'_> {
    /// Writes a configuration with neard's fields to `path`.
    ///
    /// # Errors
    /// [`FileError::Unwritable`].
    pub(super) fn write(&self, path: &Path) -> Result<(), FileError> {
        let text = serde_json::to_string_pretty(&self.fields());
        files::write_whole(path, Access::Shared, |file| file.write_all(text?.as_bytes()))
    }

    fn fields(&self) -> Value {
        let (shortest, longest) = if self.fast { (120, 500) } else { (600, 2_000) };
        let known = Config::default();
        let (rpc, limits) = (Rpc::default(), RpcLimits::default());
        json!({
            "genesis_file": known.genesis_file,
            "genesis_records_file": null,
            "validator_key_file": known.validator_key_file,
            "node_key_file": known.node_key_file,
            "rpc": {
                "addr": rpc.addr,
                "prometheus_addr": null,
                "cors_allowed_origins": rpc.cors_allowed_origins,
                "polling_config": { "polling_interval": millis(200), "polling_timeout": millis(10_000) },
                "limits_config": { "json_payload_max_size": limits.json_payload_max_size },
                "enable_debug_rpc": false,
                "experimental_debug_pages_src_path": null,
            },
            "telemetry": { "endpoints": [], "reporting_interval": millis(10_000) },
            "network": {
                "addr": "0.0.0.0:24567",
                "boot_nodes": self.boot_nodes,
                "whitelist_nodes": "",
                "max_num_peers": 40,
                "skip_sync_wait": true,
                "public_addrs": [],
                "experimental": {},
            },
            "consensus": {
                "min_num_peers": 3,
                "min_block_production_delay": millis(shortest),
                "max_block_production_delay": millis(longest),
                "max_block_wait_delay": millis(6_000),
                "produce_empty_blocks": true,
            },
            "tracked_shards_config": "AllShards",
            "save_tx_outcomes": true,
            "log_summary_style": "colored",
            "log_summary_period": millis(10_000),
            "gc_blocks_limit": 2,
            "gc_fork_clean_step": 100,
            "gc_num_epochs_to_keep": 5,
            "view_client_threads": 4,
            "trie_viewer_state_size_limit": 50_000,
            "store": { "path": null, "max_open_files": 10_000 },
            "transaction_pool_size_limit": 100_000_000,
        })
    }
}

/// A time span as neard writes it.
fn millis(count: u64) -> Value {
    let span = Duration::from_millis(count);
    json!({ "secs": span.as_secs(), "nanos": span.subsec_nanos() })
}

/// The port of JSON-RPC where nothing else is asked for.
pub const DEFAULT_RPC_PORT: u16 = 3030;

/// Time between two empty blocks where nothing else is asked for.
pub const EMPTY_BLOCK_INTERVAL: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn interval(fields: Value) -> u128 {
        let config: Config = serde_json::from_value(fields).unwrap();
        config.consensus.empty_block_interval().as_millis()
    }

    #[test]
    fn empty_blocks_keep_within_the_delays() {
        let fast = NewConfig { fast: true, boot_nodes: "" };
        assert_eq!(interval(fast.fields()), 500);
        assert_eq!(interval(NewConfig { fast: false, ..fast }.fields()), 600);
        let delays = |min, max| {
            json!({ "consensus": {
            "min_block_production_delay": millis(min), "max_block_production_delay": millis(max) } })
        };
        assert_eq!(interval(delays(10, 30)), 30);
        assert_eq!(interval(delays(5_000, 9_000)), 5_000);
        assert_eq!(interval(delays(0, 0)), 1);
        assert_eq!(interval(delays(900, 100)), 900);
    }

    #[test]
    fn an_empty_object_and_unknown_fields_are_fine() {
        let config: Config = serde_json::from_value(json!({ "rosetta": { "x": 1 } })).unwrap();
        assert_eq!(config.genesis_file, "genesis.json");
        let merged = json!({ "rpc": { "limits_config": { "json_payload_max_size": 1 << 30 } } });
        let config: Config = serde_json::from_value(merged).unwrap();
        let rpc = config.rpc();
        assert_eq!(rpc.limits_config.json_payload_max_size, 1 << 30);
        assert_eq!(rpc.addr.to_string(), "127.0.0.1:3030");
        assert_eq!(rpc.cors_allowed_origins, ["*"]);
    }
}

//! neard's flags that mean nothing here: accepted with a note that they have no effect.
//!
//! Flags that would change the content of a dump are refused instead.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// neard's global flags besides `--home`.
#[derive(Args, Debug, Default)]
pub(crate) struct NeardGlobalFlags {
    #[arg(long, alias = "target", value_name = "TARGET", num_args = 0..=1, require_equals = true, hide = true)]
    verbose: Option<Option<String>>,
    #[arg(long, hide = true)]
    unsafe_fast_startup: bool,
    #[arg(long, value_name = "LEVEL", hide = true)]
    opentelemetry: Option<String>,
    #[arg(long, value_name = "URL", hide = true)]
    otlp_endpoint: Option<String>,
    #[arg(long, hide = true)]
    log_span_events: bool,
    #[arg(long, value_name = "PATH", hide = true)]
    record_io_trace: Option<PathBuf>,
}

/// neard's flags of `init` for downloads and other networks.
#[derive(Args, Debug, Default)]
pub(crate) struct NeardInitFlags {
    #[arg(long, hide = true)]
    download_genesis: bool,
    #[arg(long, value_name = "KIND", num_args = 0..=1, hide = true)]
    download_config: Option<Option<String>>,
    #[arg(long, value_name = "URL", hide = true)]
    download_genesis_url: Option<String>,
    #[arg(long, value_name = "URL", hide = true)]
    download_records_url: Option<String>,
    #[arg(long, value_name = "URL", hide = true)]
    download_config_url: Option<String>,
    #[arg(long, value_name = "FILE", hide = true)]
    genesis: Option<String>,
    #[arg(long, value_name = "GAS", hide = true)]
    max_gas_burnt_view: Option<u64>,
    #[arg(long, value_name = "NAME", hide = true)]
    state_sync_bucket: Option<String>,
}

/// neard's flags of `run` for peers, archives and telemetry.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct NeardRunFlags {
    #[arg(long, hide = true)]
    archive: bool,
    #[arg(long, value_name = "BOOL", hide = true)]
    connect_to_reliable_peers_on_startup: Option<bool>,
    #[arg(long, value_name = "N", hide = true)]
    min_peers: Option<usize>,
    #[arg(long, value_name = "IP:PORT", hide = true)]
    rpc_prometheus_addr: Option<String>,
    #[arg(long, hide = true)]
    disable_rpc: bool,
    #[arg(long, value_name = "URL", hide = true)]
    telemetry_url: Option<String>,
    #[arg(long, value_name = "GAS", hide = true)]
    max_gas_burnt_view: Option<u64>,
}

/// neard's flags of `view-state` for its database.
#[derive(Args, Debug, Default)]
pub(crate) struct NeardViewStateFlags {
    #[arg(long, short = 'w', hide = true)]
    read_write: bool,
    #[arg(long, short = 't', value_name = "TEMPERATURE", hide = true)]
    store_temperature: Option<String>,
}

/// neard's flags of `dump-state` that select what is dumped.
#[derive(Args, Debug, Default)]
pub(crate) struct NeardDumpFlags {
    #[arg(long, value_name = "HEIGHT", hide = true)]
    height: Option<u64>,
    #[arg(long, value_name = "ACCOUNTS", hide = true)]
    account_ids: Option<String>,
    #[arg(long, value_name = "ACCOUNTS", hide = true)]
    validators: Option<String>,
}

impl NeardDumpFlags {
    /// The first flag that was given.
    pub(crate) fn unserved(&self) -> Option<&'static str> {
        let flags = [
            (self.height.is_some(), "--height"),
            (self.account_ids.is_some(), "--account-ids"),
            (self.validators.is_some(), "--validators"),
        ];
        flags.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

/// The command line with the value of `--verbose` joined to it by `=`. neard's flag takes an
/// optional value, so the next argument is its value unless that is a flag or one of our
/// `commands`.
pub(crate) fn join_verbose(
    args: impl IntoIterator<Item = OsString>,
    is_command: impl Fn(&str) -> bool,
) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    // After a command, the same words may be values of other arguments.
    let mut commanded = false;
    for arg in args {
        let open = joined.last().is_some_and(|last| last == "--verbose" || last == "--target");
        let text = arg.to_str().unwrap_or_default();
        let value = !is_command(text) && !text.starts_with('-');
        match joined.last_mut() {
            Some(flag) if open && value && !commanded => {
                flag.push("=");
                flag.push(arg);
            }
            _ => {
                commanded |= is_command(text);
                joined.push(arg);
            }
        }
    }
    joined
}

impl NeardGlobalFlags {
    /// The flags that were given, each with the reason why it has no effect.
    pub(crate) fn without_effect(&self) -> impl Iterator<Item = Ignored> {
        given([
            (self.verbose.is_some(), "--verbose", QUIET),
            (self.unsafe_fast_startup, "--unsafe-fast-startup", "the genesis is always checked"),
            (self.opentelemetry.is_some(), "--opentelemetry", NO_TRACES),
            (self.otlp_endpoint.is_some(), "--otlp-endpoint", NO_TRACES),
            (self.log_span_events, "--log-span-events", NO_TRACES),
            (self.record_io_trace.is_some(), "--record-io-trace", NO_TRACES),
        ])
    }
}

impl NeardInitFlags {
    /// The flags that were given, each with the reason why it has no effect.
    pub(crate) fn without_effect(&self) -> impl Iterator<Item = Ignored> {
        given([
            (self.download_genesis, "--download-genesis", NO_DOWNLOADS),
            (self.download_config.is_some(), "--download-config", NO_DOWNLOADS),
            (self.download_genesis_url.is_some(), "--download-genesis-url", NO_DOWNLOADS),
            (self.download_records_url.is_some(), "--download-records-url", NO_DOWNLOADS),
            (self.download_config_url.is_some(), "--download-config-url", NO_DOWNLOADS),
            (self.genesis.is_some(), "--genesis", "a local chain gets its own genesis"),
            (self.max_gas_burnt_view.is_some(), "--max-gas-burnt-view", VIEW_LIMIT),
            (self.state_sync_bucket.is_some(), "--state-sync-bucket", NO_PEERS),
        ])
    }
}

impl NeardRunFlags {
    /// The flags that were given, each with the reason why it has no effect.
    pub(crate) fn without_effect(&self) -> impl Iterator<Item = Ignored> {
        given([
            (self.archive, "--archive", "every block is kept unless --keep-blocks is given"),
            (
                self.connect_to_reliable_peers_on_startup.is_some(),
                "--connect-to-reliable-peers-on-startup",
                NO_PEERS,
            ),
            (self.min_peers.is_some(), "--min-peers", NO_PEERS),
            (
                self.rpc_prometheus_addr.is_some(),
                "--rpc-prometheus-addr",
                "metrics are served at the RPC address",
            ),
            (self.disable_rpc, "--disable-rpc", "this node serves nothing but JSON-RPC"),
            (self.telemetry_url.is_some(), "--telemetry-url", "this node sends no telemetry"),
            (self.max_gas_burnt_view.is_some(), "--max-gas-burnt-view", VIEW_LIMIT),
        ])
    }
}

impl NeardViewStateFlags {
    /// The flags that were given, each with the reason why it has no effect.
    pub(crate) fn without_effect(&self) -> impl Iterator<Item = Ignored> {
        given([
            (self.read_write, "--read-write", "the home is only read"),
            (self.store_temperature.is_some(), "--store-temperature", "there is one store"),
        ])
    }
}

/// A flag that was accepted and has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ignored {
    /// The flag.
    pub(crate) flag: &'static str,
    /// Why it has no effect.
    pub(crate) because: &'static str,
}

fn given<const N: usize>(
    flags: [(bool, &'static str, &'static str); N],
) -> impl Iterator<Item = Ignored> {
    let given = flags.into_iter().filter(|(given, _, _)| *given);
    given.map(|(_, flag, because)| Ignored { flag, because })
}

const QUIET: &str = "this node has no such logs";
const NO_TRACES: &str = "this node exports no traces";
const NO_DOWNLOADS: &str = "this node downloads nothing";
const NO_PEERS: &str = "this node has no peers";
const VIEW_LIMIT: &str = "the protocol's own limit for view calls applies";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let args = line.split_whitespace().map(OsString::from);
        let joined = join_verbose(args, |word| ["init", "run"].contains(&word));
        assert_eq!(joined, expected.split_whitespace().map(OsString::from).collect::<Vec<_>>());
    }

    #[test]
    fn verbose_takes_a_value_or_none() {
        check("k --verbose network --home D init", "k --verbose=network --home D init");
        check("k --home D --verbose network init", "k --home D --verbose=network init");
        check("k --target network run", "k --target=network run");
        for unchanged in [
            "k --verbose --home D init",
            "k --verbose run",
            "k --verbose=network run",
            "k run --verbose",
            "k --home D run --network-addr --verbose x",
            "k",
        ] {
            check(unchanged, unchanged);
        }
    }

    #[test]
    fn only_given_flags_are_named() {
        let flags = NeardRunFlags { archive: true, min_peers: Some(3), ..Default::default() };
        let names: Vec<_> = flags.without_effect().map(|ignored| ignored.flag).collect();
        assert_eq!(names, ["--archive", "--min-peers"]);
        assert_eq!(NeardGlobalFlags::default().without_effect().count(), 0);
    }
}

//! Arguments of `relay`.

use crate::relay::{AuditArgs, PolicyArgs, RotateArgs, SignerArgs, TopUpArgs};
use clap::{Args, Subcommand};
use keyway_relay::AppName;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Arguments of `relay`.
#[derive(Args, Debug)]
#[command(after_help = RELAY_EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct RelayArgs {
    /// The relayer's configuration; docs/relayer.md describes it
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) config: Option<PathBuf>,
    /// Address of the HTTP API; port 0 picks a free port [default: the configuration's]
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// The subcommand.
    #[command(subcommand)]
    pub(crate) command: Option<RelayCommand>,
}

/// The subcommands of `relay`.
#[derive(Debug, Subcommand)]
pub(crate) enum RelayCommand {
    /// Create API keys for apps
    Key(RelayKeyArgs),
    /// Show what a policy would allow, before it is live
    Policy(PolicyArgs),
    /// Look for what is wrong with the relayer's own account and keys
    Audit(AuditArgs),
    /// Give gas keys NEAR from another account, within a limit
    TopUp(TopUpArgs),
    /// Replace a lane's key without a pause in service
    Rotate(RotateArgs),
    /// Run a signing service, which keeps the relayer's keys on another machine
    Signer(SignerArgs),
}

/// Arguments of `relay key`.
#[derive(Args, Debug)]
pub(crate) struct RelayKeyArgs {
    /// The subcommand.
    #[command(subcommand)]
    pub(crate) command: RelayKeyCommand,
}

/// The subcommands of `relay key`.
#[derive(Debug, Subcommand)]
pub(crate) enum RelayKeyCommand {
    /// Create an API key for an app: print it once, and its hash for the configuration
    New(NewRelayKeyArgs),
}

/// Arguments of `relay key new`.
#[derive(Args, Debug)]
#[command(after_help = KEY_EXAMPLES)]
pub(crate) struct NewRelayKeyArgs {
    /// The app, as the configuration calls it
    #[arg(value_name = "APP")]
    pub(crate) app: AppName,
}

const RELAY_EXAMPLES: &str = "\
Examples:
  keyway relay --config relay.toml
      accept requests until Ctrl-C
  keyway relay --config relay.toml --listen 127.0.0.1:0
      on a free port
  keyway relay key new chess
      an API key for the app chess

stdout gets one line, the address; stderr gets the log, one JSON object a line.";

const KEY_EXAMPLES: &str = "\
Examples:
  keyway relay key new chess
      the key on stdout, and a line for relay.toml on stderr
  keyway relay key new chess --json";

//! The command line as clap parses it.

mod console;
mod durability;
mod exit_codes;
mod fork;
mod leaked;
mod memory;
mod neard;
mod new_chain;
mod place;
mod read;
mod relay;
mod tree;
mod usage;

pub(crate) use console::ConsoleFlags;
pub(crate) use durability::Durability;
use exit_codes::EXIT_CODES;
pub(crate) use fork::ForkArgs;
pub(crate) use memory::MemoryArgs;
pub(crate) use neard::{
    Ignored, NeardDumpFlags, NeardGlobalFlags, NeardInitFlags, NeardRunFlags, NeardViewStateFlags,
    join_verbose,
};
pub(crate) use new_chain::NewChainArgs;
pub(crate) use read::{Asked, read};
pub(crate) use relay::{NewRelayKeyArgs, RelayArgs, RelayCommand, RelayKeyCommand};
pub(crate) use tree::command_line;

use crate::commands::{
    account::AccountArgs, audit::AuditArgs, bench::BenchArgs, blast_radius::BlastRadiusArgs,
    call::CallArgs, chain::ChainControlArgs, completions::CompletionsArgs, console::ConsoleArgs,
    credentials::CredentialsArgs, drop::DropArgs, explain::ExplainArgs, forecast::ForecastArgs,
    gas::GasArgs, key::KeyArgs, locked::LockedArgs, man::ManArgs, message::MessageArgs,
    recovery::RecoveryArgs, tx::TxArgs, view::ViewArgs,
};
use crate::tools::{ChainArgs, SHARED, read_time};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use near_primitives::types::AccountId;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "keyway",
    version = VERSION.as_str(),
    about = "A local NEAR node and tools for access keys",
    after_help = EXAMPLES,
    after_long_help = LONG_HELP.as_str(),
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Home directory of the chain: genesis.json, config.json, keys and data. Without it `run`
    /// keeps the chain in memory
    #[arg(long, value_name = "DIR", global = true, help_heading = SHARED)]
    pub(crate) home: Option<PathBuf>,
    /// The chain and the output format; accepted before and after the command.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// When to use colours; `auto` uses them on a terminal unless NO_COLOR is set
    #[arg(long, value_enum, value_name = "WHEN", global = true, default_value_t, help_heading = SHARED)]
    pub(crate) color: Color,
    /// Print only errors and warnings on stderr
    #[arg(long, short, global = true, help_heading = SHARED)]
    pub(crate) quiet: bool,
    /// neard's global flags.
    #[command(flatten)]
    pub(crate) neard: NeardGlobalFlags,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The arguments as clap takes them, with neard's `--verbose TARGET` joined into one word.
    pub(crate) fn joined(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
        let command = Self::command();
        join_verbose(args, |word| {
            command.get_subcommands().any(|known| {
                known.get_name() == word || known.get_all_aliases().any(|alias| alias == word)
            })
        })
    }
}

/// When the program uses colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    // Doc comments on these variants would make every --help list the values at length.
    #[default]
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a home directory: genesis, configuration and keys
    Init(Box<InitArgs>),
    /// Run a node, in memory or on a home directory
    Run(Box<RunArgs>),
    /// Export the state of a home directory, even while a node runs on it
    #[command(name = "view-state", alias = "view_state")]
    ViewState(ViewStateArgs),
    /// Run a relayer: sign and pay for what apps ask
    Relay(RelayArgs),
    /// The tools for keys.
    #[command(flatten)]
    Tool(Box<ToolCommand>),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Write a manual page for each command
    Man(ManArgs),
}

/// The commands that work with keys, on any chain.
#[derive(Debug, Subcommand)]
pub(crate) enum ToolCommand {
    /// Create, list, grant and revoke access keys
    Key(KeyArgs),
    /// Create, inspect, lock and delete accounts
    Account(AccountArgs),
    /// Check whether an account is locked, and what its contract can do
    Locked(LockedArgs),
    /// Call a contract's function in a transaction, or only view its result
    Call(Box<CallArgs>),
    /// Show what a contract's function returns, without a transaction
    View(Box<ViewArgs>),
    /// Sign, send and show transactions
    Tx(TxArgs),
    /// Sign a message, or verify a signed one (NEP-413)
    Message(MessageArgs),
    /// Explain why a key can or cannot sign a transaction, and what would help
    Explain(Box<ExplainArgs>),
    /// Forecast how many more calls a key can pay for
    Forecast(Box<ForecastArgs>),
    /// Report problems with an account's keys and with its key files
    Audit(Box<AuditArgs>),
    /// Show what a leaked key can do, and how to revoke it
    BlastRadius(BlastRadiusArgs),
    /// List and check key files
    Credentials(CredentialsArgs),
    /// Create, list, claim and reclaim links that anyone can turn into NEAR
    Drop(DropArgs),
    /// Name helpers who can restore access to an account that lost its keys
    Recovery(RecoveryArgs),
    /// Control a chain of your own: its time, blocks, accounts and snapshots
    Chain(ChainControlArgs),
    /// Record what calls burn, and find what grew
    Gas(GasArgs),
    /// Serve pages for a browser that show the chain of a node
    Console(ConsoleArgs),
    /// Put load on a node and measure it
    Bench(Box<BenchArgs>),
}

/// Arguments of `init`.
#[derive(Args, Debug, Default)]
#[command(after_help = INIT_EXAMPLES)]
pub(crate) struct InitArgs {
    /// Use short epochs (60 blocks instead of 500) and short block times
    #[arg(long)]
    pub(crate) fast: bool,
    /// Name of the chain [default: test-chain- and five random characters]
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) chain_id: Option<String>,
    /// Account of the one validator [default: test.near]
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account_id: Option<AccountId>,
    /// Settings of the new chain.
    #[command(flatten)]
    pub(crate) new: NewChainArgs,
    /// Go on where the chain of this dump was; `keyway chain dump` writes one. A fork's dump also needs
    /// --fork or --fork-file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["NewChainArgs", "chain_id", "account_id", "genesis_time", "test_seed"])]
    pub(crate) from: Option<PathBuf>,
    /// When the chain begins, as in 2024-05-01 or 2024-05-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    pub(crate) genesis_time: Option<u64>,
    /// Derive the validator's key from this text instead of generating it; for tests only
    #[arg(long, value_name = "TEXT")]
    pub(crate) test_seed: Option<String>,
    /// Number of shards; only 1 is supported
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) num_shards: u64,
    /// Peers, written to config.json and never contacted
    #[arg(long, value_name = "PEERS")]
    pub(crate) boot_nodes: Option<String>,
    /// Settings of a fork.
    #[command(flatten)]
    pub(crate) fork: ForkArgs,
    /// neard's flags of `init`.
    #[command(flatten)]
    pub(crate) neard: NeardInitFlags,
}

/// Arguments of `run`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = RUN_EXAMPLES)]
pub(crate) struct RunArgs {
    /// Address for JSON-RPC; port 0 picks a free port [default: config.json's rpc.addr, or
    /// 127.0.0.1:3030 without a home]
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) rpc_addr: Option<SocketAddr>,
    /// Serve on another port of the default address; 0 picks a free port
    #[arg(long, value_name = "PORT", conflicts_with = "rpc_addr")]
    pub(crate) port: Option<u16>,
    /// Settings of a chain in memory.
    #[command(flatten)]
    pub(crate) new: NewChainArgs,
    /// Interval between empty blocks in milliseconds [default: 500, within the block production
    /// delays of config.json's consensus]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) block_interval_ms: Option<u64>,
    /// Seal blocks only for transactions, so the height does not grow between them
    #[arg(long, conflicts_with = "block_interval_ms")]
    pub(crate) no_ticks: bool,
    /// What an acknowledged transaction survives: with `block` a power cut, with `none` only the end
    /// of this process, even by kill -9
    #[arg(long, value_enum, default_value_t)]
    pub(crate) durability: Durability,
    /// Write a checkpoint at least every so many blocks. Blocks stay in memory until then, and a
    /// start after a kill executes them again. A checkpoint is also due at 5 MB of blocks or 3
    /// Pgas, without a home at 32 MB [default: 2000, or 10000 without a home, where the store is
    /// temporary]
    #[arg(long, value_name = "BLOCKS")]
    pub(crate) checkpoint_blocks: Option<usize>,
    /// How much memory the node may use.
    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
    /// Prune blocks, with their transactions, receipts, states and inputs, once there are so many
    /// newer ones and no transaction can be based on them [default: no pruning]
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) keep_blocks: Option<u64>,
    /// Wasm file of the contract for eth-implicit accounts (0x…), as in nearcore; a home keeps it
    /// from its first run
    #[arg(long, value_name = "FILE")]
    pub(crate) eth_wallet_wasm: Option<PathBuf>,
    /// Go on where the chain of this dump was, in memory; `keyway chain dump` writes one. A fork's
    /// dump also needs --fork or --fork-file
    #[arg(long, value_name = "FILE", conflicts_with = "NewChainArgs")]
    pub(crate) load: Option<PathBuf>,
    /// Set the chain's time when the node starts, as in 2024-05-01; it runs on from there. A chain in
    /// memory begins at that time
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    pub(crate) time: Option<u64>,
    /// Serve no `keyway_*` and `sandbox_*` methods: only what a network also allows
    #[arg(long)]
    pub(crate) no_cheats: bool,
    /// The console.
    #[command(flatten)]
    pub(crate) console: ConsoleFlags,
    /// Number of threads that serve requests [default: one for each processor core, at least 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// neard's flag: `false` is the same as `--no-ticks`
    #[arg(long, value_name = "BOOL", hide = true)]
    pub(crate) produce_empty_blocks: Option<bool>,
    /// Accepted for compatibility with neard: this node has no peers and opens no second port
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) network_addr: Option<String>,
    /// Accepted for compatibility with neard: this node has no peers
    #[arg(long, value_name = "PEERS")]
    pub(crate) boot_nodes: Option<String>,
    /// Settings of a fork.
    #[command(flatten)]
    pub(crate) fork: ForkArgs,
    /// neard's flags of `run`.
    #[command(flatten)]
    pub(crate) neard: NeardRunFlags,
}

/// Arguments of `view-state`.
#[derive(Args, Debug)]
#[command(after_help = DUMP_EXAMPLES)]
pub(crate) struct ViewStateArgs {
    /// neard's flags of `view-state`.
    #[command(flatten)]
    pub(crate) neard: NeardViewStateFlags,
    /// The subcommand.
    #[command(subcommand)]
    pub(crate) command: ViewStateCommand,
}

/// The subcommands of `view-state`.
#[derive(Debug, Subcommand)]
pub(crate) enum ViewStateCommand {
    /// Export the newest state as a genesis for another chain
    #[command(name = "dump-state", alias = "dump_state")]
    DumpState(DumpStateArgs),
}

/// Arguments of `view-state dump-state`.
#[derive(Args, Debug)]
#[command(after_help = DUMP_EXAMPLES)]
pub(crate) struct DumpStateArgs {
    /// Write a complete home directory, with the records in a file of their own
    #[arg(long)]
    pub(crate) stream: bool,
    /// Output path; an existing file is replaced [default: output.json in the home, or with
    /// --stream the directory output]
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) neard: NeardDumpFlags,
}

/// What `--version` prints after the name.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let (own, known) = (env!("CARGO_PKG_VERSION"), keyway_rules::Protocol::SUPPORTED);
    let (oldest, newest) = (known.start(), known.end());
    format!("{own} (nearcore-compatible sandbox node, protocol {oldest}..{newest})")
});

/// The text at the end of `--help`.
static LONG_HELP: LazyLock<String> = LazyLock::new(|| format!("{EXAMPLES}\n\n{EXIT_CODES}"));

const EXAMPLES: &str = "\
Examples:
  keyway run
      run a node in memory on 127.0.0.1:3030
  keyway --home /tmp/chain init --fast
      create a home directory
  keyway --home /tmp/chain run
      run it; a restart continues where it stopped
  keyway --home /tmp/chain view-state dump-state
      export its state to /tmp/chain/output.json
  keyway key list alice.near
      list the keys of alice.near
  keyway view game.near score
      show what a contract returns
  keyway call game.near play --as alice.near --dry-run
      show what would be signed, without sending it
  keyway key add alice.near --contract game.near --functions play \\
      --allowance '0.25 NEAR'
      create a key for an app that can do only this
  NEAR_SANDBOX_BIN_PATH=$(which keyway) npm test
      in a project that starts a NEAR sandbox";

const INIT_EXAMPLES: &str = "\
Examples:
  keyway --home /tmp/chain init --fast
      writes the same files as neard
  keyway --home /tmp/chain init --chain-id localnet --accounts 10
      with the accounts that `keyway run` has in memory
  keyway --home /tmp/chain init --protocol-version 86
  keyway --home /tmp/fork init --fork testnet
      a chain that begins as testnet is now, and goes on after a restart

An existing home is not changed. test.near signs with the home's
validator_key.json:
  keyway --home /tmp/chain run
  keyway tx send test.near near --transfer '1 NEAR' \\
      --key-file /tmp/chain/validator_key.json";

const RUN_EXAMPLES: &str = "\
Examples:
  keyway run
      a chain in memory on 127.0.0.1:3030
  keyway run --port 4000 --accounts 3 --balance '50 NEAR'
  keyway run --protocol-version 86 --no-ticks
      older rules, and no empty blocks
  keyway run --fork mainnet
      a chain in memory that begins as mainnet is now; nothing is sent there
  keyway run --fork-file ref.fork --offline
      the same from a file that `keyway chain fork freeze` wrote
  keyway --home /tmp/chain run
      a durable chain: a restart continues it
  keyway --home /tmp/chain run --rpc-addr 0.0.0.0:3030
      reachable from the network: anyone who can
      reach it can rewrite the chain

Ctrl-C or SIGTERM stops the node cleanly, so that the next start has nothing to
replay.";

const DUMP_EXAMPLES: &str = "\
Examples:
  keyway --home /tmp/chain view-state dump-state
      the newest state, in /tmp/chain/output.json
  keyway --home /tmp/chain view-state dump-state --file before.json
  keyway --home /tmp/chain view-state dump-state --stream --file /tmp/copy
      a new home: keyway --home /tmp/copy run

This also works while a node runs on the home, except with --keep-blocks.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
        command_line().debug_assert();
    }

    #[track_caller]
    fn parse(line: &str) -> Cli {
        let args = line.split_whitespace().map(OsString::from);
        Cli::try_parse_from(Cli::joined(args)).unwrap()
    }

    #[test]
    fn home_stands_before_or_after_the_subcommand() {
        let home = Some(PathBuf::from("/h"));
        assert_eq!(parse("keyway --home /h init --fast").home, home);
        assert_eq!(parse("keyway run --home /h").home, home);
        assert_eq!(parse("keyway view-state dump-state --home /h").home, home);
    }

    #[test]
    fn shared_flags_stand_before_or_after_the_subcommand() {
        for line in [
            "keyway --network testnet --json -q key list a.near",
            "keyway key --network testnet -q list a.near --json",
            "keyway key list a.near -n testnet --json --quiet",
        ] {
            let cli = parse(line);
            let Command::Tool(tool) = &cli.command else { panic!("{line}") };
            for chain in [&cli.chain, tool.chain()] {
                assert_eq!(chain.network().unwrap().known_name(), Some("testnet"), "{line}");
                assert!(chain.json, "{line}");
            }
            assert!(cli.quiet, "{line}");
        }
    }

    #[test]
    fn neards_lines_are_understood() {
        parse("neard --home /h init --fast --account-id a.near --test-seed s --num-shards 1");
        parse("neard --home /h run --rpc-addr 127.0.0.1:0 --network-addr 127.0.0.1:1");
        parse("neard --verbose --home /h run --archive --min-peers 0");
        parse("neard --verbose network --home /h init");
        parse("neard --home /h --verbose network run");
        parse("neard --verbose run");
        parse("neard --home /h view_state dump_state --stream");
        let line = ["neard", "--home", "/h", "run", "--boot-nodes", ""];
        assert!(Cli::try_parse_from(line).is_ok());
    }
}

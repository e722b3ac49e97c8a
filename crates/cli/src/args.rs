//! The command line, as clap reads it.

mod leaked;
mod neard;
mod new_chain;
mod place;
mod read;
mod tree;
mod usage;

pub(crate) use neard::{
    Ignored, NeardDumpFlags, NeardGlobalFlags, NeardInitFlags, NeardRunFlags, NeardViewStateFlags,
    join_verbose,
};
pub(crate) use read::{Asked, read};
pub(crate) use tree::command_line;

pub(crate) use new_chain::NewChainArgs;

use crate::commands::account::AccountArgs;
use crate::commands::audit::AuditArgs;
use crate::commands::bench::BenchArgs;
use crate::commands::blast_radius::BlastRadiusArgs;
use crate::commands::call::CallArgs;
use crate::commands::completions::CompletionsArgs;
use crate::commands::credentials::CredentialsArgs;
use crate::commands::drop::DropArgs;
use crate::commands::explain::ExplainArgs;
use crate::commands::forecast::ForecastArgs;
use crate::commands::key::KeyArgs;
use crate::commands::locked::LockedArgs;
use crate::commands::message::MessageArgs;
use crate::commands::recovery::RecoveryArgs;
use crate::commands::tx::TxArgs;
use crate::commands::view::ViewArgs;
use crate::tools::{ChainArgs, SHARED};
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
    about = "A local NEAR node, with access keys at its centre",
    after_help = EXAMPLES,
    after_long_help = LONG_HELP.as_str(),
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Directory that holds the chain: genesis.json, config.json, keys, data. Without it `run`
    /// keeps everything in memory
    #[arg(long, value_name = "DIR", global = true, help_heading = SHARED)]
    pub(crate) home: Option<PathBuf>,
    /// Which chain, and how to answer; before the command as well as behind it.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// When to use colours; `auto` is on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, value_name = "WHEN", global = true, default_value_t, help_heading = SHARED)]
    pub(crate) color: Color,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true, help_heading = SHARED)]
    pub(crate) quiet: bool,
    /// What neard takes beside `--home`.
    #[command(flatten)]
    pub(crate) neard: NeardGlobalFlags,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The arguments as clap takes them: neard's `--verbose TARGET` in one word.
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
    // What is a doc comment here makes each --help list the values at length.
    #[default]
    Auto,
    Always,
    Never,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a new home directory: genesis, configuration, keys
    Init(Box<InitArgs>),
    /// Run a node, on a home directory or, without one, in memory
    Run(Box<RunArgs>),
    /// Inspect a home directory, also while a node runs on it
    #[command(name = "view-state", alias = "view_state")]
    ViewState(ViewStateArgs),
    /// The tools for keys.
    #[command(flatten)]
    Tool(Box<ToolCommand>),
    /// Print a shell's completion script
    Completions(CompletionsArgs),
}

/// What the program can do with keys, on any chain.
#[derive(Debug, Subcommand)]
pub(crate) enum ToolCommand {
    /// Create, list, grant and revoke access keys
    Key(KeyArgs),
    /// Create, inspect, lock and delete accounts
    Account(AccountArgs),
    /// Check whether an account without full-access keys is locked, or what its contract can do
    Locked(LockedArgs),
    /// Call a function of a contract, in a transaction or only to look
    Call(Box<CallArgs>),
    /// Look what a contract's function returns, without a transaction
    View(Box<ViewArgs>),
    /// Sign, send and show transactions
    Tx(TxArgs),
    /// Sign a message off the chain, or verify who signed one (NEP-413)
    Message(MessageArgs),
    /// Explain why a key may or may not sign a transaction, rule by rule, and what would help
    Explain(Box<ExplainArgs>),
    /// Forecast how much gas and how many calls a key is still good for
    Forecast(Box<ForecastArgs>),
    /// Find what is wrong with an account's keys, and with the files that hold them
    Audit(Box<AuditArgs>),
    /// Show what a leaked key can do, and how to revoke it
    BlastRadius(BlastRadiusArgs),
    /// Check the files that hold keys
    Credentials(CredentialsArgs),
    /// Create, claim and list links that anyone can turn into NEAR
    Drop(DropArgs),
    /// Name helpers who can restore your account when its keys are lost
    Recovery(RecoveryArgs),
    /// Put load on a node and measure it
    Bench(Box<BenchArgs>),
}

/// Arguments of `init`.
#[derive(Args, Debug, Default)]
#[command(after_help = INIT_EXAMPLES)]
pub(crate) struct InitArgs {
    /// Short epochs (60 blocks, not 500) and short block times
    #[arg(long)]
    pub(crate) fast: bool,
    /// Name of the chain [default: test-chain- and five random characters]
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) chain_id: Option<String>,
    /// Account of the one validator [default: test.near]
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account_id: Option<AccountId>,
    /// What the chain begins with.
    #[command(flatten)]
    pub(crate) new: NewChainArgs,
    /// Derive the validator's key from this text instead of at random: for tests only
    #[arg(long, value_name = "TEXT")]
    pub(crate) test_seed: Option<String>,
    /// Number of shards; only 1 is served
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) num_shards: u64,
    /// Peers, kept in config.json and never called
    #[arg(long, value_name = "PEERS")]
    pub(crate) boot_nodes: Option<String>,
    /// What neard's `init` takes besides.
    #[command(flatten)]
    pub(crate) neard: NeardInitFlags,
}

/// Arguments of `run`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = RUN_EXAMPLES)]
pub(crate) struct RunArgs {
    /// Where to serve JSON-RPC; port 0 takes a free one
    /// [default: config.json's rpc.addr, or 127.0.0.1:3030 without a home]
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) rpc_addr: Option<SocketAddr>,
    /// Serve on another port of the usual address; 0 takes a free one
    #[arg(long, value_name = "PORT", conflicts_with = "rpc_addr")]
    pub(crate) port: Option<u16>,
    /// What a chain in memory begins with.
    #[command(flatten)]
    pub(crate) new: NewChainArgs,
    /// Seal an empty block this often, in milliseconds
    /// [default: 500, held within config.json's consensus block production delays]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) block_interval_ms: Option<u64>,
    /// Seal blocks only for transactions: the height stands still between them
    #[arg(long, conflicts_with = "block_interval_ms")]
    pub(crate) no_ticks: bool,
    /// What an answer promises of a home: `block`, that it survives a power cut; `none`, that it
    /// survives this program's end, however it ends
    #[arg(long, value_enum, default_value_t)]
    pub(crate) durability: Durability,
    /// Blocks that may wait in memory for the store, as long as they are not longer than 48 MB and
    /// burnt no more than 3 Pgas; a start after a kill applies so many again
    /// [default: 2000, or 10000 without a home, whose store goes with the node]
    #[arg(long, value_name = "BLOCKS")]
    pub(crate) checkpoint_blocks: Option<usize>,
    /// Prune blocks, with their transactions, receipts, states and inputs, when so many are newer
    /// and no transaction can be based on them any more [default: none is pruned]
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) keep_blocks: Option<u64>,
    /// Wasm of the contract that eth-implicit accounts (0x…) run, as nearcore has it; a home keeps
    /// it from its first run on
    #[arg(long, value_name = "FILE")]
    pub(crate) eth_wallet_wasm: Option<PathBuf>,
    /// Threads that serve requests [default: one for each processor core, and 2 at least]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// As neard has it: `false` is `--no-ticks`
    #[arg(long, value_name = "BOOL", hide = true)]
    pub(crate) produce_empty_blocks: Option<bool>,
    /// Accepted for neard's harnesses: this node has no peers and opens no second port
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) network_addr: Option<String>,
    /// Accepted for neard's harnesses: this node has no peers
    #[arg(long, value_name = "PEERS")]
    pub(crate) boot_nodes: Option<String>,
    /// What neard's `run` takes besides.
    #[command(flatten)]
    pub(crate) neard: NeardRunFlags,
}

/// What an answer promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Durability {
    /// What was answered survives the end of the process, but not of the machine.
    None,
    /// What was answered is on the disk's surface. Many transactions share the wait.
    #[default]
    Block,
}

impl From<Durability> for keyway_node::Durability {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::None => Self::Process,
            Durability::Block => Self::Disk,
        }
    }
}

/// Arguments of `view-state`.
#[derive(Args, Debug)]
#[command(after_help = DUMP_EXAMPLES)]
pub(crate) struct ViewStateArgs {
    /// What neard's `view-state` takes besides.
    #[command(flatten)]
    pub(crate) neard: NeardViewStateFlags,
    /// What to look at.
    #[command(subcommand)]
    pub(crate) command: ViewStateCommand,
}

/// What `view-state` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum ViewStateCommand {
    /// Write the newest state as a genesis that another chain can start from
    #[command(name = "dump-state", alias = "dump_state")]
    DumpState(DumpStateArgs),
}

/// Arguments of `view-state dump-state`.
#[derive(Args, Debug)]
#[command(after_help = DUMP_EXAMPLES)]
pub(crate) struct DumpStateArgs {
    /// Write a whole home directory, with the records in a file of their own
    #[arg(long)]
    pub(crate) stream: bool,
    /// Where to write; what stands there is replaced
    /// [default: output.json in the home, or with --stream the directory output]
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,
    /// What neard's `dump-state` takes besides.
    #[command(flatten)]
    pub(crate) neard: NeardDumpFlags,
}

/// What `--version` says after the name.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let (own, known) = (env!("CARGO_PKG_VERSION"), keyway_rules::Protocol::SUPPORTED);
    let (oldest, newest) = (known.start(), known.end());
    format!("{own} (nearcore-compatible sandbox node, protocol {oldest}..{newest})")
});

/// What `--help` says at its end.
static LONG_HELP: LazyLock<String> = LazyLock::new(|| format!("{EXAMPLES}\n\n{EXIT_CODES}"));

const EXAMPLES: &str = "\
Examples:
  keyway run                                   a node in memory on 127.0.0.1:3030
  keyway --home /tmp/chain init --fast         a new home directory
  keyway --home /tmp/chain run                 a node on it; a restart goes on where it stopped
  keyway --home /tmp/chain view-state dump-state
                                               its state as a genesis, in /tmp/chain/output.json
  keyway key list alice.near                   who may act for alice.near
  keyway view game.near score                  what a contract answers
  keyway call game.near play --as alice.near --dry-run
                                               what would be signed, without sending it
  keyway key add alice.near --contract game.near --functions play --allowance '0.25 NEAR'
                                               a key for an app, which may do just that
  NEAR_SANDBOX_BIN_PATH=$(which keyway) npm test
                                               in a project that starts a NEAR sandbox";

const INIT_EXAMPLES: &str = "\
Examples:
  keyway --home /tmp/chain init --fast         what neard's init writes
  keyway --home /tmp/chain init --chain-id localnet --accounts 10
                                               with the accounts that `keyway run` has in memory
  keyway --home /tmp/chain init --protocol-version 86

A home that is there already is left as it was. test.near signs with validator_key.json of the home:
  keyway --home /tmp/chain run
  keyway tx send test.near near --transfer '1 NEAR' --key-file /tmp/chain/validator_key.json";

const RUN_EXAMPLES: &str = "\
Examples:
  keyway run                                   a chain in memory on 127.0.0.1:3030
  keyway run --port 4000 --accounts 3 --balance '50 NEAR'
  keyway run --protocol-version 86 --no-ticks  older rules; blocks only for transactions
  keyway --home /tmp/chain run                 a chain that stays; a restart goes on where it stopped
  keyway --home /tmp/chain run --rpc-addr 0.0.0.0:3030
                                               reachable from the network: whoever reaches it can
                                               rewrite the chain

Ctrl-C or SIGTERM ends the node in good order, so that the next start runs nothing again.";

const DUMP_EXAMPLES: &str = "\
Examples:
  keyway --home /tmp/chain view-state dump-state
                                               the newest state, in /tmp/chain/output.json
  keyway --home /tmp/chain view-state dump-state --file before.json
  keyway --home /tmp/chain view-state dump-state --stream --file /tmp/copy
                                               a home of its own: keyway --home /tmp/copy run

Also while a node runs on the home.";

const EXIT_CODES: &str = "\
Exit codes:
  0  done; also after Ctrl-C or SIGTERM
  1  an error that has no number of its own
  2  the command line is wrong
  3  the RPC address cannot be had, most often because its port is in use
  4  another node runs on the home directory
  5  the home directory is missing, incomplete, contradicts itself or was made by another version
  6  the chain refused the transaction, or it was not sent because it would fail: nothing is paid
  7  the transaction ran and failed: its gas is paid
  8  no node answered, or it does not know what was asked for
  9  no key at hand may do this, or the place where keys are kept cannot be used
  10 something that cannot be undone was not confirmed
  11 a transaction may run or may not: look its hash up before trying again
  12 a check found what it was asked to find: a signature that proves nothing, a finding of
     --fail-on, a key file that is wrong";

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

//! Settings of `run` and `init` for a chain that begins with the state of a network.

use clap::{Args, ValueEnum};
use keyway_fork::{ForkBlock, ForkGas, ForkMissing, Network};
use std::path::PathBuf;

/// Flags of `run` and `init` for a fork.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Forks")]
pub(crate) struct ForkArgs {
    /// Begin with the state of a network: mainnet, testnet, or URLs of RPC endpoints with commas
    /// between them. It is read as it is needed, and nothing is sent there
    #[arg(long, value_name = "NETWORK", value_parser = read_network)]
    pub(crate) fork: Option<Network>,
    /// The final block to begin with [default: the newest]
    #[arg(long, value_name = "HASH|HEIGHT")]
    pub(crate) fork_block: Option<ForkBlock>,
    /// How exact the gas of writes is: `local` counts the part of the trie that was written since,
    /// `proof` also reads the proofs of small contracts
    #[arg(long, value_name = "HOW", value_enum)]
    pub(crate) fork_gas: Option<Gas>,
    /// Begin with what a file has, written by `keyway chain fork freeze`
    #[arg(long, value_name = "FILE")]
    pub(crate) fork_file: Option<PathBuf>,
    /// Never ask the network: what the file or the home does not have is an error
    #[arg(long, conflicts_with = "fork")]
    pub(crate) offline: bool,
    /// What an account is that the file lacks, or of which the network names only an error that no
    /// NEAR node is known to give: `error`, or `absent`. An account that does exist would then be
    /// created anew
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) fork_missing: Option<Missing>,
    /// Directory of what forks read before [default: keyway/fork in this user's cache directory]
    #[arg(long, value_name = "DIR", conflicts_with = "no_fork_cache")]
    pub(crate) fork_cache: Option<PathBuf>,
    /// Neither use nor fill that directory; a home keeps what its fork reads in any case
    #[arg(long)]
    pub(crate) no_fork_cache: bool,
}

/// How exact the gas of writes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Gas {
    // Doc comments on these variants would make --help list the values at length.
    Local,
    Proof,
}

/// What an account is of which the source has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Missing {
    // As above.
    Error,
    Absent,
}

impl ForkArgs {
    /// Whether the chain is a fork.
    pub(crate) fn is_fork(&self) -> bool {
        self.fork.is_some() || self.fork_file.is_some()
    }

    /// The flags that were given.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
        let flags = [
            (self.fork.is_some(), "--fork"),
            (self.fork_file.is_some(), "--fork-file"),
            (self.fork_block.is_some(), "--fork-block"),
            (self.fork_gas.is_some(), "--fork-gas"),
            (self.fork_missing.is_some(), "--fork-missing"),
            (self.fork_cache.is_some(), "--fork-cache"),
            (self.no_fork_cache, "--no-fork-cache"),
        ];
        flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

impl From<Gas> for ForkGas {
    fn from(gas: Gas) -> Self {
        match gas {
            Gas::Local => Self::Local,
            Gas::Proof => Self::Proof,
        }
    }
}

impl From<Missing> for ForkMissing {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Error => Self::Error,
            Missing::Absent => Self::Absent,
        }
    }
}

fn read_network(text: &str) -> Result<Network, String> {
    Network::parse(text).map_err(|error| error.to_string())
}

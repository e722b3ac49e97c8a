//! `relay policy`: what a relayer would pay for, before it is live.

mod explain;
mod test;

use crate::error::CliError;
use crate::tools::{Answer, read_file};
use clap::{Args, Subcommand};
use keyway_relay::policy::Policy;
use keyway_relay::policy::cases::Cases;
use std::path::Path;

/// Arguments of `relay policy`.
#[derive(Args, Debug)]
pub(crate) struct PolicyArgs {
    /// The subcommand.
    #[command(subcommand)]
    command: PolicyCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Judge the requests of a file, and compare with what is expected
    Test(test::TestArgs),
    /// Print a policy in words, or judge one request rule by rule
    Explain(explain::ExplainArgs),
}

impl PolicyArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) fn run(&self, answer: Answer) -> Result<(), CliError> {
        match &self.command {
            PolicyCommand::Test(args) => args.run(answer),
            PolicyCommand::Explain(args) => args.run(answer),
        }
    }
}

/// Reads the policy that `--policy` names.
fn read_policy(path: &Path) -> Result<Policy, CliError> {
    let why = |why| CliError::Value { flag: "--policy", why };
    Policy::read(&text_of(path, "--policy")?).map_err(|error| why(error.to_string()))
}

/// Reads a file of cases, which the argument `flag` names.
fn read_cases(path: &Path, flag: &'static str) -> Result<Cases, CliError> {
    Cases::read(&text_of(path, flag)?)
        .map_err(|error| CliError::Value { flag, why: error.to_string() })
}

fn text_of(path: &Path, flag: &'static str) -> Result<String, CliError> {
    String::from_utf8(read_file(path, LARGEST_FILE)?)
        .map_err(|_| CliError::Value { flag, why: "the file is not UTF-8 text".to_owned() })
}

/// In bytes; more than a policy may have.
const LARGEST_FILE: u64 = 8 << 20;

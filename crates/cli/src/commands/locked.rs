//! `locked`: whether an account is locked, and what its contract can do.

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::Args;
use keyway::error::QueryError;
use keyway::{AccountId, Client, Error};
use keyway_guard::{
    AccountFacts, ContractPowers, Doubt, LockReport, LockVerdict, contract_powers, lock_verdict,
};
use serde::Serialize;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Arguments of `locked`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway locked vault.near
  keyway locked vault.near --network mainnet --json
  keyway locked --wasm contract.wasm               before it is deployed; no chain is asked

Verdicts:
  not locked           it has a full-access key
  can add keys         its contract can add keys
  can replace its code its contract can, or who published its global contract
  can delete itself    its contract can, and the account can be created again
  cannot tell          something decides that cannot be seen: the doubts say what
  sealed               nothing was found that could give it keys or other code")]
pub(crate) struct LockedArgs {
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The account
    #[arg(value_name = "ACCOUNT", required_unless_present = "wasm")]
    account: Option<AccountId>,
    /// Judge the contract in this file, as the code of an account without keys
    #[arg(long, value_name = "FILE", conflicts_with = "account")]
    wasm: Option<PathBuf>,
}

impl LockedArgs {
    /// Tells the verdict and everything that it rests on.
    ///
    /// # Errors
    /// When there is no such account or file, or the chain does not answer.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match (&self.wasm, &self.account) {
            (Some(path), _) => context.answer.give(&OfFile::new(path, &read(path)?)),
            (None, Some(account)) => {
                let facts = context.client.account_facts(account);
                let facts = context.wait("reading the keys", facts).await?;
                context.answer.give(&judge(&context.client, &facts).await?)
            }
            (None, None) => unreachable!("the invariant that an account or a file is given"),
        }
    }
}

/// The verdict on an account with these keys, and the code that it runs now.
///
/// # Errors
/// When the chain does not answer.
pub(super) async fn judge(client: &Client, facts: &AccountFacts) -> Result<LockReport, CliError> {
    if facts.account.contract().is_none() {
        return Ok(lock_verdict(facts, None));
    }
    match client.code(&facts.account_id).await {
        Ok(code) => Ok(lock_verdict(facts, Some(&code.wasm))),
        // A contract that is named and not there can still come.
        Err(Error::Query(QueryError::NoContract { .. } | QueryError::NoGlobalContract { .. })) => {
            Ok(lock_verdict(facts, None))
        }
        Err(error) => Err(error.into()),
    }
}

/// What is told of a contract that no account runs yet.
#[derive(Serialize)]
struct OfFile {
    file: PathBuf,
    verdict: LockVerdict,
    powers: Option<ContractPowers>,
    doubts: Vec<Doubt>,
}

impl OfFile {
    fn new(path: &Path, wasm: &[u8]) -> Self {
        let file = path.to_owned();
        match contract_powers(wasm) {
            Ok(powers) => {
                let unknown = !powers.unknown_imports.is_empty();
                let doubts = unknown.then_some(Doubt::UnknownImports).into_iter().collect();
                Self { file, verdict: powers.verdict(), powers: Some(powers), doubts }
            }
            Err(error) => {
                let doubts = vec![Doubt::Unreadable(error)];
                Self { file, verdict: LockVerdict::CannotTell, powers: None, doubts }
            }
        }
    }
}

impl fmt::Display for OfFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.file.display(), self.verdict)?;
        for doubt in &self.doubts {
            writeln!(f, "  doubt: {doubt}")?;
        }
        self.powers.as_ref().map_or(Ok(()), |powers| write!(f, "{powers}"))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let mut wasm = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut wasm))
        .map_err(|source| CliError::File { doing: "read", path: path.to_owned(), source })?;
    Ok(wasm)
}

/// More than any contract has: a file that never ends must not fill the memory.
const MAX_FILE_BYTES: u64 = 64 << 20;

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
  keyway locked vault.near --require-sealed        for scripts: exit code 12 when it is not
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
    /// Fail, with exit code 12, when the verdict is not `sealed`
    #[arg(long)]
    require_sealed: bool,
}

impl LockedArgs {
    /// Tells the verdict and everything that it rests on.
    ///
    /// # Errors
    /// When there is no such account or file, or the chain does not answer; [`CliError::Found`]
    /// where `--require-sealed` says so.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let verdict = match (&self.wasm, &self.account) {
            (Some(path), _) => {
                let judged = OfFile::new(path, &read(path)?);
                context.answer.give(&judged)?;
                judged.verdict
            }
            (None, Some(account)) => {
                let now = as_it_is(&context.client, account);
                let (then, facts) = context.wait("reading the keys", now).await?;
                let judged = judge(&then, &facts).await?;
                context.answer.give(&judged)?;
                judged.verdict
            }
            (None, None) => return Err(CliError::NoAccount),
        };
        match verdict {
            LockVerdict::Sealed => Ok(()),
            other if self.require_sealed => {
                Err(CliError::Found(format!("the verdict is not sealed: {other}")))
            }
            _ => Ok(()),
        }
    }
}

/// An account, and a client that asks about the block of which this holds.
///
/// # Errors
/// When there is no such account, or the chain does not answer.
pub(super) async fn as_it_is(
    client: &Client,
    account: &AccountId,
) -> Result<(Client, AccountFacts), Error> {
    let then = client.at(client.block().await?.hash);
    let facts = then.account_facts(account).await?;
    Ok((then, facts))
}

/// The verdict on an account with these keys. `client` asks about the block that `facts` are of:
/// with the code of another block the verdict would be another account's.
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

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::{Sandbox, deploy};

    fn contract(method: &str) -> Vec<u8> {
        wat::parse_str(format!(r#"(module (func (export "{method}")))"#)).unwrap()
    }

    #[tokio::test]
    async fn the_code_is_that_of_the_block_of_the_keys() {
        let sandbox = Sandbox::new();
        let vault = sandbox.account("vault.near").create().unwrap();
        vault.execute(deploy(contract("get"))).unwrap();
        let vault_near = "vault.near".parse().unwrap();
        let (then, facts) = as_it_is(&sandbox.client(), &vault_near).await.unwrap();
        vault.execute(deploy(contract("set"))).unwrap();
        let report = judge(&then, &facts).await.unwrap();
        assert_eq!(report.doubts, []);
        assert!(report.powers.is_some());
    }
}

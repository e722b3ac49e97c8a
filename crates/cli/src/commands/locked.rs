//! `locked`: whether an account is locked, and what its contract can do.

use crate::error::CliError;
use crate::tools::{ChainArgs, Context, painted, read_wasm};
use anstyle::AnsiColor;
use clap::Args;
use keyway::error::QueryError;
use keyway::protocol::CryptoHash;
use keyway::{AccountId, Client, Error};
use keyway_guard::{
    AccountFacts, ContractPowers, Doubt, LockReport, LockVerdict, contract_powers, lock_verdict,
    wrapped,
};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Arguments of `locked`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway locked vault.near
  keyway locked vault.near game.near
      several accounts, at the same block
  keyway locked vault.near --network mainnet --json
  keyway locked vault.near --require-sealed
      for scripts: exit code 12 if it is not sealed
  keyway locked --wasm contract.wasm
      before deployment, without asking a chain

The answer names its basis: the chain, the block, the code hash and this
program's version. The same block and code always give the same verdict.

Verdicts:
  not locked           it has a full-access key
  can add keys         its contract can add keys
  can replace its code its contract can, or the publisher of its global contract
  can delete itself    its contract can, and the account can be created again
  cannot tell          it depends on something invisible; the doubts say on what
  sealed               nothing was found that could add keys or change its code")]
pub(crate) struct LockedArgs {
    /// The accounts
    #[arg(value_name = "ACCOUNT", required_unless_present = "wasm")]
    accounts: Vec<AccountId>,
    /// Judge the contract in this file, as if an account without keys had it
    #[arg(long, value_name = "FILE", conflicts_with = "accounts")]
    wasm: Option<PathBuf>,
    /// End with exit code 12 if a verdict is not `sealed`
    #[arg(long)]
    require_sealed: bool,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl LockedArgs {
    /// Shows the verdict and everything that it is based on.
    ///
    /// # Errors
    /// If the account or file does not exist, or the chain does not answer; [`CliError::Found`]
    /// with `--require-sealed` if the verdict is not `sealed`.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let judged: Vec<(String, LockVerdict)> = match &self.wasm {
            Some(path) => {
                let judged = OfFile::new(path, &read_wasm(path)?);
                context.answer.give(&judged)?;
                vec![(path.display().to_string(), judged.verdict)]
            }
            None => self.judged(context).await?,
        };
        if !self.require_sealed {
            return Ok(());
        }
        let open = judged.into_iter().filter(|(_, verdict)| *verdict != LockVerdict::Sealed);
        let open: Vec<String> = open.map(|(name, verdict)| format!("{name}: {verdict}")).collect();
        match open.is_empty() {
            true => Ok(()),
            false => {
                Err(CliError::Found(format!("the verdict is not sealed: {}", open.join(", "))))
            }
        }
    }

    /// Judges every account at one block, and answers.
    async fn judged(&self, context: &Context) -> Result<Vec<(String, LockVerdict)>, CliError> {
        let then = context.client.pinned().await?;
        let proof = Proof::now(&then).await?;
        let mut accounts = Vec::new();
        for account in &self.accounts {
            let facts = context.wait("reading the keys", then.account_facts(account)).await?;
            let report = judge(&then, &facts).await?;
            let code_hash = report.code_hash;
            accounts.push(OfAccount { report, code_hash, proof: proof.clone() });
        }
        let verdicts =
            accounts.iter().map(|it| (it.report.account_id.to_string(), it.report.verdict));
        let verdicts = verdicts.collect();
        match accounts.as_slice() {
            [one] => context.answer.give(one)?,
            _ => context.answer.give(&OfAccounts { accounts })?,
        }
        Ok(verdicts)
    }
}

/// The basis of a verdict besides the account. The same block of the same chain gives the same
/// verdict.
#[derive(Clone, Serialize)]
struct Proof {
    chain_id: String,
    block_height: u64,
    block_hash: CryptoHash,
    /// UTC.
    block_time: String,
    /// The version of this program.
    program_version: &'static str,
}

impl Proof {
    async fn now(client: &Client) -> Result<Self, Error> {
        let block = client.block().await?;
        let time = near_primitives::utils::from_timestamp(block.timestamp_ns);
        Ok(Self {
            chain_id: client.status().await?.chain_id,
            block_height: block.height,
            block_hash: block.hash,
            block_time: time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            program_version: env!("CARGO_PKG_VERSION"),
        })
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain_id, block_height, block_hash, block_time, program_version } = self;
        writeln!(f, "  as of block {block_height} of {chain_id}, {block_time}")?;
        writeln!(f, "    {block_hash}")?;
        writeln!(f, "  judged by keyway {program_version}")
    }
}

/// A verdict and its basis.
#[derive(Serialize)]
struct OfAccount {
    #[serde(flatten)]
    report: LockReport,
    /// Of the code that was judged.
    code_hash: Option<CryptoHash>,
    #[serde(flatten)]
    proof: Proof,
}

impl fmt::Display for OfAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", coloured(&self.report), self.proof)
    }
}

#[derive(Serialize)]
struct OfAccounts {
    accounts: Vec<OfAccount>,
}

impl fmt::Display for OfAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.accounts.iter().try_for_each(|account| write!(f, "{}", coloured(&account.report)))?;
        self.accounts.first().map_or(Ok(()), |account| write!(f, "{}", account.proof))
    }
}

/// The report with its verdict in colour.
fn coloured(report: &LockReport) -> String {
    let colour = match report.verdict {
        LockVerdict::Sealed => AnsiColor::Green,
        LockVerdict::CannotTell => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    let verdict = report.verdict.to_string();
    let painted = format!(": {}\n", painted(&verdict, colour));
    report.to_string().replacen(&format!(": {verdict}\n"), &painted, 1)
}

/// An account's facts at one block, and a client pinned to that block.
///
/// # Errors
/// If the account does not exist or the chain does not answer.
pub(super) async fn as_it_is(
    client: &Client,
    account: &AccountId,
) -> Result<(Client, AccountFacts), Error> {
    let then = client.pinned().await?;
    let facts = then.account_facts(account).await?;
    Ok((then, facts))
}

/// The verdict on an account with these keys. `client` must query the block of `facts`: the code of
/// another block could give another verdict.
///
/// # Errors
/// If the chain does not answer.
pub(super) async fn judge(client: &Client, facts: &AccountFacts) -> Result<LockReport, CliError> {
    if facts.account.contract().is_none() {
        return Ok(lock_verdict(facts, None));
    }
    match client.code(&facts.account_id).await {
        Ok(code) => Ok(lock_verdict(facts, Some(&code.wasm))),
        // A contract that is named but does not exist can still be deployed.
        Err(Error::Query(QueryError::NoContract { .. } | QueryError::NoGlobalContract { .. })) => {
            Ok(lock_verdict(facts, None))
        }
        Err(error) => Err(error.into()),
    }
}

/// The verdict on a contract that no account has yet.
#[derive(Serialize)]
struct OfFile {
    file: PathBuf,
    /// In the encoding of an account's code hash.
    code_hash: CryptoHash,
    /// The version of this program.
    program_version: &'static str,
    verdict: LockVerdict,
    powers: Option<ContractPowers>,
    doubts: Vec<Doubt>,
}

impl OfFile {
    fn new(path: &Path, wasm: &[u8]) -> Self {
        let (file, code_hash) = (path.to_owned(), CryptoHash::hash_bytes(wasm));
        let program_version = env!("CARGO_PKG_VERSION");
        let (verdict, powers, doubts) = match contract_powers(wasm) {
            Ok(powers) => {
                let unknown = !powers.unknown_imports.is_empty();
                let doubts = unknown.then_some(Doubt::UnknownImports).into_iter().collect();
                (powers.verdict(), Some(powers), doubts)
            }
            Err(error) => (LockVerdict::CannotTell, None, vec![Doubt::Unreadable(error)]),
        };
        Self { file, code_hash, program_version, verdict, powers, doubts }
    }
}

impl fmt::Display for OfFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.file.display(), self.verdict)?;
        writeln!(f, "  code hash: {}", self.code_hash)?;
        for doubt in &self.doubts {
            writeln!(f, "{}", wrapped("  doubt: ", &doubt.to_string()))?;
        }
        self.powers.as_ref().map_or(Ok(()), |powers| write!(f, "{powers}"))
    }
}

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
        let vault = sandbox.create_account("vault.near").create().unwrap();
        vault.execute(deploy(contract("get"))).unwrap();
        let vault_near = "vault.near".parse().unwrap();
        let (then, facts) = as_it_is(&sandbox.client(), &vault_near).await.unwrap();
        vault.execute(deploy(contract("set"))).unwrap();
        let report = judge(&then, &facts).await.unwrap();
        assert_eq!(report.doubts, []);
        assert!(report.powers.is_some());
    }
}

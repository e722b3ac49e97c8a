//! `locked`: whether an account is locked, and what its contract can do.

use crate::error::CliError;
use crate::tools::{ChainArgs, Context, painted, read_wasm};
use anstyle::AnsiColor;
use clap::Args;
use keyway::error::QueryError;
use keyway::{AccountId, Client, CryptoHash, Error};
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
  keyway locked vault.near game.near               several, all as of one block
  keyway locked vault.near --network mainnet --json
  keyway locked vault.near --require-sealed        for scripts: exit code 12 when it is not
  keyway locked --wasm contract.wasm               before it is deployed; no chain is asked

An answer names what it is based on: the chain, the block, the hash of the code, and this program's
version. With the same block and code, anybody gets the same verdict.

Verdicts:
  not locked           it has a full-access key
  can add keys         its contract can add keys
  can replace its code its contract can, or who published its global contract
  can delete itself    its contract can, and the account can be created again
  cannot tell          something decides that cannot be seen: the doubts say what
  sealed               nothing was found that could give it keys or other code")]
pub(crate) struct LockedArgs {
    /// The accounts
    #[arg(value_name = "ACCOUNT", required_unless_present = "wasm")]
    accounts: Vec<AccountId>,
    /// Judge the contract in this file, as the code of an account without keys
    #[arg(long, value_name = "FILE", conflicts_with = "accounts")]
    wasm: Option<PathBuf>,
    /// Fail, with exit code 12, when the verdict is not `sealed`
    #[arg(long)]
    require_sealed: bool,
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl LockedArgs {
    /// Tells the verdict and everything that it is based on.
    ///
    /// # Errors
    /// When there is no such account or file, or the chain does not answer; [`CliError::Found`]
    /// where `--require-sealed` says so.
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

    /// Judges every account as one block has it, and answers.
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

/// What a verdict is based on besides the account: whoever asks the same block of the same chain gets
/// the same.
#[derive(Clone, Serialize)]
struct Proof {
    chain_id: String,
    block_height: u64,
    block_hash: CryptoHash,
    /// UTC.
    block_time: String,
    /// Of this program, which judged.
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

/// A verdict, and what it is based on.
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

/// The report with its verdict in a colour.
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

/// An account, and a client that asks about the block of which this holds.
///
/// # Errors
/// When there is no such account, or the chain does not answer.
pub(super) async fn as_it_is(
    client: &Client,
    account: &AccountId,
) -> Result<(Client, AccountFacts), Error> {
    let then = client.pinned().await?;
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
    /// As an account's record has it.
    code_hash: CryptoHash,
    /// Of this program, which judged.
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

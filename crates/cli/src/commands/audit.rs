//! `audit`: reports problems with an account's keys and with its key files.

mod contracts;
mod earlier;
mod plan;

use crate::error::CliError;
use crate::tools::{
    ChainArgs, Context, counted, credentials, read_duration, read_gas, write_document,
};
use anstyle::{AnsiColor, Style};
use clap::Args;
use keyway::error::QueryError;
use keyway::guard::{
    self, AccountFacts, Audit, AuditOptions, AuditReport, Baseline, Callable, ChainFacts,
    Credentials, Level, Observed,
};
use keyway::protocol::CryptoHash;
use keyway::{AccountId, Client, Error, Gas};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// Arguments of `audit`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway audit alice.near
  keyway audit --network testnet --fail-on warning
      every account with a key file; for CI
  keyway audit alice.near --level warning
      only counts the notes
  keyway audit alice.near --summary
      counts findings by rule
  keyway audit alice.near --sarif > keys.sarif
  keyway audit alice.near --write-baseline accepted.json
  keyway audit alice.near --baseline accepted.json --fail-on note
  keyway audit alice.near --remember seen.json
      and some weeks later:
  keyway audit alice.near --earlier seen.json
      finds keys that were not used since
  keyway audit alice.near --fix plan
      writes deletions, sends none
  keyway tx send alice.near alice.near --actions plan/alice.near-1.json
      sends the first of them")]
pub(crate) struct AuditArgs {
    /// The accounts to audit [default: every account that exists and has a key file]
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<AccountId>,
    /// Answer in SARIF 2.1.0, for tools that show findings
    #[arg(long, conflicts_with = "json")]
    sarif: bool,
    /// List findings of this level or above and only count the others: note, warning or error
    #[arg(long, value_name = "LEVEL", default_value = "note", conflicts_with = "sarif")]
    level: Level,
    /// Count findings by rule instead of listing them
    #[arg(long, conflicts_with = "sarif")]
    summary: bool,
    /// End with exit code 12 if there is a finding of this level or above: note, warning or error
    #[arg(long, value_name = "LEVEL")]
    fail_on: Option<Level>,
    /// Accept the findings in this file: they are counted, not listed, and never fail the audit
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Accept everything found now and write it to this file; nothing fails or is planned
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "fail_on", "fix"])]
    write_baseline: Option<PathBuf>,
    /// Write the deletions that the findings call for into this new directory; nothing is sent
    #[arg(long, value_name = "DIR")]
    fix: Option<PathBuf>,
    /// Gas of a useful call, which a key should be able to pay for
    #[arg(long, value_parser = read_gas, value_name = "GAS", default_value = "30 Tgas")]
    gas: Gas,
    /// A key that was not used for this many blocks is idle
    #[arg(long, value_name = "BLOCKS", value_parser = read_blocks, default_value_t = AuditOptions::default().idle_after)]
    idle_after: u64,
    /// The file of an earlier --remember, to see which keys were not used since
    #[arg(long, value_name = "FILE")]
    earlier: Option<PathBuf>,
    /// Write the keys' nonces to this file, for --earlier in a later run
    #[arg(long, value_name = "FILE")]
    remember: Option<PathBuf>,
    /// A contract that signs or votes for the account, besides the well-known ones
    #[arg(long, value_name = "CONTRACT")]
    signer_contract: Vec<AccountId>,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl AuditArgs {
    /// Audits each account at one block, and writes the requested files.
    ///
    /// # Errors
    /// [`CliError::Found`] if `--fail-on` applies; if a named account does not exist, or the chain
    /// or the files cannot be read.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        // Everything is read at one block.
        let then = context.client.pinned().await?;
        let block = then.block().await?.hash;
        let files = self.key_files(context).await?;
        let case = Case { chain: then.chain_facts().await?, block, files };
        let facts = context.wait("reading keys", self.facts(context, &then, &case)).await?;
        let contracts = contracts::callable(context, &then, &facts);
        let contracts = context.wait("reading contracts", contracts).await;
        let earlier = match &self.earlier {
            Some(path) => earlier::read(context, path, &facts).await?,
            None => BTreeMap::new(),
        };
        let audits = self.audits(&case, &facts, &contracts, earlier)?;
        self.write_files(context, &case, &facts, &audits).await?;
        if self.sarif {
            context.answer.give(&Sarif(guard::sarif(&audits)))?;
        } else {
            context.answer.give(&self.report(&audits))?;
        }
        self.judge(&audits)
    }

    async fn key_files(&self, context: &Context) -> Result<Credentials, CliError> {
        let found = context.key_files().await?.survey()?;
        let broken = found.iter().filter(|file| file.public_key.is_err()).count();
        if broken > 0 {
            let files = counted(broken, "key file");
            let doctor = context.command("credentials doctor");
            context.notes.say(format!("note: {files} cannot be used: see `{doctor}`"));
        }
        Ok(credentials(&found))
    }

    /// The named accounts, which must exist, or else the accounts of key files that exist.
    async fn facts(
        &self,
        context: &Context,
        then: &Client,
        case: &Case,
    ) -> Result<Vec<AccountFacts>, CliError> {
        let of_files = case.files.files.iter().map(|file| &file.account_id);
        let named: BTreeSet<&AccountId> = self.accounts.iter().collect();
        let accounts = if named.is_empty() { of_files.collect() } else { named };
        let mut facts = Vec::new();
        for account in accounts {
            match then.account_facts(account).await {
                Err(Error::Query(QueryError::UnknownAccount { .. }))
                    if self.accounts.is_empty() =>
                {
                    context.notes.say(format!("note: {account} has key files but does not exist"));
                }
                found => facts.push(found?),
            }
        }
        if facts.is_empty() { Err(CliError::NoAccount) } else { Ok(facts) }
    }

    fn report<'a>(&self, audits: &'a [Audit]) -> Report<'a> {
        Report { audits, level: self.level, summary: self.summary }
    }

    fn audits(
        &self,
        case: &Case,
        facts: &[AccountFacts],
        contracts: &BTreeMap<String, Callable>,
        mut earlier: BTreeMap<AccountId, Observed>,
    ) -> Result<Vec<Audit>, CliError> {
        let audits = facts.iter().map(|account| {
            let options = AuditOptions {
                useful_call_gas: self.gas,
                idle_after: self.idle_after,
                earlier: earlier.remove(&account.account_id),
                signer_contracts: self.signer_contract.clone(),
                contracts: contracts.clone(),
            };
            guard::audit(&case.chain, account, &case.files, &options)
        });
        let audits: Vec<Audit> = audits.collect();
        Ok(match self.accepted(&audits)? {
            Some(baseline) => {
                audits.into_iter().map(|audit| audit.with_baseline(&baseline)).collect()
            }
            None => audits,
        })
    }

    fn accepted(&self, audits: &[Audit]) -> Result<Option<Baseline>, CliError> {
        if self.write_baseline.is_some() {
            return Ok(Some(Baseline::of(audits)));
        }
        let Some(path) = &self.baseline else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|source| CliError::File {
            doing: "read",
            path: path.clone(),
            source,
        })?;
        let unusable = |error: guard::BaselineError| CliError::Value {
            flag: "--baseline",
            why: error.to_string(),
        };
        Baseline::from_json(&text).map(Some).map_err(unusable)
    }

    async fn write_files(
        &self,
        context: &Context,
        case: &Case,
        facts: &[AccountFacts],
        audits: &[Audit],
    ) -> Result<(), CliError> {
        let wrote = |what: &str, path: &Path| {
            context.notes.say(format!("{what} written to {}", path.display()));
        };
        if let Some(path) = &self.write_baseline {
            write_document(path, &Baseline::of(audits))?;
            wrote("the findings are accepted and", path);
        }
        if let Some(path) = &self.remember {
            let block = case.chain.height.saturating_sub(1);
            let chain_id = context.client.status().await?.chain_id;
            let look = |it| Observed::new(block, it).on(&chain_id, case.block);
            let seen = facts.iter().map(|it| (&it.account_id, look(it)));
            write_document(path, &seen.collect::<BTreeMap<_, _>>())?;
            wrote("the keys' nonces are", path);
        }
        if let Some(path) = &self.fix {
            let plans = facts.iter().zip(audits);
            let plans =
                plans.map(|(it, audit)| guard::fix_plan(audit, &case.chain, it, &case.files));
            let plans: Vec<_> = plans.collect();
            plan::write(path, &plans)?;
            plans.iter().for_each(|plan| context.notes.say(plan.to_string().trim_end()));
            context.notes.say(plan::next(context, path, &plans));
        }
        Ok(())
    }

    fn judge(&self, audits: &[Audit]) -> Result<(), CliError> {
        let Some(level) = self.fail_on else { return Ok(()) };
        let failing = audits.iter().filter(|audit| audit.fails_on(level));
        let names: Vec<&str> = failing.map(|audit| audit.account_id.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(CliError::Found(format!("findings of level {level} or above: {}", names.join(", "))))
    }
}

/// What all audits of a run have in common.
struct Case {
    chain: ChainFacts,
    /// The block's hash.
    block: CryptoHash,
    files: Credentials,
}

#[derive(Serialize)]
struct Report<'a> {
    audits: &'a [Audit],
    #[serde(skip)]
    level: Level,
    #[serde(skip)]
    summary: bool,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = AuditReport::new(self.audits).from_level(self.level);
        let report = if self.summary { report.summarized() } else { report };
        report.to_string().lines().try_for_each(|line| writeln!(f, "{}", coloured(line)))
    }
}

/// The line with the level of its finding in colour, if it has one.
fn coloured(line: &str) -> String {
    for (level, colour) in
        [("error", AnsiColor::Red), ("warning", AnsiColor::Yellow), ("note", AnsiColor::Cyan)]
    {
        if let Some(rest) = line.strip_prefix("  ").and_then(|line| line.strip_prefix(level))
            && rest.starts_with(' ')
        {
            let style = Style::new().fg_color(Some(colour.into())).bold();
            return format!("  {style}{level}{style:#}{rest}");
        }
    }
    line.to_owned()
}

/// A number of blocks above 0.
///
/// # Errors
/// For 0 and any other text.
fn read_blocks(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err("after 0 blocks every key would be idle: write 1 or more".to_owned()),
        Ok(blocks) => Ok(blocks),
        Err(_) if read_duration(text).is_ok() => {
            Err("it is a number of blocks, because nonces are compared between blocks; block times differ from chain to chain, so convert the time yourself, as in 1000000".to_owned())
        }
        Err(_) => Err("it is not a number of blocks: write it as in 1000000".to_owned()),
    }
}

#[derive(Serialize)]
struct Sarif(Value);

impl fmt::Display for Sarif {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:#}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `--idle-after 0` called every key idle, and `30 days` was refused without a hint.
    #[test]
    fn idle_after_is_a_number_of_blocks() {
        assert_eq!(read_blocks("1000"), Ok(1_000));
        for (text, why) in [
            ("0", "write 1 or more"),
            ("30 days", "convert the time yourself"),
            ("-1", "write it as in 1000000"),
            ("", "write it as in 1000000"),
        ] {
            let error = read_blocks(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}

//! `blast-radius`: what somebody can do who found a key.

use crate::dev_accounts;
use crate::error::CliError;
use crate::tools::{ChainArgs, Context, KeyName, LeakedKeys, Moment, shell_word};
use clap::Args;
use keyway::client::PublicKeyHandle;
use keyway::guard::{AccountFacts, AccountRadius, BlastRadius, Grant, Revocation, blast_radius};
use keyway::{AccountId, format_near};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// Arguments of `blast-radius`.
#[derive(Args, Debug)]
#[command(after_help = "\
Chains keep no list of the accounts of a key. Looked at are: the accounts that are named, that of the
key file, those with a file of the same key here, and the implicit account of the key itself.

A directory stands for every key file in it and below. --all is every key file of this network.

Examples:
  keyway blast-radius --all                            this machine was stolen
  keyway blast-radius ~/backup/.near-credentials/testnet --network testnet
  keyway blast-radius ~/.near-credentials/testnet/alice.testnet.json --network testnet
  keyway blast-radius ed25519:… --account alice.near --account bob.near")]
pub(crate) struct BlastRadiusArgs {
    /// The public keys that leaked, key files, or directories of them; never write a secret key here
    #[arg(value_name = "PUBLIC_KEY|FILE|DIR", required_unless_present = "all")]
    leaked: Vec<String>,
    /// Every key that has a file here, for this network
    #[arg(long)]
    all: bool,
    /// Look at this account, too
    #[arg(long = "account", value_name = "ACCOUNT")]
    accounts: Vec<AccountId>,
    /// A contract that signs or votes in the account's name, besides those that everybody knows
    #[arg(long, value_name = "CONTRACT")]
    signer_contract: Vec<AccountId>,
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl BlastRadiusArgs {
    /// Looks at every account on which the keys might act.
    ///
    /// # Errors
    /// As [`LeakedKeys::read`]; when no key is found, a named account does not exist, or the chain cannot be
    /// asked. [`CliError::KeyTrouble`], after the answer, where a file could not be read.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let mut leaked = LeakedKeys::read(context, FLAG, &self.leaked)?;
        if self.all {
            leaked.add_all_files(context).await?;
        }
        if leaked.keys.is_empty() {
            leaked.see_that_all_was_read()?;
            let why = "this network has no key files here".to_owned();
            return Err(CliError::Value { flag: "--all", why });
        }
        let mut keys: Vec<PublicKeyHandle> = leaked.keys.iter().map(KeyName::handle).collect();
        keys.sort();
        let mut guesses = leaked.accounts.clone();
        guesses.extend(at_hand(context, &keys).await?);
        let now = Moment::now(context).await?;
        let accounts = context.wait("reading keys", self.facts(&now, guesses)).await?;
        let radius = blast_radius(&now.chain, &accounts, &keys, &self.signer_contract);
        let commands = |it| commands(context, it);
        let commands = radius.accounts.iter().map(commands).collect();
        context.answer.give(&Answer { radius, every_key: self.every_key(context), commands })?;
        leaked.see_that_all_was_read()
    }

    /// What replaces all of the keys, where there are several.
    fn every_key(&self, context: &Context) -> Option<String> {
        match (self.all, self.leaked.as_slice()) {
            (true, []) => Some(context.command("key rotate --all")),
            (_, [one]) if !Path::new(one).is_dir() => None,
            (_, given) => {
                let given: Vec<String> = given.iter().map(|it| shell_word(it)).collect();
                let rotate = format!("key rotate --compromised {}", given.join(" "));
                Some(context.command(&rotate))
            }
        }
    }

    /// The named accounts, which must exist, and those of `guesses` that do.
    async fn facts(
        &self,
        now: &Moment,
        guesses: BTreeSet<AccountId>,
    ) -> Result<Vec<AccountFacts>, CliError> {
        let named: BTreeSet<&AccountId> = self.accounts.iter().collect();
        let guessed = guesses.iter().filter(|account| !named.contains(account));
        let mut facts = Vec::new();
        for account in named.iter().copied() {
            facts.push(now.known_account(account).await?);
        }
        for account in guessed {
            facts.extend(now.account(account, None).await?);
        }
        Ok(facts)
    }
}

const FLAG: &str = "PUBLIC_KEY|FILE|DIR";

/// What the keys can do, with the commands that take them back.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    radius: BlastRadius,
    /// What replaces all of the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    every_key: Option<String>,
    /// What to run for each account.
    #[serde(skip)]
    commands: Vec<Vec<String>>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut accounts = self.radius.accounts.iter().zip(&self.commands);
        accounts.try_for_each(|(account, commands)| {
            write!(f, "{account}")?;
            commands.iter().try_for_each(|command| writeln!(f, "      {command}"))
        })?;
        let mut rest = self.radius.clone();
        rest.accounts.clear();
        write!(f, "{rest}")?;
        match &self.every_key {
            Some(command) => writeln!(f, "to replace every one of them:\n  {command}"),
            None => Ok(()),
        }
    }
}

/// What to run. A rotation proves the new key before it deletes the old one.
fn commands(context: &Context, radius: &AccountRadius) -> Vec<String> {
    let account = &radius.account_id;
    let (withdrawals, signer) = match &radius.revocation {
        Revocation::Delete { signers, funds } => (funds, signers.first()),
        Revocation::RotateFirst { funds, .. } => (funds, None),
        _ => return Vec::new(),
    };
    let withdrawals = withdrawals.iter().filter(|it| !it.withdraw.is_zero()).map(|it| {
        format!("key withdraw {account} {} '{}'", it.public_key, format_near(it.withdraw))
    });
    let takes = radius.keys.iter().map(|key| match (&key.grant, signer) {
        (Grant::Everything, None) => format!("key rotate {account} {}", key.public_key),
        (_, Some(signer)) => {
            format!("key delete {account} {} --sign-with {signer}", key.public_key)
        }
        (_, None) => format!("key delete {account} {}", key.public_key),
    });
    // Whoever has a key that may do everything can undo all the rest: those are replaced first.
    let (rotations, deletions): (Vec<_>, Vec<_>) =
        takes.partition(|command| command.contains(" rotate "));
    let all = rotations.into_iter().chain(withdrawals).chain(deletions);
    all.map(|command| context.command(&command)).collect()
}

/// Accounts with a file of one of `keys` here; on a chain for development those with a known key, too.
async fn at_hand(context: &Context, keys: &[PublicKeyHandle]) -> Result<Vec<AccountId>, CliError> {
    let keyring = context.keyring().await?;
    let files = keyring.files.survey()?.into_iter();
    let from_files = files.filter_map(|file| Some((file.account_id, file.public_key.ok()?)));
    let known = dev_accounts::all().into_iter().filter(|_| keyring.development);
    let known = known.map(|account| (account.account_id, account.public_key));
    let leaked = from_files.chain(known).filter(|(_, key)| keys.contains(&key.into()));
    Ok(leaked.map(|(account, _)| account).collect())
}

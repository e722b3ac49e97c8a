//! `blast-radius`: what someone can do with a leaked key.

use crate::dev_accounts;
use crate::error::CliError;
use crate::tools::{ChainArgs, Context, KeyName, LeakedKeys, Moment, shell_word};
use clap::Args;
use keyway::AccountId;
use keyway::client::PublicKeyHandle;
use keyway::guard::{AccountFacts, AccountRadius, BlastRadius, Grant, Revocation, blast_radius};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// Arguments of `blast-radius`.
#[derive(Args, Debug)]
#[command(after_help = "\
A chain cannot list the accounts that have a key. The command checks the named
accounts, the account of the key file, accounts with a file of the same key
here, and the key's implicit account.

A directory stands for every key file below it, and --all for every key file of
this network.

Examples:
  keyway blast-radius --all
      this machine was stolen
  keyway blast-radius ~/backup/.near-credentials/testnet --network testnet
  keyway blast-radius ~/.near-credentials/testnet/alice.testnet.json \\
      --network testnet
  keyway blast-radius ed25519:… --account alice.near --account bob.near")]
pub(crate) struct BlastRadiusArgs {
    /// The leaked public keys, key files, or directories of key files; never write a secret key
    /// here
    #[arg(value_name = "PUBLIC_KEY|FILE|DIR", required_unless_present = "all")]
    leaked: Vec<String>,
    /// Every key that has a file here, for this network
    #[arg(long)]
    all: bool,
    /// Check this account, too
    #[arg(long = "account", value_name = "ACCOUNT")]
    accounts: Vec<AccountId>,
    /// A contract that signs or votes for the account, besides the well-known ones
    #[arg(long, value_name = "CONTRACT")]
    signer_contract: Vec<AccountId>,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl BlastRadiusArgs {
    /// Checks every account that the keys may belong to.
    ///
    /// # Errors
    /// As [`LeakedKeys::read`]; if no key is found, a named account does not exist, or the chain
    /// cannot be queried. [`CliError::KeyTrouble`], after the answer, if a file could not be read.
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
        let keyring = context.keyring().await?;
        let elsewhere = |account: &AccountId| {
            let named = self.leaked.iter().any(|it| Path::new(it).exists());
            named.then(|| self.compromised(Some(account)))
        };
        let commands = |it: &AccountRadius| {
            let at_hand: Vec<_> = keyring.keys_of(&it.account_id).iter().map(Into::into).collect();
            commands(context, it, &at_hand, elsewhere)
        };
        let commands = radius.accounts.iter().map(commands).collect();
        let every_key = self.every_key(context, &radius);
        context.answer.give(&Answer { radius, every_key, commands })?;
        leaked.see_that_all_was_read()
    }

    /// The command that replaces all of several keys. A public key alone does not name its account.
    fn every_key(&self, context: &Context, radius: &BlastRadius) -> Option<String> {
        let rotate = match (self.all, self.leaked.as_slice()) {
            (true, []) => "key rotate --all".to_owned(),
            (_, [one]) if !Path::new(one).is_dir() => return None,
            (_, given) => match radius.accounts.as_slice() {
                [] => return None,
                [one] => self.compromised(Some(&one.account_id)),
                _ if given.iter().all(|it| Path::new(it).exists()) => self.compromised(None),
                _ => return None,
            },
        };
        Some(context.command(&rotate))
    }

    /// The rotation of all leaked keys, using the secrets in the given files.
    fn compromised(&self, account: Option<&AccountId>) -> String {
        let given: Vec<String> = self.leaked.iter().map(|it| shell_word(it)).collect();
        let account = account.map(|account| format!("{account} ")).unwrap_or_default();
        format!("key rotate {account}--compromised {}", given.join(" "))
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

/// What the keys can do, with the commands that revoke them.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    radius: BlastRadius,
    /// The command that replaces all of the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    every_key: Option<String>,
    /// The commands for each account.
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
            Some(command) => writeln!(f, "to replace all of them:\n  {command}"),
            None => Ok(()),
        }
    }
}

/// The commands to run. A rotation proves the new key before it deletes the old one, and moves the
/// balance of a gas key.
fn commands(
    context: &Context,
    radius: &AccountRadius,
    at_hand: &[PublicKeyHandle],
    elsewhere: impl Fn(&AccountId) -> Option<String>,
) -> Vec<String> {
    let account = &radius.account_id;
    let (funds, signers) = match &radius.revocation {
        Revocation::Delete { signers, funds } => (funds, signers.as_slice()),
        Revocation::RotateFirst { signers, funds } => {
            // The secrets are in the leaked files, not in the directory for key files.
            if !signers.iter().any(|key| at_hand.contains(key))
                && let Some(rotate) = elsewhere(account)
            {
                return vec![context.command(&rotate)];
            }
            (funds, &[][..])
        }
        _ => return Vec::new(),
    };
    let signer = signers.iter().find(|key| at_hand.contains(key)).or(signers.first());
    let sign_with = signer.map(|key| format!(" --sign-with {key}")).unwrap_or_default();
    let holds = |key: &PublicKeyHandle| funds.iter().any(|it| it.public_key == *key);
    let takes = radius.keys.iter().map(|key| match (&key.grant, signer) {
        (Grant::Everything, None) => format!("key rotate {account} {}", key.public_key),
        _ if holds(&key.public_key) => format!("key rotate {account} {}", key.public_key),
        _ => format!("key delete {account} {}{sign_with}", key.public_key),
    });
    // A full-access key could undo everything else, so these are replaced first.
    let (rotations, deletions): (Vec<_>, Vec<_>) =
        takes.partition(|command| command.contains(" rotate "));
    let all = rotations.into_iter().chain(deletions);
    let mut all: Vec<_> = all.map(|command| context.command(&command)).collect();
    if let Some(away) = signer.filter(|key| !at_hand.contains(key)) {
        all.push(format!("(the secret of {away} is not here: name its file with --key-file)"));
    }
    all
}

/// The accounts that have a file of one of `keys` here; on a development chain also those with a
/// well-known key.
async fn at_hand(context: &Context, keys: &[PublicKeyHandle]) -> Result<Vec<AccountId>, CliError> {
    let keyring = context.keyring().await?;
    let files = keyring.files.survey()?.into_iter();
    let from_files = files.filter_map(|file| Some((file.account_id, file.public_key.ok()?)));
    let known = dev_accounts::all().into_iter().filter(|_| keyring.development);
    let known = known.map(|account| (account.account_id, account.public_key));
    let leaked = from_files.chain(known).filter(|(_, key)| keys.contains(&key.into()));
    Ok(leaked.map(|(account, _)| account).collect())
}

//! `blast-radius`: what somebody can do who found a key.

use crate::dev_accounts;
use crate::error::CliError;
use crate::tools::{ChainArgs, Context, Moment, read_handle};
use clap::Args;
use keyway::AccountId;
use keyway::client::PublicKeyHandle;
use keyway::guard::{AccountFacts, blast_radius};
use keyway::keys::KeyFile;
use near_primitives::utils::derive_near_implicit_account_id;
use std::collections::BTreeSet;
use std::path::Path;

/// Arguments of `blast-radius`.
#[derive(Args, Debug)]
#[command(after_help = "\
Chains keep no list of the accounts of a key. Looked at are: the accounts that are named, that of the
key file, those with a file of the same key here, and the implicit account of the key itself.

Examples:
  keyway blast-radius ~/.near-credentials/testnet/alice.testnet.json --network testnet
  keyway blast-radius ed25519:… --account alice.near --account bob.near")]
pub(crate) struct BlastRadiusArgs {
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The public keys that leaked, or key files; never write a secret key here
    #[arg(value_name = "PUBLIC_KEY|FILE", required = true)]
    leaked: Vec<String>,
    /// Look at this account, too
    #[arg(long = "account", value_name = "ACCOUNT")]
    accounts: Vec<AccountId>,
    /// A contract that signs or votes in the account's name, besides those that everybody knows
    #[arg(long, value_name = "CONTRACT")]
    signer_contract: Vec<AccountId>,
}

impl BlastRadiusArgs {
    /// Looks at every account on which the keys might act.
    ///
    /// # Errors
    /// When an argument is neither a public key nor a key file, a named account does not exist, or
    /// the chain cannot be asked.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let (mut keys, mut guesses) = (Vec::new(), BTreeSet::new());
        for text in &self.leaked {
            let (key, account) = read_leaked(text)?;
            guesses.extend(account);
            guesses.extend(implicit(&key));
            keys.push(key);
        }
        guesses.extend(at_hand(context, &keys).await?);
        let now = Moment::now(context).await?;
        let accounts = self.facts(&now, guesses).await?;
        context.answer.give(&blast_radius(&now.chain, &accounts, &keys, &self.signer_contract))
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

/// A public key, or that of a key file and the account that it names. What is neither is not
/// quoted: it may be a secret key.
fn read_leaked(text: &str) -> Result<(PublicKeyHandle, Option<AccountId>), CliError> {
    if let Ok(key) = read_handle(text) {
        return Ok((key, None));
    }
    if !Path::new(text).exists() {
        let why = "it is no public key, and no file".to_owned();
        return Err(CliError::Value { flag: "PUBLIC_KEY|FILE", why });
    }
    let file = KeyFile::read(text)?;
    Ok((PublicKeyHandle::from(file.key_pair.public_key()), file.account_id))
}

fn implicit(key: &PublicKeyHandle) -> Option<AccountId> {
    match key {
        PublicKeyHandle::ED25519(key) => Some(derive_near_implicit_account_id(key)),
        PublicKeyHandle::SECP256K1(_) | PublicKeyHandle::MlDsa65(_) => None,
    }
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

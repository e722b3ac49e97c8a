//! Errors for keys that were not found and accounts that do not exist.

use super::context::Context;
use super::signing::{SigningArgs, SigningPlace};
use super::vault::VaultName;
use crate::error::{CliError, NoKey};
use keyway::error::{CannotSign, PoolError, QueryError};
use keyway::protocol::PublicKey;
use keyway::{AccountId, Client, Error, Intent, KeyService, Outcome, Signer};
use std::path::Path;

impl SigningArgs {
    /// Signs, sends and waits for the outcome; the error for a missing key says where keys were
    /// looked for.
    ///
    /// # Errors
    /// The transaction's error; [`CliError::NoKey`], [`CliError::NoSuchAccount`].
    pub(crate) async fn execute(
        &self,
        context: &Context,
        signer: &Signer,
        intent: Intent,
        doing: &'static str,
    ) -> Result<Outcome, CliError> {
        match context.wait(doing, signer.execute(intent)).await {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(self.explained(context, signer.account_id(), error).await),
        }
    }

    /// Explains an error which says that the account has none of the keys here, or does not exist;
    /// returns other errors unchanged.
    pub(crate) async fn explained(
        &self,
        context: &Context,
        account: &AccountId,
        error: Error,
    ) -> CliError {
        match &error {
            Error::Pool(PoolError::NoKeys { .. }) => self.no_key(context, account).await,
            Error::Pool(PoolError::NoUsableKey { unusable, .. })
                if unusable.iter().all(|key| matches!(key.why, CannotSign::NotOnAccount)) =>
            {
                let keys = unusable.len();
                self.none_of(context, account, keys).await
            }
            Error::Query(QueryError::UnknownAccount { account_id }) => {
                no_account_to_change(context, account_id).await
            }
            _ => error.into(),
        }
    }

    /// Returns an error if `account` has none of `keys`.
    ///
    /// # Errors
    /// As [`SigningArgs::execute`].
    pub(crate) async fn see_a_key(
        &self,
        context: &Context,
        account: &AccountId,
        keys: &dyn KeyService,
    ) -> Result<(), CliError> {
        match keys.public_keys(account).await?.as_slice() {
            [] => Err(self.no_key(context, account).await),
            _ => Ok(()),
        }
    }

    /// Every key of `account` on this machine: those that can sign, and those in key files,
    /// encrypted or not. Does not ask for a passphrase.
    ///
    /// # Errors
    /// If the places for keys cannot be read.
    pub(crate) async fn every_key_at_hand(
        &self,
        context: &Context,
        account: &AccountId,
    ) -> Result<Vec<PublicKey>, CliError> {
        let keyring = context.keyring().await?;
        let mut keys = keyring.keys_of(account);
        let files = keyring.files.survey()?.into_iter();
        keys.extend(
            files
                .filter(|file| file.account_id == *account)
                .filter_map(|file| file.public_key.ok()),
        );
        if !matches!(self.place(), SigningPlace::Vault(VaultName::Files | VaultName::Encrypted)) {
            keys.extend(self.keys(context, account).await?.public_keys(account).await?);
        }
        Ok(keys)
    }

    /// There are no keys here.
    pub(crate) async fn no_key(&self, context: &Context, account: &AccountId) -> CliError {
        let wanted = match &self.sign_with {
            Some(key) => key.handle().to_string(),
            None => "any key of the account".to_owned(),
        };
        self.because(context, account, wanted).await
    }

    /// There are this many keys here, but the account has none of them.
    pub(crate) async fn none_of(
        &self,
        context: &Context,
        account: &AccountId,
        keys: usize,
    ) -> CliError {
        let wanted = match keys {
            1 => "an access key of the account (the key found there is not one)".to_owned(),
            keys => {
                format!("an access key of the account (none of the {keys} keys found there is one)")
            }
        };
        self.because(context, account, wanted).await
    }

    async fn because(&self, context: &Context, account: &AccountId, wanted: String) -> CliError {
        if let Err(Error::Query(QueryError::UnknownAccount { .. })) =
            context.client.account(account).await
        {
            return no_account_to_change(context, account).await;
        }
        let elsewhere = match self.place() {
            SigningPlace::Vault(VaultName::Files) => elsewhere(context, account).await,
            _ => Vec::new(),
        };
        let place = self.where_looked(context, account).await;
        let (account, chain) = (account.clone(), context.chain_words().await);
        CliError::NoKey(Box::new(NoKey { account, wanted, place, chain, elsewhere }))
    }

    async fn where_looked(&self, context: &Context, account: &AccountId) -> String {
        match self.place() {
            SigningPlace::File(path) => path.display().to_string(),
            SigningPlace::Variable(name) => format!("the variable {name}"),
            SigningPlace::Vault(VaultName::Keychain) => "the system's keychain".to_owned(),
            SigningPlace::Vault(place) => {
                let end = if place == VaultName::Encrypted { "sealed" } else { "json" };
                let Ok(files) = context.key_files().await else {
                    return "the key files".to_owned();
                };
                let mut directories = files.directories();
                let own = directories.remove(0);
                directories.retain(|directory| directory.exists());
                let named = |directory: &Path| {
                    let directory = directory.display();
                    format!("{directory}/{account}.{end} and {directory}/{account}/*.{end}")
                };
                let all = std::iter::once(own).chain(directories);
                all.map(|directory| named(&directory)).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// The error for an account that does not exist on the chain.
pub(crate) async fn no_such_account(context: &Context, account: &AccountId) -> CliError {
    let (account, chain) = (account.clone(), context.chain_words().await);
    CliError::NoSuchAccount { account, to_change: false, chain }
}

/// The same if something was to be sent by the account or to it.
async fn no_account_to_change(context: &Context, account: &AccountId) -> CliError {
    let (account, chain) = (account.clone(), context.chain_words().await);
    CliError::NoSuchAccount { account, to_change: true, chain }
}

/// The account, which must exist because something is to be sent by it or to it.
///
/// # Errors
/// As [`known_account`], but as a transaction that would fail.
pub(crate) async fn account_to_change(
    context: &Context,
    account: &AccountId,
) -> Result<keyway::client::Account, CliError> {
    match known_account(context, account).await {
        Err(CliError::NoSuchAccount { account, chain, .. }) => {
            Err(CliError::NoSuchAccount { account, to_change: true, chain })
        }
        known => known,
    }
}

/// The account, which must exist.
///
/// # Errors
/// [`CliError::NoSuchAccount`]; if the chain cannot be queried.
async fn known_account(
    context: &Context,
    account: &AccountId,
) -> Result<keyway::client::Account, CliError> {
    known_account_at(context, &context.client, account).await
}

/// The same at the block of `client`.
///
/// # Errors
/// As [`known_account`].
pub(crate) async fn known_account_at(
    context: &Context,
    client: &Client,
    account: &AccountId,
) -> Result<keyway::client::Account, CliError> {
    match client.account(account).await {
        Err(Error::Query(QueryError::UnknownAccount { .. })) => {
            Err(no_such_account(context, account).await)
        }
        account => Ok(account?),
    }
}

/// Other networks that have key files of the account.
async fn elsewhere(context: &Context, account: &AccountId) -> Vec<String> {
    let (Ok(root), Ok(files)) = (context.credentials_dir(), context.key_files().await) else {
        return Vec::new();
    };
    let read = files.directories();
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let directories = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let others = directories.filter(|path| path.is_dir() && !read.contains(path));
    let has_some = |path: &std::path::PathBuf| {
        path.join(format!("{account}.json")).is_file() || path.join(account.as_str()).is_dir()
    };
    let names = others.filter(has_some);
    let mut names: Vec<_> =
        names.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

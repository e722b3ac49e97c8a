//! Leaked keys, and the accounts that have them.

use crate::error::CliError;
use crate::tools::{Context, DeadSecrets, LeakedKeys};
use keyway::client::AccountKey;
use keyway::error::QueryError;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Error};
use near_crypto::PublicKeyHandle;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Leaked keys, to be removed from every account that has them.
#[derive(Debug)]
pub(super) struct Compromised {
    keys: Vec<PublicKey>,
    leaked: LeakedKeys,
}

/// The files and directories among `sources`, whose secrets can sign.
pub(super) fn places(sources: &[String]) -> Vec<PathBuf> {
    let paths = sources.iter().map(Path::new).filter(|path| path.exists());
    // A rotation may be resumed from another directory.
    paths.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned())).collect()
}

/// An account that has some of the keys.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) account: AccountId,
    /// Its leaked keys; those with full access first.
    pub(super) keys: Vec<PublicKey>,
    /// All its keys.
    pub(super) on_chain: Vec<AccountKey>,
}

impl Compromised {
    /// The keys in files, below directories, and those written as public keys.
    ///
    /// # Errors
    /// As [`LeakedKeys::read`]; if a long key is given only by its hash.
    pub(super) fn read(context: &Context, sources: &[String]) -> Result<Self, CliError> {
        let leaked = LeakedKeys::read(context, FLAG, sources)?;
        Ok(Self { keys: leaked.whole_keys(FLAG)?, leaked })
    }

    /// Whether every file was read. Called at the end, so that the keys that could be read are
    /// handled first.
    ///
    /// # Errors
    /// [`CliError::KeyTrouble`].
    pub(super) fn all_read(&self) -> Result<(), CliError> {
        self.leaked.see_that_all_was_read()
    }

    /// Every account known here that has one of the keys, or `only` this one.
    ///
    /// # Errors
    /// If the key files or the chain cannot be read.
    pub(super) async fn on_chain(
        &self,
        context: &Context,
        only: Option<&AccountId>,
    ) -> Result<Vec<Opened>, CliError> {
        let files = context.key_files().await?.survey()?.into_iter();
        let same = |file: &keyway::keys::SurveyedFile| {
            file.public_key.as_ref().is_ok_and(|key| self.keys.contains(key))
        };
        let mut guesses = self.leaked.accounts.clone();
        guesses.extend(files.filter(same).map(|file| file.account_id));
        if context.keyring().await?.development {
            guesses.extend(crate::dev_accounts::all().into_iter().map(|dev| dev.account_id));
        }
        let accounts = match only {
            Some(account) => BTreeSet::from([account.clone()]),
            None => guesses,
        };
        let mut opened = Vec::new();
        for account in accounts {
            opened.extend(Opened::find(context, account, &self.keys).await?);
        }
        Ok(opened)
    }
}

/// An account whose key files contain leaked keys that it no longer has.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) account: AccountId,
    pub(super) keys: Vec<PublicKey>,
}

impl Compromised {
    /// The accounts with files here of keys that they no longer have. Keys that still belong to any
    /// account are left out: the file may be the only copy of a key that signs there.
    ///
    /// # Errors
    /// If the key files or the chain cannot be read.
    pub(super) async fn closed(
        &self,
        context: &Context,
        only: Option<&AccountId>,
    ) -> Result<Vec<Closed>, CliError> {
        let still = self.on_chain(context, None).await?;
        let open: Vec<_> = still.into_iter().flat_map(|opened| opened.keys).collect();
        let gone: Vec<_> = self.keys.iter().filter(|key| !open.contains(key)).cloned().collect();
        let files = context.key_files().await?;
        let mut accounts: BTreeSet<_> =
            files.survey()?.into_iter().map(|file| file.account_id).collect();
        accounts.extend(self.leaked.accounts.iter().cloned());
        let mut closed = Vec::new();
        for account in accounts {
            if only.is_some_and(|only| *only != account) {
                continue;
            }
            let dead = DeadSecrets::find(context, &account, &gone).await?;
            let keys: Vec<_> = gone.iter().filter(|key| dead.holds(key)).cloned().collect();
            // An account without keys may still be created.
            if !keys.is_empty() && !access_keys(context, &account).await?.is_empty() {
                closed.push(Closed { account, keys });
            }
        }
        Ok(closed)
    }
}

async fn access_keys(context: &Context, account: &AccountId) -> Result<Vec<AccountKey>, CliError> {
    match context.client.access_keys(account).await {
        Err(Error::Query(QueryError::UnknownAccount { .. })) => Ok(Vec::new()),
        on_chain => Ok(on_chain?),
    }
}

impl Opened {
    /// The account with those of `keys` that it has; `None` if it has none of them or does not
    /// exist.
    ///
    /// # Errors
    /// If the chain cannot be queried.
    pub(super) async fn find(
        context: &Context,
        account: AccountId,
        keys: &[PublicKey],
    ) -> Result<Option<Self>, CliError> {
        let on_chain = access_keys(context, &account).await?;
        let mut found: Vec<(bool, PublicKey)> = Vec::new();
        for key in keys {
            let handle = PublicKeyHandle::from(key);
            let Some(listed) = on_chain.iter().find(|listed| listed.public_key == handle) else {
                continue;
            };
            let calls = listed.access_key.permission.function_call_permission().is_some();
            if !found.iter().any(|(_, known)| known == key) {
                found.push((calls, key.clone()));
            }
        }
        found.sort_by_key(|(calls, _)| *calls);
        let keys: Vec<_> = found.into_iter().map(|(_, key)| key).collect();
        Ok((!keys.is_empty()).then_some(Self { account, keys, on_chain }))
    }
}

const FLAG: &str = "--compromised";

//! Keys that somebody else may have, and the accounts that they open.

use crate::error::CliError;
use crate::tools::{Context, read_handle};
use keyway::client::AccountKey;
use keyway::error::QueryError;
use keyway::keys::{sweep, sweep_file};
use keyway::{AccountId, Error, PublicKey};
use near_crypto::PublicKeyHandle;
use near_primitives::utils::derive_near_implicit_account_id;
use std::collections::BTreeSet;
use std::path::Path;

/// Keys that are to go, wherever they give access.
#[derive(Debug, Default)]
pub(super) struct Compromised {
    keys: Vec<PublicKey>,
    /// Accounts that they may be of.
    guesses: BTreeSet<AccountId>,
}

/// An account that has some of the keys.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) account: AccountId,
    /// Its keys that are compromised; those with full access first.
    pub(super) keys: Vec<PublicKey>,
    /// All its keys.
    pub(super) on_chain: Vec<AccountKey>,
}

impl Compromised {
    /// The keys of files, of everything below directories, and those that are written out.
    ///
    /// # Errors
    /// When a file cannot be read, holds no key, or when what is written is neither.
    pub(super) fn read(sources: &[String]) -> Result<Self, CliError> {
        let mut all = Self::default();
        for source in sources {
            all.add(source)?;
        }
        let implicit = all.keys.iter().filter_map(|key| match key {
            PublicKey::ED25519(key) => Some(derive_near_implicit_account_id(key)),
            _ => None,
        });
        all.guesses.extend(implicit);
        Ok(all)
    }

    fn add(&mut self, source: &str) -> Result<(), CliError> {
        // What is neither is not quoted: it might be a secret.
        let wrong = |why: &str| CliError::Value { flag: "--compromised", why: why.to_owned() };
        let path = Path::new(source);
        if path.is_dir() {
            let before = self.keys.len();
            for file in sweep(path).files {
                let Some(Ok(key)) = file.public_key else { continue };
                self.keys.push(key);
                self.guesses.extend(file.account_id);
                self.guess_from(&file.path);
            }
            return match self.keys.len() > before {
                true => Ok(()),
                false => Err(wrong("no key is in any file below that directory")),
            };
        }
        if path.is_file() {
            let file = sweep_file(path);
            let Some((key, account)) =
                file.and_then(|file| Some((file.public_key?, file.account_id)))
            else {
                return Err(wrong("no key is in that file"));
            };
            self.keys.push(key?);
            self.guesses.extend(account);
            self.guess_from(path);
            return Ok(());
        }
        match source.parse::<PublicKey>() {
            Ok(key) => self.keys.push(key),
            Err(_) if read_handle(source).is_ok() => {
                return Err(wrong("the hash of a long key is not enough: write the whole key"));
            }
            Err(_) => return Err(wrong("it is no public key, no file and no directory")),
        }
        Ok(())
    }

    /// Names of files and directories are often those of accounts. A wrong guess costs a question to the chain.
    fn guess_from(&mut self, path: &Path) {
        let directory = path.parent().and_then(Path::file_name);
        let names = [path.file_stem(), directory].into_iter().flatten();
        self.guesses.extend(names.filter_map(|name| name.to_str()?.parse().ok()));
    }

    /// Every account known here that has one of the keys, or `only` this one.
    ///
    /// # Errors
    /// When the key files or the chain cannot be read.
    pub(super) async fn on_chain(
        mut self,
        context: &Context,
        only: Option<&AccountId>,
    ) -> Result<Vec<Opened>, CliError> {
        let files = context.key_files().await?.survey()?.into_iter();
        let same = |file: &keyway::keys::SurveyedFile| {
            file.public_key.as_ref().is_ok_and(|key| self.keys.contains(key))
        };
        let here: Vec<_> = files.filter(same).map(|file| file.account_id).collect();
        self.guesses.extend(here);
        if context.keyring().await?.development {
            self.guesses.extend(crate::dev_accounts::all().into_iter().map(|dev| dev.account_id));
        }
        let accounts = match only {
            Some(account) => BTreeSet::from([account.clone()]),
            None => self.guesses,
        };
        let mut opened = Vec::new();
        for account in accounts {
            opened.extend(Opened::find(context, account, &self.keys).await?);
        }
        Ok(opened)
    }
}

impl Opened {
    /// The account with those of `keys` that it has; none when it has none of them, or does not exist.
    ///
    /// # Errors
    /// When the chain cannot be asked.
    pub(super) async fn find(
        context: &Context,
        account: AccountId,
        keys: &[PublicKey],
    ) -> Result<Option<Self>, CliError> {
        let on_chain = match context.client.access_keys(&account).await {
            Ok(on_chain) => on_chain,
            Err(Error::Query(QueryError::UnknownAccount { .. })) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
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

//! Keys that somebody else may have, and the accounts that they open.

use crate::error::CliError;
use crate::tools::{Context, DeadSecrets, file_words, read_handle};
use keyway::client::AccountKey;
use keyway::error::QueryError;
use keyway::keys::{KeyFile, KeyFileError, SweptFile, sweep, sweep_file};
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
    /// Files and directories that could not be read, each of which was told of.
    unread: usize,
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
    /// The keys of files, of everything below directories, and those that are written out. What cannot be read below a
    /// directory is told, and [`Compromised::all_read`] fails then.
    ///
    /// # Errors
    /// When a file that is named cannot be read, holds no key, or when what is written is neither.
    pub(super) fn read(context: &Context, sources: &[String]) -> Result<Self, CliError> {
        let mut all = Self::default();
        for source in sources {
            all.add(context, source)?;
        }
        let implicit = all.keys.iter().filter_map(|key| match key {
            PublicKey::ED25519(key) => Some(derive_near_implicit_account_id(key)),
            _ => None,
        });
        all.guesses.extend(implicit);
        Ok(all)
    }

    /// Whether every file was read. Asked at the end: what could be read is dealt with first.
    ///
    /// # Errors
    /// [`CliError::KeyTrouble`].
    pub(super) fn all_read(&self) -> Result<(), CliError> {
        let files = match self.unread {
            0 => return Ok(()),
            1 => "1 place",
            more => &format!("{more} places"),
        };
        Err(CliError::KeyTrouble(format!(
            "{files} below --compromised could not be read, and may hold keys that still open accounts: see the warnings"
        )))
    }

    fn add(&mut self, context: &Context, source: &str) -> Result<(), CliError> {
        // What is neither is not quoted: it might be a secret.
        let wrong = |why: &str| CliError::Value { flag: "--compromised", why: why.to_owned() };
        let path = Path::new(source);
        if path.is_dir() {
            let before = self.keys.len();
            let swept = sweep(path);
            for file in swept.files {
                self.take(context, file);
            }
            for error in &swept.unreadable {
                self.miss(context, &file_words(error));
            }
            if swept.cut_short {
                self.miss(context, "one of the directories has more files than are looked at");
            }
            return match self.keys.len() > before || self.unread > 0 {
                true => Ok(()),
                false => Err(wrong("no key is in any file below that directory")),
            };
        }
        if path.is_file() {
            return match sweep_file(path) {
                Some(SweptFile { public_key: Some(Err(error)), .. }) => Err(error.into()),
                Some(file) if file.public_key.is_some() => {
                    self.take(context, file);
                    Ok(())
                }
                _ => Err(wrong("no key is in that file")),
            };
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

    /// Every key of a file. One that is not what its place says has a key all the same.
    fn take(&mut self, context: &Context, file: SweptFile) {
        let read = match file.public_key {
            // A file that this library was still writing may be empty.
            None => return,
            Some(Ok(key)) => Ok((key, file.account_id)),
            Some(Err(KeyFileError::WrongPublicKey { actual, .. })) => {
                Ok((*actual, file.account_id))
            }
            // It stands where another account's key would.
            Some(Err(error)) => KeyFile::read(&file.path)
                .map(|file| (file.key_pair.public_key().clone(), file.account_id))
                .map_err(|_| error),
        };
        match read {
            Ok((key, account)) => {
                self.keys.push(key);
                self.guesses.extend(account);
                self.guess_from(&file.path);
            }
            // Any JSON may stand where key files do.
            Err(KeyFileError::NoSecret { .. }) => {}
            Err(error) => self.miss(context, &file_words(&error)),
        }
        self.keys.extend(file.more);
    }

    fn miss(&mut self, context: &Context, what: &str) {
        self.unread = self.unread.saturating_add(1);
        context.notes.say(format!("warning: not read: {what}"));
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
        &self,
        context: &Context,
        only: Option<&AccountId>,
    ) -> Result<Vec<Opened>, CliError> {
        let files = context.key_files().await?.survey()?.into_iter();
        let same = |file: &keyway::keys::SurveyedFile| {
            file.public_key.as_ref().is_ok_and(|key| self.keys.contains(key))
        };
        let mut guesses = self.guesses.clone();
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

/// An account whose key files hold compromised keys that it does not have any more.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) account: AccountId,
    pub(super) keys: Vec<PublicKey>,
}

impl Compromised {
    /// The accounts with files here of keys that they lack, as the chain has it now. Keys that are on any of `guesses`
    /// are left out: a file may be the only one of a key that signs there.
    ///
    /// # Errors
    /// When the key files or the chain cannot be read.
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
        accounts.extend(self.guesses.iter().cloned());
        let mut closed = Vec::new();
        for account in accounts {
            if only.is_some_and(|only| *only != account) {
                continue;
            }
            let dead = DeadSecrets::find(context, &account, &gone).await?;
            let keys: Vec<_> = gone.iter().filter(|key| dead.holds(key)).cloned().collect();
            // One without any key may come yet.
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
    /// The account with those of `keys` that it has; none when it has none of them, or does not exist.
    ///
    /// # Errors
    /// When the chain cannot be asked.
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

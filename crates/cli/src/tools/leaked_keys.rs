//! Leaked keys, given on the command line as public keys, key files and directories.

use super::context::Context;
use super::key_name::KeyName;
use super::keyring::file_words;
use super::words::counted;
use crate::error::CliError;
use keyway::keys::{FileRole, KeyFile, KeyFileError, SweptFile, sweep, sweep_file};
use keyway::{AccountId, KeyPair};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::utils::derive_near_implicit_account_id;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Leaked keys, and the accounts that may have them.
#[derive(Debug, Default)]
pub(crate) struct LeakedKeys {
    /// Without duplicates.
    pub(crate) keys: Vec<KeyName>,
    /// The accounts named by their files, and the keys' implicit accounts.
    pub(crate) accounts: BTreeSet<AccountId>,
    /// The number of files and directories that could not be read, each with a warning.
    unread: usize,
}

impl LeakedKeys {
    /// Reads `sources`, the values of `flag`. What cannot be read below a directory causes a
    /// warning, and makes [`LeakedKeys::see_that_all_was_read`] fail.
    ///
    /// # Errors
    /// If a named file cannot be read or contains no key, a directory contains none, or a source is
    /// neither a public key nor a file nor a directory.
    pub(crate) fn read(
        context: &Context,
        flag: &'static str,
        sources: &[String],
    ) -> Result<Self, CliError> {
        let mut all = Self::default();
        for source in sources {
            all.add(context, flag, source)?;
        }
        Ok(all)
    }

    /// Adds the key of every file of this network.
    ///
    /// # Errors
    /// If the key files cannot be listed.
    pub(crate) async fn add_all_files(&mut self, context: &Context) -> Result<(), CliError> {
        for file in context.key_files().await?.survey()? {
            match file.public_key {
                Ok(key) => {
                    self.add_key(KeyName::Whole(key));
                    self.accounts.insert(file.account_id);
                }
                Err(error) => self.miss(context, &file_words(&error)),
            }
        }
        Ok(())
    }

    /// Whether every file was read. Called at the end of a command, so that the keys that could be
    /// read are handled first.
    ///
    /// # Errors
    /// [`CliError::KeyTrouble`].
    pub(crate) fn see_that_all_was_read(&self) -> Result<(), CliError> {
        if self.unread == 0 {
            return Ok(());
        }
        Err(CliError::KeyTrouble(format!(
            "{} could not be read, and may contain keys that still open accounts: see the warnings",
            counted(self.unread, "place")
        )))
    }

    fn add(&mut self, context: &Context, flag: &'static str, source: &str) -> Result<(), CliError> {
        // Text that is none of these is not quoted: it may be a secret.
        let wrong = |why: &str| Err(CliError::Value { flag, why: why.to_owned() });
        if let Ok(key) = source.parse() {
            self.add_key(key);
            return Ok(());
        }
        let path = Path::new(source);
        if path.is_dir() {
            let before = (self.keys.len(), self.unread);
            self.add_directory(context, path);
            return match before == (self.keys.len(), self.unread) {
                true => wrong("no file below that directory contains a key"),
                false => Ok(()),
            };
        }
        if path.exists() {
            return match sweep_file(path) {
                Some(SweptFile { public_key: Some(Err(error)), .. }) => Err(error.into()),
                Some(file) if file.public_key.is_some() => {
                    self.take(context, file);
                    Ok(())
                }
                // Reading it as a key file gives the reason.
                _ => match KeyFile::read(path) {
                    Err(error) => Err(error.into()),
                    Ok(_) => wrong("that file contains no key"),
                },
            };
        }
        match source.parse::<AccountId>() {
            Ok(account) if !account.get_account_type().is_implicit() => wrong(
                "it is the name of an account; write public keys, key files or directories of key files, and name accounts with --account",
            ),
            _ => wrong("it is not a public key, a file or a directory"),
        }
    }

    fn add_directory(&mut self, context: &Context, path: &Path) {
        let swept = sweep(path);
        for file in swept.files {
            self.take(context, file);
        }
        for error in &swept.unreadable {
            self.miss(context, &file_words(error));
        }
        if swept.cut_short {
            self.miss(context, &format!("{} has too many files", path.display()));
        }
    }

    /// Every key in a file, even if the file is not where its account's files belong.
    fn take(&mut self, context: &Context, file: SweptFile) {
        let read = match file.public_key {
            // An empty file may be one that this library was still writing.
            None if file.role == FileRole::HalfWritten => return,
            None => {
                let path = file.path.display();
                return self.miss(context, &format!("{path} contains a secret of an unknown kind"));
            }
            Some(Ok(key)) => Ok((key, file.account_id)),
            Some(Err(KeyFileError::WrongPublicKey { actual, .. })) => {
                Ok((*actual, file.account_id))
            }
            // It is where another account's key file would be.
            Some(Err(error)) => KeyFile::read(&file.path)
                .map(|file| (file.key_pair.public_key().clone(), file.account_id))
                .map_err(|_| error),
        };
        match read {
            Ok((key, account)) => {
                self.add_key(KeyName::Whole(key));
                self.accounts.extend(account);
                self.guess_from(&file.path);
            }
            // Other JSON files may be next to key files.
            Err(KeyFileError::NoSecret { .. }) => {}
            Err(error) => self.miss(context, &file_words(&error)),
        }
        file.more.into_iter().for_each(|key| self.add_key(KeyName::Whole(key)));
    }

    fn add_key(&mut self, key: KeyName) {
        let handle = key.handle();
        if self.keys.iter().any(|known| known.handle() == handle) {
            return;
        }
        if let PublicKeyHandle::ED25519(key) = &handle {
            self.accounts.insert(derive_near_implicit_account_id(key));
        }
        self.keys.push(key);
    }

    fn miss(&mut self, context: &Context, what: &str) {
        self.unread = self.unread.saturating_add(1);
        context.notes.fail(format!("warning: not read: {what}"));
    }

    /// The names of files and directories are often account names. A wrong guess costs one query.
    fn guess_from(&mut self, path: &Path) {
        let directory = path.parent().and_then(Path::file_name);
        let names = [path.file_stem(), directory].into_iter().flatten();
        self.accounts.extend(names.filter_map(|name| name.to_str()?.parse().ok()));
    }

    /// The plain secrets in `sources`: in files, and below directories.
    pub(crate) fn secrets_in(sources: &[PathBuf]) -> Vec<KeyPair> {
        let files = sources.iter().flat_map(|source| match source.is_dir() {
            true => sweep(source).files.into_iter().map(|file| file.path).collect(),
            false => vec![source.clone()],
        });
        files.filter_map(|path| KeyFile::read(&path).ok()).map(|file| file.key_pair).collect()
    }

    /// The keys in full.
    ///
    /// # Errors
    /// [`CliError::Value`] if one is known only by its hash.
    pub(crate) fn whole_keys(&self, flag: &'static str) -> Result<Vec<PublicKey>, CliError> {
        let whole = |key: &KeyName| match key {
            KeyName::Whole(key) => Ok(key.clone()),
            KeyName::Hash(_) => Err(CliError::Value {
                flag,
                why: "the hash of a long key is not enough: write the whole key".to_owned(),
            }),
        };
        self.keys.iter().map(whole).collect()
    }
}

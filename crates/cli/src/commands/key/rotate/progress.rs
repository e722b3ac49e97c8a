//! What was decided, in a file beside the account's keys until the rotation ends. No secret is in it.

use super::RotateError;
use crate::error::CliError;
use crate::tools::{Context, SigningPlace, VaultName};
use keyway::AccountId;
use keyway::keys::{KeyFileError, replace_private_file, write_private_file};
use keyway::rotation::Rotation;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file's name. Key files' readers leave names alone that begin like this.
pub(crate) const NAME: &str = ".keyway-rotation.json";

/// A rotation, and what else must be known to go on with it.
#[derive(Debug)]
pub(super) struct Journal {
    /// Which key replaces which.
    pub(super) rotation: Rotation,
    /// Where the new secret is.
    pub(super) kept: VaultName,
    /// Where the old secret is, beside plain files.
    pub(super) old: SigningPlace,
    /// Whether the old secret is removed at the end.
    pub(super) forget_old: bool,
    /// The file.
    pub(super) path: PathBuf,
}

#[derive(Serialize)]
struct Written<'a> {
    rotation: &'a Rotation,
    kept: VaultName,
    old: &'a SigningPlace,
    forget_old: bool,
}

#[derive(Deserialize)]
struct Read {
    rotation: Rotation,
    kept: VaultName,
    old: SigningPlace,
    forget_old: bool,
}

impl Journal {
    /// Where an account's journal is.
    ///
    /// # Errors
    /// When there is no place for key files.
    pub(super) async fn place(
        context: &Context,
        account_id: &AccountId,
    ) -> Result<PathBuf, CliError> {
        let network = context.network_name().await?;
        // It refuses names that are no directory's.
        context.key_files().await?;
        Ok(context.credentials_dir()?.join(network).join(account_id.as_str()).join(NAME))
    }

    /// What is written at `path`.
    ///
    /// # Errors
    /// [`RotateError::NotUnderWay`] when nothing is; [`RotateError::Journal`].
    pub(super) fn read(path: PathBuf, account_id: &AccountId) -> Result<Self, RotateError> {
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(RotateError::NotUnderWay { account_id: account_id.clone() });
            }
            text => text.map_err(|source| failed(&path, source))?,
        };
        let read = serde_json::from_slice(&text).map_err(|error| failed(&path, error.into()))?;
        let Read { rotation, kept, old, forget_old } = read;
        if rotation.account_id != *account_id {
            let other = io::Error::other(format!("it is about {}", rotation.account_id));
            return Err(failed(&path, other));
        }
        Ok(Self { rotation, kept, old, forget_old, path })
    }

    /// Writes what was decided, unless another rotation is under way.
    ///
    /// # Errors
    /// [`RotateError::UnderWay`], [`RotateError::Journal`].
    pub(super) fn begin(&self) -> Result<(), RotateError> {
        self.refuse_another()?;
        match write_private_file(&self.path, &self.text()?) {
            Err(KeyFileError::AlreadyExists { .. }) => self.refuse_another(),
            written => self.written(written),
        }
    }

    /// Writes what is known by now, in one step in the place of what was known before.
    ///
    /// # Errors
    /// [`RotateError::Journal`].
    pub(super) fn update(&self) -> Result<(), RotateError> {
        self.written(replace_private_file(&self.path, &self.text()?))
    }

    /// The rotation has ended.
    ///
    /// # Errors
    /// [`RotateError::Journal`].
    pub(super) fn end(&self) -> Result<(), RotateError> {
        fs::remove_file(&self.path).map_err(|source| failed(&self.path, source))
    }

    fn refuse_another(&self) -> Result<(), RotateError> {
        refuse_another(&self.path, &self.rotation.account_id)
    }

    fn text(&self) -> Result<Vec<u8>, RotateError> {
        let Self { rotation, kept, old, forget_old, .. } = self;
        let written = Written { rotation, kept: *kept, old, forget_old: *forget_old };
        serde_json::to_vec_pretty(&written).map_err(|error| failed(&self.path, error.into()))
    }

    fn written(&self, written: Result<(), KeyFileError>) -> Result<(), RotateError> {
        written.map_err(|error| failed(&self.path, io::Error::other(error)))
    }
}

/// Refuses when a rotation is written at `path`.
///
/// # Errors
/// [`RotateError::UnderWay`], [`RotateError::Journal`].
pub(super) fn refuse_another(path: &Path, account_id: &AccountId) -> Result<(), RotateError> {
    match Journal::read(path.to_owned(), account_id) {
        Err(RotateError::NotUnderWay { .. }) => Ok(()),
        Err(other) => Err(other),
        Ok(Journal { rotation, .. }) => Err(RotateError::UnderWay {
            account_id: rotation.account_id,
            old_key: Box::new(rotation.old_key),
            new_key: Box::new(rotation.new_key),
        }),
    }
}

fn failed(path: &Path, source: io::Error) -> RotateError {
    RotateError::Journal { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::client::AccountKey;
    use keyway::{AccessKey, KeyPair, NearToken};

    fn journal(home: &Path) -> Journal {
        let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ml_dsa_65());
        let key = AccountKey {
            public_key: old.public_key().into(),
            access_key: AccessKey::full_access(),
        };
        let (from, to) = (old.public_key().clone(), new.public_key().clone());
        let mut rotation = Rotation::new("alice.near".parse().unwrap(), from, to, &[key]).unwrap();
        rotation.fund = NearToken::from_yoctonear(u128::MAX);
        let path = home.join("localnet/alice.near").join(NAME);
        let old = SigningPlace::File("old.json".into());
        Journal { rotation, kept: VaultName::Encrypted, old, forget_old: true, path }
    }

    #[test]
    fn what_was_written_is_read() {
        let home = tempfile::tempdir().unwrap();
        let alice = "alice.near".parse().unwrap();
        let mut journal = journal(home.path());
        let nothing = Journal::read(journal.path.clone(), &alice).unwrap_err();
        assert!(matches!(nothing, RotateError::NotUnderWay { .. }));
        journal.begin().unwrap();
        assert!(matches!(journal.begin().unwrap_err(), RotateError::UnderWay { .. }));
        journal.rotation.proven = true;
        journal.update().unwrap();
        let read = Journal::read(journal.path.clone(), &alice).unwrap();
        assert_eq!(read.rotation, journal.rotation);
        assert_eq!((read.kept, read.forget_old), (VaultName::Encrypted, true));
        assert_eq!(read.old, journal.old);
        let other = Journal::read(journal.path.clone(), &"bob.near".parse().unwrap());
        assert!(matches!(other.unwrap_err(), RotateError::Journal { .. }));
        journal.end().unwrap();
        journal.begin().unwrap();
    }

    #[test]
    fn it_is_its_owners_alone_and_no_key_file() {
        use keyway::KeyService;
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let journal = journal(home.path());
        journal.begin().unwrap();
        journal.update().unwrap();
        let mode = fs::metadata(&journal.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let files = keyway::keys::FileKeys::new(home.path(), "localnet").unwrap();
        assert!(files.public_keys(&journal.rotation.account_id).unwrap().is_empty());
        assert_eq!(fs::read_dir(journal.path.parent().unwrap()).unwrap().count(), 1);
    }
}

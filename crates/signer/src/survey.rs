//! A survey of all key files of a network, usable or not.

use crate::files::FileKeys;
use crate::files::error::KeyFileError;
use crate::files::key_file::{KeyFile, read};
use crate::files::place::{ENCRYPTED, PLAIN};
use crate::sealed::sealed_public_key;
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
#[cfg(unix)]
use std::fs;
use std::path::{Path, PathBuf};

/// A file in the place of a key file.
#[derive(Debug)]
pub struct SurveyedFile {
    /// Its path.
    pub path: PathBuf,
    /// The account that its path names.
    pub account_id: AccountId,
    /// Whether its secret is encrypted with a passphrase.
    pub encrypted: bool,
    /// Unix permission bits; `None` on systems without them, or if they cannot be read.
    pub mode: Option<u32>,
    /// Its key, or why it cannot be used. The key of an encrypted file is not authenticated.
    pub public_key: Result<PublicKey, KeyFileError>,
}

impl FileKeys {
    /// Every key file of the network, plain or encrypted, usable or not, by account.
    ///
    /// ```
    /// use keyway_signer::{FileKeys, KeyPair};
    ///
    /// let home = tempfile::tempdir()?;
    /// let keys = FileKeys::new(home.path(), "testnet")?;
    /// keys.save(&"alice.testnet".parse()?, &KeyPair::random_ed25519())?;
    /// std::fs::write(home.path().join("testnet/bob.testnet.json"), "no key")?;
    ///
    /// let broken: Vec<_> = keys.survey()?.into_iter().filter(|file| file.public_key.is_err()).collect();
    /// assert_eq!(broken.len(), 1);
    /// assert_eq!(broken[0].account_id, "bob.testnet");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the directory cannot be read. A missing directory is empty.
    pub fn survey(&self) -> Result<Vec<SurveyedFile>, KeyFileError> {
        let mut accounts = self.accounts()?;
        accounts.extend(self.place.accounts(ENCRYPTED)?);
        accounts.sort();
        accounts.dedup();
        let mut found = Vec::new();
        for account_id in &accounts {
            let plain = self.place.files(account_id, PLAIN).paths.into_iter();
            found.extend(plain.map(|path| SurveyedFile::plain(path, account_id)));
            let sealed = self.place.files(account_id, ENCRYPTED).paths.into_iter();
            found.extend(sealed.map(|path| SurveyedFile::sealed(path, account_id)));
        }
        Ok(found)
    }
}

impl SurveyedFile {
    pub(crate) fn plain(path: PathBuf, account_id: &AccountId) -> Self {
        let file = KeyFile::read_of(&path, account_id);
        let public_key = file.map(|file| file.key_pair.public_key().clone());
        Self {
            mode: mode(&path),
            account_id: account_id.clone(),
            encrypted: false,
            path,
            public_key,
        }
    }

    pub(crate) fn sealed(path: PathBuf, account_id: &AccountId) -> Self {
        let public_key = read(&path).and_then(|contents| sealed_public_key(&path, &contents));
        Self {
            mode: mode(&path),
            account_id: account_id.clone(),
            encrypted: true,
            path,
            public_key,
        }
    }

    /// Makes the file private to its owner, mode 600. Does nothing on systems without modes.
    ///
    /// # Errors
    /// If the file is another user's, or gone.
    pub fn make_private(&self) -> Result<(), KeyFileError> {
        make_private(&self.path)
    }
}

/// Makes a file private to its owner.
pub(crate) fn make_private(path: &Path) -> Result<(), KeyFileError> {
    set_private(path).map_err(|source| KeyFileError::Io {
        doing: "change the mode of",
        path: path.to_owned(),
        source,
    })
}

#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> Option<u32> {
    let metadata = fs::metadata(path).ok()?;
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777)
}

#[cfg(unix)]
fn set_private(path: &Path) -> std::io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
pub(crate) fn mode(_path: &Path) -> Option<u32> {
    None
}

#[cfg(not(unix))]
fn set_private(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use crate::{EncryptedFileKeys, FileKeys, KeyFileError, KeyPair, Passphrase};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn every_file_is_told_with_what_is_wrong() {
        let home = tempfile::tempdir().unwrap();
        let keys = FileKeys::new(home.path(), "testnet").unwrap();
        let (alice, bob) = ("alice.near".parse().unwrap(), "bob.near".parse().unwrap());
        let pair = KeyPair::random_ed25519();
        let path = keys.save(&alice, &pair).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        fs::write(home.path().join("testnet/bob.near.json"), "{").unwrap();
        let passphrase = Passphrase::new("one".to_owned()).unwrap();
        let sealed = EncryptedFileKeys::new(home.path(), "testnet", passphrase).unwrap();
        sealed.save(&bob, &pair).unwrap();

        let found = keys.survey().unwrap();
        let [main, open, broken, sealed] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((main.mode, open.mode, sealed.mode), (Some(0o600), Some(0o644), Some(0o600)));
        assert_eq!(open.path, path);
        assert_eq!(open.public_key.as_ref().unwrap(), pair.public_key());
        assert!(matches!(broken.public_key, Err(KeyFileError::NotJson { .. })));
        assert_eq!((&broken.account_id, broken.encrypted), (&bob, false));
        assert_eq!(sealed.public_key.as_ref().unwrap(), pair.public_key());
        assert!(sealed.encrypted);

        open.make_private().unwrap();
        assert_eq!(keys.survey().unwrap()[1].mode, Some(0o600));
    }
}

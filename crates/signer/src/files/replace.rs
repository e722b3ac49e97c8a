//! Replacing one key by another: which file other tools read, and what happens to old files.

use super::FileKeys;
use super::error::KeyFileError;
use super::key_file::{KeyFile, read};
use super::place::{PLAIN, remove, rename, replace_private_file, write_private_file};
use crate::sealed::sealed_public_key;
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use std::path::{Path, PathBuf};

impl FileKeys {
    /// The key in `NETWORK/ACCOUNT.json`, the only file that some tools read; none if there is no such file.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a key file of this account.
    pub fn main_key(&self, account_id: &AccountId) -> Result<Option<PublicKey>, KeyFileError> {
        let path = self.place.of_account(account_id, PLAIN);
        if !path.is_file() {
            return Ok(None);
        }
        Ok(Some(KeyFile::read_of(&path, account_id)?.key_pair.public_key().clone()))
    }

    /// Whether `NETWORK/ACCOUNT.json` can exist; an account of that very name may have its directory there.
    pub fn can_have_main(&self, account_id: &AccountId) -> bool {
        !self.place.of_account(account_id, PLAIN).is_dir()
    }

    /// Atomically writes a key that has a file of its own to `NETWORK/ACCOUNT.json`, too. The key that was there is first
    /// saved to a file of its own, if it has none.
    ///
    /// ```
    /// use keyway_signer::{FileKeys, KeyPair};
    ///
    /// let home = tempfile::tempdir()?;
    /// let keys = FileKeys::new(home.path(), "testnet")?;
    /// let (alice, old, new) = ("alice.testnet".parse()?, KeyPair::random_ed25519(), KeyPair::random_ed25519());
    /// keys.save(&alice, &old)?;
    /// keys.save(&alice, &new)?;
    /// assert_eq!(keys.main_key(&alice)?, Some(old.public_key().clone()));
    ///
    /// keys.make_main(&alice, new.public_key())?;
    /// assert_eq!(keys.main_key(&alice)?, Some(new.public_key().clone()));
    /// assert_eq!(keys.key_pairs(&alice)?.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyFileError::NoSuchKey`] if no file of the account holds the key, or the file system's error.
    pub fn make_main(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<PathBuf, KeyFileError> {
        let main = self.place.of_account(account_id, PLAIN);
        let files = self.files_of(account_id, public_key);
        if files.contains(&main) {
            return Ok(main);
        }
        let source = files.first().ok_or_else(|| no_such_key(account_id, public_key))?;
        if let Some(before) = self.main_key(account_id)? {
            self.keep_copy(account_id, &before, &main)?;
        }
        replace_private_file(&main, &read(source)?)?;
        Ok(main)
    }

    /// Sets a key's files aside: they are renamed to names that end with `.retired`, which no tool reads. Files that were
    /// set aside before stay. Returns the new names; none if no file holds the key.
    ///
    /// # Errors
    /// The file system's error.
    pub fn retire(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Vec<PathBuf>, KeyFileError> {
        let mut retired = Vec::new();
        for path in self.files_of(account_id, public_key) {
            let aside = self.place.aside(account_id, public_key, &path, PLAIN)?;
            rename(&path, &aside)?;
            retired.push(aside);
        }
        Ok(retired)
    }

    /// Removes a key's files, with those that were set aside or that a crash left half written, and directories that are
    /// then empty. Returns the names; none if no file holds the key. The secret is lost, unless it is kept elsewhere.
    ///
    /// # Errors
    /// The file system's error.
    pub fn remove(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Vec<PathBuf>, KeyFileError> {
        let mut files = self.files_of(account_id, public_key);
        files.extend(self.leftovers_of(account_id, public_key));
        files.iter().try_for_each(|path| remove(path).map(drop))?;
        self.place.remove_empty_directories(account_id);
        Ok(files)
    }

    /// The account's files with this key that tools read.
    pub fn files_of(&self, account_id: &AccountId, public_key: &PublicKey) -> Vec<PathBuf> {
        let holds_it = |path: &PathBuf| {
            let file = KeyFile::read_of(path, account_id);
            file.is_ok_and(|file| file.key_pair.public_key() == public_key)
        };
        self.place.files(account_id, PLAIN).paths.into_iter().filter(holds_it).collect()
    }

    /// Files with this key that no tool reads, in any of the directories: plain or encrypted ones that were set aside, or
    /// that were half written when a process was killed.
    pub fn leftovers_of(&self, account_id: &AccountId, public_key: &PublicKey) -> Vec<PathBuf> {
        let left = self.leftovers(account_id).into_iter();
        left.filter(|(_, key)| key == public_key).map(|(path, _)| path).collect()
    }

    /// All such files of the account, with their keys.
    pub fn leftovers(&self, account_id: &AccountId) -> Vec<(PathBuf, PublicKey)> {
        let own = self.place.leftovers(account_id).into_iter().filter_map(|path| {
            let key = left_key(&path)?;
            Some((path, key))
        });
        // Outside of an account's directory, a file must name its account.
        let beside = self.place.leftovers_beside().into_iter().filter_map(|path| {
            let said = KeyFile::read(&path).ok()?;
            let named = path.file_name()?.to_str()?.starts_with(&format!("{account_id}.json."));
            (named || said.account_id.as_ref() == Some(account_id))
                .then(|| (path, said.key_pair.public_key().clone()))
        });
        own.chain(beside).collect()
    }

    /// If two files of a key differ, both are kept: perhaps only one has the seed phrase.
    fn keep_copy(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        main: &Path,
    ) -> Result<(), KeyFileError> {
        let contents = read(main)?;
        for extension in [PLAIN, "main.json"] {
            let copy = self.place.of_key(account_id, public_key, extension);
            match write_private_file(&copy, &contents) {
                Err(KeyFileError::AlreadyExists { .. }) if *read(&copy)? != *contents => {}
                Err(KeyFileError::AlreadyExists { .. }) => return Ok(()),
                written => return written,
            }
        }
        let path = self.place.of_key(account_id, public_key, "main.json");
        Err(KeyFileError::AlreadyExists { path })
    }
}

/// The key of such a file, plain or encrypted.
fn left_key(path: &Path) -> Option<PublicKey> {
    let contents = read(path).ok()?;
    match KeyFile::parse(path, &contents) {
        Ok(file) => Some(file.key_pair.public_key().clone()),
        Err(_) => sealed_public_key(path, &contents).ok(),
    }
}

fn no_such_key(account_id: &AccountId, public_key: &PublicKey) -> KeyFileError {
    let public_key = Box::new(public_key.clone());
    KeyFileError::NoSuchKey { account_id: account_id.clone(), public_key }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyPair;
    use std::fs;

    struct Desk {
        _home: tempfile::TempDir,
        keys: FileKeys,
        main: PathBuf,
        alice: AccountId,
    }

    impl Desk {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let keys = FileKeys::new(home.path(), "testnet").unwrap();
            let main = home.path().join("testnet/alice.near.json");
            Self { _home: home, keys, main, alice: "alice.near".parse().unwrap() }
        }
    }

    #[test]
    fn a_key_saved_beside_is_not_the_main_one() {
        let Desk { keys, alice, main, .. } = &Desk::new();
        let new = KeyPair::random_ed25519();
        keys.save_beside(alice, &new).unwrap();
        assert_eq!(keys.main_key(alice).unwrap(), None);
        assert_eq!(keys.key_pairs(alice).unwrap(), std::slice::from_ref(&new));
        assert_eq!(&keys.make_main(alice, new.public_key()).unwrap(), main);
        assert_eq!(keys.main_key(alice).unwrap().as_ref(), Some(new.public_key()));
    }

    #[test]
    fn what_stood_in_the_main_file_is_not_lost() {
        let Desk { keys, alice, main, .. } = &Desk::new();
        let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        // As an old tool writes it: a single file, with a field that we do not write.
        fs::create_dir_all(main.parent().unwrap()).unwrap();
        let secret = old.expose_secret_text();
        let text = format!(r#"{{"private_key":"{}","note":"from a phrase"}}"#, *secret);
        fs::write(main, &text).unwrap();
        keys.save_beside(alice, &old).unwrap();
        keys.save_beside(alice, &new).unwrap();
        for _again in 0..2 {
            keys.make_main(alice, new.public_key()).unwrap();
            assert_eq!(keys.main_key(alice).unwrap().as_ref(), Some(new.public_key()));
            assert_eq!(keys.key_pairs(alice).unwrap().len(), 2);
        }
        let retired = keys.retire(alice, old.public_key()).unwrap();
        assert_eq!(retired.len(), 2);
        assert!(retired.iter().any(|path| fs::read_to_string(path).unwrap() == text));
        assert_eq!(keys.key_pairs(alice).unwrap(), [new]);
    }

    #[test]
    fn a_retired_key_is_read_by_nobody_and_kept() {
        let Desk { keys, alice, main, .. } = &Desk::new();
        let old = KeyPair::random_ed25519();
        keys.save(alice, &old).unwrap();
        let retired = keys.retire(alice, old.public_key()).unwrap();
        assert_eq!(retired.len(), 2);
        assert!(!main.exists());
        assert!(keys.key_pairs(alice).unwrap().is_empty() && keys.accounts().unwrap().is_empty());
        for path in &retired {
            assert_eq!(KeyFile::read(path).unwrap().key_pair, old);
        }
        assert!(keys.retire(alice, old.public_key()).unwrap().is_empty());
    }

    /// A bug: a second key retired from a file of the same name replaced the first one's secret.
    #[test]
    fn what_was_set_aside_before_stays() {
        let Desk { keys, alice, main, .. } = &Desk::new();
        let own = main.parent().unwrap().join("alice.near/mine.json");
        let pairs = [KeyPair::random_ed25519(), KeyPair::random_ed25519()];
        let mut retired = Vec::new();
        for pair in pairs.iter().chain(&pairs[..1]) {
            fs::create_dir_all(own.parent().unwrap()).unwrap();
            KeyFile::write(main, alice, pair).unwrap();
            KeyFile::write(&own, alice, pair).unwrap();
            for path in keys.retire(alice, pair.public_key()).unwrap() {
                retired.push((path, pair));
            }
        }
        assert_eq!(retired.len(), 6);
        for (path, pair) in &retired {
            assert_eq!(&KeyFile::read(path).unwrap().key_pair, *pair, "{}", path.display());
        }
        assert_eq!(keys.remove(alice, pairs[0].public_key()).unwrap().len(), 4);
        assert_eq!(keys.leftovers(alice).len(), 2);
    }

    /// A bug: `--forget` left files that had been set aside in the directories of near-shell and of a connection.
    #[test]
    fn what_is_left_in_any_directory_is_removed() {
        let Desk { _home: home, keys, alice, .. } = &Desk::new();
        let (keys, old) = (keys.clone().and("my-node"), KeyPair::random_ed25519());
        for directory in ["default", "my-node", "implicit"] {
            let directory = home.path().join(directory);
            fs::create_dir(&directory).unwrap();
            KeyFile::write(directory.join("alice.near.json"), alice, &old).unwrap();
        }
        let retired = keys.retire(alice, old.public_key()).unwrap();
        assert_eq!(retired.len(), 3);
        let half = home.path().join("default/.keyway-5TocL8");
        KeyFile::write(&half, alice, &old).unwrap();
        let others = home.path().join("default/.keyway-other0");
        KeyFile::write(&others, &"bob.near".parse().unwrap(), &old).unwrap();
        assert_eq!(keys.remove(alice, old.public_key()).unwrap().len(), 4);
        assert!(others.exists() && !half.exists());
        assert!(retired.iter().all(|path| !path.exists()));
    }

    #[test]
    fn only_the_key_that_was_named_is_removed() {
        let Desk { keys, alice, .. } = &Desk::new();
        let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ml_dsa_65());
        keys.save(alice, &old).unwrap();
        keys.save(alice, &new).unwrap();
        assert_eq!(keys.remove(alice, old.public_key()).unwrap().len(), 2);
        assert_eq!(keys.key_pairs(alice).unwrap(), std::slice::from_ref(&new));
        assert!(keys.remove(alice, old.public_key()).unwrap().is_empty());
        let refused = keys.make_main(alice, old.public_key()).unwrap_err();
        assert!(matches!(refused, KeyFileError::NoSuchKey { .. }));
    }

    /// A bug: `--forget-old` left the copy that a process wrote when it was killed.
    #[test]
    fn what_a_crash_left_of_a_key_is_removed_with_it() {
        let Desk { keys, alice, main, .. } = &Desk::new();
        let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        keys.save(alice, &old).unwrap();
        let beside = main.with_file_name(".keyway-5TocL8");
        fs::copy(main, &beside).unwrap();
        keys.retire(alice, old.public_key()).unwrap();
        keys.save(alice, &new).unwrap();
        let others = main.with_file_name(".keyway-other0");
        fs::copy(main, &others).unwrap();
        let removed = keys.remove(alice, old.public_key()).unwrap();
        assert_eq!(removed.len(), 3, "{removed:?}");
        assert!(!beside.exists() && others.exists());
        assert_eq!(keys.key_pairs(alice).unwrap(), [new]);
    }

    #[test]
    fn directories_go_with_the_last_file_in_them() {
        let Desk { keys, alice, main, .. } = &Desk::new();
        let pair = KeyPair::random_ed25519();
        keys.save(alice, &pair).unwrap();
        let directory = main.parent().unwrap();
        fs::write(directory.join("bob.near.json"), "?").unwrap();
        keys.remove(alice, pair.public_key()).unwrap();
        assert!(!directory.join("alice.near").exists() && directory.exists());
        fs::remove_file(directory.join("bob.near.json")).unwrap();
        keys.save(alice, &pair).unwrap();
        keys.remove(alice, pair.public_key()).unwrap();
        assert!(!directory.exists());
    }

    /// A bug: `ab.json` was reported to exist already, because the file of `ab` has the name of its directory.
    #[test]
    fn an_account_whose_directory_is_anothers_file_is_told_so() {
        let home = tempfile::tempdir().unwrap();
        let keys = FileKeys::new(home.path(), "testnet").unwrap();
        let (short, long) = ("ab".parse().unwrap(), "ab.json".parse().unwrap());
        let (first, second) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        keys.save(&short, &first).unwrap();
        let error = keys.save(&long, &second).unwrap_err();
        let file = home.path().join("testnet/ab.json");
        assert!(matches!(&error, KeyFileError::InTheWay { path } if *path == file), "{error}");
        assert_eq!(keys.accounts().unwrap(), std::slice::from_ref(&short));

        // In the other order there is room for both.
        fs::remove_file(file).unwrap();
        fs::remove_dir_all(home.path().join("testnet/ab")).unwrap();
        keys.save(&long, &second).unwrap();
        keys.save(&short, &first).unwrap();
        assert_eq!(keys.key_pairs(&short).unwrap(), [first]);
        assert_eq!(keys.key_pairs(&long).unwrap(), [second]);
        assert!(!keys.can_have_main(&short) && keys.can_have_main(&long));
    }

    #[cfg(unix)]
    #[test]
    fn the_main_file_stays_its_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let Desk { keys, alice, main, .. } = &Desk::new();
        let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        keys.save(alice, &old).unwrap();
        fs::set_permissions(main, fs::Permissions::from_mode(0o644)).unwrap();
        keys.save(alice, &new).unwrap();
        keys.make_main(alice, new.public_key()).unwrap();
        assert_eq!(fs::metadata(main).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

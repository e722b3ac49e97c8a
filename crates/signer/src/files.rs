//! Key files in NEAR's credential layout.

mod key_file;
mod place;
mod replace;

use crate::{KeyPair, KeyService, KeyServiceError, SurveyedFile, sealed};
pub use key_file::{KeyFile, KeyFileError};
pub(crate) use key_file::{parse as parse_key_file, read, write as write_key_file};
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
pub use place::{NetworkNameError, replace_private_file, write_private_file};
pub(crate) use place::{Place, check_network_name, remove, rename};
use std::path::{Path, PathBuf};

/// What the names of plain key files end with.
const EXTENSION: &str = "json";

/// Plain key files as NEAR's tools lay them out, usually under `~/.near-credentials`.
///
/// Read are `NETWORK/ACCOUNT.json` (near-cli, near-api-js, near-cli-rs, neard) and `NETWORK/ACCOUNT/PUBLIC_KEY.json`
/// (near-cli-rs), with the secret in `private_key` or `secret_key`, or with near-cli-rs' seed phrase; the files of
/// implicit accounts too. They are read anew at each call, so a key added meanwhile is seen.
///
/// Written files are their owner's only, whole or not there at all, and never replace another.
///
/// ```
/// use keyway_signer::{FileKeys, KeyPair, KeyService};
///
/// let home = tempfile::tempdir()?;
/// let keys = FileKeys::new(home.path(), "testnet")?;
/// let (alice, key_pair) = ("alice.testnet".parse()?, KeyPair::random_ed25519());
/// let path = keys.save(&alice, &key_pair)?;
/// assert!(path.starts_with(home.path().join("testnet/alice.testnet")));
///
/// assert_eq!(keys.accounts()?, [alice.clone()]);
/// assert_eq!(keys.public_keys(&alice)?, [key_pair.public_key().clone()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileKeys {
    place: Place,
}

impl FileKeys {
    /// The key files of `network` (`testnet`, `mainnet`, …) under `root`. Nothing is read or made yet.
    ///
    /// # Errors
    /// `network` could not be a directory's name.
    pub fn new(root: impl AsRef<Path>, network: &str) -> Result<Self, NetworkNameError> {
        Ok(Self { place: Place::new(root.as_ref(), network)? })
    }

    /// Every account that has a key file, sorted.
    ///
    /// # Errors
    /// The directory cannot be read. A missing one is empty.
    pub fn accounts(&self) -> Result<Vec<AccountId>, KeyFileError> {
        self.place.accounts(EXTENSION)
    }

    /// Every key pair of `account_id`: first the account's file, then those in its directory by name.
    ///
    /// # Errors
    /// A file cannot be read, is not a key file, or contradicts itself: its public key is not its secret's, or its
    /// account is another. One bad file is an error for its account, so that it is not overlooked.
    pub fn key_pairs(&self, account_id: &AccountId) -> Result<Vec<KeyPair>, KeyFileError> {
        let mut key_pairs: Vec<KeyPair> = Vec::new();
        for path in self.place.files(account_id, EXTENSION)? {
            let key_pair = KeyFile::read_of(&path, account_id)?.key_pair;
            if !key_pairs.contains(&key_pair) {
                key_pairs.push(key_pair);
            }
        }
        Ok(key_pairs)
    }

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
    /// The directory cannot be read. A missing one is empty.
    pub fn survey(&self) -> Result<Vec<SurveyedFile>, KeyFileError> {
        let mut accounts = self.accounts()?;
        accounts.extend(self.place.accounts(sealed::EXTENSION)?);
        accounts.sort();
        accounts.dedup();
        let mut found = Vec::new();
        for account_id in &accounts {
            let plain = self.place.files(account_id, EXTENSION)?.into_iter();
            found.extend(plain.map(|path| SurveyedFile::plain(path, account_id)));
            let sealed = self.place.files(account_id, sealed::EXTENSION)?.into_iter();
            found.extend(sealed.map(|path| SurveyedFile::sealed(path, account_id)));
        }
        Ok(found)
    }

    /// Writes `NETWORK/ACCOUNT/PUBLIC_KEY.json`, and `NETWORK/ACCOUNT.json` when the account has none yet: some tools
    /// read only that one. Returns the first one's path.
    ///
    /// Files are made with mode 600, directories with 700. A crash leaves no half-written key file.
    ///
    /// # Errors
    /// [`KeyFileError::AlreadyExists`] when that key's file is there; nothing is changed then. Or the disk's error.
    pub fn save(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<PathBuf, KeyFileError> {
        let path = self.save_beside(account_id, key_pair)?;
        let json = write_key_file(account_id, key_pair);
        match write_private_file(&self.place.of_account(account_id, EXTENSION), &json) {
            Err(KeyFileError::AlreadyExists { .. }) | Ok(()) => Ok(path),
            Err(other) => Err(other),
        }
    }

    /// Writes `NETWORK/ACCOUNT/PUBLIC_KEY.json` alone, and returns its path: for a key that other tools shall not find
    /// yet.
    ///
    /// # Errors
    /// As [`FileKeys::save`].
    pub fn save_beside(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<PathBuf, KeyFileError> {
        let path = self.place.of_key(account_id, key_pair.public_key(), EXTENSION);
        write_private_file(&path, &write_key_file(account_id, key_pair))?;
        Ok(path)
    }
}

impl KeyService for FileKeys {
    fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let key_pairs = self.key_pairs(account_id)?;
        Ok(key_pairs.iter().map(|key_pair| key_pair.public_key().clone()).collect())
    }

    fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        let key_pairs = self.key_pairs(account_id)?;
        let found = key_pairs.iter().find(|key_pair| key_pair.public_key() == public_key);
        let key_pair = found.ok_or_else(|| KeyServiceError::no_key(account_id, public_key))?;
        Ok(key_pair.sign(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Curve, HdPath, SeedPhrase};
    use std::fs;

    fn id(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    fn keys(home: &tempfile::TempDir) -> FileKeys {
        FileKeys::new(home.path(), "testnet").unwrap()
    }

    /// Puts a file there by hand, as another tool would.
    fn put(home: &tempfile::TempDir, path: &str, json: &str) {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, json).unwrap();
    }

    #[test]
    fn a_saved_key_signs_on_each_curve() {
        let home = tempfile::tempdir().unwrap();
        let keys = keys(&home);
        for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
            let key_pair = KeyPair::random(curve);
            keys.save(&id("alice.near"), &key_pair).unwrap();
            let signature = keys.sign(&id("alice.near"), key_pair.public_key(), &[1; 32]).unwrap();
            assert!(key_pair.verify(&[1; 32], &signature));
        }
        assert_eq!(keys.public_keys(&id("alice.near")).unwrap().len(), 3);
        let other = KeyPair::random_ed25519();
        let refused = keys.sign(&id("alice.near"), other.public_key(), &[1; 32]).unwrap_err();
        assert!(matches!(refused, KeyServiceError::NoKey { .. }));
    }

    #[test]
    fn nothing_is_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let keys = keys(&home);
        let (first, second) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        keys.save(&id("alice.near"), &first).unwrap();
        let refused = keys.save(&id("alice.near"), &first).unwrap_err();
        assert!(matches!(refused, KeyFileError::AlreadyExists { .. }));

        keys.save(&id("alice.near"), &second).unwrap();
        let main = KeyFile::read(home.path().join("testnet/alice.near.json")).unwrap();
        assert_eq!(main.key_pair, first);
        assert_eq!(keys.key_pairs(&id("alice.near")).unwrap(), [first, second]);
    }

    #[test]
    fn of_many_writers_at_once_one_wins() {
        let home = tempfile::tempdir().unwrap();
        let (keys, key_pair) = (keys(&home), KeyPair::random_ed25519());
        let saved = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| keys.save(&id("alice.near"), &key_pair).is_ok()))
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).filter(|won| *won).count()
        });
        assert_eq!(saved, 1);
        assert_eq!(keys.key_pairs(&id("alice.near")).unwrap(), [key_pair]);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_their_owners_only_and_no_other_is_left() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let path = keys(&home).save(&id("alice.near"), &KeyPair::random_ed25519()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&home.path().join("testnet/alice.near.json")), 0o600);
        assert_eq!(mode(&home.path().join("testnet")), 0o700);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn every_tools_file_is_read() {
        let home = tempfile::tempdir().unwrap();
        let key_pair = KeyPair::random_ed25519();
        let (secret, public) = (key_pair.expose_secret_text(), key_pair.public_key().to_string());
        let near_cli = format!(
            r#"{{"account_id":"a.near","public_key":"{public}","private_key":"{}"}}"#,
            *secret
        );
        let neard = format!(
            r#"{{"account_id":"b.near","public_key":"{public}","secret_key":"{}"}}"#,
            *secret
        );
        let words = "fatal edge jacket cash hard pass gallery fabric whisper size rain biology";
        let phrase: SeedPhrase = words.parse().unwrap();
        let from_phrase = phrase.key_pair(&HdPath::default());
        let (implicit, public) = ("1".repeat(64), from_phrase.public_key());
        let near_cli_rs = format!(
            r#"{{"seed_phrase_hd_path":"m/44'/397'/0'","master_seed_phrase":"{words}","implicit_account_id":"{implicit}","public_key":"{public}","private_key":"{}"}}"#,
            *from_phrase.expose_secret_text()
        );
        let phrase_only = format!(r#"{{"master_seed_phrase":"{words}"}}"#);
        put(&home, "testnet/a.near.json", &near_cli);
        put(&home, "testnet/b.near.json", &neard);
        let name = public.to_string().replace(':', "_");
        put(&home, &format!("testnet/c.near/{name}.json"), &near_cli_rs);
        put(&home, &format!("testnet/{implicit}.json"), &near_cli_rs);
        put(&home, "testnet/d.near/any name.json", &phrase_only);
        put(&home, "mainnet/e.near.json", &near_cli);

        let keys = keys(&home);
        let accounts = [implicit.as_str(), "a.near", "b.near", "c.near", "d.near"].map(id);
        assert_eq!(keys.accounts().unwrap(), accounts);
        for (account_id, expected) in
            accounts.iter().zip([&from_phrase, &key_pair, &key_pair, &from_phrase, &from_phrase])
        {
            assert_eq!(
                keys.key_pairs(account_id).unwrap(),
                std::slice::from_ref(expected),
                "{account_id}"
            );
        }
        assert_eq!(
            KeyFile::read(home.path().join(format!("testnet/{implicit}.json"))).unwrap().account_id,
            Some(id(&implicit))
        );
    }

    #[test]
    fn what_is_no_key_file_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        put(&home, "testnet/Not An Account.json", "?");
        put(&home, "testnet/alice.near.txt", "?");
        put(&home, "testnet/empty.near/notes.txt", "?");
        put(&home, "testnet/alice.near/.keyway-half.json", "?");
        assert!(keys(&home).accounts().unwrap().is_empty());
        assert!(keys(&home).public_keys(&id("alice.near")).unwrap().is_empty());
        assert!(
            FileKeys::new(home.path().join("missing"), "testnet")
                .unwrap()
                .accounts()
                .unwrap()
                .is_empty()
        );
    }
}

//! Key files in the layout that NEAR's tools share.

pub(crate) mod error;
pub(crate) mod key_file;
pub(crate) mod place;
mod replace;

use crate::service::{blocking, sign_with_one_of};
use crate::{KeyPair, KeyService, KeyServiceError};
use async_trait::async_trait;
use error::KeyFileError;
use key_file::{KeyFile, write as write_key_file};
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
use place::{NetworkNameError, PLAIN, Place, write_private_file};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Plain key files as NEAR's tools lay them out, usually under `~/.near-credentials`.
///
/// It reads `NETWORK/ACCOUNT.json` (near-cli, near-api-js, near-cli-rs, neard) and `NETWORK/ACCOUNT/PUBLIC_KEY.json`
/// (near-cli-rs), with the secret in `private_key` or `secret_key`, or with near-cli-rs' seed phrase. It also reads
/// both under near-shell's network `default`, and near-cli-rs' `implicit/ID.json`. Files are read at each call, so new
/// keys are found.
///
/// Files are written for their owner only, completely or not at all, and never replace another file.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use keyway_signer::{FileKeys, KeyPair, KeyService};
///
/// let home = tempfile::tempdir()?;
/// let keys = FileKeys::new(home.path(), "testnet")?;
/// let (alice, key_pair) = ("alice.testnet".parse()?, KeyPair::random_ed25519());
/// let path = keys.save(&alice, &key_pair)?;
/// assert!(path.starts_with(home.path().join("testnet/alice.testnet")));
///
/// assert_eq!(keys.accounts()?, [alice.clone()]);
/// assert_eq!(keys.public_keys(&alice).await?, [key_pair.public_key().clone()]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileKeys {
    pub(crate) place: Place,
}

impl FileKeys {
    /// The key files of `network` (`testnet`, `mainnet`, …) under `root`. Nothing is read or created yet.
    ///
    /// # Errors
    /// If `network` cannot be the name of a directory.
    pub fn new(root: impl AsRef<Path>, network: &str) -> Result<Self, NetworkNameError> {
        Ok(Self { place: Place::new(root.as_ref(), network)? })
    }

    /// Every account that has a key file, sorted.
    ///
    /// # Errors
    /// If the directory cannot be read. A missing directory is empty.
    pub fn accounts(&self) -> Result<Vec<AccountId>, KeyFileError> {
        self.place.accounts(PLAIN)
    }

    /// Also reads the files under `root/network`, where near-cli-rs keeps keys under the name of a connection; several
    /// connections may be of one chain. Nothing is written there. A name that cannot be a directory's is ignored.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use keyway_signer::{FileKeys, KeyPair, KeyService};
    ///
    /// let home = tempfile::tempdir()?;
    /// let (alice, pair) = ("alice.near".parse()?, KeyPair::random_ed25519());
    /// FileKeys::new(home.path(), "sandbox")?.save(&alice, &pair)?;
    ///
    /// let keys = FileKeys::new(home.path(), "localnet")?;
    /// assert!(keys.public_keys(&alice).await?.is_empty());
    /// assert_eq!(keys.and("sandbox").public_keys(&alice).await?, [pair.public_key().clone()]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn and(self, network: &str) -> Self {
        Self { place: self.place.and(network) }
    }

    /// The directories that are searched for `ACCOUNT.json` and `ACCOUNT/*.json`. New files go to the first.
    pub fn directories(&self) -> Vec<PathBuf> {
        self.place.directories().map(Path::to_owned).collect()
    }

    /// The key pairs of `account_id`: first the one in the account's file, then those in its directory by name, then
    /// those in other directories. Also the errors of files without a usable key.
    ///
    /// A file has no usable key if it cannot be read, is not a key file, or contradicts itself: its public key does not
    /// belong to its secret, or it names another account.
    pub fn find(&self, account_id: &AccountId) -> FoundKeys {
        let listed = self.place.files(account_id, PLAIN);
        let mut found = FoundKeys { key_pairs: Vec::new(), unusable: listed.unreadable };
        let mut seen = BTreeSet::new();
        for path in listed.paths {
            match KeyFile::read_of(&path, account_id) {
                Ok(file) if seen.insert(file.key_pair.public_key().clone()) => {
                    found.key_pairs.push(file.key_pair);
                }
                Ok(_) => {}
                Err(error) => found.unusable.push(error),
            }
        }
        found
    }

    /// The key pair in a file that is named by its public key. An account may have hundreds of keys, and a signature needs
    /// one of them.
    fn named(&self, account_id: &AccountId, public_key: &PublicKey) -> Option<KeyPair> {
        let paths = self.place.named(account_id, public_key, PLAIN);
        let files = paths.filter_map(|path| KeyFile::read_of(&path, account_id).ok());
        files.map(|file| file.key_pair).find(|key_pair| key_pair.public_key() == public_key)
    }

    /// The key pairs that [`FileKeys::find`] finds.
    ///
    /// # Errors
    /// If no file gives a key: the first file's error. A bad file does not hide the good ones.
    pub fn key_pairs(&self, account_id: &AccountId) -> Result<Vec<KeyPair>, KeyFileError> {
        let FoundKeys { key_pairs, unusable } = self.find(account_id);
        match unusable.into_iter().next() {
            Some(error) if key_pairs.is_empty() => Err(error),
            _ => Ok(key_pairs),
        }
    }

    /// Writes `NETWORK/ACCOUNT/PUBLIC_KEY.json`, and also `NETWORK/ACCOUNT.json` if the account has none yet, because
    /// some tools read only that one. Returns the path of the first.
    ///
    /// Files get mode 600, directories 700. A crash leaves no half-written key file.
    ///
    /// # Errors
    /// [`KeyFileError::AlreadyExists`] if the key has a file; nothing changes then. [`KeyFileError::NoDirectory`] if the
    /// parent of the root does not exist. Or the file system's error.
    pub fn save(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<PathBuf, KeyFileError> {
        let path = self.save_beside(account_id, key_pair)?;
        let json = write_key_file(account_id, key_pair);
        match write_private_file(&self.place.of_account(account_id, PLAIN), &json) {
            Err(KeyFileError::AlreadyExists { .. }) | Ok(()) => Ok(path),
            Err(other) => Err(other),
        }
    }

    /// Writes only `NETWORK/ACCOUNT/PUBLIC_KEY.json`, which tools that read `ACCOUNT.json` do not find. Returns its path.
    ///
    /// # Errors
    /// As [`FileKeys::save`].
    pub fn save_beside(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<PathBuf, KeyFileError> {
        self.place.see_root()?;
        let path = self.place.of_key(account_id, key_pair.public_key(), PLAIN);
        write_private_file(&path, &write_key_file(account_id, key_pair))?;
        Ok(path)
    }
}

/// What the files of one account gave.
#[derive(Debug)]
#[non_exhaustive]
pub struct FoundKeys {
    /// The key pairs, each once.
    pub key_pairs: Vec<KeyPair>,
    /// The error of each file without a usable key, and of each directory that cannot be listed.
    pub unusable: Vec<KeyFileError>,
}

#[async_trait]
impl KeyService for FileKeys {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let (files, account_id) = (self.clone(), account_id.clone());
        blocking(move || {
            let key_pairs = files.key_pairs(&account_id)?;
            Ok(key_pairs.iter().map(|key_pair| key_pair.public_key().clone()).collect())
        })
        .await
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        let (files, bytes) = (self.clone(), bytes.to_vec());
        let (account_id, public_key) = (account_id.clone(), public_key.clone());
        blocking(move || match files.named(&account_id, &public_key) {
            Some(key_pair) => Ok(key_pair.sign(&bytes)?),
            None => {
                sign_with_one_of(&files.key_pairs(&account_id)?, &account_id, &public_key, &bytes)
            }
        })
        .await
    }

    fn place(&self) -> String {
        self.place.to_string()
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

    /// Writes a file as another tool would.
    fn put(home: &tempfile::TempDir, path: &str, json: &str) {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, json).unwrap();
    }

    #[tokio::test]
    async fn a_saved_key_signs_on_each_curve() {
        let home = tempfile::tempdir().unwrap();
        let keys = keys(&home);
        for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
            let key_pair = KeyPair::random(curve);
            keys.save(&id("alice.near"), &key_pair).unwrap();
            let signature =
                keys.sign(&id("alice.near"), key_pair.public_key(), &[1; 32]).await.unwrap();
            assert!(key_pair.verify(&[1; 32], &signature));
        }
        assert_eq!(keys.public_keys(&id("alice.near")).await.unwrap().len(), 3);
        let other = KeyPair::random_ed25519();
        let refused = keys.sign(&id("alice.near"), other.public_key(), &[1; 32]).await.unwrap_err();
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

    /// A bug: one stray file made every key of its account unusable.
    #[tokio::test]
    async fn a_bad_file_does_not_hide_the_good_ones() {
        let home = tempfile::tempdir().unwrap();
        let (keys, pair) = (keys(&home), KeyPair::random_ed25519());
        keys.save(&id("alice.near"), &pair).unwrap();
        let stray = KeyFile::read(home.path().join("testnet/alice.near.json")).unwrap();
        let public_only = format!(r#"{{"public_key":"{}"}}"#, stray.key_pair.public_key());
        let of_bob = String::from_utf8(write_key_file(&id("bob.near"), &pair).to_vec()).unwrap();
        for (name, json) in [
            ("notes", "to do"),
            ("empty", ""),
            ("object", "{}"),
            ("ledger", &public_only),
            ("bob", &of_bob),
        ] {
            put(&home, &format!("testnet/alice.near/{name}.json"), json);
        }
        let found = keys.find(&id("alice.near"));
        assert_eq!(found.key_pairs, std::slice::from_ref(&pair));
        assert_eq!(found.unusable.len(), 5);
        assert!(keys.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await.is_ok());
        assert_eq!(keys.files_of(&id("alice.near"), pair.public_key()).len(), 2);
        put(&home, "testnet/carol.near/notes.json", "to do");
        let error = keys.key_pairs(&id("carol.near")).unwrap_err();
        assert!(matches!(error, KeyFileError::NotJson { .. }), "none is left: {error}");
    }

    /// A bug: a signature read every file of the account, so that a relayer with 720 keys signed 25 times a second.
    #[tokio::test]
    async fn a_key_is_found_in_the_file_named_by_it_or_else_in_any() {
        let home = tempfile::tempdir().unwrap();
        let (keys, alice) = (keys(&home), id("alice.near"));
        let [named, other, odd] = [(); 3].map(|()| KeyPair::random_ed25519());
        let of_named = keys.save(&alice, &named).unwrap();
        let of_other = keys.save(&alice, &other).unwrap();
        assert_eq!(keys.named(&alice, named.public_key()), Some(named.clone()));

        // Under another key's name, or any name, it is found among all files.
        let odd_json = String::from_utf8(write_key_file(&alice, &odd).to_vec()).unwrap();
        put(&home, "testnet/alice.near/any name.json", &odd_json);
        fs::rename(&of_other, &of_named).unwrap();
        fs::remove_file(home.path().join("testnet/alice.near.json")).unwrap();
        assert_eq!(keys.named(&alice, named.public_key()), None);
        for pair in [&other, &odd] {
            let signature = keys.sign(&alice, pair.public_key(), &[1; 32]).await.unwrap();
            assert!(pair.verify(&[1; 32], &signature));
        }
        let refused = keys.sign(&alice, named.public_key(), &[1; 32]).await.unwrap_err();
        assert!(matches!(refused, KeyServiceError::NoKey { .. }));
    }

    #[test]
    fn a_byte_order_mark_does_no_harm() {
        let home = tempfile::tempdir().unwrap();
        let pair = KeyPair::random_ed25519();
        let json = String::from_utf8(write_key_file(&id("alice.near"), &pair).to_vec()).unwrap();
        put(&home, "testnet/alice.near.json", &format!("\u{feff}{json}"));
        assert_eq!(keys(&home).key_pairs(&id("alice.near")).unwrap(), [pair]);
    }

    /// near-cli-rs' directory of implicit accounts, near-shell's network, and the name of a connection.
    #[test]
    fn every_place_of_nears_tools_is_read() {
        let home = tempfile::tempdir().unwrap();
        let pairs = [(); 4].map(|()| KeyPair::random_ed25519());
        let json =
            |pair: &KeyPair| format!(r#"{{"private_key":"{}"}}"#, *pair.expose_secret_text());
        let implicit = "0".repeat(64);
        put(&home, &format!("implicit/{implicit}.json"), &json(&pairs[0]));
        put(&home, "default/alice.near.json", &json(&pairs[1]));
        put(&home, "sandbox/alice.near/key.json", &json(&pairs[2]));
        put(&home, "testnet/alice.near.json", &json(&pairs[3]));
        let keys = keys(&home).and("sandbox").and("testnet").and("../sandbox");
        assert_eq!(keys.accounts().unwrap(), [implicit.as_str(), "alice.near"].map(id));
        assert_eq!(keys.key_pairs(&id(&implicit)).unwrap(), [pairs[0].clone()]);
        let alices = [&pairs[3], &pairs[1], &pairs[2]].map(Clone::clone);
        assert_eq!(keys.key_pairs(&id("alice.near")).unwrap(), alices);
        assert_eq!(keys.directories().len(), 3);
        // New files go to the network's own directory.
        let path = keys.save(&id("bob.near"), &pairs[0]).unwrap();
        assert!(path.starts_with(home.path().join("testnet")));
    }

    /// A bug: with a typo in HOME, directories were created and a secret hidden in them.
    #[test]
    fn a_root_is_not_made_together_with_its_parent() {
        let home = tempfile::tempdir().unwrap();
        let (alice, pair) = (id("alice.near"), KeyPair::random_ed25519());
        let typo = FileKeys::new(home.path().join("typo/.near-credentials"), "testnet").unwrap();
        let refused = typo.save(&alice, &pair).unwrap_err();
        assert!(matches!(refused, KeyFileError::NoDirectory { .. }), "{refused}");
        let refused = KeyFile::write(home.path().join("typo/key.json"), &alice, &pair).unwrap_err();
        assert!(matches!(refused, KeyFileError::NoDirectory { .. }), "{refused}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        FileKeys::new(home.path().join("new"), "testnet").unwrap().save(&alice, &pair).unwrap();
    }

    #[tokio::test]
    async fn what_is_no_key_file_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        put(&home, "testnet/Not An Account.json", "?");
        put(&home, "testnet/alice.near.txt", "?");
        put(&home, "testnet/empty.near/notes.txt", "?");
        put(&home, "testnet/alice.near/.keyway-half.json", "?");
        assert!(keys(&home).accounts().unwrap().is_empty());
        assert!(keys(&home).public_keys(&id("alice.near")).await.unwrap().is_empty());
        assert!(
            FileKeys::new(home.path().join("missing"), "testnet")
                .unwrap()
                .accounts()
                .unwrap()
                .is_empty()
        );
    }
}

//! Key files encrypted with a passphrase.

mod envelope;

use crate::files::error::KeyFileError;
use crate::files::key_file::read;
use crate::files::place::{ENCRYPTED, NetworkNameError, Place, remove, rename, write_private_file};
use crate::service::blocking;
use crate::{KeyPair, KeyService, KeyServiceError, MemoryKeys, Passphrase};
use async_trait::async_trait;
use envelope::Costs;
pub use envelope::SealError;
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Key files encrypted with one passphrase: `NETWORK/ACCOUNT/PUBLIC_KEY.sealed` under a root.
///
/// Argon2id (64 MiB, 3 passes) turns the passphrase into a key, and XChaCha20-Poly1305 encrypts the secret with it and
/// authenticates the account id and the public key. Those two can be read without the passphrase, so listing keys is
/// fast. The first signature with a key takes a moment, on a thread of its own; its secret then stays in memory until
/// this value is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use keyway_signer::{EncryptedFileKeys, KeyPair, KeyService, Passphrase};
///
/// let home = tempfile::tempdir()?;
/// let passphrase = Passphrase::new("correct horse battery staple".to_owned())?;
/// let keys = EncryptedFileKeys::new(home.path(), "testnet", passphrase)?;
/// let (alice, key_pair) = ("alice.testnet".parse()?, KeyPair::random_ed25519());
/// keys.save(&alice, &key_pair)?;
///
/// let signature = keys.sign(&alice, key_pair.public_key(), &[1; 32]).await?;
/// assert!(key_pair.verify(&[1; 32], &signature));
/// # Ok(())
/// # }
/// ```
///
/// Clones share the decrypted keys.
#[derive(Clone, Debug)]
pub struct EncryptedFileKeys {
    place: Place,
    passphrase: Passphrase,
    costs: Costs,
    opened: Arc<Mutex<MemoryKeys>>,
}

impl EncryptedFileKeys {
    /// The encrypted key files of `network` under `root`. Nothing is read yet, so a wrong passphrase is not noticed.
    ///
    /// # Errors
    /// If `network` cannot be the name of a directory.
    pub fn new(
        root: impl AsRef<Path>,
        network: &str,
        passphrase: Passphrase,
    ) -> Result<Self, NetworkNameError> {
        let place = Place::new(root.as_ref(), network)?;
        Ok(Self { place, passphrase, costs: Costs::default(), opened: Arc::default() })
    }

    /// Every account that has an encrypted key file, sorted.
    ///
    /// # Errors
    /// If the directory cannot be read. A missing directory is empty.
    pub fn accounts(&self) -> Result<Vec<AccountId>, KeyFileError> {
        self.place.accounts(ENCRYPTED)
    }

    /// Encrypts a key pair into a file of its own, readable by its owner only, and returns the file's path.
    ///
    /// # Errors
    /// [`KeyFileError::AlreadyExists`] if the key has a file; [`KeyFileError::NoDirectory`] if the parent of the root does
    /// not exist; or the file system's error.
    pub fn save(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<PathBuf, KeyFileError> {
        self.place.see_root()?;
        let path = self.place.of_key(account_id, key_pair.public_key(), ENCRYPTED);
        let sealed = envelope::seal(account_id, key_pair, &self.passphrase, self.costs)
            .map_err(|source| KeyFileError::Sealed { path: path.clone(), source })?;
        write_private_file(&path, &sealed)?;
        Ok(path)
    }

    /// Removes a key's file, even if it was set aside, and directories that are then empty. Returns whether there was one.
    ///
    /// # Errors
    /// The file system's error.
    pub fn remove(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<bool, KeyFileError> {
        self.forget(account_id, public_key);
        let mut removed = remove(&self.path_of(account_id, public_key))?;
        for path in self.place.leftovers(account_id) {
            let key = read(&path).and_then(|contents| sealed_public_key(&path, &contents));
            if key.is_ok_and(|key| key == *public_key) {
                removed |= remove(&path)?;
            }
        }
        self.place.remove_empty_directories(account_id);
        Ok(removed)
    }

    /// The public keys of an account's encrypted files, and the errors of files without a usable one.
    pub fn find(&self, account_id: &AccountId) -> (Vec<PublicKey>, Vec<KeyFileError>) {
        let listed = self.place.files(account_id, ENCRYPTED);
        let (mut public_keys, mut unusable) = (Vec::new(), listed.unreadable);
        for path in listed.paths {
            match read(&path).and_then(|contents| sealed_public_key(&path, &contents)) {
                Ok(key) if public_keys.contains(&key) => {}
                Ok(key) => public_keys.push(key),
                Err(error) => unusable.push(error),
            }
        }
        (public_keys, unusable)
    }

    /// The path of a key's file, whether it exists or not.
    pub fn path_of(&self, account_id: &AccountId, public_key: &PublicKey) -> PathBuf {
        let usual = self.place.of_key(account_id, public_key, ENCRYPTED);
        if usual.is_file() {
            return usual;
        }
        let holds_it = |path: &PathBuf| {
            let key = read(path).and_then(|contents| sealed_public_key(path, &contents));
            key.is_ok_and(|key| key == *public_key)
        };
        self.place.files(account_id, ENCRYPTED).paths.into_iter().find(holds_it).unwrap_or(usual)
    }

    /// Sets a key's file aside: it is renamed to a name that ends with `.retired`, which no tool reads, and stays
    /// encrypted. Files that were set aside before stay. Returns the new name; none if there is no such file.
    ///
    /// # Errors
    /// The file system's error.
    pub fn retire(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<PathBuf>, KeyFileError> {
        self.forget(account_id, public_key);
        let path = self.path_of(account_id, public_key);
        if !path.is_file() {
            return Ok(None);
        }
        let aside = self.place.aside(account_id, public_key, &path, ENCRYPTED)?;
        rename(&path, &aside)?;
        Ok(Some(aside))
    }

    fn forget(&self, account_id: &AccountId, public_key: &PublicKey) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.remove(account_id, public_key);
    }

    /// Decrypts one key pair.
    ///
    /// # Errors
    /// If there is no such file, if it was changed, or if the passphrase is wrong.
    pub fn open(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<KeyPair, KeyFileError> {
        let path = self.path_of(account_id, public_key);
        let contents = read(&path)?;
        envelope::open(&contents, account_id, public_key, &self.passphrase)
            .map_err(|source| KeyFileError::Sealed { path, source })
    }

    /// The key pair, if it was decrypted before and no other one is being decrypted now. Never waits.
    fn opened_already(&self, account_id: &AccountId, public_key: &PublicKey) -> Option<KeyPair> {
        self.opened.try_lock().ok()?.get(account_id, public_key).cloned()
    }

    /// The key pair, which is decrypted at the first call.
    fn key_pair(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<KeyPair, KeyServiceError> {
        // Locked while a file is decrypted, so that parallel signers do not each decrypt it. A panic cannot leave the
        // map half changed.
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key_pair) = opened.get(account_id, public_key) {
            return Ok(key_pair.clone());
        }
        if !self.path_of(account_id, public_key).is_file() {
            return Err(KeyServiceError::no_key(account_id, public_key));
        }
        let key_pair = self.open(account_id, public_key)?;
        opened.insert(account_id.clone(), key_pair.clone());
        Ok(key_pair)
    }
}

/// The public key in an encrypted file. It needs no passphrase, and is not authenticated.
pub(crate) fn sealed_public_key(path: &Path, contents: &[u8]) -> Result<PublicKey, KeyFileError> {
    envelope::public_key(contents)
        .map_err(|source| KeyFileError::Sealed { path: path.to_owned(), source })
}

#[async_trait]
impl KeyService for EncryptedFileKeys {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let (files, account_id) = (self.clone(), account_id.clone());
        blocking(move || {
            let (public_keys, unusable) = files.find(&account_id);
            match unusable.into_iter().next() {
                Some(error) if public_keys.is_empty() => Err(error.into()),
                _ => Ok(public_keys),
            }
        })
        .await
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        if let Some(key_pair) = self.opened_already(account_id, public_key) {
            return Ok(key_pair.sign(bytes)?);
        }
        let (files, bytes) = (self.clone(), bytes.to_vec());
        let (account_id, public_key) = (account_id.clone(), public_key.clone());
        blocking(move || Ok(files.key_pair(&account_id, &public_key)?.sign(&bytes)?)).await
    }

    fn place(&self) -> String {
        format!("the encrypted files in {}", self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    fn id(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    fn keys(home: &tempfile::TempDir, passphrase: &str) -> EncryptedFileKeys {
        let passphrase = Passphrase::new(passphrase.to_owned()).unwrap();
        let keys = EncryptedFileKeys::new(home.path(), "testnet", passphrase).unwrap();
        EncryptedFileKeys { costs: Costs::CHEAP, ..keys }
    }

    #[tokio::test]
    async fn a_saved_key_signs_in_another_process_too() {
        let home = tempfile::tempdir().unwrap();
        let pairs =
            [KeyPair::random_ed25519(), KeyPair::random_secp256k1(), KeyPair::random_ml_dsa_65()];
        for pair in &pairs {
            keys(&home, "one").save(&id("alice.near"), pair).unwrap();
        }
        let keys = keys(&home, "one");
        assert_eq!(keys.accounts().unwrap(), [id("alice.near")]);
        assert_eq!(keys.public_keys(&id("alice.near")).await.unwrap().len(), pairs.len());
        for pair in &pairs {
            let signature =
                keys.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await.unwrap();
            assert!(pair.verify(&[1; 32], &signature));
        }
        let refused =
            keys.sign(&id("bob.near"), pairs[0].public_key(), &[1; 32]).await.unwrap_err();
        assert!(matches!(refused, KeyServiceError::NoKey { .. }));
    }

    #[tokio::test]
    async fn another_passphrase_does_not_open_it() {
        let home = tempfile::tempdir().unwrap();
        let pair = KeyPair::random_ed25519();
        keys(&home, "one").save(&id("alice.near"), &pair).unwrap();
        let other = keys(&home, "two");
        let error = other.open(&id("alice.near"), pair.public_key()).unwrap_err();
        assert!(matches!(error, KeyFileError::Sealed { source: SealError::WrongPassphrase, .. }));
        let refused = other.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await;
        assert!(matches!(refused, Err(KeyServiceError::File(KeyFileError::Sealed { .. }))));
        assert_eq!(
            other.public_keys(&id("alice.near")).await.unwrap(),
            [pair.public_key().clone()]
        );
    }

    #[test]
    fn nothing_is_overwritten_and_the_secret_is_not_in_the_file() {
        let home = tempfile::tempdir().unwrap();
        let pair = KeyPair::random_ed25519();
        let keys = keys(&home, "one");
        let path = keys.save(&id("alice.near"), &pair).unwrap();
        let contents = std::fs::read_to_string(&path).unwrap();
        assert!(!contents.contains(&pair.expose_secret_text()[8..24]));
        assert!(matches!(
            keys.save(&id("alice.near"), &pair).unwrap_err(),
            KeyFileError::AlreadyExists { .. }
        ));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), contents);
    }

    #[tokio::test]
    async fn a_removed_key_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let pair = KeyPair::random_ed25519();
        let keys = keys(&home, "one");
        keys.save(&id("alice.near"), &pair).unwrap();
        keys.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await.unwrap();
        for was_there in [true, false] {
            assert_eq!(keys.remove(&id("alice.near"), pair.public_key()).unwrap(), was_there);
            assert!(keys.public_keys(&id("alice.near")).await.unwrap().is_empty());
            let refused = keys.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await;
            assert!(matches!(refused, Err(KeyServiceError::NoKey { .. })));
        }
    }

    #[tokio::test]
    async fn a_retired_key_is_kept_and_not_found() {
        let home = tempfile::tempdir().unwrap();
        let pair = KeyPair::random_ed25519();
        let keys = keys(&home, "one");
        let path = keys.save(&id("alice.near"), &pair).unwrap();
        let sealed = std::fs::read(&path).unwrap();
        let aside = keys.retire(&id("alice.near"), pair.public_key()).unwrap().unwrap();
        assert_eq!(std::fs::read(&aside).unwrap(), sealed);
        assert!(keys.accounts().unwrap().is_empty());
        let refused = keys.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await;
        assert!(matches!(refused, Err(KeyServiceError::NoKey { .. })));
        assert_eq!(keys.retire(&id("alice.near"), pair.public_key()).unwrap(), None);
    }

    /// A bug: this made every key of the account unusable.
    #[tokio::test]
    async fn a_broken_file_does_not_hide_the_good_ones() {
        let home = tempfile::tempdir().unwrap();
        let pair = KeyPair::random_ed25519();
        let keys = keys(&home, "one");
        let path = keys.save(&id("alice.near"), &pair).unwrap();
        std::fs::write(path.with_file_name("0.sealed"), "{}").unwrap();
        assert_eq!(keys.public_keys(&id("alice.near")).await.unwrap(), [pair.public_key().clone()]);
        assert!(keys.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await.is_ok());
        assert_eq!(keys.find(&id("alice.near")).1.len(), 1);
        std::fs::rename(&path, path.with_file_name("another name.sealed")).unwrap();
        assert!(keys.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await.is_ok());
        keys.remove(&id("alice.near"), pair.public_key()).unwrap();
        let none_left = keys.public_keys(&id("alice.near")).await;
        assert!(matches!(none_left, Err(KeyServiceError::File(_))), "{none_left:?}");
    }

    #[test]
    fn a_file_moved_to_another_account_does_not_open() {
        let home = tempfile::tempdir().unwrap();
        let pair = KeyPair::random_ed25519();
        let keys = keys(&home, "one");
        let path = keys.save(&id("alice.near"), &pair).unwrap();
        let other = home.path().join("testnet/bob.near");
        std::fs::create_dir(&other).unwrap();
        std::fs::copy(&path, other.join(path.file_name().unwrap())).unwrap();
        let error = keys.open(&id("bob.near"), pair.public_key()).unwrap_err();
        assert!(matches!(
            error,
            KeyFileError::Sealed { source: SealError::Misplaced { field: "account_id" }, .. }
        ));
    }

    /// A bug: the whole runtime stood still while Argon2id ran.
    #[tokio::test(flavor = "current_thread")]
    async fn another_task_goes_on_while_a_passphrase_is_derived() {
        let home = tempfile::tempdir().unwrap();
        let pair = KeyPair::random_ed25519();
        let passphrase = Passphrase::new("one".to_owned()).unwrap();
        // With the parameters that users have.
        let keys = EncryptedFileKeys::new(home.path(), "testnet", passphrase).unwrap();
        keys.save(&id("alice.near"), &pair).unwrap();

        let signed = Arc::new(AtomicBool::new(false));
        let seen = signed.clone();
        let turns = tokio::spawn(async move {
            let mut turns = 0_u32;
            while !seen.load(Ordering::Relaxed) {
                turns += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            turns
        });
        tokio::task::yield_now().await;
        let alice = id("alice.near");
        let signature = keys.sign(&alice, pair.public_key(), &[1; 32]).await.unwrap();
        signed.store(true, Ordering::Relaxed);
        assert!(pair.verify(&[1; 32], &signature));
        let turns = turns.await.unwrap();
        assert!(turns > 3, "the other task had {turns} turns");
    }
}

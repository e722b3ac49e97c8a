//! Key files: account, public key, secret key, readable by their owner only.

use crate::error::{FileError, HomeError};
use crate::files::{self, Access};
use near_crypto::{KeyFile, KeyType, SecretKey};
use near_primitives::types::AccountId;
use std::io::Write;
use std::path::Path;

/// Reads the key file at `path`.
///
/// # Errors
/// When it is missing, malformed, or its halves do not belong together.
pub(super) fn load(path: &Path) -> Result<KeyFile, HomeError> {
    let key: KeyFile = files::read_json(path)?;
    if key.secret_key.public_key() != key.public_key {
        let public_key = key.public_key.to_string();
        return Err(HomeError::KeyMismatch { path: path.to_owned(), public_key });
    }
    Ok(key)
}

/// The key at `path`; where there is none, a new one of `account_id`, from `seed` or else at random.
///
/// # Errors
/// As [`load`], and when the file that is there belongs to another account.
pub(super) fn create_or_keep(
    path: &Path,
    account_id: &AccountId,
    seed: Option<&str>,
) -> Result<KeyFile, HomeError> {
    if path.exists() {
        return keep(path, account_id);
    }
    let secret_key = match seed {
        Some(seed) => SecretKey::from_seed(KeyType::ED25519, seed),
        None => SecretKey::from_random(KeyType::ED25519),
    };
    let public_key = secret_key.public_key();
    let key = KeyFile { account_id: account_id.clone(), public_key, secret_key };
    write(path, &key)?;
    Ok(key)
}

fn keep(path: &Path, wanted: &AccountId) -> Result<KeyFile, HomeError> {
    let key = load(path)?;
    if key.account_id != *wanted {
        return Err(HomeError::KeyOfAnother {
            path: path.to_owned(),
            found: key.account_id,
            wanted: wanted.clone(),
        });
    }
    Ok(key)
}

/// Writes `key` to `path`, for its owner's eyes only.
///
/// # Errors
/// [`FileError::Unwritable`].
pub(crate) fn write(path: &Path, key: &KeyFile) -> Result<(), FileError> {
    files::write_whole(path, Access::Owner, |file| {
        file.write_all(serde_json::to_string_pretty(key)?.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.json");
        let owner: AccountId = "test.near".parse().unwrap();
        let made = create_or_keep(&path, &owner, None).unwrap();
        let kept = create_or_keep(&path, &owner, Some("another")).unwrap();
        assert_eq!(made.public_key, kept.public_key);
        let other = create_or_keep(&path, &"other.near".parse().unwrap(), None);
        assert!(matches!(other, Err(HomeError::KeyOfAnother { .. })));
    }

    #[test]
    fn halves_that_do_not_match_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.json");
        let secret_key = SecretKey::from_seed(KeyType::ED25519, "a");
        let public_key = SecretKey::from_seed(KeyType::ED25519, "b").public_key();
        let key = KeyFile { account_id: "node".parse().unwrap(), public_key, secret_key };
        write(&path, &key).unwrap();
        assert!(matches!(load(&path), Err(HomeError::KeyMismatch { .. })));
    }
}

//! Progress files: what a rotation has decided and done so far. They contain no secret.

use super::{RotateError, Rotation};
use keyway_signer::{KeyFileError, replace_private_file, write_private_file};
use near_primitives::types::AccountId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A rotation and its progress file, which exists until the rotation ends and is readable by its owner only.
///
/// `N` is whatever the caller needs to resume, such as where the secrets are. It is written as further fields of the same
/// JSON object.
#[derive(Clone, Debug)]
pub struct ProgressFile<N = ()> {
    rotation: Rotation,
    /// Whether the old secret is erased at the end instead of set aside.
    pub erase_old: bool,
    /// What the caller needs to resume.
    pub notes: N,
    path: PathBuf,
}

/// The contents of the file.
#[derive(Serialize, Deserialize)]
struct Contents<R, N> {
    /// The format. Files of format 1 did not always have it.
    #[serde(default = "format")]
    version: u32,
    rotation: R,
    #[serde(rename = "forget_old")]
    erase_old: bool,
    #[serde(flatten)]
    notes: N,
}

impl<N> ProgressFile<N> {
    /// The name that the CLI gives to this file, in the directory of the account's keys. Readers of key files ignore names
    /// that begin with `.keyway-`.
    pub const NAME: &'static str = ".keyway-rotation.json";

    /// Nothing is written yet.
    pub fn new(path: impl Into<PathBuf>, rotation: Rotation, notes: N) -> Self {
        Self { rotation, erase_old: false, notes, path: path.into() }
    }

    /// The rotation.
    #[must_use]
    pub fn rotation(&self) -> &Rotation {
        &self.rotation
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl<N: DeserializeOwned + Serialize> ProgressFile<N> {
    /// Reads the progress of a rotation of `account_id`.
    ///
    /// # Errors
    /// [`RotateError::NotUnderWay`] if there is no file; [`RotateError::ProgressFile`] if it cannot be read, or is about
    /// another account.
    pub fn read(path: impl Into<PathBuf>, account_id: &AccountId) -> Result<Self, RotateError> {
        let path = path.into();
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(RotateError::NotUnderWay { account_id: account_id.clone() });
            }
            text => text.map_err(|source| failed(&path, source))?,
        };
        let contents = parse::<N>(&text).map_err(|error| failed(&path, error))?;
        let Contents { rotation, erase_old, notes, .. } = contents;
        if rotation.account_id != *account_id {
            let other = io::Error::other(format!("it is about {}", rotation.account_id));
            return Err(failed(&path, other));
        }
        Ok(Self { rotation, erase_old, notes, path })
    }
}

impl<N: Serialize> ProgressFile<N> {
    /// Writes the file for the first time.
    ///
    /// # Errors
    /// [`RotateError::UnderWay`] if there is one already; [`RotateError::ProgressFile`].
    pub(super) fn create(&self) -> Result<(), RotateError> {
        see_no_other(&self.path, &self.rotation.account_id)?;
        match write_private_file(&self.path, &self.text()?) {
            // Another process was faster.
            Err(KeyFileError::AlreadyExists { .. }) => {
                see_no_other(&self.path, &self.rotation.account_id)
            }
            written => self.written(written),
        }
    }

    /// Records whether the new key was proven to work. The file is synced when this returns.
    ///
    /// # Errors
    /// [`RotateError::ProgressFile`].
    pub(super) fn set_proven(&mut self, proven: bool) -> Result<(), RotateError> {
        self.rotation.proven = proven;
        self.written(replace_private_file(&self.path, &self.text()?))
    }

    /// Removes the file, at the end of the rotation.
    ///
    /// # Errors
    /// [`RotateError::ProgressFile`].
    pub(super) fn remove(&self) -> Result<(), RotateError> {
        fs::remove_file(&self.path).map_err(|source| failed(&self.path, source))
    }

    fn text(&self) -> Result<Vec<u8>, RotateError> {
        let Self { rotation, erase_old, notes, .. } = self;
        let contents = Contents { version: FORMAT, rotation, erase_old: *erase_old, notes };
        serde_json::to_vec_pretty(&contents).map_err(|error| failed(&self.path, error.into()))
    }

    fn written(&self, written: Result<(), KeyFileError>) -> Result<(), RotateError> {
        written.map_err(|error| failed(&self.path, io::Error::other(error)))
    }
}

/// Checks that no rotation of the account is in progress: that there is no progress file at `path`.
///
/// # Errors
/// [`RotateError::UnderWay`], [`RotateError::ProgressFile`].
pub fn see_no_other(path: &Path, account_id: &AccountId) -> Result<(), RotateError> {
    match ProgressFile::<Value>::read(path, account_id) {
        Err(RotateError::NotUnderWay { .. }) => Ok(()),
        Err(other) => Err(other),
        Ok(ProgressFile { rotation, .. }) => Err(RotateError::UnderWay {
            account_id: rotation.account_id,
            old_key: Box::new(rotation.old_key),
            new_key: Box::new(rotation.new_key),
        }),
    }
}

/// Parses a progress file. An unknown field is an error: it could change what a resume has to do.
fn parse<N: DeserializeOwned + Serialize>(text: &[u8]) -> io::Result<Contents<Rotation, N>> {
    let json: Value = serde_json::from_slice(text)?;
    let contents: Contents<Rotation, N> = serde_json::from_value(json.clone())?;
    if contents.version != FORMAT {
        let why = format!("its format is {}, and this version reads {FORMAT}", contents.version);
        return Err(io::Error::other(why));
    }
    let known = serde_json::to_value(&contents)?;
    let fields = json.as_object().into_iter().flat_map(serde_json::Map::keys);
    match fields.into_iter().find(|field| known.get(field.as_str()).is_none()) {
        Some(field) => {
            Err(io::Error::other(format!("this version does not know its field `{field}`")))
        }
        None => Ok(contents),
    }
}

/// The format of the file.
const FORMAT: u32 = 1;

fn format() -> u32 {
    FORMAT
}

fn failed(path: &Path, source: io::Error) -> RotateError {
    RotateError::ProgressFile { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::AccountKey;
    use keyway_signer::KeyPair;
    use near_primitives::account::AccessKey;
    use near_primitives::types::Balance;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Notes {
        kept: String,
    }

    fn progress(home: &Path) -> ProgressFile<Notes> {
        let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ml_dsa_65());
        let key = AccountKey {
            public_key: old.public_key().into(),
            access_key: AccessKey::full_access(),
        };
        let (from, to) = (old.public_key().clone(), new.public_key().clone());
        let mut rotation = Rotation::new("alice.near".parse().unwrap(), from, to, &[key]).unwrap();
        rotation.fund = Balance::from_yoctonear(u128::MAX);
        let path = home.join("localnet/alice.near").join(ProgressFile::<()>::NAME);
        let notes = Notes { kept: "encrypted".to_owned() };
        ProgressFile { erase_old: true, ..ProgressFile::new(path, rotation, notes) }
    }

    #[test]
    fn what_was_written_is_read() {
        let home = tempfile::tempdir().unwrap();
        let alice = "alice.near".parse().unwrap();
        let mut progress = progress(home.path());
        let read = |account| ProgressFile::<Notes>::read(progress.path.clone(), account);
        assert!(matches!(read(&alice).unwrap_err(), RotateError::NotUnderWay { .. }));
        progress.create().unwrap();
        assert!(matches!(progress.create().unwrap_err(), RotateError::UnderWay { .. }));
        assert!(!read(&alice).unwrap().rotation.proven);
        assert!(matches!(
            read(&"bob.near".parse().unwrap()).unwrap_err(),
            RotateError::ProgressFile { .. }
        ));
        progress.set_proven(true).unwrap();
        let read = ProgressFile::<Notes>::read(progress.path.clone(), &alice).unwrap();
        assert_eq!(read.rotation, progress.rotation);
        assert!(read.rotation.proven);
        assert_eq!((read.erase_old, &read.notes), (true, &progress.notes));
        progress.remove().unwrap();
        progress.create().unwrap();
    }

    /// Reads the file of an earlier version.
    #[test]
    fn the_layout_of_the_file_stays() {
        let home = tempfile::tempdir().unwrap();
        let progress = progress(home.path());
        progress.create().unwrap();
        let text = fs::read(&progress.path).unwrap();
        let json: Value = serde_json::from_slice(&text).unwrap();
        let fields: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["forget_old", "kept", "rotation", "version"]);
        assert_eq!(json["rotation"]["fund"], u128::MAX.to_string());
    }

    /// Unknown fields were ignored, whatever they would have asked for.
    #[test]
    fn a_file_of_another_version_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let progress = progress(home.path());
        progress.create().unwrap();
        let text = fs::read(&progress.path).unwrap();
        let json: Value = serde_json::from_slice(&text).unwrap();
        let read = |edit: &dyn Fn(&mut Value)| {
            let mut other = json.clone();
            edit(&mut other);
            fs::write(&progress.path, other.to_string()).unwrap();
            let alice = "alice.near".parse().unwrap();
            ProgressFile::<Notes>::read(progress.path.clone(), &alice)
        };
        for (edit, why) in [
            (
                &(|it: &mut Value| it["version"] = 2.into()) as &dyn Fn(&mut Value),
                "its format is 2",
            ),
            (&|it| it["keep"] = true.into(), "its field `keep`"),
            (&|it| it["rotation"]["keep"] = true.into(), "unknown field `keep`"),
        ] {
            let error = read(edit).unwrap_err();
            assert!(matches!(error, RotateError::ProgressFile { .. }), "{error}");
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(cause.contains(why), "{why}: {cause}");
        }
        let unnumbered = |it: &mut Value| drop(it.as_object_mut().unwrap().remove("version"));
        assert_eq!(read(&unnumbered).unwrap().rotation, progress.rotation);
    }

    #[cfg(unix)]
    #[test]
    fn it_is_its_owners_alone_and_no_key_file() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let mut progress = progress(home.path());
        progress.create().unwrap();
        progress.set_proven(true).unwrap();
        let mode = fs::metadata(&progress.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let files = keyway_signer::FileKeys::new(home.path(), "localnet").unwrap();
        assert!(files.find(&progress.rotation.account_id).key_pairs.is_empty());
        assert_eq!(fs::read_dir(progress.path.parent().unwrap()).unwrap().count(), 1);
    }
}

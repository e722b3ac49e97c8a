//! A search for secrets in everything below a root of key files, not only where tools look for them.

mod text;

use crate::files::error::KeyFileError;
use crate::files::key_file::{KeyFile, read};
use crate::files::place::{ENCRYPTED, PLAIN, entries, is_half_written, is_set_aside, remove};
use crate::sealed::sealed_public_key;
use crate::survey::{make_private, mode};
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use std::path::{Path, PathBuf};

/// What was found below a root of key files.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Sweep {
    /// Files that hold a secret, or are in the place of a key file, sorted by path.
    pub files: Vec<SweptFile>,
    /// Directories that cannot be listed.
    pub unreadable: Vec<KeyFileError>,
    /// Whether the search ended early: it visits at most 100,000 entries, 16 directories deep.
    pub cut_short: bool,
}

/// A file below a root of key files.
#[derive(Debug)]
#[non_exhaustive]
pub struct SweptFile {
    /// Its path.
    pub path: PathBuf,
    /// The directory directly under the root, usually a network; none for a file in the root itself.
    pub folder: Option<String>,
    /// The account that its path names, or else the one that its contents name.
    pub account_id: Option<AccountId>,
    /// What the file is for.
    pub role: FileRole,
    /// Unix permission bits; `None` on systems without them, or if they cannot be read.
    pub mode: Option<u32>,
    /// Its key, or why it cannot be used; none for a secret whose key is unknown.
    pub public_key: Option<Result<PublicKey, KeyFileError>>,
    /// Keys of other secrets in the same file.
    pub more: Vec<PublicKey>,
    /// Whether it is a key file of this one key, without other secrets or a seed phrase.
    pub holds_one_key: bool,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileRole {
    /// A plain key file where tools look for it.
    Plain,
    /// An encrypted key file.
    Encrypted,
    /// A key file under a name that ends with `.retired`, as a rotation leaves it.
    SetAside,
    /// What a crash left of a file that was being written: a complete copy, a part, or nothing.
    HalfWritten,
    /// A secret where no tool looks for one: a backup, a copy in another directory, an editor's file.
    Copy,
}

/// Visits every file below `root`, and returns those that hold a secret, that are in the place of a key file, or that
/// this library left half written.
///
/// ```
/// use keyway_signer::{FileKeys, FileRole, KeyPair, sweep};
///
/// let home = tempfile::tempdir()?;
/// let keys = FileKeys::new(home.path(), "testnet")?;
/// let path = keys.save(&"alice.testnet".parse()?, &KeyPair::random_ed25519())?;
/// std::fs::copy(&path, path.with_extension("bak"))?;
///
/// let swept = sweep(home.path());
/// let copies: Vec<_> = swept.files.iter().filter(|file| file.role == FileRole::Copy).collect();
/// assert_eq!((swept.files.len(), copies.len()), (3, 1));
/// assert_eq!(copies[0].account_id.as_ref().unwrap(), "alice.testnet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sweep(root: &Path) -> Sweep {
    let mut swept = Sweep::default();
    let mut seen = 0;
    walk(root, &mut Vec::new(), &mut seen, &mut swept);
    swept.files.sort_by(|a, b| a.path.cmp(&b.path));
    swept
}

/// The same for one file; none if it holds no secret.
pub fn sweep_file(path: &Path) -> Option<SweptFile> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    look(path.to_owned(), &name, &[])
}

impl SweptFile {
    /// Makes the file private to its owner, mode 600. Does nothing on systems without modes.
    ///
    /// # Errors
    /// If the file is another user's, or gone.
    pub fn make_private(&self) -> Result<(), KeyFileError> {
        make_private(&self.path)
    }

    /// Removes the file with its secret.
    ///
    /// # Errors
    /// The file system's error.
    pub fn remove(&self) -> Result<(), KeyFileError> {
        remove(&self.path).map(drop)
    }
}

fn walk(directory: &Path, names: &mut Vec<String>, seen: &mut usize, swept: &mut Sweep) {
    let paths = match entries(directory) {
        Ok(paths) => paths,
        Err(error) => return swept.unreadable.push(error),
    };
    for path in paths {
        *seen = seen.saturating_add(1);
        if *seen > MOST_ENTRIES || names.len() > DEEPEST {
            swept.cut_short = true;
            return;
        }
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            continue;
        };
        // A link below the first level may lead anywhere, even in circles.
        if path.is_dir() && (names.is_empty() || !path.is_symlink()) {
            names.push(name);
            walk(&path, names, seen, swept);
            names.pop();
        } else if path.is_file() {
            swept.files.extend(look(path, &name, names));
        }
    }
}

/// What the file is; none if it is not a secret's.
fn look(path: PathBuf, name: &str, directories: &[String]) -> Option<SweptFile> {
    let folder = directories.first().cloned();
    // Progress files have such names, and hold no secret.
    if name.starts_with(OURS) && !is_half_written(&path) {
        return None;
    }
    let Found { said, public_key, more, holds_one_key } = read_anything(&path);
    let (account_id, public_key, role) = if is_half_written(&path) {
        (said, public_key, FileRole::HalfWritten)
    } else if is_set_aside(&path) {
        let account_id = directories.get(1).and_then(|name| name.parse().ok()).or(said);
        (account_id, Some(public_key?), FileRole::SetAside)
    } else if let Some(account_id) = place_of(name, directories, PLAIN) {
        let file = KeyFile::read_of(&path, &account_id);
        let public_key = file.map(|file| file.key_pair.public_key().clone());
        (Some(account_id), Some(public_key), FileRole::Plain)
    } else if let Some(account_id) = place_of(name, directories, ENCRYPTED) {
        let public_key = read(&path).and_then(|contents| sealed_public_key(&path, &contents));
        (Some(account_id), Some(public_key), FileRole::Encrypted)
    } else {
        (said, Some(public_key?), FileRole::Copy)
    };
    let public_key = public_key.filter(|key| {
        !matches!(key, Err(KeyFileError::NoSecret { .. })) || role == FileRole::Plain
    });
    let mode = mode(&path);
    Some(SweptFile { path, folder, account_id, role, mode, public_key, more, holds_one_key })
}

/// The account whose key file has such a path.
fn place_of(name: &str, directories: &[String], extension: &str) -> Option<AccountId> {
    let stem = name.strip_suffix(extension)?.strip_suffix('.')?;
    match directories {
        [_network] => stem.parse().ok(),
        [_network, account] => account.parse().ok(),
        _ => None,
    }
}

/// What a file contains.
#[derive(Default)]
struct Found {
    /// The account that it names.
    said: Option<AccountId>,
    public_key: Option<Result<PublicKey, KeyFileError>>,
    more: Vec<PublicKey>,
    holds_one_key: bool,
}

/// The account and the keys in anything that holds a secret: a key file, an encrypted one, or another text.
fn read_anything(path: &Path) -> Found {
    let contents = match text::read(path) {
        Ok(contents) => contents,
        Err(error) => return Found { public_key: Some(Err(error)), ..Found::default() },
    };
    if let Ok(public_key) = sealed_public_key(path, &contents) {
        return Found { public_key: Some(Ok(public_key)), holds_one_key: true, ..Found::default() };
    }
    let mut more = text::keys(&contents);
    let Ok(file) = KeyFile::parse(path, &contents) else {
        let first = (!more.is_empty()).then(|| Ok(more.remove(0)));
        return Found { public_key: first, more, ..Found::default() };
    };
    let public_key = file.key_pair.public_key().clone();
    more.retain(|key| *key != public_key);
    let has_phrase = KeyFile::has_seed_phrase(path).unwrap_or(true);
    Found {
        said: file.account_id,
        public_key: Some(Ok(public_key)),
        holds_one_key: more.is_empty() && !has_phrase,
        more,
    }
}

/// The beginning of the names of this library's own files.
const OURS: &str = ".keyway-";

/// The most files and directories that are visited.
const MOST_ENTRIES: usize = 100_000;

/// The deepest level of directories that is visited.
const DEEPEST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncryptedFileKeys, FileKeys, KeyPair, Passphrase};
    use std::fs;

    /// A bug: the doctor reported "0 problems left" although others could read some files.
    #[test]
    fn a_secret_is_found_wherever_it_lies() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        let keys = FileKeys::new(root, "testnet").unwrap();
        let (alice, old, new) =
            ("alice.near".parse().unwrap(), KeyPair::random_ed25519(), KeyPair::random_ml_dsa_65());
        let path = keys.save(&alice, &old).unwrap();
        let secret = old.expose_secret_text();
        for copy in [
            "testnet/alice.near.json.bak",
            "testnet/alice.near/old.json~",
            "testnet/alice.near/backup/k.json",
            "testnet/.keyway-5TocL8",
            "default/alice.near.json",
            "loose.json",
        ] {
            let copy = root.join(copy);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(&path, copy).unwrap();
        }
        fs::write(root.join("notes.txt"), format!("alice: {}\n", *secret)).unwrap();
        fs::write(
            root.join("words"),
            "fatal edge jacket cash hard pass gallery fabric whisper size rain biology\n",
        )
        .unwrap();
        fs::write(root.join("shopping.txt"), "bread, butter").unwrap();
        fs::write(root.join("testnet/alice.near/.keyway-rotation.json"), "{}").unwrap();
        fs::write(root.join("testnet/.keyway-empty0"), "").unwrap();
        keys.save_beside(&alice, &new).unwrap();
        keys.retire(&alice, new.public_key()).unwrap();
        let passphrase = Passphrase::new("one".to_owned()).unwrap();
        EncryptedFileKeys::new(root, "mainnet", passphrase).unwrap().save(&alice, &new).unwrap();

        let swept = sweep(root);
        assert!(swept.unreadable.is_empty() && !swept.cut_short);
        let name =
            |file: &SweptFile| file.path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let of_role = |role| {
            let files = swept.files.iter().filter(|file| file.role == role);
            files.map(name).collect::<Vec<_>>()
        };
        let main = name(swept.files.iter().find(|file| file.path == path).unwrap());
        assert_eq!(
            of_role(FileRole::Plain),
            ["default/alice.near.json", &main, "testnet/alice.near.json"]
        );
        assert_eq!(
            of_role(FileRole::Copy),
            [
                "loose.json",
                "notes.txt",
                "testnet/alice.near/backup/k.json",
                "testnet/alice.near/old.json~",
                "testnet/alice.near.json.bak",
                "words",
            ]
        );
        assert_eq!(
            of_role(FileRole::HalfWritten),
            ["testnet/.keyway-5TocL8", "testnet/.keyway-empty0"]
        );
        assert_eq!((of_role(FileRole::SetAside).len(), of_role(FileRole::Encrypted).len()), (1, 1));
        let loose = swept.files.iter().find(|file| name(file) == "notes.txt").unwrap();
        assert_eq!(loose.public_key.as_ref().unwrap().as_ref().unwrap(), old.public_key());
        assert_eq!(loose.folder, None);
    }

    /// A bug: only the first secret of a file was reported, and none without the name of its curve.
    #[test]
    fn every_secret_of_a_file_is_told() {
        let home = tempfile::tempdir().unwrap();
        let pairs = [
            KeyPair::random_ed25519(),
            KeyPair::random_ed25519(),
            KeyPair::random(crate::Curve::Secp256k1),
        ];
        let phrase = "fatal edge jacket cash hard pass gallery fabric whisper size rain biology";
        let texts = pairs.each_ref().map(KeyPair::expose_secret_text);
        let bare = texts[1].strip_prefix("ed25519:").unwrap();
        let path = home.path().join(".env");
        fs::write(&path, format!("A={}\nB={bare}\n\"{}\"\n1. {phrase}\n", *texts[0], *texts[2]))
            .unwrap();
        let file = sweep_file(&path).unwrap();
        assert_eq!(file.public_key.unwrap().unwrap(), *pairs[0].public_key());
        let words =
            phrase.parse::<crate::SeedPhrase>().unwrap().key_pair(&crate::HdPath::default());
        let more = [&pairs[1], &pairs[2], &words].map(|pair| pair.public_key().clone());
        assert_eq!(file.more, more);
        assert!(!file.holds_one_key);

        let alone = home.path().join("one.json");
        KeyFile::write(&alone, &"alice.near".parse().unwrap(), &pairs[0]).unwrap();
        assert!(sweep_file(&alone).unwrap().holds_one_key);
        let text = fs::read_to_string(&alone).unwrap();
        fs::write(&alone, text.replace('{', &format!("{{\"master_seed_phrase\":\"{phrase}\",")))
            .unwrap();
        assert!(!sweep_file(&alone).unwrap().holds_one_key);
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_round_in_circles() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("testnet")).unwrap();
        std::os::unix::fs::symlink(home.path(), home.path().join("testnet/again")).unwrap();
        std::os::unix::fs::symlink(home.path(), home.path().join("round")).unwrap();
        fs::write(home.path().join("testnet/alice.near.json"), "{}").unwrap();
        let swept = sweep(home.path());
        assert_eq!(swept.files.len(), 2, "{swept:?}");
        assert!(matches!(swept.files[0].public_key, Some(Err(KeyFileError::NoSecret { .. }))));
    }
}

//! The gas of named calls in a file that is committed beside the tests.

use crate::format::format_gas;
use crate::outcome::Outcome;
use keyway_signer::printable;
use keyway_trace::{CallGas, Grown, SnapshotDiff, Snapshots};
use std::fmt::Write as _;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What calls burnt in this run of a test, beside what a file says that they burnt. `keyway gas snapshot` reads and writes
/// the same file.
///
/// ```
/// use keyway::trace::GasFile;
/// use keyway::{NearLiteral, Sandbox, transfer};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("gas.json");
///
/// let sandbox = Sandbox::new();
/// let mut gas = GasFile::open(&path)?; // a file that does not exist has no calls
/// gas.record("pay", &sandbox.root().execute(transfer(1.near()).to("test.near"))?);
/// gas.save()?; // once, and again when more gas is wanted
///
/// let mut gas = GasFile::open(&path)?;
/// gas.record("pay", &sandbox.root().execute(transfer(2.near()).to("test.near"))?);
/// gas.check(0)?; // in each run: an error if `pay` burns more than the file says
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GasFile {
    path: PathBuf,
    recorded: Snapshots,
    now: Snapshots,
}

/// Why a file with gas cannot be used, or that calls burn more than it says.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GasFileError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// It has no snapshot of gas.
    #[error("{} is not a snapshot of gas; remove it, or restore it from a copy", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Arc<serde_json::Error>,
    },
    /// It cannot be written.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// Calls burn more.
    #[error(
        "{} than {} says: {}; burn less, or save the new figures", more(grown), path.display(), list(grown)
    )]
    Grown {
        /// The file.
        path: PathBuf,
        /// The calls.
        grown: Vec<Grown>,
    },
}

impl GasFile {
    /// Reads the file, if it exists.
    ///
    /// # Errors
    /// [`GasFileError::Unreadable`] or [`GasFileError::Malformed`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, GasFileError> {
        let path = path.as_ref().to_owned();
        let recorded = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| GasFileError::Malformed {
                path: path.clone(),
                source: Arc::new(error),
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Snapshots::default(),
            Err(error) => return Err(GasFileError::Unreadable { path, source: Arc::new(error) }),
        };
        Ok(Self { path, recorded, now: Snapshots::default() })
    }

    /// Notes what a call burnt, with all its receipts, under a name. The last outcome of a name counts.
    pub fn record(&mut self, name: impl Into<String>, outcome: &Outcome) {
        let (gas_burnt, tokens_burnt) = (outcome.gas_burnt(), outcome.tokens_burnt());
        self.now.calls.insert(name.into(), CallGas { gas_burnt, tokens_burnt });
    }

    /// What differs from the file. A call counts as grown if its gas rose by more than `tolerance` percent.
    #[must_use]
    pub fn diff(&self, tolerance: u32) -> SnapshotDiff {
        self.now.compare(&self.recorded, tolerance)
    }

    /// Checks that no call burns more than `tolerance` percent above what the file says. Calls that it does not have are
    /// not compared.
    ///
    /// # Errors
    /// [`GasFileError::Grown`] with all that grew.
    pub fn check(&self, tolerance: u32) -> Result<(), GasFileError> {
        match self.diff(tolerance).grown {
            none if none.is_empty() => Ok(()),
            grown => Err(GasFileError::Grown { path: self.path.clone(), grown }),
        }
    }

    /// Writes the file, with the new figures of the calls that were noted. Others stay.
    ///
    /// # Errors
    /// [`GasFileError::Unwritable`].
    pub fn save(&self) -> Result<(), GasFileError> {
        let mut all = self.recorded.clone();
        all.calls.extend(self.now.calls.clone());
        let text = serde_json::to_string_pretty(&all).map_err(io::Error::from);
        let written = text.and_then(|text| std::fs::write(&self.path, text + "\n"));
        written.map_err(|error| GasFileError::Unwritable {
            path: self.path.clone(),
            source: Arc::new(error),
        })
    }
}

fn more(grown: &[Grown]) -> String {
    match grown.len() {
        1 => "1 call burns more gas".to_owned(),
        many => format!("{many} calls burn more gas"),
    }
}

fn list(grown: &[Grown]) -> String {
    let mut text = String::new();
    for Grown { name, before, after } in grown {
        let gap = if text.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{gap}{} {}, before {}",
            printable(name),
            format_gas(*after),
            format_gas(*before)
        );
    }
    text
}

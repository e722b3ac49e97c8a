//! The doctor's report.

use crate::tools::counted;
use keyway::doctor::{Doctor, FileFinding, FileProblem};
use keyway::keys::{FileRole, Sweep};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

/// What was checked, and the problems found.
#[derive(Serialize)]
pub(super) struct Report {
    /// Files that contain a secret, or should.
    files: usize,
    problems: Vec<Finding>,
    /// Directories that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    /// Whether there were more files than the limit.
    #[serde(skip_serializing_if = "is_false")]
    cut_short: bool,
    /// Files that were removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pruned: Vec<PathBuf>,
    /// Networks whose keys were not compared with a chain.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    not_compared: BTreeSet<String>,
}

/// A problem with a file, and whether it was fixed.
#[derive(Serialize)]
pub(super) struct Finding {
    #[serde(flatten)]
    pub(super) found: FileFinding,
    /// The mode of a file that others could open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mended: Option<bool>,
}

impl Finding {
    pub(super) fn new(found: FileFinding) -> Self {
        let mended = matches!(found.problem, FileProblem::Open { .. }).then_some(false);
        Self { found, mended }
    }

    fn is_mended(&self) -> bool {
        self.mended == Some(true)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes what it asks about by reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl Report {
    /// Without the problems of files that were removed.
    pub(super) fn new(
        swept: &Sweep,
        mut problems: Vec<Finding>,
        doctor: &Doctor,
        pruned: Vec<PathBuf>,
    ) -> Self {
        problems.retain(|finding| !pruned.contains(&finding.found.path));
        let key_files = swept
            .files
            .iter()
            .filter(|file| matches!(file.role, FileRole::Plain | FileRole::Encrypted));
        let folders = key_files.filter_map(|file| file.folder.clone());
        let not_compared = folders.filter(|name| !doctor.compared(name));
        Self {
            files: swept.files.len().saturating_sub(pruned.len()),
            problems,
            unreadable: swept.unreadable.iter().map(crate::tools::file_words).collect(),
            cut_short: swept.cut_short,
            not_compared: not_compared.collect(),
            pruned,
        }
    }

    /// The number of problems that are not fixed.
    pub(super) fn left(&self) -> usize {
        let problems = self.problems.iter().filter(|finding| !finding.is_mended()).count();
        problems + self.unreadable.len() + usize::from(self.cut_short)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.found.path.display();
        let account =
            self.found.account_id.as_ref().map_or("its account", |account| account.as_str());
        match &self.found.problem {
            FileProblem::Unusable { why } => f.write_str(why),
            FileProblem::Open { mode } if self.is_mended() => {
                write!(f, "{path} had mode {mode:03o}; now only its owner can open it")
            }
            FileProblem::Open { mode } => {
                write!(f, "{path} has mode {mode:03o}: others can open it; --fix sets it to 600")
            }
            FileProblem::NoAccount => {
                write!(f, "{path}: there is no account {account} on this network")
            }
            FileProblem::NotOnChain { public_key } => {
                write!(f, "{path}: {account} does not have the key {public_key}")
            }
            FileProblem::SetAside => write!(
                f,
                "{path}: the old secret of a key that was rotated; `keyway key forget` or --prune removes it"
            ),
            FileProblem::HalfWritten => {
                write!(f, "{path}: a crash left it half written; --prune removes it")
            }
            FileProblem::Copy => write!(
                f,
                "{path}: it also contains a secret, but no tool looks for one there: move it or remove it"
            ),
            _ => write!(f, "{path}: something is wrong with it"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        self.unreadable.iter().try_for_each(|why| writeln!(f, "{why}"))?;
        if self.cut_short {
            writeln!(f, "there are more files than the limit: is this the right directory?")?;
        }
        self.pruned.iter().try_for_each(|path| writeln!(f, "removed {}", path.display()))?;
        if !self.not_compared.is_empty() {
            let names: Vec<_> = self.not_compared.iter().map(String::as_str).collect();
            writeln!(f, "not compared with a chain: {}", names.join(", "))?;
        }
        let (files, left) = (counted(self.files, "key file"), counted(self.left(), "problem"));
        writeln!(f, "{files}, {left} left")
    }
}

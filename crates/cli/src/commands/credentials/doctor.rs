//! `credentials doctor`: finds problems with key files.

mod report;

use crate::error::CliError;
use crate::tools::{Consent, Context, remove_secret, some_of};
use clap::Args;
use keyway::doctor::{Doctor, FileProblem};
use keyway::keys::{SweptFile, sweep};
use report::{Finding, Report};
use std::path::{Path, PathBuf};

/// Arguments of `credentials doctor`.
#[derive(Args, Debug)]
#[command(after_help = "\
Every file below the directory of key files is checked, for all networks: key
files where tools look for them, files that a rotation set aside, backups,
copies, and what a crash left behind. The keys of --network are compared with
its chain. Exit code 12 means that a problem was found and not fixed.

--prune removes only files whose key the chain certainly does not have: it must
have answered, have the name that the files are for, and know the account or
have no account of that name. Kept are keys of an implicit account that does not
exist yet, keys that another account with a file here has, files with a seed
phrase or several secrets, and files of a rotation in progress.

Examples:
  keyway credentials doctor --network testnet
  keyway credentials doctor --fix
  keyway credentials doctor --prune
      asks, then removes dead secrets
  keyway credentials doctor --prune --yes-forget --json")]
pub(crate) struct DoctorArgs {
    /// Make files that others can open readable by their owner only (mode 600)
    #[arg(long)]
    fix: bool,
    /// Remove secrets that open nothing, because their account does not have the key
    #[arg(long)]
    prune: bool,
    /// Remove them without asking; they cannot be restored
    #[arg(long, requires = "prune")]
    yes_forget: bool,
}

impl DoctorArgs {
    /// Checks every file, and queries the chain for the keys of its network.
    ///
    /// # Errors
    /// [`CliError::Found`] if there is a problem that was not fixed; [`CliError::NotConfirmed`]; if
    /// the chain does not answer, after an answer without it.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let root = context.credentials_dir()?;
        let swept = sweep(&root);
        let (mut doctor, no_folder) = match folders(context).await {
            Ok(folders) => {
                let any_name = context.network.has_own_folder();
                (Doctor::of_chain(context.client.clone(), folders, any_name).await, None)
            }
            Err(error) => (Doctor::offline(), Some(error)),
        };
        let mut findings = Vec::new();
        for file in &swept.files {
            findings.extend(doctor.examine(file).await.into_iter().map(Finding::new));
        }
        if self.fix {
            make_private(&swept.files, &mut findings)?;
        }
        let pruned = match self.prune {
            true => self.prune(&root, &doctor.removable(&root, &swept.files).await)?,
            false => Vec::new(),
        };
        let report = Report::new(&swept, findings, &doctor, pruned);
        context.answer.give(&report)?;
        let silent = no_folder.or_else(|| doctor.error().cloned().map(CliError::from));
        match (silent, report.left()) {
            (Some(error), _) => Err(error),
            (None, 0) => Ok(()),
            (None, 1) => Err(CliError::Found("1 problem with key files".to_owned())),
            (None, left) => Err(CliError::Found(format!("{left} problems with key files"))),
        }
    }

    /// Removes these files after confirmation.
    fn prune(&self, root: &Path, files: &[&SweptFile]) -> Result<Vec<PathBuf>, CliError> {
        let files: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
        if files.is_empty() {
            return Ok(files);
        }
        let paths: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
        let danger = format!(
            "{} with secrets that open nothing will be removed: {}.",
            if paths.len() == 1 { "1 file".to_owned() } else { format!("{} files", paths.len()) },
            some_of(&paths)
        );
        let given = self.yes_forget;
        Consent { danger: &danger, word: "forget", flag: "--yes-forget", given }.ask()?;
        files.iter().try_for_each(|path| remove_secret(root, path))?;
        Ok(files)
    }
}

/// The names of the directories with this network's keys.
async fn folders(context: &Context) -> Result<Vec<String>, CliError> {
    let directories = context.key_files().await?.directories();
    let name = |path: PathBuf| Some(path.file_name()?.to_str()?.to_owned());
    let named = directories.into_iter().filter_map(name);
    Ok(named.chain([IMPLICIT.to_owned()]).collect())
}

fn make_private(files: &[SweptFile], findings: &mut [Finding]) -> Result<(), CliError> {
    for finding in findings {
        let file = files.iter().find(|file| file.path == finding.found.path);
        if let (Some(file), FileProblem::Open { .. }) = (file, &finding.found.problem) {
            file.make_private()?;
            finding.mended = Some(true);
        }
    }
    Ok(())
}

/// near-cli-rs' directory of implicit accounts, which is shared by all networks.
const IMPLICIT: &str = "implicit";

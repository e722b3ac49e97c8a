//! `credentials doctor`: what is wrong with the files that hold keys.

mod judge;
mod prune;
mod report;

use crate::error::CliError;
use crate::tools::Context;
use clap::Args;
use judge::{Finding, OnChain, judge};
use keyway::keys::{SweptFile, sweep};
use prune::Prune;
use report::Report;

/// Arguments of `credentials doctor`.
#[derive(Args, Debug)]
#[command(after_help = "\
Looked at is every file below the directory of key files, of every network: key files where tools look
for them, files that a rotation set aside, backups, copies, and what a crash left behind. The keys of
--network are compared with its chain. Exit code 12 means that something is wrong that was not mended.

--prune removes only files whose key the chain certainly does not have: it must have answered, be the
chain that the files are of, and know the account, or have no account of that name. An implicit account
that is not there may still come, so its keys are kept. Kept is also what another account with a file
here has as a key, what holds a seed phrase or more secrets, and what belongs to a rotation under way.

Examples:
  keyway credentials doctor --network testnet
  keyway credentials doctor --fix
  keyway credentials doctor --prune               asks, then removes dead secrets
  keyway credentials doctor --prune --yes-forget --json")]
pub(crate) struct DoctorArgs {
    /// Make files that others can open their owner's only (mode 600)
    #[arg(long)]
    fix: bool,
    /// Remove secrets that open nothing: their account does not have the key
    #[arg(long)]
    prune: bool,
    /// Remove them without asking: nobody gets them back
    #[arg(long, requires = "prune")]
    yes_forget: bool,
}

impl DoctorArgs {
    /// Looks at every file, and asks the chain about the keys of its network.
    ///
    /// # Errors
    /// [`CliError::Found`] when something is wrong and not mended; [`CliError::NotConfirmed`]; when the chain does not
    /// answer, after the answer was given without it.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let root = context.credentials_dir()?;
        let swept = sweep(&root);
        let mut on_chain = OnChain::new(context).await;
        let mut findings = Vec::new();
        for file in &swept.files {
            findings.extend(judge(context, file, &mut on_chain).await);
        }
        if self.fix {
            self.make_private(&swept.files, &mut findings)?;
        }
        let pruned = match self.prune {
            true => Prune::of(context, &root, &swept.files, &mut on_chain)
                .await
                .run(&root, self.yes_forget)?,
            false => Vec::new(),
        };
        let report = Report::new(&swept, findings, &on_chain, pruned);
        context.answer.give(&report)?;
        match (on_chain.into_error(), report.left()) {
            (Some(error), _) => Err(error),
            (None, 0) => Ok(()),
            (None, 1) => Err(CliError::Found("1 problem with key files".to_owned())),
            (None, left) => Err(CliError::Found(format!("{left} problems with key files"))),
        }
    }

    fn make_private(&self, files: &[SweptFile], findings: &mut [Finding]) -> Result<(), CliError> {
        for finding in findings {
            let file = files.iter().find(|file| file.path == finding.path);
            if let Some(file) = file.filter(|_| finding.mend()) {
                file.make_private()?;
            }
        }
        Ok(())
    }
}

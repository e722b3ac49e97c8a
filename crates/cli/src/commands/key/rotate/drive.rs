//! Connects a progress file to a driver, and the driver's report to an answer.

use super::progress::{Notes, Progress};
use super::report::Report;
use crate::error::CliError;
use crate::tools::{Context, SigningPlace, Vault, VaultName};
use keyway::rotation::{RotationDriver, RotationSecrets};
use keyway::{KeyPair, KeyService};
use std::sync::Arc;

/// A rotation in progress.
#[derive(Debug)]
pub(super) struct Drive<'a> {
    context: &'a Context,
    notes: Notes,
    driver: RotationDriver<Notes>,
}

impl<'a> Drive<'a> {
    /// An interrupted rotation.
    ///
    /// # Errors
    /// If a place for secrets cannot be used.
    pub(super) async fn resume(
        context: &'a Context,
        progress: Progress,
        keys: Arc<dyn KeyService>,
    ) -> Result<Self, CliError> {
        let new = Vault::open(context, progress.notes.kept).await?;
        let (notes, secrets) = secrets(context, &progress, &new).await?;
        let driver = RotationDriver::resume(context.client.clone(), keys, secrets, progress);
        Ok(Self { context, notes, driver })
    }

    /// A new rotation: its secret is saved in `new`.
    ///
    /// # Errors
    /// If another one is in progress, or a place for secrets cannot be used.
    pub(super) async fn start(
        context: &'a Context,
        progress: Progress,
        keys: Arc<dyn KeyService>,
        new: &Vault,
        pair: &KeyPair,
    ) -> Result<Self, CliError> {
        let (notes, secrets) = secrets(context, &progress, new).await?;
        let client = context.client.clone();
        let driver = RotationDriver::start(client, keys, secrets, pair, progress).await?;
        Ok(Self { context, notes, driver })
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// The error that stopped it; `--resume` continues.
    pub(super) async fn run(self) -> Result<Report, CliError> {
        let report = self.context.wait("rotating", self.driver.run()).await?;
        let mut report = Report::new(report, self.notes.kept);
        match self.notes.old {
            SigningPlace::Vault(_) => {}
            SigningPlace::File(path) => report.stays_in(path.display().to_string()),
            SigningPlace::Variable(name) => report.stays_in(format!("the variable {name}")),
        }
        Ok(report)
    }

    /// Undoes the rotation and keeps the old key.
    ///
    /// # Errors
    /// If the account has only the new key; an error of the chain or the disk.
    pub(super) async fn take_back(self) -> Result<Report, CliError> {
        let report = self.context.wait("rotating", self.driver.take_back()).await?;
        Ok(Report::new(report, self.notes.kept))
    }
}

async fn secrets(
    context: &Context,
    progress: &Progress,
    new: &Vault,
) -> Result<(Notes, RotationSecrets), CliError> {
    let notes = progress.notes.clone();
    let mut names = vec![VaultName::Files];
    let other = match notes.old {
        SigningPlace::Vault(name) => name,
        _ => notes.kept,
    };
    for name in [notes.kept, other] {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut old = Vec::new();
    for name in names {
        let vault =
            if name == new.name() { new.clone() } else { Vault::open(context, name).await? };
        old.push(vault.store());
    }
    let main_file = match notes.kept {
        VaultName::Files => Some(context.key_files().await?),
        _ => None,
    };
    Ok((notes, RotationSecrets { new: new.store(), old, main_file }))
}

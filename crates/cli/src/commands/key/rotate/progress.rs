//! The progress file of a rotation: its path, and the command line's part of its content.

use crate::error::CliError;
use crate::tools::{Context, SigningPlace, VaultName};
use keyway::AccountId;
use keyway::rotation::ProgressFile;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A rotation, and where its secrets are.
pub(super) type Progress = ProgressFile<Notes>;

/// What a resume needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notes {
    /// Where the new secret is.
    pub(super) kept: VaultName,
    /// Where the old secret is, besides plain files.
    pub(super) old: SigningPlace,
}

/// The path of an account's progress file.
///
/// # Errors
/// If there is no directory for key files.
pub(super) async fn path(context: &Context, account_id: &AccountId) -> Result<PathBuf, CliError> {
    let network = context.network_name().await?;
    // This refuses names that cannot be a directory.
    context.key_files().await?;
    Ok(context.credentials_dir()?.join(network).join(account_id.as_str()).join(Progress::NAME))
}

//! The progress file of a rotation: where it is, and what the command line writes into it.

use crate::error::CliError;
use crate::tools::{Context, SigningPlace, VaultName};
use keyway::AccountId;
use keyway::rotation::ProgressFile;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A rotation, and where its secrets are.
pub(super) type Progress = ProgressFile<Notes>;

/// What must be known to resume a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notes {
    /// Where the new secret is.
    pub(super) kept: VaultName,
    /// Where the old secret is, beside plain files.
    pub(super) old: SigningPlace,
}

/// Where the progress file of an account is.
///
/// # Errors
/// When there is no place for key files.
pub(super) async fn path(context: &Context, account_id: &AccountId) -> Result<PathBuf, CliError> {
    let network = context.network_name().await?;
    // This refuses names that cannot be a directory's.
    context.key_files().await?;
    Ok(context.credentials_dir()?.join(network).join(account_id.as_str()).join(Progress::NAME))
}

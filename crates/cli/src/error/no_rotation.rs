//! Why a rotation cannot start or continue.

use super::CliError;
use keyway::AccountId;
use keyway::rotation::{RotateError, RotationError};
use keyway_relay::rotate::RotateLaneError;
use near_crypto::PublicKeyHandle;
use std::io;
use std::path::PathBuf;

/// Why a key cannot be replaced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum NoRotation {
    /// The library's error, with the flags that solve it.
    #[error("{}", words(.0))]
    Library(RotateError),
    /// The key to replace was not named.
    #[error("{} keys of {account_id} are on this machine: name the one to replace: {}", at_hand.len(), listed(at_hand))]
    WhichKey {
        /// The account.
        account_id: AccountId,
        /// Its keys with a secret here, and whether each has full access.
        at_hand: Vec<(PublicKeyHandle, bool)>,
    },
    /// Another rotation of many keys is not finished.
    #[error(
        "a rotation of {left} keys is not finished: `key rotate --all --resume` continues it, `--all --abandon` keeps the keys that are not rotated yet"
    )]
    BatchUnderWay {
        /// Keys that are not rotated yet.
        left: usize,
    },
    /// There is nothing to resume.
    #[error("no rotation of many keys is in progress")]
    NoBatch,
    /// Some keys of many could not be rotated.
    #[error("{left} of {all} keys are not rotated: `key rotate --all --resume` tries them again")]
    Left {
        /// Keys that are not rotated.
        left: usize,
        /// Keys that should have been rotated.
        all: usize,
    },
    /// The key of a relayer's lanes is not replaced yet.
    #[error(transparent)]
    Lanes(Box<RotateLaneError>),
    /// The progress file of a rotation of many keys cannot be written or read.
    #[error("cannot use the progress file {}", path.display())]
    BatchFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl From<RotateError> for CliError {
    fn from(error: RotateError) -> Self {
        match error {
            RotateError::Chain(error) => error.into(),
            RotateError::Secrets(error) => error.into(),
            other => NoRotation::Library(other).into(),
        }
    }
}

impl From<RotateLaneError> for CliError {
    fn from(error: RotateLaneError) -> Self {
        match error {
            RotateLaneError::Start(error) => Self::Relay(error),
            RotateLaneError::Rotate(error) => error.into(),
            error => NoRotation::Lanes(Box::new(error)).into(),
        }
    }
}

fn words(error: &RotateError) -> String {
    match error {
        RotateError::Stopped(RotationError::BothGone { .. }) => {
            format!("{error}: --abandon ends the rotation, and keeps both secrets")
        }
        RotateError::UnderWay { account_id, old_key, new_key } => format!(
            "a rotation of {account_id} from {} to {} is not finished: --resume continues it, --abandon undoes it",
            PublicKeyHandle::from(&**old_key),
            PublicKeyHandle::from(&**new_key)
        ),
        RotateError::NobodyDeletes { account_id, old_key } => format!(
            "neither the new key nor another key of {account_id} here can delete {}: add a full-access key with a balance to the key files, or replace the key in one transaction with --atomic",
            PublicKeyHandle::from(&**old_key)
        ),
        RotateError::ProgressFile { path, source } => {
            format!("cannot use the progress file {}: {source}", path.display())
        }
        other => other.to_string(),
    }
}

fn listed(keys: &[(PublicKeyHandle, bool)]) -> String {
    let words = |full: bool| if full { "full access" } else { "function calls" };
    let each = keys.iter().map(|(key, full)| format!("{key} ({})", words(*full)));
    each.collect::<Vec<_>>().join(", ")
}

//! Why a rotation does not begin or go on.

use super::CliError;
use keyway::AccountId;
use keyway::rotation::{RotateError, RotationError};
use near_crypto::PublicKeyHandle;
use std::io;
use std::path::PathBuf;

/// Why one key cannot take the place of another.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum NoRotation {
    /// The library's reason, where flags say what to do next.
    #[error("{}", words(.0))]
    Library(RotateError),
    /// It was not said which key goes.
    #[error("{} keys of {account_id} are at hand: say which one to replace: {}", at_hand.len(), listed(at_hand))]
    WhichKey {
        /// The account.
        account_id: AccountId,
        /// Its keys whose secrets are at hand, and whether each has full access.
        at_hand: Vec<(PublicKeyHandle, bool)>,
    },
    /// Another rotation of many keys has not ended.
    #[error(
        "a rotation of {left} keys is not finished: `key rotate --all --resume` goes on with it, `--all --abandon` leaves the rest as it is"
    )]
    BatchUnderWay {
        /// Keys that are not rotated yet.
        left: usize,
    },
    /// There is nothing to go on with.
    #[error("no rotation of many keys is under way")]
    NoBatch,
    /// Some keys of many could not be rotated.
    #[error("{left} of {all} keys are not rotated: `key rotate --all --resume` tries them again")]
    Left {
        /// Keys that are not rotated.
        left: usize,
        /// Keys that were to be.
        all: usize,
    },
    /// Which keys are left of many cannot be written down or read back.
    #[error("cannot use {}, where the rotations are written down", path.display())]
    BatchFile {
        /// The file.
        path: PathBuf,
        /// Why.
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

fn words(error: &RotateError) -> String {
    match error {
        RotateError::Stopped(RotationError::BothGone { .. }) => {
            format!("{error}: --abandon gives the rotation up, and leaves both secrets")
        }
        RotateError::UnderWay { account_id, old_key, new_key } => format!(
            "a rotation of {account_id} from {} to {} is not finished: --resume goes on with it, --abandon takes it back",
            PublicKeyHandle::from(&**old_key),
            PublicKeyHandle::from(&**new_key)
        ),
        RotateError::NobodyDeletes { account_id, old_key } => format!(
            "neither the new key nor another key of {account_id} at hand may delete {}: put a full-access key with tokens to pay where keys are looked for, or change both keys at once with --atomic",
            PublicKeyHandle::from(&**old_key)
        ),
        RotateError::ProgressFile { path, source } => {
            format!("cannot use {}, where the rotation is written down: {source}", path.display())
        }
        other => other.to_string(),
    }
}

fn listed(keys: &[(PublicKeyHandle, bool)]) -> String {
    let words = |full: bool| if full { "full access" } else { "function calls" };
    let each = keys.iter().map(|(key, full)| format!("{key} ({})", words(*full)));
    each.collect::<Vec<_>>().join(", ")
}

//! Why a rotation does not begin or go on.

use keyway::rotation::RotationError;
use keyway::{AccountId, PublicKey};
use std::io;
use std::path::PathBuf;

/// Why one key cannot take the place of another.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RotateError {
    /// Going on would do harm.
    #[error(transparent)]
    Stopped(RotationError),
    /// Neither key is on the account.
    #[error("{0}: --abandon gives the rotation up, and leaves both secrets")]
    NothingLeft(RotationError),
    /// Another rotation of the account has not ended.
    #[error(
        "a rotation of {account_id} from {old_key} to {new_key} is not finished: --resume goes on with it, --abandon takes it back"
    )]
    UnderWay {
        /// The account.
        account_id: AccountId,
        /// The key that goes.
        old_key: Box<PublicKey>,
        /// The key that comes.
        new_key: Box<PublicKey>,
    },
    /// There is nothing to go on with.
    #[error("no rotation of {account_id} is under way")]
    NotUnderWay {
        /// The account.
        account_id: AccountId,
    },
    /// It was not said which key goes.
    #[error("{} keys of {account_id} are at hand: say which one to replace: {}", at_hand.len(), listed(at_hand))]
    WhichKey {
        /// The account.
        account_id: AccountId,
        /// Its keys whose secrets are at hand.
        at_hand: Vec<PublicKey>,
    },
    /// The old key could never be deleted.
    #[error(
        "the new key may not delete {old_key}, nor does another key of {account_id} at hand: put a full-access key with tokens to pay where keys are looked for, or change both keys at once with --atomic"
    )]
    NobodyDeletes {
        /// The account.
        account_id: AccountId,
        /// The key that should go.
        old_key: Box<PublicKey>,
    },
    /// What was decided cannot be written down or read back.
    #[error("cannot use {}, where the rotation is written down", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl From<RotationError> for RotateError {
    fn from(error: RotationError) -> Self {
        match error {
            RotationError::BothGone { .. } => Self::NothingLeft(error),
            other => Self::Stopped(other),
        }
    }
}

fn listed(keys: &[PublicKey]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

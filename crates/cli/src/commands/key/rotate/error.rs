//! Why a rotation does not begin or go on.

use keyway::rotation::RotationError;
use keyway::{AccountId, PublicKey};
use near_crypto::PublicKeyHandle;
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
        "a rotation of {account_id} from {} to {} is not finished: --resume goes on with it, --abandon takes it back",
        PublicKeyHandle::from(&**old_key),
        PublicKeyHandle::from(&**new_key)
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
    /// The old key could never be deleted.
    #[error(
        "neither the new key nor another key of {account_id} at hand may delete {}: put a full-access key with tokens to pay where keys are looked for, or change both keys at once with --atomic",
        PublicKeyHandle::from(&**old_key)
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

fn listed(keys: &[(PublicKeyHandle, bool)]) -> String {
    let words = |full: bool| if full { "full access" } else { "function calls" };
    let each = keys.iter().map(|(key, full)| format!("{key} ({})", words(*full)));
    each.collect::<Vec<_>>().join(", ")
}

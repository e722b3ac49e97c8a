//! The result of an input, or why it was not applied.

use crate::inputs::fast_forward::FastForwardError;
use crate::inputs::mine::MineError;
use crate::inputs::patch::PatchError;
use crate::inputs::snapshots::SnapshotError;
use crate::inputs::time::TimeError;
use keyway_engine::StateError;
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;

/// What an input did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The transaction of this hash was included, and ran with all its receipts to a final block.
    Included(CryptoHash),
    /// The transaction of this hash was included before; nothing changed.
    Known(CryptoHash),
    /// Blocks were sealed.
    Sealed,
    /// The chain was changed otherwise: a snapshot was saved or deleted, or the chain went back.
    Done,
}

impl Applied {
    /// False when the input changed nothing, so that a journal does not need it.
    pub fn changed(&self) -> bool {
        !matches!(self, Self::Known(_))
    }
}

/// Why an input was not applied. The chain's blocks are then as they were before, except after
/// [`Refused::State`], which can leave some blocks of the input sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The rules refuse the transaction.
    #[error(transparent)]
    Transaction(Box<InvalidTxError>),
    /// The records of a patch contradict the state or each other.
    #[error(transparent)]
    Patch(PatchError),
    /// The chain cannot be moved ahead that far.
    #[error(transparent)]
    FastForward(FastForwardError),
    /// The time cannot be changed so.
    #[error(transparent)]
    Time(TimeError),
    /// That many blocks cannot be sealed.
    #[error(transparent)]
    Mine(MineError),
    /// There is no such snapshot, or it cannot be saved.
    #[error(transparent)]
    Snapshot(SnapshotError),
    /// The state cannot be read; no input can be applied until it can.
    #[error(transparent)]
    State(#[from] StateError),
}

impl From<PatchError> for Refused {
    fn from(error: PatchError) -> Self {
        match error {
            PatchError::State(error) => Self::State(error),
            rule => Self::Patch(rule),
        }
    }
}

impl From<TimeError> for Refused {
    fn from(error: TimeError) -> Self {
        match error {
            TimeError::State(error) => Self::State(error),
            rule => Self::Time(rule),
        }
    }
}

impl From<MineError> for Refused {
    fn from(error: MineError) -> Self {
        match error {
            MineError::State(error) => Self::State(error),
            rule => Self::Mine(rule),
        }
    }
}

impl From<FastForwardError> for Refused {
    fn from(error: FastForwardError) -> Self {
        match error {
            FastForwardError::State(error) => Self::State(error),
            rule => Self::FastForward(rule),
        }
    }
}

impl From<SnapshotError> for Refused {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::State(error) => Self::State(error),
            rule => Self::Snapshot(rule),
        }
    }
}

impl From<InvalidTxError> for Refused {
    fn from(error: InvalidTxError) -> Self {
        Self::Transaction(Box::new(error))
    }
}

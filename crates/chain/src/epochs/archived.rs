//! Epochs that an archive has.

use crate::epochs::schedule::{Epoch, Running};
use crate::epochs::select::EpochInfo;
use crate::history::lineage::{Lineage, Position};
use near_primitives::types::{BlockHeight, EpochId};
use std::sync::Arc;

/// The epochs of an archive by id, of all branches. Which validators an epoch has follows from its id;
/// how it ended depends on the branch.
#[derive(Clone, Default)]
pub(crate) struct ArchivedEpochs {
    by_id: imbl::OrdMap<(EpochId, u64), Arc<Epoch>>,
}

impl ArchivedEpochs {
    /// The same with what a checkpoint adds, each with its branch and replacing the earlier one.
    pub(crate) fn extended(
        &self,
        new: impl IntoIterator<Item = ((u64, EpochId), Arc<Epoch>)>,
    ) -> Self {
        let mut by_id = self.by_id.clone();
        by_id.extend(new.into_iter().map(|((branch, id), epoch)| ((id, branch), epoch)));
        Self { by_id }
    }
}

/// Those of them that a chain had when it was read from the archive.
#[derive(Clone, Default)]
pub(crate) struct EarlierEpochs {
    /// All of the archive.
    pub(crate) archived: ArchivedEpochs,
    /// The chain's branches.
    pub(crate) lineage: Lineage,
    /// The height of its head.
    pub(crate) height: BlockHeight,
}

impl EarlierEpochs {
    pub(crate) fn info(&self, id: &EpochId) -> Option<&Arc<EpochInfo>> {
        self.with_id(id).next().map(|(_, epoch)| &epoch.info)
    }

    /// How an epoch ended, if it did so on this chain.
    pub(crate) fn ended(&self, id: &EpochId) -> Option<&Arc<Running>> {
        self.with_id(id).find_map(|(branch, epoch)| {
            let (ended, next) = epoch.ended.as_ref()?;
            let here =
                *next <= self.height && self.lineage.holds(Position { branch, height: *next });
            here.then_some(ended)
        })
    }

    fn with_id(&self, id: &EpochId) -> impl Iterator<Item = (u64, &Arc<Epoch>)> {
        let epochs = self.archived.by_id.range((*id, 0)..=(*id, u64::MAX));
        epochs.map(|((_, branch), epoch)| (*branch, epoch))
    }
}

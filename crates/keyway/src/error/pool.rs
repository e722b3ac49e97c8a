//! Signers without a key for what they are asked.

use crate::signer::UnfitKey;
use near_primitives::types::AccountId;

/// No key of the signer's may do the job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The signer has no key at all.
    #[error("there is no secret key of {account_id} to sign with; add one to the key service")]
    NoKeys {
        /// The account that signs.
        account_id: AccountId,
    },
    /// The signer has keys, and none of them may do this.
    #[error("none of the {} keys of {account_id} may do this; {}", unfit.len(), listed(unfit))]
    NoFitKey {
        /// The account that signs.
        account_id: AccountId,
        /// Each key, and why not.
        unfit: Vec<UnfitKey>,
    },
    /// The list of keys was thrown away each time before it was used.
    #[error("the keys of {account_id} changed {choices} times while one was chosen; try again")]
    KeepsChanging {
        /// The account that signs.
        account_id: AccountId,
        /// How often a choice was tried.
        choices: u32,
    },
}

impl PoolError {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoKeys { .. } => "Pool.Empty",
            Self::NoFitKey { .. } => "Pool.SigningKey.NotFound",
            Self::KeepsChanging { .. } => "Pool.Changing",
        }
    }
}

fn listed(unfit: &[UnfitKey]) -> String {
    let each: Vec<_> = unfit.iter().map(UnfitKey::to_string).collect();
    each.join("; ")
}

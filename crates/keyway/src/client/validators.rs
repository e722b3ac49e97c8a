//! Validators.

use super::Client;
use crate::error::Error;
use near_crypto::PublicKey;
use near_primitives::types::{AccountId, Balance, BlockHeight, EpochHeight, ShardId};
use near_primitives::views::{CurrentEpochValidatorInfo, EpochValidatorInfo};
use serde_json::{Value, json};

/// The validators of the epoch of the newest block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validators {
    /// The number of epochs before this one.
    pub epoch_height: EpochHeight,
    /// The height of the epoch's first block.
    pub epoch_start_height: BlockHeight,
    /// The validators of this epoch.
    pub current: Vec<Validator>,
    /// The validators of the next epoch.
    pub next: Vec<ValidatorStake>,
    /// Stakes proposed in this epoch, for the epoch after the next.
    pub proposals: Vec<ValidatorStake>,
}

/// A validator, and what it has produced in this epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validator {
    /// Its account.
    pub account_id: AccountId,
    /// The key that it signs blocks with.
    pub public_key: PublicKey,
    /// Its stake, yoctoNEAR.
    pub stake: Balance,
    /// The shards whose chunks it produces.
    pub shards: Vec<ShardId>,
    /// Blocks that it produced.
    pub produced_blocks: u64,
    /// Blocks that it should have produced.
    pub expected_blocks: u64,
    /// Chunks that it produced.
    pub produced_chunks: u64,
    /// Chunks that it should have produced.
    pub expected_chunks: u64,
}

/// A validator of another epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidatorStake {
    /// Its account.
    pub account_id: AccountId,
    /// The key that it signs blocks with.
    pub public_key: PublicKey,
    /// Its stake, yoctoNEAR.
    pub stake: Balance,
}

impl Client {
    /// The validators of the epoch of the newest block.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let validators = keyway::Sandbox::new().client().validators().await?;
    /// assert_eq!(validators.current.len(), 1);
    /// assert_eq!(validators.current[0].account_id, "test.near");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn validators(&self) -> Result<Validators, Error> {
        let view: EpochValidatorInfo =
            self.ask("validators", json!([Value::Null])).await?.read()?;
        let next = view.next_validators.into_iter();
        let proposals = view.current_proposals.into_iter().map(|proposal| {
            let (account_id, public_key, stake) = proposal.into_validator_stake().destructure();
            ValidatorStake { account_id, public_key, stake }
        });
        Ok(Validators {
            epoch_height: view.epoch_height,
            epoch_start_height: view.epoch_start_height,
            current: view.current_validators.into_iter().map(Validator::from).collect(),
            next: next
                .map(|next| ValidatorStake {
                    account_id: next.account_id,
                    public_key: next.public_key,
                    stake: next.stake,
                })
                .collect(),
            proposals: proposals.collect(),
        })
    }
}

impl From<CurrentEpochValidatorInfo> for Validator {
    fn from(view: CurrentEpochValidatorInfo) -> Self {
        Self {
            account_id: view.account_id,
            public_key: view.public_key,
            stake: view.stake,
            shards: view.shards_produced,
            produced_blocks: view.num_produced_blocks,
            expected_blocks: view.num_expected_blocks,
            produced_chunks: view.num_produced_chunks,
            expected_chunks: view.num_expected_chunks,
        }
    }
}

//! Where a fork begins, in a form that files can hold.

use crate::entry::Entry;
use keyway_chain::ForkPoint;
use near_chain_configs::GenesisConfig;
use near_crypto::PublicKey;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight, EpochHeight, ProtocolVersion};
use near_primitives::views::BlockView;
use serde::{Deserialize, Serialize};

/// A final block of a network, and what a chain needs to know to go on from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pin {
    pub(crate) genesis: GenesisConfig,
    pub(crate) genesis_hash: CryptoHash,
    pub(crate) block: BlockView,
    pub(crate) protocol_version: ProtocolVersion,
    pub(crate) epoch_height: EpochHeight,
    pub(crate) epoch_start_height: BlockHeight,
    pub(crate) validators: Vec<Validator>,
    pub(crate) next_validators: Vec<Validator>,
}

/// A validator with its stake, yoctoNEAR.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validator {
    pub(crate) account_id: AccountId,
    pub(crate) public_key: PublicKey,
    pub(crate) stake: Balance,
}

impl Pin {
    pub(crate) fn hash(&self) -> CryptoHash {
        self.block.header.hash
    }

    /// The record of it in files.
    pub(crate) fn entry(&self) -> Entry {
        // Types of nearcore that it answers requests with.
        let json = serde_json::to_vec(self).expect("the invariant that answers can be written");
        Entry::Point(json)
    }

    pub(crate) fn point(&self) -> ForkPoint {
        let validators = |validators: &[Validator]| {
            let one = |validator: &Validator| {
                let Validator { account_id, public_key, stake } = validator.clone();
                (account_id, public_key, stake)
            };
            validators.iter().map(one).collect()
        };
        ForkPoint {
            genesis: self.genesis.clone(),
            genesis_hash: self.genesis_hash,
            block: self.block.clone(),
            protocol_version: self.protocol_version,
            epoch_height: self.epoch_height,
            epoch_start_height: self.epoch_start_height,
            validators: validators(&self.validators),
            next_validators: validators(&self.next_validators),
        }
    }
}

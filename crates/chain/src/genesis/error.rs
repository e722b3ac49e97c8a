//! Why a chain cannot be created from a genesis.

use crate::spec::MAX_TOKENS;
use keyway_engine::StateError;
use keyway_rules::UnsupportedProtocol;
use keyway_state::GenesisError as RecordsError;
use near_crypto::PublicKey;
use near_primitives::types::{AccountId, Balance};

/// What is wrong with a genesis.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// The genesis requires a protocol version that this build does not have.
    #[error(transparent)]
    Protocol(#[from] UnsupportedProtocol),
    /// The records are in another file, or are named by a state root only.
    #[error("the genesis does not hold its records: put them into `records`")]
    RecordsElsewhere,
    /// The sum over the records is not what the genesis claims.
    #[error(
        "wrong total supply: the records hold {} yoctoNEAR (amount + locked), \
         total_supply says {}; set total_supply to {}",
        records.as_yoctonear(), claimed.as_yoctonear(), records.as_yoctonear()
    )]
    TotalSupply {
        /// Sum of amount and locked over all account records, yoctoNEAR.
        records: Balance,
        /// The genesis's `total_supply`, yoctoNEAR.
        claimed: Balance,
    },
    /// The records hold more yoctoNEAR than a chain can count with.
    #[error(
        "the records up to that of {account_id} hold more than {} yoctoNEAR (2^120), a thousand \
         times what NEAR has; lower the amounts",
        MAX_TOKENS.as_yoctonear()
    )]
    TooManyTokens {
        /// The account whose record was one too many.
        account_id: AccountId,
    },
    /// Nobody could produce a block.
    #[error("the genesis names no validator; add one to `validators`")]
    NoValidators,
    /// A validator is named twice.
    #[error("{account_id} is in `validators` twice; name it once, with all of its stake")]
    DuplicateValidator {
        /// The validator.
        account_id: AccountId,
    },
    /// A validator could not sign with its key.
    #[error(
        "the validator {account_id} has the key {public_key}, which is no staking key; \
         give it an ed25519 key made by `keyway key generate` or neard"
    )]
    StakingKey {
        /// The validator.
        account_id: AccountId,
        /// Its key.
        public_key: Box<PublicKey>,
    },
    /// A validator's stake is not what its record locks.
    #[error(
        "{account_id} has {} yoctoNEAR locked in the records and {} at stake in \
         `validators`; make them equal",
        locked.as_yoctonear(), staked.as_yoctonear()
    )]
    Stake {
        /// The validator.
        account_id: AccountId,
        /// `locked` of its record, yoctoNEAR; zero when there is no record.
        locked: Balance,
        /// Its `amount` in `validators`, yoctoNEAR; zero when it is not named there.
        staked: Balance,
    },
    /// The genesis is laid out for several shards.
    #[error(
        "the genesis has {shards} shards (first id {first}); this node runs one shard with id 0"
    )]
    Shards {
        /// How many shards.
        shards: u64,
        /// Id of the first one.
        first: u64,
    },
    /// A number that no chain can work with.
    #[error("{field} is {value} in the genesis, but must be {need}")]
    Value {
        /// The genesis field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it may hold.
        need: &'static str,
    },
    /// A record contradicts another.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The state cannot be made.
    #[error(transparent)]
    State(#[from] StateError),
}

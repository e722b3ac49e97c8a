//! The newest state of a home as a genesis that another chain can start from.

mod write;

use crate::error::{DumpError, NodeError};
use crate::home::{ChainSource, Home};
use crate::persistence;
use keyway_chain::Chain;
use near_chain_configs::GenesisConfig;
use near_crypto::PublicKey;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, AccountInfo, Balance};
use near_primitives::utils::from_timestamp;
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};
use std::collections::BTreeMap;
use std::path::Path;

/// Where a dump goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpOutput<'a> {
    /// One file: a genesis with its records.
    File(&'a Path),
    /// A home directory, with the records in a file of their own.
    Directory(&'a Path),
}

/// Writes the newest state of `home`, also while a node runs on it: it replays the journal without
/// the lock, and evicts to a temporary file. If the journal was compacted, it needs the home's store
/// and takes the lock, so no node may run on the home then.
///
/// # Errors
/// When the home cannot be read or the output cannot be written.
pub fn dump_state(home: &Home, output: DumpOutput<'_>) -> Result<(), DumpError> {
    let mut source = ChainSource::to_read(home)?;
    let scratch = tempfile::tempdir()
        .map_err(|source| NodeError::Temporary { path: std::env::temp_dir(), source })?;
    let (chain, _lock) = persistence::replay(home, &mut source, scratch.path())?;
    let dump = Dump::of(&chain)?;
    match output {
        DumpOutput::File(path) => write::file(path, &dump),
        DumpOutput::Directory(dir) => write::directory(dir, home, &dump),
    }
}

/// The genesis that starts where a chain is: one block above its head, at its head's time.
#[derive(serde::Serialize)]
struct Dump<'a> {
    #[serde(flatten)]
    config: GenesisConfig,
    records: Records<'a>,
}

impl<'a> Dump<'a> {
    fn of(chain: &'a Chain) -> Result<Self, DumpError> {
        let head = chain.head();
        let mut stakes = Stakes::of(chain);
        let mut total_supply = Balance::ZERO;
        for record in keyway_state::records(&head.state) {
            let owned = stakes.lock(&mut record?).ok_or(DumpError::SupplyOverflow)?;
            total_supply = total_supply.checked_add(owned).ok_or(DumpError::SupplyOverflow)?;
        }
        let config = GenesisConfig {
            genesis_height: head.header.height() + 1,
            genesis_time: from_timestamp(head.header.raw_timestamp()),
            protocol_version: chain.protocol().version,
            validators: stakes.locked,
            total_supply,
            ..chain.genesis().clone()
        };
        Ok(Self { config, records: Records(chain) })
    }
}

/// The records of a chain's newest state, one after the other: they may be more than memory holds.
struct Records<'a>(&'a Chain);

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stakes = Stakes::of(self.0);
        let mut sequence = serializer.serialize_seq(None)?;
        for record in keyway_state::records(&self.0.head().state) {
            let mut record = record.map_err(S::Error::custom)?;
            stakes.lock(&mut record).ok_or(DumpError::SupplyOverflow).map_err(S::Error::custom)?;
            sequence.serialize_element(&record)?;
        }
        sequence.end()
    }
}

/// The running epoch's stakes. A genesis locks exactly these. Balances that are locked for past epochs
/// are unlocked.
struct Stakes {
    running: BTreeMap<AccountId, (PublicKey, Balance)>,
    locked: Vec<AccountInfo>,
}

impl Stakes {
    fn of(chain: &Chain) -> Self {
        let validators = chain.validators(None).map(|epoch| epoch.current_validators);
        let running = validators.into_iter().flatten();
        let running = running.map(|info| (info.account_id, (info.public_key, info.stake)));
        Self { running: running.collect(), locked: Vec::new() }
    }

    /// Sets what an account locks to its stake. Returns its total balance, yoctoNEAR, or none when that
    /// overflows; zero for other records.
    fn lock(&mut self, record: &mut StateRecord) -> Option<Balance> {
        let StateRecord::Account { account_id, account } = record else {
            return Some(Balance::ZERO);
        };
        let owned = account.amount().checked_add(account.locked())?;
        let stake = self.stake(account_id, owned);
        let free = owned.checked_sub(stake)?;
        // An account that is not initialized stakes nothing, and stays as it is.
        if account.set_locked(stake).is_ok() {
            account.set_amount(free);
        }
        Some(owned)
    }

    fn stake(&mut self, account_id: &AccountId, owned: Balance) -> Balance {
        let Some((public_key, stake)) = self.running.remove(account_id) else {
            return Balance::ZERO;
        };
        // A patched state may hold less than what the epoch counts as staked.
        let amount = stake.min(owned);
        self.locked.push(AccountInfo { account_id: account_id.clone(), public_key, amount });
        amount
    }
}

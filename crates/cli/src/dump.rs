//! `view-state dump-state`: the newest state as a genesis that another chain can start from.

mod write;

use crate::args::DumpStateArgs;
use crate::chain::Beginning;
use crate::error::CliError;
use crate::home::Home;
use crate::journal::{Fingerprint, Tail};
use crate::wallet;
use keyway_node::Chain;
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_crypto::PublicKey;
use near_primitives::account::Account;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, AccountInfo, Balance};
use near_primitives::utils::from_timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Writes the state of the home at `dir`, also while a node runs on it. Returns where it is.
///
/// # Errors
/// When the home cannot be read or the output not be written.
pub(crate) fn dump_state(dir: &Path, args: &DumpStateArgs) -> Result<PathBuf, CliError> {
    let home = Home::read(dir)?;
    let (genesis, founding) = home.genesis()?;
    let eth_wallet = wallet::kept(&home, &genesis.config.chain_id)?;
    let fingerprint = Fingerprint::of(genesis.hash, eth_wallet.as_ref());
    let mut chain = Beginning::of(&home, (&genesis, Some(founding)), eth_wallet)?.start()?;
    if let Some(tail) = Tail::of(&home.journal(), &fingerprint, 0)? {
        tail.apply(&mut chain, |_, _| Ok::<_, CliError>(()))?;
    }
    let genesis = genesis_of(&chain)?;
    let target = |usual| args.file.clone().unwrap_or_else(|| home.dir.join(usual));
    if args.stream {
        write::directory(&target("output"), &home, genesis)
    } else {
        write::file(&target("output.json"), &genesis)
    }
}

/// The genesis that starts where `chain` is: one block above its head, at its head's time.
fn genesis_of(chain: &Chain) -> Result<Genesis, CliError> {
    let head = chain.head();
    let mut stakes = Stakes::of(chain);
    let mut records = Vec::new();
    let mut total_supply = Balance::ZERO;
    for record in keyway_state::records(&head.state) {
        let mut record = record?;
        if let StateRecord::Account { account_id, account } = &mut record {
            let owned = stakes.settle(account_id, account).ok_or(CliError::SupplyOverflow)?;
            total_supply = total_supply.checked_add(owned).ok_or(CliError::SupplyOverflow)?;
        }
        records.push(record);
    }
    let config = GenesisConfig {
        genesis_height: head.header.height() + 1,
        genesis_time: from_timestamp(head.header.raw_timestamp()),
        protocol_version: chain.protocol().version,
        validators: stakes.settled,
        total_supply,
        ..chain.genesis().clone()
    };
    Ok(Genesis { config, contents: GenesisContents::Records { records: GenesisRecords(records) } })
}

/// The running epoch's stakes. A genesis locks exactly these: what is locked beyond them, for an
/// epoch that is gone, goes back to its owner.
struct Stakes {
    running: BTreeMap<AccountId, (PublicKey, Balance)>,
    settled: Vec<AccountInfo>,
}

impl Stakes {
    fn of(chain: &Chain) -> Self {
        let validators = chain.validators(None).map(|epoch| epoch.current_validators);
        let running = validators.into_iter().flatten();
        let running = running.map(|info| (info.account_id, (info.public_key, info.stake)));
        Self { running: running.collect(), settled: Vec::new() }
    }

    /// Makes `account` lock what it stakes. Returns all that it owns, yoctoNEAR, or none when that
    /// is more than a balance can hold.
    fn settle(&mut self, account_id: &AccountId, account: &mut Account) -> Option<Balance> {
        let owned = account.amount().checked_add(account.locked())?;
        let stake = match self.running.remove(account_id) {
            // A patched state may hold less than what the epoch counts as staked.
            Some((public_key, stake)) => {
                let amount = stake.min(owned);
                self.settled.push(AccountInfo {
                    account_id: account_id.clone(),
                    public_key,
                    amount,
                });
                amount
            }
            None => Balance::ZERO,
        };
        let free = owned.checked_sub(stake)?;
        // An account that is not initialized stakes nothing, and stays as it is.
        if account.set_locked(stake).is_ok() {
            account.set_amount(free);
        }
        Some(owned)
    }
}

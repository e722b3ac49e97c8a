//! A chain of accounts with all kinds of keys, and the facts about them.

use crate::dice::Dice;
use keyway_chain::{Chain, LocalAccount, LocalChain, local_genesis};
use keyway_guard::{AccountFacts, ChainFacts, KeyFacts};
use keyway_state::read;
use near_chain_configs::{Genesis, GenesisContents, GenesisRecords};
use near_crypto::{KeyType, PublicKey, PublicKeyHandle, SecretKey};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission, GasKeyInfo,
};
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Balance, ProtocolVersion};
use near_vm_runner::MockContractRuntimeCache;
use std::sync::Arc;

/// 2025-01-01T00:00:01Z in nanoseconds.
pub(crate) const NOW: u64 = 1_735_689_601_000_000_000;

pub(crate) const ACCOUNTS: usize = 24;

/// How many keys an account may have; there is one more secret.
pub(crate) const SLOTS: usize = 8;

/// How many blocks have passed, so that there is room below the bound of nonces.
const PASSED: u64 = 20;

pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) now: ChainFacts,
    pub(crate) facts: Vec<AccountFacts>,
    pub(crate) secrets: Vec<Vec<SecretKey>>,
}

impl World {
    pub(crate) fn new(version: ProtocolVersion, dice: &mut Dice) -> Self {
        let secrets: Vec<Vec<SecretKey>> = (0..ACCOUNTS)
            .map(|number| (0..=SLOTS).map(|slot| secret(number, slot)).collect())
            .collect();
        let mut records = Vec::new();
        for (number, secrets) in secrets.iter().enumerate() {
            add_account(&mut records, number, dice);
            for (slot, secret) in secrets[..SLOTS].iter().enumerate() {
                let key = access_key(slot, version, dice);
                add_key(&mut records, &name(number), secret.public_key(), key, dice);
            }
        }
        let mut chain = chain(version, records);
        chain.apply(chain.fast_forward_input(PASSED), NOW).unwrap();
        let facts = (0..ACCOUNTS).map(|number| account_facts(&chain, &name(number)).unwrap());
        Self { now: chain_facts(&chain), facts: facts.collect(), chain, secrets }
    }
}

pub(crate) fn chain(version: ProtocolVersion, more: Vec<StateRecord>) -> Chain {
    let mut genesis = local_genesis(&LocalChain::in_memory(version), &[] as &[LocalAccount]);
    let supply = more.iter().map(|record| match record {
        StateRecord::Account { account, .. } => account.amount().as_yoctonear(),
        _ => 0,
    });
    let supply = Balance::from_yoctonear(supply.sum());
    genesis.config.total_supply = genesis.config.total_supply.checked_add(supply).unwrap();
    let Genesis { contents: GenesisContents::Records { records }, .. } = &mut genesis else {
        panic!("a local genesis holds its records")
    };
    let GenesisRecords(records) = records;
    records.extend(more);
    Chain::new(&genesis, Arc::new(MockContractRuntimeCache::default())).unwrap()
}

pub(crate) fn chain_facts(chain: &Chain) -> ChainFacts {
    ChainFacts {
        protocol: chain.protocol().clone(),
        gas_price: chain.head().header.next_gas_price(),
        height: chain.head().height() + 1,
    }
}

/// The account and all its keys at the head.
pub(crate) fn account_facts(chain: &Chain, account_id: &AccountId) -> Option<AccountFacts> {
    let state = &chain.head().state;
    let account = read::account(state, account_id).unwrap()?;
    let page = read::access_keys(state, account_id, None, usize::MAX).unwrap();
    let keys = page.items.into_iter().map(|(public_key, access_key)| {
        let rows = access_key.gas_key_info().map_or(0, |info| info.num_nonces);
        let full = full(&public_key);
        let row = |index| read::gas_key_nonce(state, account_id, &full, index).unwrap().unwrap();
        KeyFacts { public_key, access_key, gas_key_nonces: (0..rows).map(row).collect() }
    });
    Some(AccountFacts { account_id: account_id.clone(), account, keys: keys.collect() })
}

pub(crate) fn name(number: usize) -> AccountId {
    format!("account{number}.near").parse().unwrap()
}

fn secret(number: usize, slot: usize) -> SecretKey {
    let curve = if slot == 6 { KeyType::SECP256K1 } else { KeyType::ED25519 };
    SecretKey::from_seed(curve, &format!("{number}/{slot}"))
}

fn full(handle: &PublicKeyHandle) -> PublicKey {
    match handle {
        PublicKeyHandle::ED25519(key) => PublicKey::ED25519(key.clone()),
        PublicKeyHandle::SECP256K1(key) => PublicKey::SECP256K1(key.clone()),
        PublicKeyHandle::MlDsa65(_) => panic!("there are none here"),
    }
}

fn add_account(records: &mut Vec<StateRecord>, number: usize, dice: &mut Dice) {
    let milli = dice.pick(&[0, 1, 40, 120, 350, 2_000, 500_000]);
    let amount = Balance::from_millinear(milli);
    let account = Account::new(amount, Balance::ZERO, AccountContract::None, 0);
    records.push(StateRecord::Account { account_id: name(number), account });
    if number.is_multiple_of(3) {
        let (data_key, value) = (b"data".to_vec().into(), vec![7; 9_000].into());
        records.push(StateRecord::Data { account_id: name(number), data_key, value });
    }
}

fn access_key(slot: usize, version: ProtocolVersion, dice: &mut Dice) -> AccessKey {
    let (balance, allowance) = (funds(dice), Some(funds(dice)));
    let methods: &[&str] = dice.pick(&[&["play"][..], &["play", "score"], &[]]);
    let calls = |allowance| FunctionCallPermission {
        allowance,
        receiver_id: name(contract_of(slot)).to_string(),
        method_names: methods.iter().map(|&method| method.to_owned()).collect(),
    };
    let num_nonces = 1 + (slot as u16);
    let permission = match slot {
        0 if dice.roll(3) > 0 => AccessKeyPermission::FullAccess,
        4 if version >= 85 => {
            AccessKeyPermission::GasKeyFullAccess(GasKeyInfo { balance, num_nonces })
        }
        5 if version >= 85 => {
            AccessKeyPermission::GasKeyFunctionCall(GasKeyInfo { balance, num_nonces }, calls(None))
        }
        6 => AccessKeyPermission::FullAccess,
        3 => AccessKeyPermission::FunctionCall(calls(None)),
        _ => AccessKeyPermission::FunctionCall(calls(allowance)),
    };
    // Some nonces are of future blocks, which does not happen on a chain.
    let block = if dice.once_in(20) { PASSED + 10 } else { PASSED - 1 };
    AccessKey { nonce: block * 1_000_000 + dice.roll(50), permission }
}

/// The contract of the keys in this slot.
fn contract_of(slot: usize) -> usize {
    slot % 2
}

fn add_key(
    records: &mut Vec<StateRecord>,
    account_id: &AccountId,
    public_key: PublicKey,
    mut access_key: AccessKey,
    dice: &mut Dice,
) {
    let nonce = access_key.nonce;
    if let Some(info) = access_key.gas_key_info() {
        let rows = info.num_nonces;
        access_key.nonce = 0;
        records.extend((0..rows).map(|index| StateRecord::GasKeyNonce {
            account_id: account_id.clone(),
            public_key: (&public_key).into(),
            index,
            nonce: nonce + dice.roll(9),
        }));
    }
    records.push(StateRecord::access_key(account_id.clone(), public_key, access_key));
}

/// Enough for several calls, one, or none.
fn funds(dice: &mut Dice) -> Balance {
    Balance::from_millinear(dice.pick(&[0, 2, 20, 102, 250, 301, 5_000]))
}

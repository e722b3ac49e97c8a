//! State inits: accounts whose id is the hash of their first state.
//!
//! Deterministic accounts (NEP-616, `0s…`) begin with code and data, universal accounts
//! (protocol 88, `0u…`) with keys as well.

use super::global;
use super::scope::Scope;
use crate::effects::Stop;
use keyway_rules::{StorageUsage, initial_nonce, key_bytes, missing_storage_stake};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::action::{DeterministicStateInitAction, UniversalStateInitAction};
use near_primitives::errors::ActionErrorKind;
use near_primitives::receipt::Receipt;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{Balance, Nonce};
use near_primitives::universal_state_init::UniversalStateInit;
use std::collections::BTreeMap;

/// `DeterministicStateInit`: creates the account where it is missing and installs its state where
/// it has no contract yet. A second one only returns the deposit.
pub(super) fn deterministic(
    scope: &mut Scope<'_, '_>,
    action: &DeterministicStateInitAction,
) -> Result<(), Stop> {
    let bytes = scope.storage_config().num_bytes_account;
    scope.account.get_or_insert_with(|| {
        Account::new(Balance::ZERO, Balance::ZERO, AccountContract::None, bytes)
    });
    if scope.contract().is_none() {
        global::use_contract(scope, action.state_init.code())?;
        install_data(scope, action.state_init.data())?;
    }
    take_stake(scope, action.deposit)
}

/// `UniversalStateInit`: as [`deterministic`], for an account that is missing or uninitialized. A
/// second one returns the whole deposit, even if the account lacks storage stake.
pub(super) fn universal(
    scope: &mut Scope<'_, '_>,
    action: &UniversalStateInitAction,
) -> Result<(), Stop> {
    let bytes = scope.storage_config().num_bytes_account;
    let start = initial_nonce(scope.block.height);
    let account = scope
        .account
        .get_or_insert_with(|| Account::new_uninitialized(Balance::ZERO, bytes, start));
    let Some(consumed) = account.bootstrap_nonce() else {
        send_back(scope, action.deposit);
        return Ok(());
    };
    account.initialize().expect("an account with a bootstrap nonce is uninitialized");
    install_universal(scope, action, start.max(consumed))?;
    take_stake(scope, action.deposit)
}

fn install_universal(
    scope: &mut Scope<'_, '_>,
    action: &UniversalStateInitAction,
    nonce: Nonce,
) -> Result<(), Stop> {
    let state_init = UniversalStateInit::from_raw_lenient(&action.state_init)
        .map_err(|_| ActionErrorKind::MalformedUniversalStateInit)?;
    if let Some(code) = state_init.code() {
        global::use_contract(scope, code)?;
    }
    install_data(scope, state_init.data())?;
    let access_key = AccessKey { nonce, ..AccessKey::full_access() };
    for handle in state_init.access_keys() {
        scope.overlay.set_access_key(scope.account_id(), handle.clone(), &access_key);
        let bytes = key_bytes(scope.storage_config(), handle.clone(), &access_key);
        scope.occupy(bytes)?;
    }
    Ok(())
}

fn install_data(
    scope: &mut Scope<'_, '_>,
    data: &BTreeMap<Vec<u8>, Vec<u8>>,
) -> Result<(), ActionErrorKind> {
    for (key, value) in data {
        let account_id = scope.account_id().clone();
        scope.overlay.set(TrieKey::ContractData { account_id, key: key.clone() }, value.clone());
        let usage = StorageUsage::data(key.len(), value.len());
        scope.occupy(usage.bytes(scope.storage_config()))?;
    }
    Ok(())
}

/// Covers the account's missing storage stake from the deposit, and sends the rest back.
fn take_stake(scope: &mut Scope<'_, '_>, deposit: Balance) -> Result<(), Stop> {
    let account_id = scope.account_id();
    let config = scope.config();
    let account = scope.account_mut();
    let rest = match missing_storage_stake(config, account, account.amount()) {
        None => deposit,
        Some(missing) => {
            let rest = deposit.checked_sub(missing).ok_or_else(|| {
                let account_id = account_id.clone();
                ActionErrorKind::LackBalanceForState { account_id, amount: missing }
            })?;
            scope.credit(missing)?;
            rest
        }
    };
    send_back(scope, rest);
    Ok(())
}

fn send_back(scope: &mut Scope<'_, '_>, deposit: Balance) {
    if deposit > Balance::ZERO {
        let refund_to = scope.receipt.balance_refund_receiver();
        scope.effects.new_receipts.push(Receipt::new_balance_refund(refund_to, deposit));
    }
}

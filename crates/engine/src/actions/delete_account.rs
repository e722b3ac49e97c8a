//! `DeleteAccount`: removes everything, and sends the balance to the beneficiary.

use super::scope::Scope;
use super::{deploy, gas_key};
use crate::effects::Stop;
use crate::state::StateError;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::ActionErrorKind;
use near_primitives::receipt::Receipt;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, StorageUsage};
use near_primitives::version::ProtocolFeature;

pub(super) fn run(scope: &mut Scope<'_, '_>, beneficiary_id: &AccountId) -> Result<(), Stop> {
    let account_id = scope.account_id().clone();
    if data_bytes(scope)? > Account::MAX_ACCOUNT_DELETION_STORAGE_USAGE {
        return Err(ActionErrorKind::DeleteAccountWithLargeState { account_id }.into());
    }
    let rows = scope.overlay.key_rows(&account_id)?;
    let burnt = gas_key_balances(scope, &rows)?;
    gas_key::check_burn(scope, None, burnt)?;
    let balance = scope.account_mut().amount();
    if balance > Balance::ZERO {
        scope.effects.new_receipts.push(Receipt::new_balance_refund(beneficiary_id, balance));
    }
    scope.effects.burn_tokens(burnt);
    charge_nonce_rows(scope, &rows);
    remove_all(scope, &account_id, rows)?;
    scope.account = None;
    scope.actor_id = scope.receipt.predecessor_id().clone();
    Ok(())
}

/// Bytes that count towards the limit on deletion: those that the account stores, without its
/// contract.
fn data_bytes(scope: &mut Scope<'_, '_>) -> Result<StorageUsage, StateError> {
    let counts_identifier = ProtocolFeature::FixDeleteAccountGlobalContractStorageUsage;
    let contract = match scope.block.protocol.has(counts_identifier) {
        true => deploy::contract_bytes(scope)?,
        false => deploy::local_code_bytes(scope)?,
    };
    Ok(scope.account_mut().storage_usage().saturating_sub(contract))
}

fn gas_key_balances(scope: &Scope<'_, '_>, rows: &[TrieKey]) -> Result<Balance, StateError> {
    let mut total = Balance::ZERO;
    for row in rows.iter().filter(|row| matches!(row, TrieKey::AccessKey { .. })) {
        let access_key: Option<AccessKey> = scope.overlay.read(row)?;
        if let Some(info) = access_key.as_ref().and_then(AccessKey::gas_key_info) {
            total = total.saturating_add(info.balance);
        }
    }
    Ok(total)
}

fn charge_nonce_rows(scope: &mut Scope<'_, '_>, rows: &[TrieKey]) {
    for row in rows.iter().filter(|row| matches!(row, TrieKey::GasKeyNonce { .. })) {
        gas_key::charge_removals(scope, 1, row.len());
    }
}

fn remove_all(
    scope: &mut Scope<'_, '_>,
    account_id: &AccountId,
    key_rows: Vec<TrieKey>,
) -> Result<(), StateError> {
    let account_id = account_id.clone();
    let data_rows = scope.overlay.data_rows(&account_id)?;
    let code = TrieKey::ContractCode { account_id: account_id.clone() };
    let rows = [TrieKey::Account { account_id }, code].into_iter().chain(key_rows).chain(data_rows);
    for row in rows {
        scope.overlay.remove(row);
    }
    Ok(())
}

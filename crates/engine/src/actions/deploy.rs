//! `DeployContract`, and the bytes that an account's contract occupies.

use super::scope::Scope;
use crate::contract::prepare_code;
use crate::effects::Stop;
use crate::state::StateError;
use near_primitives::account::AccountContract;
use near_primitives::hash::hash;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::StorageUsage;

pub(super) fn run(scope: &mut Scope<'_, '_>, code: &[u8]) -> Result<(), Stop> {
    let old = contract_bytes(scope)?;
    scope.free(old);
    scope.occupy(code.len() as u64)?;
    let code_hash = hash(code);
    scope.set_contract(AccountContract::Local(code_hash))?;
    let account_id = scope.account_id().clone();
    scope.overlay.set(TrieKey::ContractCode { account_id }, code.to_vec());
    prepare_code(&scope.block.protocol, &*scope.block.contracts, code, code_hash);
    Ok(())
}

/// Bytes of the account's contract: its code, or the id of the global contract it uses.
pub(super) fn contract_bytes(scope: &Scope<'_, '_>) -> Result<StorageUsage, StateError> {
    match scope.contract() {
        AccountContract::None => Ok(0),
        AccountContract::Local(_) => local_code_bytes(scope),
        global => Ok(global.identifier_storage_usage()),
    }
}

pub(super) fn local_code_bytes(scope: &Scope<'_, '_>) -> Result<StorageUsage, StateError> {
    let key = TrieKey::ContractCode { account_id: scope.account_id().clone() };
    Ok(scope.overlay.find(&key)?.map_or(0, |code| code.len() as u64))
}

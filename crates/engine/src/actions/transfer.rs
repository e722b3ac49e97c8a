//! `Transfer`: to an account, to an implicit account that it creates, or back as a refund.

use super::gas_key;
use super::scope::Scope;
use crate::contract::eth_wallet_code_hash;
use crate::effects::Stop;
use crate::state::StateError;
use keyway_rules::{initial_nonce, key_bytes};
use near_crypto::PublicKey;
use near_primitives::account::id::AccountType;
use near_primitives::account::{AccessKey, AccessKeyPermission, Account, AccountContract};
use near_primitives::types::Balance;

pub(super) fn run(scope: &mut Scope<'_, '_>, deposit: Balance) -> Result<(), Stop> {
    if scope.account.is_none() {
        return create_implicit(scope, deposit);
    }
    let gas_refund = scope.is_refund() && scope.action_receipt.signer_id() == scope.account_id();
    // A refund of gas that a gas key bought goes to that key.
    if gas_refund && refund_gas_key(scope, deposit)? {
        return Ok(());
    }
    scope.credit(deposit)?;
    if gas_refund {
        refund_allowance(scope, deposit)?;
    }
    Ok(())
}

/// Adds the refund to the allowance of the key that has the signer's public key now, even if it was
/// added since.
fn refund_allowance(scope: &mut Scope<'_, '_>, deposit: Balance) -> Result<(), StateError> {
    let (account_id, public_key) = (scope.account_id(), scope.action_receipt.signer_public_key());
    let Some(mut access_key) = scope.overlay.access_key(account_id, public_key)? else {
        return Ok(());
    };
    let AccessKeyPermission::FunctionCall(call) = &mut access_key.permission else { return Ok(()) };
    let Some(allowance) = call.allowance else { return Ok(()) };
    let refunded = allowance.saturating_add(deposit);
    if refunded > allowance {
        call.allowance = Some(refunded);
        scope.overlay.set_access_key(account_id, public_key, &access_key);
    }
    Ok(())
}

/// True when the signer's key is a gas key: the refund went to its balance.
fn refund_gas_key(scope: &mut Scope<'_, '_>, deposit: Balance) -> Result<bool, Stop> {
    let (account_id, public_key) = (scope.account_id(), scope.action_receipt.signer_public_key());
    let Some(mut access_key) = scope.overlay.access_key(account_id, public_key)? else {
        return Ok(false);
    };
    let Some(info) = access_key.gas_key_info_mut() else { return Ok(false) };
    info.balance = gas_key::funded(account_id, public_key, info.balance, deposit)?;
    scope.overlay.set_access_key(account_id, public_key, &access_key);
    Ok(true)
}

fn create_implicit(scope: &mut Scope<'_, '_>, deposit: Balance) -> Result<(), Stop> {
    let (account_id, height) = (scope.account_id(), scope.block.height);
    let bytes = scope.storage_config().num_bytes_account;
    let empty = |contract, bytes| Account::new(deposit, Balance::ZERO, contract, bytes);
    let account = match account_id.get_account_type() {
        AccountType::NearImplicitAccount => {
            let public_key = PublicKey::from_near_implicit_account(account_id)
                .map_err(|_| StateError::Corrupt { what: format!("the key in {account_id}") })?;
            let access_key = AccessKey { nonce: initial_nonce(height), ..AccessKey::full_access() };
            let key_bytes = key_bytes(scope.storage_config(), &public_key, &access_key);
            scope.overlay.set_access_key(account_id, &public_key, &access_key);
            empty(AccountContract::None, bytes.saturating_add(key_bytes))
        }
        AccountType::EthImplicitAccount => {
            let contract = AccountContract::Global(eth_wallet_code_hash(&scope.block.chain_id));
            let contract_bytes = contract.identifier_storage_usage();
            empty(contract, bytes.saturating_add(contract_bytes))
        }
        AccountType::UniversalAccount => {
            Account::new_uninitialized(deposit, bytes, initial_nonce(height))
        }
        AccountType::NearDeterministicAccount | AccountType::NamedAccount => {
            empty(AccountContract::None, bytes)
        }
    };
    scope.account = Some(account);
    Ok(())
}

//! `AddKey` and `DeleteKey`.
//!
//! Source: nearcore `runtime/runtime/src/access_keys.rs`.

use super::{Scope, gas_key};
use crate::authorize::nonce;
use crate::effects::Fault;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_parameters::StorageUsageConfig;
use near_primitives::account::AccessKey;
use near_primitives::action::AddKeyAction;
use near_primitives::errors::ActionErrorKind;
use near_primitives::types::StorageUsage;

/// Adds a key. An existing one is never replaced: its permission stays what it was.
pub(super) fn add(scope: &mut Scope<'_, '_>, action: &AddKeyAction) -> Result<(), Fault> {
    let (account_id, public_key) = (scope.account_id(), &action.public_key);
    if scope.overlay.access_key(account_id, public_key)?.is_some() {
        return Err(ActionErrorKind::AddKeyAlreadyExists {
            account_id: account_id.clone(),
            public_key: Box::new(public_key.clone()),
        }
        .into());
    }
    let start = nonce::initial(scope.block.height);
    let rows = action.access_key.gas_key_info().map(|info| info.num_nonces);
    // The nonce in the action is ignored. A gas key keeps its nonces in rows of their own.
    let access_key = AccessKey {
        nonce: if rows.is_some() { 0 } else { start },
        permission: action.access_key.permission.clone(),
    };
    scope.overlay.set_access_key(account_id, public_key, &access_key);
    for index in 0..rows.unwrap_or(0) {
        scope.overlay.set_gas_key_nonce(account_id, public_key, index, start);
    }
    let bytes = key_bytes(scope.storage_config(), public_key, &access_key);
    Ok(scope.occupy(bytes)?)
}

/// Deletes a key, be it the last one or the one that signed.
pub(super) fn delete(scope: &mut Scope<'_, '_>, public_key: &PublicKey) -> Result<(), Fault> {
    let account_id = scope.account_id();
    let Some(access_key) = scope.overlay.access_key(account_id, public_key)? else {
        return Err(ActionErrorKind::DeleteKeyDoesNotExist {
            account_id: account_id.clone(),
            public_key: Box::new(public_key.clone()),
        }
        .into());
    };
    if let Some(info) = access_key.gas_key_info() {
        gas_key::burn_before_delete(scope, public_key, info)?;
    }
    scope.overlay.remove_access_key(account_id, public_key);
    scope.free(key_bytes(scope.storage_config(), public_key, &access_key));
    Ok(())
}

/// Bytes that a key occupies in its account's storage, the nonce rows of a gas key included.
pub(crate) fn key_bytes(
    config: &StorageUsageConfig,
    public_key: impl Into<PublicKeyHandle>,
    access_key: &AccessKey,
) -> StorageUsage {
    let handle_bytes = public_key.into().trie_id_len() as u64;
    let value_bytes = borsh::object_length(access_key).map_or(0, |len| len as u64);
    let record = |key: u64, value: u64| {
        key.saturating_add(value).saturating_add(config.num_extra_bytes_record)
    };
    let rows = access_key.gas_key_info().map_or(0, |info| u64::from(info.num_nonces));
    let row = record(handle_bytes.saturating_add(2), AccessKey::NONCE_VALUE_LEN as u64);
    record(handle_bytes, value_bytes).saturating_add(row.saturating_mul(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use near_crypto::KeyType;
    use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
    use near_primitives::types::Balance;

    #[track_caller]
    fn check(key_type: KeyType, access_key: &AccessKey, bytes: u64) {
        let protocol = Protocol::new(86, "localnet").unwrap();
        let config = &protocol.config.fees.storage_usage_config;
        let public_key = PublicKey::from_seed(key_type, "seed");
        assert_eq!(key_bytes(config, &public_key, access_key), bytes);
    }

    fn function_call(allowance: Option<Balance>, methods: &[&str]) -> AccessKey {
        let permission = FunctionCallPermission {
            allowance,
            receiver_id: "game.near".to_owned(),
            method_names: methods.iter().map(|&name| name.to_owned()).collect(),
        };
        AccessKey { nonce: 0, permission: AccessKeyPermission::FunctionCall(permission) }
    }

    #[test]
    fn sizes_by_kind_of_key() {
        check(KeyType::ED25519, &AccessKey::full_access(), 82);
        check(KeyType::SECP256K1, &AccessKey::full_access(), 114);
        check(KeyType::MLDSA65, &AccessKey::full_access(), 82);
        check(KeyType::ED25519, &function_call(None, &[]), 91 + 9);
        check(KeyType::ED25519, &function_call(Some(Balance::ZERO), &["play"]), 107 + 9 + 8);
        check(KeyType::ED25519, &AccessKey::gas_key_full_access(16), 100 + 83 * 16);
    }
}

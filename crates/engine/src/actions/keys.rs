//! `AddKey` and `DeleteKey`.
//!
//! Source: nearcore `runtime/runtime/src/access_keys.rs`.

use super::gas_key;
use super::scope::Scope;
use crate::effects::Stop;
use keyway_rules::{initial_nonce, key_bytes};
use near_crypto::PublicKey;
use near_primitives::account::AccessKey;
use near_primitives::action::AddKeyAction;
use near_primitives::errors::ActionErrorKind;

/// Adds a key. An existing key is never replaced.
pub(super) fn add(scope: &mut Scope<'_, '_>, action: &AddKeyAction) -> Result<(), Stop> {
    let (account_id, public_key) = (scope.account_id(), &action.public_key);
    if scope.overlay.access_key(account_id, public_key)?.is_some() {
        return Err(ActionErrorKind::AddKeyAlreadyExists {
            account_id: account_id.clone(),
            public_key: Box::new(public_key.clone()),
        }
        .into());
    }
    let start = initial_nonce(scope.block.height);
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

/// Deletes a key, even the last one or the one that signed.
pub(super) fn delete(scope: &mut Scope<'_, '_>, public_key: &PublicKey) -> Result<(), Stop> {
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

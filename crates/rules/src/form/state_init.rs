//! The form of state inits: deterministic accounts (NEP-616) and universal accounts (protocol 88).

use crate::protocol::Protocol;
use near_parameters::vm::LimitConfig;
use near_primitives::action::{Action, DeterministicStateInitAction, UniversalStateInitAction};
use near_primitives::errors::ActionsValidationError as Invalid;
use near_primitives::types::AccountId;
use near_primitives::universal_state_init::UniversalStateInit;
use near_primitives::utils::{derive_near_deterministic_account_id, derive_universal_account_id};
use near_primitives::version::ProtocolFeature;
use near_primitives_core::universal_state_init::DecodeMode;

/// All state inits of a receipt together are limited in entries and keys.
pub(super) fn check_counts(limits: &LimitConfig, actions: &[Action]) -> Result<(), Invalid> {
    let (mut entries, mut keys) = (0_u64, 0_u64);
    for counts in actions.iter().map(Action::state_init_counts) {
        entries = entries.saturating_add(counts.entries);
        keys = keys.saturating_add(counts.keys);
    }
    let limit = limits.max_state_init_entries;
    if entries > limit {
        return Err(Invalid::TotalNumberOfStateInitEntriesExceeded {
            number_of_entries: entries,
            limit,
        });
    }
    let limit = limits.max_universal_state_init_keys;
    if keys > limit {
        return Err(Invalid::TotalNumberOfStateInitKeysExceeded { number_of_keys: keys, limit });
    }
    Ok(())
}

/// The receiver must be the id that the state init derives to, and the entries must keep the storage limits.
pub(super) fn check_deterministic(
    limits: &LimitConfig,
    action: &DeterministicStateInitAction,
    receiver_id: &AccountId,
) -> Result<(), Invalid> {
    let derived_id = derive_near_deterministic_account_id(&action.state_init);
    if &derived_id != receiver_id {
        return Err(Invalid::InvalidDeterministicStateInitReceiver {
            receiver_id: receiver_id.clone(),
            derived_id,
        });
    }
    for (key, value) in action.state_init.data() {
        let (length, limit) = (key.len() as u64, limits.max_length_storage_key);
        if length > limit {
            return Err(Invalid::DeterministicStateInitKeyLengthExceeded { length, limit });
        }
        let (length, limit) = (value.len() as u64, limits.max_length_storage_value);
        if length > limit {
            return Err(Invalid::DeterministicStateInitValueLengthExceeded { length, limit });
        }
    }
    Ok(())
}

/// As [`check_deterministic`], for a universal account. The id derives from the raw bytes and is
/// compared before they are decoded; from 88 on they must be canonical.
pub(super) fn check_universal(
    protocol: &Protocol,
    action: &UniversalStateInitAction,
    receiver_id: &AccountId,
) -> Result<(), Invalid> {
    let limits = &protocol.config.wasm_config.limit_config;
    let derived_id = derive_universal_account_id(&action.state_init);
    if &derived_id != receiver_id {
        return Err(Invalid::InvalidUniversalStateInitReceiver {
            receiver_id: receiver_id.clone(),
            derived_id,
        });
    }
    let strict = protocol.has(ProtocolFeature::CanonicalUniversalStateInit);
    let state_init =
        UniversalStateInit::from_raw(&action.state_init, DecodeMode::strict_if(strict))
            .map_err(|_| Invalid::MalformedUniversalStateInit)?;
    for (key, value) in state_init.data() {
        let (length, limit) = (key.len() as u64, limits.max_length_storage_key);
        if length > limit {
            return Err(Invalid::UniversalStateInitKeyLengthExceeded { length, limit });
        }
        let (length, limit) = (value.len() as u64, limits.max_length_storage_value);
        if length > limit {
            return Err(Invalid::UniversalStateInitValueLengthExceeded { length, limit });
        }
    }
    Ok(())
}

//! The protocol's limits that are checked when an action is written.
//!
//! They are those of protocol 83 to 88. The chain decides in the end: it may have changed them.

use near_primitives::types::{Gas, NonceIndex};

/// Actions in one transaction.
pub const MAX_ACTIONS: u64 = 100;

/// Actions in one transaction that deploy a contract.
pub const MAX_DEPLOY_ACTIONS: u64 = 10;

/// Gas attached to all function calls of one transaction: 1 Pgas.
pub const MAX_GAS: Gas = Gas::from_teragas(1000);

/// Bytes of a function's name, on a key and in a call.
pub const MAX_FUNCTION_NAME_BYTES: u64 = 256;

/// Bytes of all function names of a key, counting one more for each name.
pub const MAX_FUNCTION_NAMES_BYTES: u64 = 2000;

/// Bytes of a call's arguments.
pub const MAX_ARGS_BYTES: u64 = 4_194_304;

/// Bytes of a contract's code.
pub const MAX_CONTRACT_BYTES: u64 = 4_194_304;

/// Nonces of a gas key; there is at least 1.
pub const MAX_GAS_KEY_NONCES: NonceIndex = 1024;

/// Bytes of a key in the state of a new account.
pub const MAX_STATE_KEY_BYTES: u64 = 2048;

/// Bytes of a value in the state of a new account.
pub const MAX_STATE_VALUE_BYTES: u64 = 4_194_304;

/// Entries in the state of new accounts, of one transaction.
pub const MAX_STATE_ENTRIES: u64 = 1500;

/// Access keys in the state of a new universal account.
pub const MAX_STATE_ACCESS_KEYS: u64 = 1024;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use super::*;
    use near_parameters::{RuntimeConfig, RuntimeConfigStore};
    use near_primitives::account::AccessKeyPermission;
    use std::sync::Arc;

    #[test]
    fn they_are_those_of_the_newest_protocol() {
        let store = RuntimeConfigStore::new(None);
        let config: &Arc<RuntimeConfig> =
            store.get_config(near_primitives::version::PROTOCOL_VERSION);
        let limits = &config.wasm_config.limit_config;
        assert_eq!(limits.max_actions_per_receipt, MAX_ACTIONS);
        assert_eq!(limits.max_total_prepaid_gas, MAX_GAS);
        assert_eq!(limits.max_length_method_name, MAX_FUNCTION_NAME_BYTES);
        assert_eq!(limits.max_number_bytes_method_names, MAX_FUNCTION_NAMES_BYTES);
        assert_eq!(limits.max_arguments_length, MAX_ARGS_BYTES);
        assert_eq!(limits.max_contract_size, MAX_CONTRACT_BYTES);
        assert_eq!(limits.max_length_storage_key, MAX_STATE_KEY_BYTES);
        assert_eq!(limits.max_length_storage_value, MAX_STATE_VALUE_BYTES);
        assert_eq!(AccessKeyPermission::MAX_NONCES_FOR_GAS_KEY, MAX_GAS_KEY_NONCES);
    }
}

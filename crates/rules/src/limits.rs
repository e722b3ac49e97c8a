//! The protocol's limits on what one transaction can hold, by protocol version.

use crate::protocol::Protocol;
use near_primitives::account::AccessKeyPermission;
use near_primitives::types::{Gas, NonceIndex};
use std::sync::LazyLock;

/// The limits on what one transaction can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Actions in one transaction.
    pub actions: u64,
    /// Actions in one transaction that deploy a contract.
    pub deploy_actions: u64,
    /// Gas attached to all function calls of one transaction.
    pub gas: Gas,
    /// Bytes of a method's name, on a key and in a call.
    pub method_name_bytes: u64,
    /// Bytes of all method names of a key, plus one for each name.
    pub method_names_bytes: u64,
    /// Bytes of a call's arguments.
    pub args_bytes: u64,
    /// Bytes of a contract's code.
    pub contract_bytes: u64,
    /// Nonce rows of a gas key; the minimum is 1.
    pub gas_key_nonces: NonceIndex,
    /// Bytes of a key in a contract's data.
    pub data_key_bytes: u64,
    /// Bytes of a value in a contract's data.
    pub data_value_bytes: u64,
    /// Entries of contract data in the state inits of one transaction.
    pub state_init_entries: u64,
    /// Access keys in the state inits of one transaction.
    pub state_init_keys: u64,
}

impl Limits {
    /// The limits of a protocol version.
    #[must_use]
    pub fn of(protocol: &Protocol) -> Self {
        let limits = &protocol.config.wasm_config.limit_config;
        Self {
            actions: limits.max_actions_per_receipt,
            deploy_actions: limits.max_deploy_actions_per_receipt,
            gas: limits.max_total_prepaid_gas,
            method_name_bytes: limits.max_length_method_name,
            method_names_bytes: limits.max_number_bytes_method_names,
            args_bytes: limits.max_arguments_length,
            contract_bytes: limits.max_contract_size,
            gas_key_nonces: AccessKeyPermission::MAX_NONCES_FOR_GAS_KEY,
            data_key_bytes: limits.max_length_storage_key,
            data_value_bytes: limits.max_length_storage_value,
            state_init_entries: limits.max_state_init_entries,
            state_init_keys: limits.max_universal_state_init_keys,
        }
    }

    /// The limits of the newest protocol version that this build knows. For checks before the chain, and
    /// so its version, is known.
    ///
    /// ```
    /// let limits = keyway_rules::Limits::newest();
    /// assert_eq!(limits.actions, 100);
    /// assert_eq!(limits.gas.as_teragas(), 1_000);
    /// ```
    #[must_use]
    pub fn newest() -> &'static Self {
        static NEWEST: LazyLock<Limits> =
            LazyLock::new(|| Limits::of(&Protocol::nearest(*Protocol::SUPPORTED.end(), "mainnet")));
        &NEWEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by hand, so that a change of the protocol's parameters fails a test.
    #[test]
    fn every_supported_version_has_these_limits() {
        let expected = Limits {
            actions: 100,
            deploy_actions: 10,
            gas: Gas::from_teragas(1_000),
            method_name_bytes: 256,
            method_names_bytes: 2_000,
            args_bytes: 4_194_304,
            contract_bytes: 4_194_304,
            gas_key_nonces: 1_024,
            data_key_bytes: 2_048,
            data_value_bytes: 4_194_304,
            state_init_entries: 1_500,
            state_init_keys: 1_024,
        };
        // Before 87 the entries of state inits were not counted.
        let uncounted = Limits { state_init_entries: u32::MAX.into(), ..expected };
        for version in Protocol::SUPPORTED {
            let limits = Limits::of(&Protocol::new(version, "mainnet").unwrap());
            assert_eq!(limits, if version < 87 { uncounted } else { expected }, "{version}");
        }
        assert_eq!(*Limits::newest(), expected);
    }
}

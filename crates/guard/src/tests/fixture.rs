//! Accounts and keys for the tests of this crate.

use crate::{AccountFacts, ChainFacts, KeyFacts};
use keyway_rules::Protocol;
use near_crypto::{KeyType, PublicKey, PublicKeyHandle, SecretKey};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission, GasKeyInfo,
};
use near_primitives::types::{AccountId, Balance};

/// The chain before block 5,000,000, at the newest protocol version and the usual price.
pub(crate) fn chain() -> ChainFacts {
    let protocol = Protocol::new(*Protocol::SUPPORTED.end(), "localnet").unwrap();
    ChainFacts { protocol, gas_price: Balance::from_yoctonear(100_000_000), height: 5_000_000 }
}

/// `alice.near` with 10 NEAR, no contract and these keys.
pub(crate) fn alice(keys: Vec<KeyFacts>) -> AccountFacts {
    let account = Account::new(Balance::from_near(10), Balance::ZERO, AccountContract::None, 500);
    AccountFacts { account_id: id("alice.near"), account, keys }
}

/// The ed25519 key derived from this name.
pub(crate) fn key(name: &str) -> PublicKey {
    SecretKey::from_seed(KeyType::ED25519, name).public_key()
}

pub(crate) fn handle(name: &str) -> PublicKeyHandle {
    PublicKeyHandle::from(&key(name))
}

/// A key that was used in the last block.
pub(crate) fn with(name: &str, permission: AccessKeyPermission) -> KeyFacts {
    let access_key = AccessKey { nonce: 4_999_998_000_007, permission };
    let rows = access_key.gas_key_info().map_or(0, |info| usize::from(info.num_nonces));
    KeyFacts {
        public_key: handle(name),
        gas_key_nonces: vec![access_key.nonce; rows],
        access_key: AccessKey { nonce: if rows > 0 { 0 } else { access_key.nonce }, ..access_key },
    }
}

pub(crate) fn full(name: &str) -> KeyFacts {
    with(name, AccessKeyPermission::FullAccess)
}

/// A key for these methods of `receiver`, with an allowance in thousandths of a NEAR.
pub(crate) fn calls(name: &str, receiver: &str, methods: &[&str], milli: Option<u128>) -> KeyFacts {
    let allowance = milli.map(Balance::from_millinear);
    with(name, AccessKeyPermission::FunctionCall(permission(receiver, methods, allowance)))
}

/// A gas key for these methods of `receiver`, with a balance in thousandths of a NEAR.
pub(crate) fn gas_calls(name: &str, receiver: &str, methods: &[&str], milli: u128) -> KeyFacts {
    let info = GasKeyInfo { balance: Balance::from_millinear(milli), num_nonces: 2 };
    let permission = permission(receiver, methods, None);
    with(name, AccessKeyPermission::GasKeyFunctionCall(info, permission))
}

/// A gas key for everything, with a balance in thousandths of a NEAR.
pub(crate) fn gas_full(name: &str, milli: u128) -> KeyFacts {
    let info = GasKeyInfo { balance: Balance::from_millinear(milli), num_nonces: 2 };
    with(name, AccessKeyPermission::GasKeyFullAccess(info))
}

pub(crate) fn permission(
    receiver: &str,
    methods: &[&str],
    allowance: Option<Balance>,
) -> FunctionCallPermission {
    FunctionCallPermission {
        allowance,
        receiver_id: receiver.to_owned(),
        method_names: methods.iter().map(|&name| name.to_owned()).collect(),
    }
}

pub(crate) fn id(name: &str) -> AccountId {
    name.parse().unwrap()
}

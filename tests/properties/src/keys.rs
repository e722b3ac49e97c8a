//! The accounts and key pairs that plans name by number.

use near_crypto::{KeyType, PublicKey, SecretKey};
use near_primitives::hash::hash;
use near_primitives::types::AccountId;
use near_primitives::universal_state_init::{UniversalStateInit, UniversalStateInitV1};
use near_primitives::utils::{derive_near_deterministic_account_id, derive_universal_account_id};
use near_primitives_core::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
use near_primitives_core::global_contract::GlobalContractIdentifier;
use std::sync::LazyLock;

/// Accounts that a plan can name: those of genesis, then ids that need not exist.
pub const ACCOUNTS: usize = 12;

/// The first so many accounts exist from the start.
pub const AT_GENESIS: usize = 5;

/// Of these, the first so many run the driver contract.
pub const WITH_CONTRACT: usize = 3;

/// This one runs the driver as a global contract, which takes hardly any storage.
pub const WITH_GLOBAL_CONTRACT: usize = WITH_CONTRACT;

/// Keys that each account may have.
pub const SLOTS: usize = 6;

/// The number of the `0s…` account.
pub const DETERMINISTIC: usize = 9;

/// The number of the `0u…` account.
pub const UNIVERSAL: usize = 10;

static IDS: LazyLock<[AccountId; ACCOUNTS]> = LazyLock::new(|| {
    [
        id("alice.near"),
        id("bob.near"),
        id("carol.near"),
        id("dave.near"),
        id("erin.near"),
        id("new.alice.near"),
        id("ghost.near"),
        id(&implicit_id()),
        id("0x0123456789abcdef0123456789abcdef01234567"),
        derive_near_deterministic_account_id(&deterministic_init()),
        derive_universal_account_id(&universal_init().to_raw()),
        id("sub.new.alice.near"),
    ]
});

static SECRETS: LazyLock<Vec<SecretKey>> = LazyLock::new(|| {
    let all = (0..ACCOUNTS).flat_map(|account| (0..SLOTS).map(move |slot| (account, slot)));
    all.map(|(account, slot)| SecretKey::from_seed(curve(slot), &format!("{account}/{slot}")))
        .collect()
});

static PUBLIC: LazyLock<Vec<PublicKey>> =
    LazyLock::new(|| SECRETS.iter().map(SecretKey::public_key).collect());

/// The id of account number `account`.
pub fn account_id(account: usize) -> &'static AccountId {
    &IDS[account % ACCOUNTS]
}

/// The secret key in slot `slot` of account number `account`.
pub fn secret(account: usize, slot: usize) -> &'static SecretKey {
    &SECRETS[index(account, slot)]
}

/// The public key in slot `slot` of account number `account`.
pub fn public(account: usize, slot: usize) -> &'static PublicKey {
    &PUBLIC[index(account, slot)]
}

/// What the `0s…` account starts from: the driver as a global contract, and one entry of data.
pub fn deterministic_init() -> DeterministicAccountStateInit {
    let code = GlobalContractIdentifier::CodeHash(hash(crate::driver::CODE));
    let data = [(b"key".to_vec(), b"value".to_vec())].into();
    DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 { code, data })
}

/// What the `0u…` account starts from: two keys.
pub fn universal_init() -> UniversalStateInit {
    let key = |slot| PublicKey::from_seed(curve(slot), &format!("{UNIVERSAL}/{slot}"));
    UniversalStateInit::V1(UniversalStateInitV1 {
        code: None,
        data: Default::default(),
        access_keys: [(&key(0)).into(), (&key(5)).into()].into(),
    })
}

/// Most keys are ed25519, the last two slots secp256k1 and ML-DSA-65.
fn curve(slot: usize) -> KeyType {
    match slot % SLOTS {
        4 => KeyType::SECP256K1,
        5 => KeyType::MLDSA65,
        _ => KeyType::ED25519,
    }
}

/// The implicit account of its own slot 0.
fn implicit_id() -> String {
    let key = PublicKey::from_seed(KeyType::ED25519, "7/0");
    key.key_data().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn index(account: usize, slot: usize) -> usize {
    account % ACCOUNTS * SLOTS + slot % SLOTS
}

fn id(text: &str) -> AccountId {
    text.parse().expect("the names above are account ids")
}

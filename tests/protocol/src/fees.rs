//! The protocol's fees, gas, as its parameter tables print them; from version 85 unless said
//! otherwise. "Send" and "exec" are equal where one number stands.

/// An action receipt, send and exec.
pub const RECEIPT: u64 = 108_059_500_000;
/// `CreateAccount`, send.
pub const CREATE_SEND: u64 = 500_000_000_000;
/// `CreateAccount`, exec.
pub const CREATE_EXEC: u64 = 7_200_000_000_000;
/// `CreateAccount` up to version 84, send and exec.
pub const CREATE_84: u64 = 3_850_000_000_000;
/// `Transfer`, send and exec.
pub const TRANSFER: u64 = 115_123_062_500;
/// `AddKey` with full access, send and exec.
pub const ADD_FULL: u64 = 101_765_125_000;
/// `AddKey` with a call permission, send and exec, without its bytes.
pub const ADD_CALL: u64 = 102_217_625_000;
/// `DeleteKey`, send and exec.
pub const DELETE_KEY: u64 = 94_946_625_000;
/// `DeleteAccount`, send and exec.
pub const DELETE_ACCOUNT: u64 = 147_489_000_000;
/// `Delegate`, send and exec.
pub const DELEGATE: u64 = 200_000_000_000;
/// `FunctionCall`, send, without its bytes.
pub const CALL_SEND: u64 = 200_000_000_000;
/// `FunctionCall`, exec, without its bytes.
pub const CALL_EXEC: u64 = 780_000_000_000;
/// A byte of method name or arguments, send, to another account.
pub const CALL_BYTE_SEND: u64 = 47_683_715;
/// A byte of method name or arguments, exec (and send to oneself).
pub const CALL_BYTE: u64 = 2_235_934;
/// `DeployGlobalContract`, send and exec, without its bytes.
pub const DEPLOY_GLOBAL: u64 = 184_765_750_000;
/// `UseGlobalContract`, send and exec, without its bytes.
pub const USE_GLOBAL: u64 = 184_765_750_000;
/// A byte of a global contract's identifier, send to oneself.
pub const USE_GLOBAL_BYTE_SEND_SELF: u64 = 6_812_999;
/// A byte of a global contract's identifier, exec.
pub const USE_GLOBAL_BYTE_EXEC: u64 = 64_572_944;
/// A byte of a gas key's row, send.
pub const GAS_KEY_BYTE_SEND: u64 = 59_357_464;
/// A byte of a gas key's row, exec.
pub const GAS_KEY_BYTE_EXEC: u64 = 101_435_400;
/// Moving tokens to or from a gas key, send, without bytes.
pub const GAS_KEY_TRANSFER_SEND: u64 = 115_123_062_500;
/// Moving tokens to or from a gas key, exec, without bytes.
pub const GAS_KEY_TRANSFER_EXEC: u64 = 235_676_644_250;
/// Writing one nonce row, exec.
pub const GAS_KEY_NONCE_WRITE: u64 = 64_196_736_000;
/// A universal account's state init, send, without bytes, entries and keys.
pub const UNIVERSAL_SEND: u64 = 500_000_000_000;
/// A universal account's state init, exec, without bytes, entries and keys.
pub const UNIVERSAL_EXEC: u64 = 7_430_000_000_000;
/// A byte of a universal state init, send.
pub const UNIVERSAL_BYTE_SEND: u64 = 78_000_000;
/// A byte of a universal state init, exec.
pub const UNIVERSAL_BYTE_EXEC: u64 = 74_000_000;
/// What verifying an ML-DSA-65 signature burns.
pub const ML_DSA_SIGNATURE: u64 = 100_000_000_000;

/// The price at which an idle chain burns gas, yoctoNEAR.
pub const PRICE: u128 = 100_000_000;
/// The least price at which gas is bought, yoctoNEAR, from version 85.
pub const PURCHASE: u128 = 1_000_000_000;
/// What creating an account costs in all, yoctoNEAR, from version 85.
pub const NEW_ACCOUNT: u128 = 7_000_000_000_000_000_000_000;
/// A byte of storage, yoctoNEAR.
pub const STORAGE_BYTE: u128 = 10_000_000_000_000_000_000;
/// A byte of global contract, yoctoNEAR, burnt.
pub const GLOBAL_BYTE: u128 = 100_000_000_000_000_000_000;

/// What a transaction has to pay in advance for `sent` gas burnt at once and `later` gas bought.
#[must_use]
pub fn prepaid(sent: u64, later: u64) -> u128 {
    u128::from(sent) * PRICE + u128::from(later) * PURCHASE
}

/// What `gas` burns.
#[must_use]
pub fn burn(gas: u64) -> u128 {
    u128::from(gas) * PRICE
}

/// Exec fee of adding a gas key's `nonces` rows, for an ed25519 key.
#[must_use]
pub fn gas_key_rows_exec(account: &str, nonces: u64) -> u64 {
    nonces * (GAS_KEY_NONCE_WRITE + GAS_KEY_BYTE_EXEC * (gas_key_row_len(account) + 8))
}

/// Send fee of moving tokens to or from an ed25519 gas key.
#[must_use]
pub fn gas_key_transfer_send() -> u64 {
    GAS_KEY_TRANSFER_SEND + GAS_KEY_BYTE_SEND * 33
}

/// Exec fee of moving tokens to or from an ed25519 gas key of `account`.
#[must_use]
pub fn gas_key_transfer_exec(account: &str) -> u64 {
    let key = 1 + account.len() as u64 + 1 + 33;
    GAS_KEY_TRANSFER_EXEC + GAS_KEY_BYTE_EXEC * (key + 27)
}

fn gas_key_row_len(account: &str) -> u64 {
    1 + account.len() as u64 + 1 + 33 + 2
}

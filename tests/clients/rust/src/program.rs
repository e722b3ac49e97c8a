//! Assembles programs for the driver contract; `driver.c` beside its wasm has the opcodes.

/// A public key as contracts see it: the curve's tag (0 for ed25519) and the key's bytes.
#[must_use]
pub fn ed25519(public_key: &[u8]) -> Vec<u8> {
    [&[0], public_key].concat()
}

/// Writes one entry of the contract's storage.
#[must_use]
pub fn storage_write(key: &str, value: &str) -> Vec<u8> {
    [vec![0x02], text(key.as_bytes()), text(value.as_bytes())].concat()
}

/// Returns a value from the call.
#[must_use]
pub fn value_return(value: &str) -> Vec<u8> {
    [vec![0x05], text(value.as_bytes())].concat()
}

/// Adds a full-access key to the contract's own account.
#[must_use]
pub fn add_key_to(account_id: &str, public_key: &[u8]) -> Vec<u8> {
    [batch_create(account_id), add_full_access_key(public_key), promise_return()].concat()
}

/// Creates an account with `yocto` yoctoNEAR and one full-access key.
#[must_use]
pub fn create_account(account_id: &str, yocto: u128, public_key: &[u8]) -> Vec<u8> {
    let transfer = [&[0x23, 0], &yocto.to_le_bytes()[..]].concat();
    let key = add_full_access_key(public_key);
    [batch_create(account_id), vec![0x20, 0], transfer, key, promise_return()].concat()
}

fn batch_create(account_id: &str) -> Vec<u8> {
    [vec![0x13], text(account_id.as_bytes())].concat()
}

fn add_full_access_key(public_key: &[u8]) -> Vec<u8> {
    [vec![0x25, 0], text(public_key), 0u64.to_le_bytes().to_vec()].concat()
}

fn promise_return() -> Vec<u8> {
    vec![0x30, 0]
}

fn text(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes(), bytes].concat()
}

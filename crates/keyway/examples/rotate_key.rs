//! Replaces an old key by a new one. The new key proves that it works before the old one is deleted, so the account
//! always has a working key.

use keyway::{Error, KeyPair, NearLiteral, Sandbox, add_full_access_key, delete_key};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    let old_key = alice.public_key().clone();

    let new_key = KeyPair::random_ed25519();
    alice.execute(add_full_access_key(new_key.public_key()))?;

    // Signed with the new key: if it did not work, the old one would still be there.
    let alice = alice.with_key(new_key.clone());
    alice.execute(delete_key(&old_key))?;

    let keys = sandbox.access_keys("alice.near")?;
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].public_key, new_key.public_key().into());
    Ok(())
}

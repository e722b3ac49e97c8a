//! Adds a second full-access key to an account.

use keyway::{Error, KeyPair, NearLiteral, Sandbox, add_full_access_key, transfer};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    sandbox.create_account("bob.near").balance(1.near()).create()?;

    let second = KeyPair::random_ed25519();
    alice.execute(add_full_access_key(second.public_key()))?;

    assert_eq!(sandbox.access_keys("alice.near")?.len(), 2);
    alice.with_key(second).execute(transfer(1.near()).to("bob.near"))?;
    assert_eq!(sandbox.balance("bob.near")?, 2.near());
    Ok(())
}

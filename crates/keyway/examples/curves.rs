//! Keys on each of NEAR's curves sign for the same account. ML-DSA-65 is safe from quantum computers.

use keyway::{Error, KeyPair, NearLiteral, Sandbox, add_full_access_key, transfer};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    sandbox.create_account("bob.near").create()?;

    let keys =
        [KeyPair::random_ed25519(), KeyPair::random_secp256k1(), KeyPair::random_ml_dsa_65()];
    alice.execute(keys.each_ref().map(|key| add_full_access_key(key.public_key())))?;

    let before = sandbox.balance("bob.near")?;
    for key in keys {
        alice.with_key(key).execute(transfer(1.near()).to("bob.near"))?;
    }
    assert_eq!(sandbox.balance("bob.near")?.checked_sub(before), Some(3.near()));
    Ok(())
}

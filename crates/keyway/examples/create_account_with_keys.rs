//! Creates an account with tokens and two keys, in one transaction of its parent.

use keyway::{
    Error, GasBudget, Intent, KeyPair, NearLiteral, Sandbox, add_full_access_key,
    add_function_call_key, create_account, transfer,
};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    let (owner, app) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());

    let shop = Intent::to("shop.alice.near")
        .then(create_account())
        .then(transfer(2.near()))
        .then(add_full_access_key(owner.public_key()))
        .then(
            add_function_call_key(app.public_key(), "market.near")
                .functions(["list_item"])
                .gas_budget(GasBudget::limit(500.millinear())),
        );
    alice.execute(shop)?;

    assert_eq!(sandbox.balance("shop.alice.near")?, 2.near());
    assert_eq!(sandbox.access_keys("shop.alice.near")?.len(), 2);
    Ok(())
}

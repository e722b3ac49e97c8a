//! Adds three keys in one transaction: all of them, or none.

use keyway::{
    Error, GasBudget, Intent, KeyPair, NearLiteral, Sandbox, add_full_access_key,
    add_function_call_key,
};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    let [backup, game, chat] = [(); 3].map(|()| KeyPair::random_ed25519());

    let keys = Intent::on_self()
        .then(add_full_access_key(backup.public_key()))
        .then(
            add_function_call_key(game.public_key(), "game.near")
                .functions(["play_move"])
                .gas_budget(GasBudget::limit(1.near())),
        )
        .then(
            add_function_call_key(chat.public_key(), "chat.near")
                .functions(["say"])
                .gas_budget(GasBudget::limit(100.millinear())),
        );
    alice.execute(keys)?;
    assert_eq!(sandbox.access_keys("alice.near")?.len(), 4);

    // The account has the first of these already, so the second is not added either.
    let fresh = KeyPair::random_ed25519();
    let error = alice
        .execute([
            add_full_access_key(backup.public_key()),
            add_full_access_key(fresh.public_key()),
        ])
        .expect_err("the chain refuses it");
    assert_eq!(error.kind(), "Failed.Action.AddKey.AlreadyExists");
    assert_eq!(sandbox.access_keys("alice.near")?.len(), 4);
    Ok(())
}

//! The README's example.

use keyway::{GasBudget, KeyPair, NearLiteral, Sandbox, add_function_call_key, transfer};

fn main() -> Result<(), keyway::Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    let app_key = KeyPair::random_ed25519();
    alice.execute(
        add_function_call_key(app_key.public_key(), "game.near")
            .functions(["play_move", "claim_reward"])
            .gas_budget(GasBudget::limit(250.millinear())),
    )?;

    let app = alice.with_key(app_key);
    let error = app.execute(transfer(1.millinear()).to("bob.near")).expect_err("calls only");
    assert_eq!(error.kind(), "Refused.Signer.AccessKey.NotFullAccess");
    Ok(())
}

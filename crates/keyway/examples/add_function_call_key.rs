//! Adds a key for an app, which may call two functions of one contract and spend 0.25 NEAR on gas.

use keyway::protocol::AccessKeyPermission;
use keyway::{
    Error, GasBudget, KeyPair, NearLiteral, Sandbox, add_function_call_key, call, transfer,
};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    sandbox.create_account("game.near").balance(1.near()).create()?;

    let app_key = KeyPair::random_ed25519();
    alice.execute(
        add_function_call_key(app_key.public_key(), "game.near")
            .functions(["play_move", "claim_reward"])
            .gas_budget(GasBudget::limit(250.millinear())),
    )?;

    let added = sandbox.access_key("alice.near", app_key.public_key())?;
    let AccessKeyPermission::FunctionCall(permission) = added.permission else {
        panic!("{added:?}");
    };
    assert_eq!(permission.receiver_id, "game.near");
    assert_eq!(permission.method_names, ["play_move", "claim_reward"]);
    assert_eq!(permission.allowance, Some(250.millinear()));

    // Anything else is refused, and costs nothing.
    let app = alice.with_key(app_key);
    let kind = |result: Result<_, Error>| result.expect_err("the chain refuses it").kind();
    assert_eq!(
        kind(app.execute(transfer(1.millinear()).to("game.near"))),
        "Refused.Signer.AccessKey.NotFullAccess"
    );
    assert_eq!(
        kind(app.execute(call("game.near", "withdraw"))),
        "Refused.Signer.AccessKey.Function.NotAllowed"
    );
    Ok(())
}

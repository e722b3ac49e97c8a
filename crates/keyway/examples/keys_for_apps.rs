//! One key for each app, so that the key of one app can be deleted and the others stay.

use keyway::{
    Error, GasBudget, Intent, KeyPair, NearLiteral, Sandbox, add_function_call_key, delete_key,
};

fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;

    let apps = ["game.near", "chat.near", "market.near"];
    let keys = apps.map(|app| (app, KeyPair::random_ed25519()));
    let grants = keys.iter().fold(Intent::on_self(), |grants, (app, key)| {
        grants.then(
            add_function_call_key(key.public_key(), app)
                .any_function()
                .gas_budget(GasBudget::limit(250.millinear())),
        )
    });
    alice.execute(grants)?;
    assert_eq!(sandbox.access_keys("alice.near")?.len(), 4);

    let (_, chat_key) = &keys[1];
    alice.execute(delete_key(chat_key.public_key()))?;
    assert!(sandbox.access_key("alice.near", chat_key.public_key()).is_err());
    assert_eq!(sandbox.access_keys("alice.near")?.len(), 3);
    Ok(())
}

//! The same over HTTP: a client, a signer that chooses among keys, and many tasks at once. With `Client::testnet()`
//! instead of the sandbox's address, nothing else changes.

use keyway::{
    Client, Error, GasBudget, KeyPair, NearLiteral, Sandbox, Signer, add_function_call_key,
    transfer,
};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let sandbox = Sandbox::new();
    let owner = KeyPair::random_ed25519();
    sandbox.create_account("alice.near").balance(100.near()).key_pair(owner.clone()).create()?;
    sandbox.create_account("bob.near").create()?;
    let server = sandbox.listen()?;

    let client = Client::http(&server.url())?;
    let app_key = KeyPair::random_ed25519();
    let alice = Signer::new(client.clone(), "alice.near", [owner, app_key.clone()])?;
    alice
        .execute(
            add_function_call_key(app_key.public_key(), "game.near")
                .functions(["play_move"])
                .gas_budget(GasBudget::limit(250.millinear())),
        )
        .await?;

    // One signer, many tasks: no two transactions get the same nonce.
    let before = client.account("bob.near").await?.total;
    let payments: Vec<_> = (0..8)
        .map(|_| {
            let alice = alice.clone();
            tokio::spawn(async move { alice.execute(transfer(1.near()).to("bob.near")).await })
        })
        .collect();
    for payment in payments {
        payment.await.expect("no task panics")?;
    }
    let after = client.account("bob.near").await?.total;
    assert_eq!(after.checked_sub(before), Some(8.near()));

    // Refusals are known before anything is sent.
    let verdict = alice.check(transfer(1_000.near()).to("bob.near")).await?;
    assert_eq!(verdict.refusal.map(|why| why.kind()), Some("Refused.Signer.Budget.NotEnough"));
    Ok(())
}

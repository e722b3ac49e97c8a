//! Plans of the analyses, carried out on a chain: rotations, deletions, least keys.

#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway::client::AccountKey;
use keyway::guard::{
    AuditOptions, Credentials, Grant, Observed, Recorded, audit, fix_plan, least_keys,
};
use keyway::protocol::{Action, SignedTransaction};
use keyway::rotation::{LocalState, Proof, Rotation, RotationStep};
use keyway::{
    AllowedFunctions, Gas, GasBudget, GasLiteral, Intent, KeyPair, NearLiteral, Outcome, Sandbox,
    SandboxAccount, Signer, Step, WaitUntil, add_full_access_gas_key, add_full_access_key,
    add_function_call_gas_key, add_function_call_key, call, fund_gas_key,
};
use near_primitives::action::FunctionCallAction;
use near_primitives::transaction::{NonceMode, Transaction, TransactionNonce, TransactionV1};

/// Signs `actions` of `alice` with one of her keys, and sends them.
async fn send(
    alice: &SandboxAccount,
    sandbox: &Sandbox,
    key: &KeyPair,
    receiver: &str,
    actions: Vec<Action>,
) -> Result<Outcome, keyway::Error> {
    let client = sandbox.client();
    let found = client.access_key(alice.id(), key.public_key()).await?;
    let nonce = match found.gas_key_info() {
        Some(_) => {
            let nonce = client.gas_key_nonces(alice.id(), key.public_key()).await?[0] + 1;
            TransactionNonce::GasKeyNonce { nonce, nonce_index: 0 }
        }
        None => TransactionNonce::Nonce { nonce: found.nonce + 1 },
    };
    let transaction = Transaction::V1(TransactionV1 {
        signer_id: alice.id().clone(),
        public_key: key.public_key().clone(),
        nonce,
        receiver_id: receiver.parse().unwrap(),
        block_hash: client.block().await?.hash,
        actions,
        nonce_mode: NonceMode::Monotonic,
    });
    let (hash, _) = transaction.get_hash_and_size();
    let signed = SignedTransaction::new(key.sign(hash.as_ref()).unwrap(), transaction);
    client.send(&signed, WaitUntil::default()).await
}

fn score_only() -> AllowedFunctions {
    keyway::FunctionNames::new(["score"]).unwrap().into()
}

/// Every way to add `key` to alice.
fn kinds(key: &KeyPair) -> Vec<Intent> {
    let key = key.public_key();
    let on_self = |steps: Vec<Step>| steps.into_iter().fold(Intent::on_self(), Intent::then);
    let app = || add_function_call_key(key, "near").allowed_functions(score_only());
    let any = add_function_call_key(key, "near").allowed_functions(AllowedFunctions::AllNonPayable);
    let gas_app = add_function_call_gas_key(key, "near", 2).allowed_functions(score_only());
    vec![
        on_self(vec![add_full_access_key(key)]),
        on_self(vec![app().gas_budget(GasBudget::limit(1.near())).into()]),
        on_self(vec![any.gas_budget(GasBudget::Unlimited).into()]),
        on_self(vec![add_full_access_gas_key(key, 2), fund_gas_key(key, 2.near())]),
        on_self(vec![gas_app.into(), fund_gas_key(key, 2.near())]),
    ]
}

#[tokio::test]
async fn a_rotation_runs_as_planned_and_the_proof_does_nothing() {
    let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
    for intent in kinds(&old) {
        let sandbox = Sandbox::new();
        let alice = sandbox.create_account("alice.near").balance(100.near()).create().unwrap();
        alice.execute(intent).unwrap();
        let (client, owner) = (sandbox.client(), alice.key_pair().clone());
        let before = client.access_keys("alice.near").await.unwrap();
        let (from, to) = (old.public_key().clone(), new.public_key().clone());
        let mut rotation = Rotation::new(alice.id().clone(), from, to, &before).unwrap();
        let owner = Signer::new(client.clone(), "alice.near", owner).unwrap();
        let with_new = Signer::new(client.clone(), "alice.near", new.clone()).unwrap();
        loop {
            let keys = client.access_keys("alice.near").await.unwrap();
            match rotation.next(&keys, LocalState { secret: true, main: true }).unwrap() {
                RotationStep::Add(intent) | RotationStep::Delete(intent) => {
                    owner.execute(intent).await.unwrap();
                }
                RotationStep::Prove(Proof::Transaction(proof)) => {
                    let is_call = rotation.permission.function_call_permission().is_some();
                    let proven = with_new.execute(proof).await;
                    // Accepted; the call has too little gas to start.
                    assert_eq!(matches!(proven, Err(keyway::Error::Failed(_))), is_call);
                    assert!(is_call || proven.is_ok());
                    rotation.proven = true;
                }
                RotationStep::TidyUp => break,
                other => panic!("{other:?}"),
            }
        }
        let after = client.access_keys("alice.near").await.unwrap();
        let grant = |key: &KeyPair, keys: &[AccountKey]| {
            let found = keys.iter().find(|it| it.public_key == key.public_key().into());
            found.map(|it| Grant::of(&it.access_key.permission))
        };
        assert_eq!(grant(&new, &after), grant(&old, &before));
        assert_eq!(grant(&old, &after), None);
        assert_eq!(after.len(), before.len());
    }
}

#[tokio::test]
async fn a_plan_of_deletions_passes_and_burns_no_gas_keys_tokens() {
    let sandbox = Sandbox::new();
    sandbox.seal_blocks(1).unwrap();
    let alice = sandbox.create_account("alice.near").balance(100.near()).create().unwrap();
    for _ in 0..5 {
        let key = KeyPair::random_ed25519();
        let add = add_function_call_gas_key(key.public_key(), "near", 1);
        let add: Step = add.allowed_functions(score_only()).into();
        alice.execute(Intent::on_self().then(add).then(fund_gas_key(&key, 1.near()))).unwrap();
    }
    sandbox.seal_blocks(1).unwrap();
    let (client, files) = (sandbox.client(), Credentials::default());
    let (chain, facts) =
        (client.chain_facts().await.unwrap(), client.account_facts("alice.near").await.unwrap());
    let earlier = Some(Observed::new(chain.height - 2, &facts));
    let options = AuditOptions { idle_after: 1, earlier, ..AuditOptions::default() };
    let plan = fix_plan(&audit(&chain, &facts, &files, &options), &chain, &facts, &files);
    assert_eq!(plan.transactions.len(), 5);
    let before = alice.balance().unwrap();
    for transaction in plan.transactions {
        let sent = send(&alice, &sandbox, alice.key_pair(), "alice.near", transaction.actions);
        assert!(sent.await.unwrap().is_success());
    }
    assert_eq!(client.account_facts("alice.near").await.unwrap().keys.len(), 1);
    assert!(alice.balance().unwrap() > before.checked_add(4.near()).unwrap());
}

#[tokio::test]
async fn the_least_key_repeats_what_was_done() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account("alice.near").balance(100.near()).create().unwrap();
    for (function, gas) in [("score", 30), ("play", 100), ("score", 5)] {
        // There are no contracts, so the calls fail, but they are recorded.
        let error = alice.execute(call("near", function).gas(gas.tgas())).unwrap_err();
        assert!(error.kind().starts_with("Failed.Action.FunctionCall."), "{error}");
    }
    let client = sandbox.client();
    let made = client.recent_transactions("alice.near", 1000).await.unwrap().transactions;
    let names: Vec<_> = made.iter().map(|made| name(&made.actions)).collect();
    assert_eq!(names, [("score", 30.tgas()), ("play", 100.tgas()), ("score", 5.tgas())]);
    assert!(made.is_sorted_by_key(|made| made.height));

    let recorded = made.iter().map(|made| Recorded {
        receiver_id: made.receiver_id.clone(),
        actions: made.actions.clone(),
        burnt: None,
    });
    let recorded: Vec<_> = recorded.collect();
    let chain = client.chain_facts().await.unwrap();
    let least = least_keys(&chain, alice.id(), &recorded).unwrap().keys.remove(0);
    let key = KeyPair::random_ed25519();
    let add = add_function_call_key(key.public_key(), least.receiver_id.as_str())
        .allowed_functions(keyway::FunctionNames::new(&least.methods).unwrap())
        .gas_budget(GasBudget::limit(least.allowance));
    alice.execute(Intent::on_self().then(Step::from(add))).unwrap();
    for made in made {
        let again = send(&alice, &sandbox, &key, made.receiver_id.as_str(), made.actions).await;
        assert!(!again.unwrap().is_success(), "accepted, and failed as it did before");
    }
    let found = client.access_key(alice.id(), key.public_key()).await.unwrap();
    let left = found.permission.function_call_permission().unwrap().allowance.unwrap();
    assert!(left < least.allowance);
}

fn name(actions: &[Action]) -> (&str, Gas) {
    let [Action::FunctionCall(call)] = actions else { panic!("{actions:?}") };
    let FunctionCallAction { method_name, gas, .. } = call.as_ref();
    (method_name, *gas)
}

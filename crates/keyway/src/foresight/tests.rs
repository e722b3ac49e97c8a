use super::*;
use crate::{
    GasBudget, KeyPair, NearLiteral, Sandbox, Step, add_full_access_key, add_function_call_key,
    call, create_account, delete_account, delete_key, deploy, transfer,
};

const SCORE: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));

/// `game.near` with a contract, `alice.near` with two keys, one of them post-quantum, and `large.near` with more keys than
/// can be deleted at once.
struct World {
    sandbox: Sandbox,
    owner: KeyPair,
    long: KeyPair,
}

fn world() -> World {
    let sandbox = Sandbox::new();
    let (owner, long) = (KeyPair::random_ed25519(), KeyPair::random_ml_dsa_65());
    let alice = sandbox.create_account("alice.near").key_pair(owner.clone()).create().unwrap();
    alice.execute(add_full_access_key(&long)).unwrap();
    sandbox.create_account("game.near").contract(SCORE).create().unwrap();
    let large = sandbox.create_account("large.near").create().unwrap();
    for _ in 0..2 {
        let keys = (0..60).map(|_| {
            let key = KeyPair::random_ed25519();
            let limits = add_function_call_key(key.public_key(), "game.near").functions(["score"]);
            Step::from(limits.gas_budget(GasBudget::limit(1.near())))
        });
        large.execute(keys.collect::<Vec<_>>()).unwrap();
    }
    World { sandbox, owner, long }
}

impl World {
    /// The foreseen failure, which must be the one that happens.
    #[track_caller]
    fn foreseen(&self, signer: &str, intent: impl Into<Intent>) -> Option<Foreseen> {
        let intent = intent.into();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let client = self.sandbox.client();
        let foreseen = runtime.block_on(client.foresee(signer, intent.clone())).unwrap();
        let happens = self.sandbox.impersonate(signer).unwrap().simulate(intent);
        if let Some(foreseen) = &foreseen {
            let Err(Error::Failed(failure)) = happens else { panic!("{foreseen}: {happens:?}") };
            assert_eq!(failure.action_index(), Some(foreseen.action_index as u64));
        }
        foreseen
    }

    #[track_caller]
    fn fails(&self, signer: &str, intent: impl Into<Intent>) {
        assert!(self.foreseen(signer, intent).is_some());
    }

    #[track_caller]
    fn may_work(&self, signer: &str, intent: impl Into<Intent>) {
        assert_eq!(self.foreseen(signer, intent), None);
    }
}

#[test]
fn accounts_that_are_missing_or_not_ones_own_are_foreseen() {
    let world = world();
    world.fails("alice.near", transfer(1.near()).to("nobody.near"));
    world.may_work("alice.near", transfer(1.near()).to("game.near"));
    world.may_work("alice.near", transfer(1.near()).to("a".repeat(64)));
    let create = |name: &str| create_account().to(name).then(transfer(1.near()));
    for name in ["game.near", "dev-1", "x.bob.near", &"a".repeat(64)] {
        world.fails("alice.near", create(name));
    }
    world.may_work("alice.near", create("x.alice.near"));
    world.fails("alice.near", deploy(SCORE).to("game.near"));
}

#[test]
fn keys_that_are_missing_or_there_are_foreseen() {
    let world = world();
    let new = KeyPair::random_ed25519();
    world.fails("alice.near", delete_key(&new));
    for known in [&world.owner, &world.long] {
        world.may_work("alice.near", delete_key(known));
        world.fails("alice.near", add_full_access_key(known));
        world.may_work("alice.near", [delete_key(known), add_full_access_key(known)]);
    }
    let third = [add_full_access_key(&new), delete_key(&new), delete_key(&new)];
    let foreseen = world.foreseen("alice.near", third).unwrap();
    assert_eq!(foreseen.action_index, 2);
    assert!(foreseen.to_string().starts_with("action 3 (delete key "), "{foreseen}");
}

#[test]
fn calls_of_what_is_not_there_are_foreseen() {
    let world = world();
    world.fails("alice.near", call("game.near", "play"));
    world.may_work("alice.near", call("game.near", "score"));
    world.fails("alice.near", call("alice.near", "score"));
    world.fails("alice.near", call("nobody.near", "score"));
    // As the actions before leave it.
    let deployed = |name: &str| deploy(SCORE).to("alice.near").then(call("alice.near", name));
    world.may_work("alice.near", deployed("score"));
    world.fails("alice.near", deployed("play"));
    let new = "x.alice.near";
    world.fails("alice.near", create_account().to(new).then(call(new, "score")));
    let second = call("game.near", "score").then(call("game.near", "play"));
    assert_eq!(world.foreseen("alice.near", second).unwrap().action_index, 1);
}

/// A bug: the account's 120 keys prevented its deletion, and the error named neither them nor the bytes.
#[test]
fn an_account_that_cannot_be_deleted_is_foreseen_with_its_bytes() {
    let world = world();
    world.may_work("alice.near", delete_account("game.near"));
    world.may_work("game.near", delete_account("alice.near"));
    let large = world.foreseen("large.near", delete_account("game.near")).unwrap();
    let bytes = world.sandbox.client();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bytes = runtime.block_on(bytes.account("large.near")).unwrap().storage_usage;
    assert!(bytes > 10_000);
    let words = [format!("stores {bytes} bytes"), "10000".to_owned(), "its 121 keys".to_owned()];
    assert!(words.iter().all(|words| large.to_string().contains(words)), "{large}");
}

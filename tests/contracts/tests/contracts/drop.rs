//! Drops: what a link gives, and what it never gives.

mod attacks;
mod expiry;

use crate::assert_panics;
use keyway::protocol::PublicKey;
use keyway::{
    Error, GasLiteral, KeyPair, NearLiteral, NearToken, Outcome, Sandbox, SandboxAccount,
};
use keyway_contract_tests::{DROP, install, view};
use serde_json::{Value, json};
use std::time::{Duration, UNIX_EPOCH};

#[test]
fn a_hundred_links_become_a_hundred_accounts() {
    let world = World::begin();
    let own = world.surplus();
    for (number, link) in world.links(100).iter().enumerate() {
        let (name, key) = (format!("user-{number}.drop.near"), KeyPair::random_ed25519());
        assert!(create(link, &name, key.public_key()).unwrap().json::<bool>().unwrap());
        assert_eq!(world.sandbox.balance(&name).unwrap(), AMOUNT);
        assert_eq!(world.sandbox.access_keys(&name).unwrap().len(), 1);
    }
    assert_eq!(world.keys(), 1, "the owner's");
    assert!(world.surplus() > own, "what links leave over stays");
}

#[test]
fn a_link_pays_an_account_and_is_gone() {
    let world = World::begin();
    let links = world.links(2);
    let bob = world.sandbox.create_account("bob.near").balance(1.near()).create().unwrap();
    assert!(claim(&links[0], "bob.near").unwrap().json::<bool>().unwrap());
    assert_eq!(bob.balance().unwrap(), 1.near().checked_add(AMOUNT).unwrap());
    let refused = claim(&links[0], "bob.near").unwrap_err();
    assert_eq!(refused.kind(), "Refused.Signer.AccessKey.NotFound");
    assert_eq!(world.link(&links[0]), Value::Null);
    assert_eq!(world.link(&links[1])["claiming"], false);
    assert_eq!(world.keys(), 2, "the owner's and the other link's");
}

#[test]
fn a_link_makes_an_implicit_account() {
    let world = World::begin();
    let (link, implicit) = (&world.links(1)[0], "0f".repeat(32));
    assert!(claim(link, &implicit).unwrap().json::<bool>().unwrap());
    assert_eq!(world.sandbox.balance(&implicit).unwrap(), AMOUNT);
}

#[test]
fn a_claim_that_fails_does_not_lose_the_link() {
    let world = World::begin();
    let (link, key) = (&world.links(1)[0], KeyPair::random_ed25519());
    world.sandbox.create_account("taken.drop.near").create().unwrap();
    for _ in 0..3 {
        let taken = create(link, "taken.drop.near", key.public_key()).unwrap();
        assert!(!taken.json::<bool>().unwrap());
        let nobody = claim(link, "nobody.near").unwrap();
        assert!(!nobody.json::<bool>().unwrap());
    }
    assert_eq!(world.link(link)["claiming"], false);
    assert!(create(link, "free.drop.near", key.public_key()).unwrap().json::<bool>().unwrap());
    assert_eq!(world.sandbox.balance("free.drop.near").unwrap(), AMOUNT);
}

#[test]
fn the_payment_must_be_exact() {
    let world = World::begin();
    let keys = [KeyPair::random_ed25519()];
    let exact = world.price(1);
    for wrong in [NearToken::ZERO, exact.checked_sub(1.yoctonear()).unwrap(), world.price(2)] {
        assert_panics(world.add(&keys, wrong), "attach exactly");
    }
    assert!(world.add(&keys, exact).unwrap().json::<bool>().unwrap());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let world = World::begin();
    assert_panics(world.add(&[], NearToken::ZERO), "0 keys");
    let many = vec![KeyPair::random_ed25519(); 101];
    assert_panics(world.add(&many, world.price(101)), "101 keys");
    assert_panics(world.add(&[KeyPair::random_secp256k1()], world.price(1)), "not an ed25519 key");
    let key = KeyPair::random_ed25519();
    let worthless =
        json!({"public_keys": [key.public_key()], "amount": "0", "expires_at_ns": LATE});
    assert_panics(world.alice.call(DROP_ID, "add_links").args_json(&worthless).execute(), "worth");
    let huge = json!({
        "public_keys": [key.public_key()], "amount": u128::MAX.to_string(), "expires_at_ns": LATE,
    });
    assert_panics(world.alice.call(DROP_ID, "add_links").args_json(&huge).execute(), "too large");
}

/// What the drop's owner may take: what gas and storage leave over, never what links need.
#[test]
fn the_owner_withdraws_the_surplus_only() {
    let world = World::begin();
    let links = world.links(3);
    assert_panics(world.alice.call(DROP_ID, "withdraw_surplus").execute(), "only the owner");
    let surplus = world.surplus();
    let owner = &world.owner;
    let before = owner.balance().unwrap();
    owner.call(DROP_ID, "withdraw_surplus").execute().unwrap();
    let gained = owner.balance().unwrap().checked_sub(before).unwrap();
    assert!(surplus.checked_sub(gained).unwrap() < 1.millinear(), "{surplus} {gained}");
    // All that is left is reserved or locked for storage; the links are good.
    assert!(world.surplus() < 1.millinear());
    for (number, link) in links.iter().enumerate() {
        let key = KeyPair::random_ed25519();
        let made = create(link, &format!("late-{number}.drop.near"), key.public_key()).unwrap();
        assert!(made.json::<bool>().unwrap());
    }
}

/// An account that is a drop and has 100 NEAR of its own, its owner, and Alice, who pays for links.
struct World {
    sandbox: Sandbox,
    drop: SandboxAccount,
    owner: SandboxAccount,
    alice: SandboxAccount,
}

impl World {
    fn begin() -> Self {
        let sandbox = Sandbox::new();
        let owner = sandbox.create_account("owner.near").create().unwrap();
        let drop = sandbox.create_account(DROP_ID).balance(101.near()).create().unwrap();
        install(&drop, DROP, &json!({"owner_id": "owner.near"}), NearToken::ZERO).unwrap();
        let alice = sandbox.create_account("alice.near").balance(1_000.near()).create().unwrap();
        Self { sandbox, drop, owner, alice }
    }

    /// So many open links: each is the drop's account, with the link's key.
    fn links(&self, count: usize) -> Vec<SandboxAccount> {
        let keys: Vec<KeyPair> = (0..count).map(|_| KeyPair::random_ed25519()).collect();
        assert!(self.add(&keys, self.price(count)).unwrap().json::<bool>().unwrap());
        keys.into_iter().map(|key| self.drop.with_key(key)).collect()
    }

    fn add(&self, keys: &[KeyPair], deposit: NearToken) -> Result<Outcome, Error> {
        let keys: Vec<&PublicKey> = keys.iter().map(KeyPair::public_key).collect();
        let expires_at_ns = (self.sandbox.now() + HOUR).duration_since(UNIX_EPOCH).unwrap();
        let args = json!({
            "public_keys": keys,
            "amount": AMOUNT,
            "expires_at_ns": expires_at_ns.as_nanos().to_string(),
        });
        let add = self.alice.call(DROP_ID, "add_links").args_json(&args);
        add.deposit(deposit).gas(100.tgas()).execute()
    }

    /// What so many links cost.
    fn price(&self, count: usize) -> NearToken {
        let price = self.ask("price_of", &json!({ "amount": AMOUNT }));
        let price: NearToken = serde_json::from_value(price).unwrap();
        price.checked_mul(count as u128).unwrap()
    }

    fn surplus(&self) -> NearToken {
        serde_json::from_value(self.ask("surplus", &json!({}))).unwrap()
    }

    /// The row of a link.
    fn link(&self, link: &SandboxAccount) -> Value {
        self.ask("links", &json!({"public_keys": [link.public_key()]}))[0].clone()
    }

    /// How many keys the drop's account has.
    fn keys(&self) -> usize {
        self.sandbox.access_keys(DROP_ID).unwrap().len()
    }

    fn ask(&self, method: &str, args: &Value) -> Value {
        view(&self.sandbox, DROP_ID, method, args).unwrap()
    }
}

fn claim(link: &SandboxAccount, account_id: &str) -> Result<Outcome, Error> {
    link.call(DROP_ID, "claim").args_json(&json!({ "account_id": account_id })).execute()
}

fn create(link: &SandboxAccount, name: &str, key: &PublicKey) -> Result<Outcome, Error> {
    let args = json!({"new_account_id": name, "new_public_key": key});
    link.call(DROP_ID, "create_account_and_claim").args_json(&args).execute()
}

const DROP_ID: &str = "drop.near";
const AMOUNT: NearToken = NearToken::from_millinear(100);
const HOUR: Duration = Duration::from_secs(3_600);

/// A time that no test sees, nanoseconds since 1970.
const LATE: &str = "9000000000000000000";

use super::super::*;
use keyway_signer::KeyPair;
use near_primitives::account::{FunctionCallPermission, GasKeyInfo};

/// A chain reduced to a list of keys, which executes intents.
#[derive(Clone)]
struct World {
    rotation: Rotation,
    keys: Vec<AccountKey>,
    local: LocalState,
}

impl World {
    fn new(permission: AccessKeyPermission, others: &[AccessKeyPermission]) -> Self {
        let all = std::iter::once(&permission).chain(others);
        let pairs: Vec<_> = all.map(|p| (KeyPair::random_ed25519(), p.clone())).collect();
        let keys: Vec<_> = pairs.iter().map(|(pair, p)| listed(pair.public_key(), p)).collect();
        let (old, new) = (pairs[0].0.public_key().clone(), KeyPair::random_ed25519());
        let alice = "alice.near".parse().unwrap();
        let rotation = Rotation::new(alice, old, new.public_key().clone(), &keys).unwrap();
        Self { rotation, keys, local: LocalState { secret: true, main: false } }
    }

    fn next(&self) -> Result<RotationStep, RotationError> {
        self.rotation.next(&self.keys, self.local)
    }

    /// Takes one step; false at the end.
    fn step(&mut self) -> bool {
        match self.next().unwrap() {
            RotationStep::Add(intent) | RotationStep::Swap(intent) => self.run(&intent),
            RotationStep::Prove(_) => self.rotation.proven = true,
            RotationStep::MakeMain => self.local.main = true,
            RotationStep::Delete(intent) => {
                assert!(self.rotation.proven && self.local.main);
                self.run(&intent);
            }
            RotationStep::TidyUp => return false,
        }
        true
    }

    fn run(&mut self, intent: &Intent) {
        for action in intent.resolve(&self.rotation.account_id).unwrap().1 {
            match action {
                Action::AddKey(add) => {
                    assert!(find(&self.keys, &add.public_key).is_none());
                    self.keys.push(listed(&add.public_key, &add.access_key.permission));
                }
                Action::DeleteKey(delete) => {
                    let handle = PublicKeyHandle::from(&delete.public_key);
                    let before = self.keys.len();
                    self.keys.retain(|key| key.public_key != handle);
                    assert_eq!(self.keys.len(), before - 1);
                }
                Action::TransferToGasKey(fund) => {
                    let found = find(&self.keys, &fund.public_key).unwrap();
                    assert!(gas_balance(&found.permission).is_zero());
                }
                Action::WithdrawFromGasKey(withdraw) => {
                    let found = find(&self.keys, &withdraw.public_key).unwrap();
                    assert_eq!(gas_balance(&found.permission), withdraw.amount);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// One of the two keys is on the chain, and its secret is available.
    fn works(&self) -> bool {
        let (old, new) = (&self.rotation.old_key, &self.rotation.new_key);
        find(&self.keys, old).is_some() || find(&self.keys, new).is_some()
    }
}

fn listed(public_key: &PublicKey, permission: &AccessKeyPermission) -> AccountKey {
    let access_key = AccessKey { nonce: 7, permission: permission.clone() };
    AccountKey { public_key: public_key.into(), access_key }
}

fn gas_key(balance: Balance) -> AccessKeyPermission {
    AccessKeyPermission::GasKeyFullAccess(GasKeyInfo { balance, num_nonces: 4 })
}

fn calls(allowance: Option<Balance>) -> AccessKeyPermission {
    let method_names = vec!["play".to_owned()];
    AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance,
        receiver_id: "game.near".to_owned(),
        method_names,
    })
}

#[test]
fn there_is_a_working_key_after_each_step() {
    let full = AccessKeyPermission::FullAccess;
    let near = Balance::from_near(1);
    for permission in [full.clone(), calls(None), calls(Some(near)), gas_key(near)] {
        for atomic in [false, true] {
            let mut world = World::new(permission.clone(), std::slice::from_ref(&full));
            world.rotation.atomic = atomic && gas_balance(&permission).is_zero();
            let mut steps = 0;
            while world.step() {
                // After an interruption, the plan is read again and continues with the same step.
                let json = serde_json::to_string(&world.rotation).unwrap();
                world.rotation = serde_json::from_str(&json).unwrap();
                assert!(world.works());
                steps += 1;
            }
            assert_eq!(steps, if world.rotation.atomic { 2 } else { 4 });
            assert_eq!(world.keys.len(), 2);
            let new = find(&world.keys, &world.rotation.new_key).unwrap();
            assert!(same_grant(&permission, &new.permission));
            assert!(find(&world.keys, &world.rotation.old_key).is_none());
        }
    }
}

#[test]
fn each_key_proves_itself_by_a_transaction_that_it_may_sign() {
    let near = Balance::from_near(1);
    let proof = |permission| {
        let rotation = World::new(permission, &[]).rotation;
        let Proof::Transaction(intent) = rotation.proof() else { return None };
        Some(intent.resolve(&rotation.account_id).unwrap())
    };
    for permission in [AccessKeyPermission::FullAccess, gas_key(near)] {
        let (receiver, actions) = proof(permission).unwrap();
        assert_eq!(receiver, "alice.near");
        assert!(matches!(&actions[..], [Action::Transfer(sent)] if sent.deposit.is_zero()));
    }
    let (receiver, actions) = proof(calls(Some(near))).unwrap();
    assert_eq!(receiver, "game.near");
    let [Action::FunctionCall(call)] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!(
        (call.method_name.as_str(), call.gas, call.deposit.is_zero()),
        ("play", Gas::from_gas(1), true)
    );
    assert_eq!(proof(gas_key(Balance::ZERO)), None);
}

#[test]
fn the_last_full_access_key_is_not_replaced_by_less() {
    let mut world = World::new(AccessKeyPermission::FullAccess, &[calls(None)]);
    world.rotation.permission = calls(None);
    assert!(matches!(world.next(), Err(RotationError::LastFullAccess { .. })));
    world.step_up();
    assert!(matches!(world.next(), Ok(RotationStep::Add(_))));
}

impl World {
    /// Another full-access key is added.
    fn step_up(&mut self) {
        let key = KeyPair::random_ed25519();
        self.keys.push(listed(key.public_key(), &AccessKeyPermission::FullAccess));
    }
}

#[test]
fn what_others_did_meanwhile_stops_it() {
    let world = World::new(AccessKeyPermission::FullAccess, &[]);
    let mut lost = world.clone();
    lost.local.secret = false;
    assert!(matches!(lost.next(), Err(RotationError::SecretMissing { .. })));
    let mut gone = world.clone();
    gone.keys.clear();
    assert!(matches!(gone.next(), Err(RotationError::BothGone { .. })));
    assert!(gone.rotation.both_gone(&gone.keys) && !world.rotation.both_gone(&world.keys));
    assert_eq!(gone.rotation.take_back(&gone.keys), Ok(None));
    let mut other = world;
    other.keys.push(listed(&other.rotation.new_key, &calls(None)));
    assert!(matches!(other.next(), Err(RotationError::OtherPermission { .. })));
}

#[test]
fn a_gas_keys_funds_are_saved_or_it_stays() {
    let mut world = World::new(gas_key(Balance::from_near(3)), &[]);
    world.rotation.atomic = true;
    assert!(matches!(world.next(), Err(RotationError::FundsOnOldKey { .. })));
    world.rotation.atomic = false;
    while world.step() {}
    assert_eq!(world.rotation.fund, Balance::from_near(3));
}

#[test]
fn it_is_taken_back_until_the_old_key_is_gone() {
    let mut world = World::new(AccessKeyPermission::FullAccess, &[]);
    assert_eq!(world.rotation.take_back(&world.keys), Ok(None));
    assert!(world.step());
    let back = world.rotation.take_back(&world.keys).unwrap().unwrap();
    world.run(&back);
    assert!(world.works() && world.keys.len() == 1);
    while world.step() {}
    assert!(matches!(world.rotation.take_back(&world.keys), Err(RotationError::TooLate { .. })));
}

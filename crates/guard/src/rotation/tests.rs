use super::*;
use crate::fixture::{alice, calls, chain, full, gas_calls, gas_full, handle, id, key};
use crate::probe;
use keyway_engine::{Signer, Verdict, authorize, transaction_cost};
use near_primitives::account::{AccessKey, AccessKeyPermission};
use near_primitives::transaction::{NonceMode, Transaction, TransactionNonce, TransactionV1};

fn plan(keys: Vec<KeyFacts>) -> Result<RotationPlan, RotationError> {
    rotation_plan(&alice(keys), &key("old"), &key("new"), NewBudget::Left)
}

/// Every kind of key, under the name `old`.
fn kinds() -> Vec<KeyFacts> {
    vec![
        full("old"),
        calls("old", "game.near", &["play", "score"], Some(250)),
        calls("old", "game.near", &[], None),
        gas_full("old", 700),
        gas_calls("old", "game.near", &["play"], 700),
    ]
}

#[test]
fn every_kind_of_key_is_copied_proved_and_deleted_by_who_may() {
    for old in kinds() {
        let mut account = alice(vec![old.clone(), full("other")]);
        let plan = plan(account.keys.clone()).unwrap();
        for step in &plan.steps {
            match step {
                RotationStep::Keep => {}
                RotationStep::Add { signers, actions }
                | RotationStep::Delete { signers, actions } => {
                    assert!(!signers.is_empty());
                    for signer in signers {
                        assert_accepted(&account, signer, &account.account_id, actions);
                    }
                    actions.iter().for_each(|action| apply(&mut account, action));
                }
                RotationStep::Prove { receiver_id, actions, nonce_index } => {
                    assert_eq!(nonce_index.is_some(), old.access_key.gas_key_info().is_some());
                    assert_accepted(&account, &handle("new"), receiver_id, actions);
                }
            }
            assert!(account.keys.iter().any(is_full_access));
        }
        let [other, new] = account.keys.as_slice() else { panic!("{plan}") };
        assert_eq!((&other.public_key, &new.public_key), (&handle("other"), &handle("new")));
        assert_eq!(new.access_key.permission, old.access_key.permission);
    }
}

/// Asks the engine about a transaction of `account` that `signer` signs.
#[track_caller]
fn assert_accepted(
    account: &AccountFacts,
    signer: &PublicKeyHandle,
    receiver_id: &AccountId,
    actions: &[Action],
) {
    let found = account.keys.iter().find(|key| key.public_key == *signer).unwrap();
    let (config, access_key) = (&chain().protocol.config, &found.access_key);
    let row = found.gas_key_nonces.first().copied();
    let nonce = row.unwrap_or(access_key.nonce) + 1;
    let nonce = match row {
        Some(_) => TransactionNonce::GasKeyNonce { nonce, nonce_index: 0 },
        None => TransactionNonce::Nonce { nonce },
    };
    let Transaction::V0(tx) =
        probe::transaction(&account.account_id, key("any"), receiver_id, actions.to_vec())
    else {
        panic!()
    };
    let tx = Transaction::V1(TransactionV1 {
        signer_id: tx.signer_id,
        public_key: tx.public_key,
        nonce,
        receiver_id: tx.receiver_id,
        block_hash: tx.block_hash,
        actions: tx.actions,
        nonce_mode: NonceMode::Monotonic,
    });
    let cost = transaction_cost(config, &tx, chain().gas_price).unwrap();
    let signer = Signer { account: &account.account, access_key, gas_key_nonce: row };
    let verdict = authorize(config, signer, &tx, &cost, None);
    assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
}

/// The effect of a rotation's action on the keys.
fn apply(account: &mut AccountFacts, action: &Action) {
    match action {
        Action::AddKey(add) => {
            let rows = add.access_key.gas_key_info().map_or(0, |info| usize::from(info.num_nonces));
            account.keys.push(KeyFacts {
                public_key: (&add.public_key).into(),
                access_key: AccessKey { nonce: 0, ..add.access_key.clone() },
                gas_key_nonces: vec![0; rows],
            });
        }
        Action::TransferToGasKey(fund) => move_funds(account, &fund.public_key, |balance| {
            balance.checked_add(fund.deposit).unwrap()
        }),
        Action::WithdrawFromGasKey(withdraw) => {
            move_funds(account, &withdraw.public_key, |balance| {
                balance.checked_sub(withdraw.amount).unwrap()
            })
        }
        Action::DeleteKey(delete) => {
            let handle = PublicKeyHandle::from(&delete.public_key);
            let gone = account.keys.iter().position(|key| key.public_key == handle).unwrap();
            let left = account.keys.remove(gone).access_key.gas_key_info().map(|info| info.balance);
            assert_eq!(left.unwrap_or(Balance::ZERO), Balance::ZERO, "burnt");
        }
        other => panic!("{other:?}"),
    }
}

fn move_funds(
    account: &mut AccountFacts,
    public_key: &PublicKey,
    change: impl Fn(Balance) -> Balance,
) {
    let handle = PublicKeyHandle::from(public_key);
    let found = account.keys.iter_mut().find(|key| key.public_key == handle).unwrap();
    let info = found.access_key.gas_key_info_mut().unwrap();
    info.balance = change(info.balance);
}

#[test]
fn the_only_full_access_key_adds_and_the_new_one_deletes() {
    let plan = plan(vec![full("old"), calls("b", "game.near", &[], None)]).unwrap();
    let signers = plan.steps.iter().filter_map(|step| match step {
        RotationStep::Add { signers, .. } | RotationStep::Delete { signers, .. } => Some(signers),
        _ => None,
    });
    let signers: Vec<_> = signers.collect();
    assert_eq!(signers, [&vec![handle("old")], &vec![handle("new")]]);
    let (signers, actions) = plan.atomic().unwrap();
    assert_eq!((signers, actions.len()), (vec![handle("old")], 2));
}

#[test]
fn a_gas_key_cannot_withdraw_from_itself_in_one_transaction() {
    assert_eq!(plan(vec![gas_full("old", 700)]).unwrap().atomic(), None);
    let (signers, actions) = plan(vec![gas_full("old", 700), full("b")]).unwrap().atomic().unwrap();
    assert_eq!((signers, actions.len()), (vec![handle("b")], 4));
}

#[test]
fn what_cannot_be_rotated() {
    let there = plan(vec![full("old"), full("new")]).unwrap_err();
    assert_eq!(there, RotationError::NewKeyThere { account_id: id("alice.near") });
    let missing = plan(vec![full("a")]).unwrap_err();
    assert_eq!(missing, RotationError::OldKeyMissing { account_id: id("alice.near"), keys: 1 });
    let nobody = plan(vec![calls("old", "game.near", &[], None)]).unwrap_err();
    assert_eq!(nobody, RotationError::NobodyCanSign { account_id: id("alice.near") });
    let bad = plan(vec![full("a"), calls("old", "Game", &[], None)]).unwrap_err();
    assert_eq!(bad, RotationError::BadReceiver { receiver_id: "Game".to_owned() });
}

#[test]
fn a_budget_can_be_set_where_there_is_one() {
    let set = |old: KeyFacts| {
        let account = alice(vec![full("a"), old]);
        rotation_plan(&account, &key("old"), &key("new"), NewBudget::Set(Balance::from_near(2)))
    };
    for old in kinds() {
        let is_plain = old.access_key.permission == AccessKeyPermission::FullAccess;
        match set(old) {
            Ok(plan) => {
                let budget = match plan.new_budget {
                    GasBudget::Allowance { left } => left,
                    GasBudget::KeyBalance { balance } => balance,
                    GasBudget::NoLimit => panic!("{plan}"),
                };
                assert_eq!(budget, Balance::from_near(2));
            }
            Err(refused) => {
                assert!(is_plain);
                assert_eq!(refused, RotationError::NoBudget { amount: Balance::from_near(2) });
            }
        }
    }
}

#[test]
fn the_plan_says_what_is_copied() {
    let plan = plan(vec![full("a"), calls("old", "game.near", &["play"], Some(250))]).unwrap();
    let expected = format!(
        "alice.near: replace {} by {}, for play of game.near\n  \
         the old key has an allowance of 0.250 NEAR left, the new one gets an allowance of 0.250 NEAR\n  \
         1. write the new secret and read it back\n  2. add the new key\n  \
         3. have a transaction accepted that the new key signed\n  4. delete the old key\n",
        key("old"),
        key("new"),
    );
    assert_eq!(plan.to_string(), expected);
}

use super::super::*;
use crate::error::{Error, QueryError};
use crate::protocol::AccessKey;
use crate::{GasBudget, KeyPair, add_full_access_key, add_function_call_key, create_account};
use crate::{NearLiteral, transfer};
use near_primitives::account::{Account, AccountContract};
use near_primitives::types::Balance;

fn alice(sandbox: &Sandbox) -> SandboxAccount {
    sandbox.create_account("alice.near").balance(10.near()).create().unwrap()
}

#[test]
fn a_new_account_has_what_was_said() {
    let sandbox = Sandbox::new();
    let alice = alice(&sandbox);
    let info = sandbox.account_info("alice.near").unwrap();
    assert_eq!((info.total, info.available, info.locked), (10.near(), 10.near(), Balance::ZERO));
    assert_eq!(info.storage_usage, 182, "as the chain counts an account with one key");
    let key = sandbox.access_key("alice.near", alice.public_key()).unwrap();
    assert_eq!(key, AccessKey::full_access());
    assert_eq!(alice.id(), "alice.near");
    assert_eq!(alice.balance().unwrap(), 10.near());
    assert_eq!(sandbox.create_account("bob.near").create().unwrap().balance().unwrap(), 100.near());
}

#[test]
fn the_storage_of_a_new_account_is_what_the_rules_count() {
    for key_pair in
        [KeyPair::random_ed25519(), KeyPair::random_secp256k1(), KeyPair::random_ml_dsa_65()]
    {
        let sandbox = Sandbox::new();
        let key = key_pair.public_key().clone();
        sandbox.create_account("made.near").key_pair(key_pair).create().unwrap();
        sandbox
            .root()
            .execute(
                crate::Intent::to("ruled.near")
                    .then(create_account())
                    .then(transfer(1.near()))
                    .then(add_full_access_key(key)),
            )
            .unwrap();
        let usage = |name| sandbox.account_info(name).unwrap().storage_usage;
        assert_eq!(usage("made.near"), usage("ruled.near"));
    }
}

#[test]
fn every_curve_signs() {
    let sandbox = Sandbox::new();
    for (name, key_pair) in [
        ("ed.near", KeyPair::random_ed25519()),
        ("secp.near", KeyPair::random_secp256k1()),
        ("ml.near", KeyPair::random_ml_dsa_65()),
    ] {
        let account = sandbox.create_account(name).key_pair(key_pair.clone()).create().unwrap();
        assert_eq!(account.key_pair(), &key_pair);
        account.execute(transfer(1.near()).to("near")).unwrap();
    }
}

#[test]
fn a_name_is_taken_once() {
    let sandbox = Sandbox::new();
    alice(&sandbox);
    let error = sandbox.create_account("alice.near").create().unwrap_err();
    assert_eq!(error.kind(), "Sandbox.Account.AlreadyExists");
    let error = sandbox.create_account("Alice").create().unwrap_err();
    assert_eq!(error.kind(), "Argument.AccountId.Invalid");
}

#[test]
fn another_key_does_what_it_may() {
    let sandbox = Sandbox::new();
    let alice = alice(&sandbox);
    let app_key = KeyPair::random_ed25519();
    let stranger = alice.with_key(app_key.clone());
    let error = stranger.execute(transfer(1.near()).to("near")).unwrap_err();
    assert_eq!(error.kind(), "Refused.Signer.AccessKey.NotFound");
    let key = add_function_call_key(app_key.public_key(), "game.near");
    alice.execute(key.functions(["play"]).gas_budget(GasBudget::limit(250.millinear()))).unwrap();
    assert_eq!(sandbox.access_keys("alice.near").unwrap().len(), 2);
    let error = stranger.call("other.near", "play").execute().unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
}

#[test]
fn what_ran_and_failed_is_an_error_with_its_outcome() {
    let sandbox = Sandbox::new();
    let error = alice(&sandbox).execute(transfer(1.near()).to("nobody.near")).unwrap_err();
    let Error::Failed(failure) = error else { panic!("{error}") };
    assert_eq!(failure.kind(), "Failed.Executor.NotFound");
}

#[test]
fn simulating_changes_nothing() {
    let sandbox = Sandbox::new();
    let alice = alice(&sandbox);
    let height = sandbox.height();
    assert!(alice.simulate(transfer(1.near()).to("near")).unwrap().is_success());
    let error = alice.simulate(transfer(11.near()).to("near")).unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
    assert_eq!((sandbox.height(), alice.balance().unwrap()), (height, 10.near()));
}

#[test]
fn short_transactions_are_executed_at_once() {
    let sandbox = Sandbox::new();
    let alice = alice(&sandbox);
    let pay = || transfer(1.near()).to("near");
    assert!(alice.execute_if_short(pay()).unwrap().unwrap().is_success());
    let failed = alice.execute_if_short(transfer(1.near()).to("nobody.near")).unwrap().unwrap_err();
    assert_eq!(failed.kind(), "Failed.Executor.NotFound");
    let refused = alice.execute_if_short(transfer(99.near()).to("near")).unwrap().unwrap_err();
    assert_eq!(refused.kind(), "Refused.Signer.Budget.NotEnough");
}

#[test]
fn what_may_take_longer_is_not_executed_at_once() {
    let sandbox = Sandbox::new();
    let alice = alice(&sandbox);
    let pay = || transfer(1.near()).to("near");
    let before = sandbox.height();
    assert!(alice.execute_if_short(crate::call("near", "play")).is_none());
    assert!(alice.execute_if_short(crate::deploy(*b"\0asm\x01\0\0\0")).is_none());
    assert!(alice.execute_if_short(crate::Intent::to("near")).is_none());
    let slow = alice.with_key(KeyPair::random_ml_dsa_65());
    assert!(slow.execute_if_short(pay()).is_none());
    let guard = sandbox.core.lock_handles();
    assert!(alice.execute_if_short(pay()).is_none());
    drop(guard);
    assert_eq!(sandbox.height(), before);

    let pruned = Sandbox::builder().keep_blocks(10).build().unwrap();
    assert!(pruned.root().execute_if_short(transfer(1.near()).to("test.near")).is_none());
}

#[test]
fn many_threads_share_a_key() {
    let sandbox = Sandbox::new();
    let alice = alice(&sandbox);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    alice.execute(transfer(Balance::from_yoctonear(1)).to("near")).unwrap();
                }
            });
        }
    });
    let nonce = sandbox.access_key("alice.near", alice.public_key()).unwrap().nonce;
    assert_eq!(nonce, 80);
}

#[test]
fn an_account_acts_without_its_key_when_that_is_asked_for() {
    let sandbox = Sandbox::new();
    alice(&sandbox);
    let impersonated = sandbox.impersonate("alice.near").unwrap();
    assert_eq!(impersonated.id(), "alice.near");
    impersonated.simulate(transfer(1.near()).to("near")).unwrap();
    assert_eq!(sandbox.balance("alice.near").unwrap(), 10.near());
    impersonated.execute(transfer(1.near()).to("near")).unwrap();
    assert!(sandbox.balance("alice.near").unwrap() < 9.near());
    let nobody = sandbox.impersonate("nobody.near").unwrap();
    let error = nobody.execute(transfer(1.near()).to("near")).unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
    assert_eq!(sandbox.impersonate("?").unwrap_err().kind(), "Argument.AccountId.Invalid");
}

#[test]
fn records_are_written_as_they_are() {
    let sandbox = Sandbox::new();
    let account = Account::new(3.near(), Balance::ZERO, AccountContract::None, 100);
    let account_id: AccountId = "bob.near".parse().unwrap();
    sandbox.patch(vec![StateRecord::Account { account_id: account_id.clone(), account }]).unwrap();
    assert_eq!(sandbox.balance("bob.near").unwrap(), 3.near());
    let contract = StateRecord::Contract { account_id, code: vec![1] };
    let error = sandbox.patch(vec![contract]).unwrap_err();
    assert_eq!(error.kind(), "Sandbox.Patch.Invalid");
}

#[test]
fn what_is_not_there_is_said() {
    let sandbox = Sandbox::new();
    let alice = alice(&sandbox);
    let key = KeyPair::random_ed25519();
    let unknown_key = sandbox.access_key("alice.near", key.public_key()).unwrap_err();
    assert!(matches!(unknown_key, Error::Query(QueryError::UnknownAccessKey { .. })));
    let unknown_gas_key = sandbox.gas_key_nonces("alice.near", alice.public_key()).unwrap_err();
    assert!(matches!(unknown_gas_key, Error::Query(QueryError::UnknownGasKey { .. })));
    assert!(sandbox.access_keys("nobody.near").unwrap().is_empty());
}

#[test]
fn a_gas_key_shows_its_lanes() {
    let sandbox = Sandbox::new();
    let key = KeyPair::random_ed25519();
    alice(&sandbox).execute(crate::add_full_access_gas_key(key.public_key(), 3)).unwrap();
    let nonces = sandbox.gas_key_nonces("alice.near", key.public_key()).unwrap();
    assert_eq!(nonces.len(), 3);
}

#[test]
fn a_gas_key_signs_with_its_first_nonce() {
    let sandbox = Sandbox::new();
    let (alice, key) = (alice(&sandbox), KeyPair::random_ed25519());
    let add = crate::add_full_access_gas_key(key.public_key(), 2);
    let fund = crate::fund_gas_key(key.public_key(), 1.near());
    alice.execute(crate::Intent::on_self().then(add).then(fund)).unwrap();
    let nonces = || sandbox.gas_key_nonces("alice.near", key.public_key()).unwrap();
    let before = nonces();

    let by_gas_key = alice.with_key(key.clone());
    by_gas_key.execute(transfer(1.near()).to("near")).unwrap();
    let mut block = sandbox.draft_block();
    for _ in 0..2 {
        block.add(&by_gas_key, transfer(1.near()).to("near")).unwrap();
    }
    block.seal().unwrap();
    assert_eq!(nonces(), [before[0] + 3, before[1]]);
}

#[test]
fn an_account_cannot_own_what_no_state_holds() {
    let sandbox = Sandbox::new();
    let most = 1 << 120;
    let rich = |yocto| sandbox.create_account("rich.near").balance(Balance::from_yoctonear(yocto));
    for too_many in [most + 1, u128::MAX] {
        assert_eq!(rich(too_many).create().unwrap_err().kind(), "Sandbox.Patch.Invalid");
    }
    rich(most).create().unwrap();
    assert_eq!(sandbox.balance("rich.near").unwrap(), Balance::from_yoctonear(most));
}

#[test]
fn an_account_that_was_not_created_by_hand_acts_with_its_key() {
    let sandbox = Sandbox::new();
    let known = Sandbox::known_key("test.near").unwrap();
    let validator = sandbox.account_with_key("test.near", known).unwrap();
    validator.execute(transfer(1.near()).to("near")).unwrap();

    let (id, key) = ("patched.near".parse::<AccountId>().unwrap(), KeyPair::random_secp256k1());
    let records = vec![
        StateRecord::access_key(id.clone(), key.public_key(), AccessKey::full_access()),
        StateRecord::Account {
            account_id: id.clone(),
            account: Account::new(9.near(), 0.near(), AccountContract::None, 300),
        },
    ];
    sandbox.patch(records).unwrap();
    let account = sandbox.account_with_key(&id, key).unwrap();
    account.execute(transfer(1.near()).to("near")).unwrap();
    let stranger = sandbox.account_with_key(&id, KeyPair::random_ed25519()).unwrap();
    let refused = stranger.execute(transfer(1.near()).to("near")).unwrap_err();
    assert_eq!(refused.kind(), "Refused.Signer.AccessKey.NotFound");
    let nobody = sandbox.account_with_key("nobody.near", KeyPair::random_ed25519()).unwrap_err();
    assert_eq!(nobody.kind(), "Query.Account.NotFound");
}

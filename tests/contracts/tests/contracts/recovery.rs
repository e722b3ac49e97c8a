//! Recovery: who can do what, and when.

use crate::{assert_not_for_this_key, assert_panics};
use keyway::{
    AccessKeyPermission, Error, GasBudget, Intent, KeyPair, NearLiteral, Outcome, Sandbox,
    SandboxAccount, add_full_access_key, add_function_call_key, call, delete_account, delete_key,
    deploy, transfer,
};
use keyway_contract_tests::{RECOVERY, install, view};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_helper_gives_the_account_back_after_the_delay() {
    let (sandbox, alice, helper) = installed();
    let new = KeyPair::random_ed25519();
    start(&helper, &new).unwrap();
    assert!(!is_owner(&sandbox, &new));
    sandbox.advance(DELAY).unwrap();
    finish(&sandbox).unwrap();
    assert!(is_owner(&sandbox, &new));
    assert_eq!(status(&sandbox)["pending"], Value::Null);
    // It is an owner's key: it takes away the lost one, and the helper's.
    let owner = alice.with_key(new);
    owner.execute(delete_key(alice.public_key())).unwrap();
    by_owner(&owner, "remove_helper", &of(helper.public_key())).unwrap();
    assert_eq!(sandbox.access_keys("alice.near").unwrap().len(), 1);
}

#[test]
fn nobody_finishes_before_the_delay_is_over() {
    let (sandbox, alice, helper) = installed();
    let new = KeyPair::random_ed25519();
    assert_panics(finish(&sandbox), "no recovery is under way");
    start(&helper, &new).unwrap();
    sandbox.advance(DELAY - Duration::from_secs(60)).unwrap();
    assert_panics(finish(&sandbox), "the delay ends at");
    assert_panics(alice.execute(call(ALICE, "finish_recovery")), "the delay ends at");
    sandbox.advance(Duration::from_secs(60)).unwrap();
    finish(&sandbox).unwrap();
    assert_panics(finish(&sandbox), "no recovery is under way");
}

#[test]
fn a_helper_alone_does_nothing_but_start() {
    let (_sandbox, _alice, helper) = installed();
    let evil = KeyPair::random_ed25519();
    for method in OTHER_METHODS {
        let named = json!({"public_key": evil.public_key(), "new_public_key": evil.public_key()});
        assert_not_for_this_key(helper.execute(call(ALICE, method).args_json(&named)));
    }
    assert_not_for_this_key(by_owner(&helper, "start_recovery", &new_key(evil.public_key())));
    let may = add_function_call_key(evil.public_key(), ALICE)
        .functions(["start_recovery"])
        .gas_budget(GasBudget::Unlimited);
    assert_not_for_this_key(helper.execute(may));
    assert_not_for_this_key(helper.execute(add_full_access_key(evil.public_key())));
    assert_not_for_this_key(helper.execute(delete_key(helper.public_key())));
    assert_not_for_this_key(helper.execute(deploy(RECOVERY)));
    assert_not_for_this_key(helper.execute(delete_account("near")));
    assert_not_for_this_key(helper.execute(transfer(1.yoctonear()).to("near")));
    assert_not_for_this_key(helper.execute(call("near", "start_recovery")));
    let twice = call(ALICE, "start_recovery").args_json(&new_key(evil.public_key()));
    assert_not_for_this_key(helper.execute([twice.clone(), twice]));
}

#[test]
fn a_key_that_may_call_everything_is_not_the_owners() {
    let (sandbox, alice, helper) = installed();
    let app = KeyPair::random_ed25519();
    let may = add_function_call_key(app.public_key(), ALICE)
        .any_function()
        .gas_budget(GasBudget::limit(1.near()));
    alice.execute(may).unwrap();
    let app = alice.with_key(app);
    for method in ["add_helper", "remove_helper", "cancel_recovery"] {
        let args = of(helper.public_key());
        assert_panics(app.call(ALICE, method).args_json(&args).execute(), "1 yoctoNEAR");
    }
    assert_panics(start(&app, app.key_pair()), "only a helper's key");
    // The callback is for promises: called by hand it finds no result, and names no helper.
    let args = of(app.public_key());
    assert_panics(app.call(ALICE, "on_helper_added").args_json(&args).execute(), "single result");
    assert_eq!(status(&sandbox)["helpers"], json!([helper.public_key()]));
}

#[test]
fn others_cannot_use_the_contract_at_all() {
    let (sandbox, _alice, helper) = installed();
    // The same key on an account of the helper's own does not make them a helper there.
    let eve = sandbox.account("eve.near").key_pair(helper.key_pair().clone()).create().unwrap();
    for method in OTHER_METHODS.into_iter().filter(|method| *method != "finish_recovery") {
        let args = json!({"public_key": eve.public_key(), "delay_ns": "86400000000000"});
        let called = eve.call(ALICE, method).args_json(&args).deposit(1.yoctonear());
        assert_panics(called.execute(), "private");
    }
    assert_panics(start(&eve, eve.key_pair()), "private");
}

#[test]
fn the_owner_cancels() {
    let (sandbox, alice, helper) = installed();
    let new = KeyPair::random_ed25519();
    assert_panics(by_owner(&alice, "cancel_recovery", &json!({})), "no recovery is under way");
    start(&helper, &new).unwrap();
    by_owner(&alice, "cancel_recovery", &json!({})).unwrap();
    sandbox.advance(DELAY * 2).unwrap();
    assert_panics(finish(&sandbox), "no recovery is under way");
    assert!(!is_owner(&sandbox, &new));
    // Cancelled is not forbidden: the helper starts anew, with the whole delay before them.
    start(&helper, &new).unwrap();
    assert_panics(finish(&sandbox), "the delay ends at");
}

#[test]
fn a_second_start_changes_nothing() {
    let (sandbox, alice, helper) = installed();
    let other = helper_of(&alice);
    start(&helper, &KeyPair::random_ed25519()).unwrap();
    let first = status(&sandbox)["pending"].clone();
    assert_eq!(first["helper"], json!(helper.public_key()));
    for helper in [&helper, &other] {
        assert_panics(start(helper, &KeyPair::random_ed25519()), "a recovery is under way");
    }
    assert_eq!(status(&sandbox)["pending"], first);
}

#[test]
fn a_helper_who_is_removed_takes_their_recovery_along() {
    let (sandbox, alice, helper) = installed();
    let other = helper_of(&alice);
    start(&other, &KeyPair::random_ed25519()).unwrap();
    by_owner(&alice, "remove_helper", &of(helper.public_key())).unwrap();
    assert_ne!(status(&sandbox)["pending"], Value::Null, "another helper's stays");
    by_owner(&alice, "remove_helper", &of(other.public_key())).unwrap();
    assert_eq!(status(&sandbox)["pending"], Value::Null);
    assert_eq!(status(&sandbox)["helpers"], json!([]));
    assert_not_for_this_key(start(&other, &KeyPair::random_ed25519()));
    let again = by_owner(&alice, "remove_helper", &of(other.public_key()));
    assert_panics(again, "this key is not a helper's");
}

#[test]
fn a_key_of_the_account_never_becomes_a_helpers() {
    let (sandbox, alice, helper) = installed();
    let added = by_owner(&alice, "add_helper", &of(alice.public_key())).unwrap();
    assert!(!added.json::<bool>().unwrap());
    let again = by_owner(&alice, "add_helper", &of(helper.public_key())).unwrap();
    assert!(!again.json::<bool>().unwrap());
    assert_eq!(status(&sandbox)["helpers"], json!([helper.public_key()]));
    let removed = by_owner(&alice, "remove_helper", &of(alice.public_key()));
    assert_panics(removed, "this key is not a helper's");
}

#[test]
fn a_helper_cannot_block_recovery_with_a_key_that_is_there() {
    let (sandbox, alice, helper) = installed();
    assert_panics(start(&helper, helper.key_pair()), "another than the helper's");
    start(&helper, alice.key_pair()).unwrap();
    sandbox.advance(DELAY).unwrap();
    assert!(finish(&sandbox).is_err(), "the key is there");
    assert!(is_owner(&sandbox, alice.key_pair()));
    start(&helper, &KeyPair::random_ed25519()).unwrap();
}

/// Anybody may finish, so finishing at a bad time must not undo the wait.
#[test]
fn an_account_without_room_for_a_key_keeps_its_recovery() {
    let (sandbox, alice, helper) = installed();
    let new = KeyPair::random_ed25519();
    start(&helper, &new).unwrap();
    sandbox.advance(DELAY).unwrap();
    let available = sandbox.account_info(ALICE).unwrap().available;
    let rest = available.checked_sub(1.millinear()).unwrap();
    alice.execute(transfer(rest).to("near")).unwrap();
    assert_panics(finish(&sandbox), "no room for a key");
    sandbox.root().execute(transfer(10.millinear()).to(ALICE)).unwrap();
    finish(&sandbox).unwrap();
    assert!(is_owner(&sandbox, &new));
}

#[test]
fn starting_again_and_again_costs_no_more_than_the_allowance() {
    let (sandbox, alice, helper) = installed();
    let before = alice.balance().unwrap();
    let refused = loop {
        match start(&helper, &KeyPair::random_ed25519()) {
            Ok(_) => {}
            Err(error) if error.kind().starts_with("Refused") => break error,
            Err(error) => assert!(error.to_string().contains("under way"), "{error}"),
        }
    };
    assert_eq!(refused.kind(), "Refused.Signer.AccessKey.GasBudget.NotEnough");
    assert!(before.checked_sub(alice.balance().unwrap()).unwrap() < 50.millinear());
    assert_eq!(sandbox.access_keys("alice.near").unwrap().len(), 2);
}

#[test]
fn there_are_at_most_eight_helpers() {
    let (_sandbox, alice, _helper) = installed();
    for _ in 1..8 {
        helper_of(&alice);
    }
    let ninth = by_owner(&alice, "add_helper", &of(KeyPair::random_ed25519().public_key()));
    assert_panics(ninth, "there are 8 helpers already");
}

#[test]
fn a_delay_that_nobody_can_watch_is_refused() {
    let sandbox = Sandbox::new();
    let alice = sandbox.account(ALICE).create().unwrap();
    for delay in ["0", "86399999999999"] {
        let args = json!({"delay_ns": delay});
        assert_panics(install(&alice, RECOVERY, &args, 1.yoctonear()), "at least a day");
    }
    let forever = json!({"delay_ns": u64::MAX.to_string()});
    install(&alice, RECOVERY, &forever, 1.yoctonear()).unwrap();
    start(&helper_of(&alice), &KeyPair::random_ed25519()).unwrap();
    sandbox.advance(DELAY * 100).unwrap();
    assert_panics(finish(&sandbox), "the delay ends at");
    assert_panics(install(&alice, RECOVERY, &forever, 1.yoctonear()), "already been initialized");
}

#[test]
fn all_is_installed_in_one_transaction() {
    let sandbox = Sandbox::new();
    let alice = sandbox.account(ALICE).create().unwrap();
    let helper = KeyPair::random_ed25519();
    let intent = Intent::on_self()
        .then(deploy(RECOVERY))
        .then(owners("new", &json!({"delay_ns": "86400000000000"})))
        .then(owners("add_helper", &of(helper.public_key())));
    assert!(alice.execute(intent).unwrap().json::<bool>().unwrap());
    start(&alice.with_key(helper), &KeyPair::random_ed25519()).unwrap();
}

/// Two days, and an account with recovery and one helper.
const DELAY: Duration = Duration::from_secs(2 * 24 * 60 * 60);
const ALICE: &str = "alice.near";

/// All that the contract exports besides `start_recovery`, and what callbacks are called.
const OTHER_METHODS: [&str; 6] =
    ["new", "add_helper", "on_helper_added", "remove_helper", "cancel_recovery", "finish_recovery"];

/// The account, with its owner's key and with a helper's.
fn installed() -> (Sandbox, SandboxAccount, SandboxAccount) {
    let sandbox = Sandbox::new();
    let alice = sandbox.account(ALICE).create().unwrap();
    let args = json!({"delay_ns": DELAY.as_nanos().to_string()});
    install(&alice, RECOVERY, &args, 1.yoctonear()).unwrap();
    let helper = helper_of(&alice);
    (sandbox, alice, helper)
}

fn helper_of(alice: &SandboxAccount) -> SandboxAccount {
    let key = KeyPair::random_ed25519();
    let added = by_owner(alice, "add_helper", &of(key.public_key())).unwrap();
    assert!(added.json::<bool>().unwrap());
    alice.with_key(key)
}

fn owners(method: &str, args: &Value) -> keyway::action::FunctionCall {
    call(ALICE, method).args_json(args).deposit(1.yoctonear())
}

fn by_owner(owner: &SandboxAccount, method: &str, args: &Value) -> Result<Outcome, Error> {
    owner.execute(owners(method, args))
}

fn start(helper: &SandboxAccount, new: &KeyPair) -> Result<Outcome, Error> {
    helper.call(ALICE, "start_recovery").args_json(&new_key(new.public_key())).execute()
}

/// By somebody who has nothing to do with the account.
fn finish(sandbox: &Sandbox) -> Result<Outcome, Error> {
    sandbox.root().call(ALICE, "finish_recovery").execute()
}

fn of(public_key: &keyway::PublicKey) -> Value {
    json!({ "public_key": public_key })
}

fn new_key(public_key: &keyway::PublicKey) -> Value {
    json!({ "new_public_key": public_key })
}

fn status(sandbox: &Sandbox) -> Value {
    view(sandbox, ALICE, "status", &json!({})).unwrap()
}

fn is_owner(sandbox: &Sandbox, key: &KeyPair) -> bool {
    let found = sandbox.access_key(ALICE, key.public_key());
    found.is_ok_and(|found| found.permission == AccessKeyPermission::FullAccess)
}

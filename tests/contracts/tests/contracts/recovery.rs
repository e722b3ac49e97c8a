//! Recovery: who can do what, and when.

mod together;

use crate::{assert_not_for_this_key, assert_panics};
use keyway::protocol::AccessKeyPermission;
use keyway::{
    Error, GasBudget, GasLiteral, Intent, KeyPair, NearLiteral, Outcome, Sandbox, SandboxAccount,
    add_full_access_key, add_function_call_key, call, delete_account, delete_key, deploy, transfer,
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
    assert!(finish(&sandbox, &new).unwrap().json::<bool>().unwrap());
    assert!(is_owner(&sandbox, &new));
    assert_eq!(status(&sandbox)["requests"], json!([]));
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
    assert_panics(finish(&sandbox, &new), "too few helpers");
    start(&helper, &new).unwrap();
    sandbox.advance(DELAY - Duration::from_secs(60)).unwrap();
    assert_panics(finish(&sandbox, &new), "the delay ends at");
    let by_alice = call(ALICE, "finish_recovery").args_json(&new_key(new.public_key()));
    assert_panics(alice.execute(by_alice), "the delay ends at");
    sandbox.advance(Duration::from_secs(60)).unwrap();
    assert_panics(finish(&sandbox, &KeyPair::random_ed25519()), "too few helpers");
    finish(&sandbox, &new).unwrap();
    assert_panics(finish(&sandbox, &new), "too few helpers");
}

#[test]
fn a_helpers_key_does_nothing_but_ask() {
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
    assert_panics(app.call(ALICE, "withdraw_recovery").execute(), "only a helper's key");
    // Callbacks are for promises: called by hand they find no result, and change nothing.
    let args = json!({"public_key": app.public_key(), "new_public_key": app.public_key()});
    for callback in ["on_helper_added", "on_finished"] {
        assert_panics(app.call(ALICE, callback).args_json(&args).execute(), "single result");
    }
    assert_eq!(status(&sandbox)["helpers"], json!([helper.public_key()]));
}

#[test]
fn others_cannot_use_the_contract_at_all() {
    let (sandbox, _alice, helper) = installed();
    // The same key on an account of the helper's own does not make them a helper there.
    let eve =
        sandbox.create_account("eve.near").key_pair(helper.key_pair().clone()).create().unwrap();
    for method in OTHER_METHODS.into_iter().filter(|method| *method != "finish_recovery") {
        let key = eve.public_key();
        let args = json!({
            "public_key": key, "new_public_key": key, "delay_ns": DAY_NS, "threshold": 1,
        });
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
    assert_panics(finish(&sandbox, &new), "too few helpers");
    assert!(!is_owner(&sandbox, &new));
    // Cancelled is not forbidden: the helper starts anew, with the whole delay before them.
    start(&helper, &new).unwrap();
    assert_panics(finish(&sandbox, &new), "the delay ends at");
}

/// Each helper has one wish: another takes its place and waits anew, the same one goes on waiting.
#[test]
fn a_helper_changes_and_withdraws_their_own_wish() {
    let (sandbox, _alice, helper) = installed();
    let (first, second) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
    start(&helper, &first).unwrap();
    sandbox.advance(DELAY).unwrap();
    start(&helper, &second).unwrap();
    assert_panics(finish(&sandbox, &first), "too few helpers");
    assert_panics(finish(&sandbox, &second), "the delay ends at");
    sandbox.advance(DELAY).unwrap();
    start(&helper, &second).unwrap();
    withdraw(&helper).unwrap();
    assert_panics(withdraw(&helper), "this helper asks for nothing");
    assert_panics(finish(&sandbox, &second), "too few helpers");
    start(&helper, &second).unwrap();
    sandbox.advance(DELAY).unwrap();
    start(&helper, &second).unwrap();
    finish(&sandbox, &second).unwrap();
    assert!(is_owner(&sandbox, &second) && !is_owner(&sandbox, &first));
}

#[test]
fn a_helper_who_is_removed_takes_their_wish_along() {
    let (sandbox, alice, helper) = installed();
    let (other, key) = (helper_of(&alice), KeyPair::random_ed25519());
    start(&other, &key).unwrap();
    by_owner(&alice, "remove_helper", &of(helper.public_key())).unwrap();
    assert_eq!(status(&sandbox)["requests"][0]["helpers"], json!([other.public_key()]));
    by_owner(&alice, "remove_helper", &of(other.public_key())).unwrap();
    assert_eq!(status(&sandbox)["requests"], json!([]));
    assert_eq!(status(&sandbox)["helpers"], json!([]));
    assert_not_for_this_key(start(&other, &key));
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

/// What fails is not forgotten: a key that the account has is asked for still, and can be later.
#[test]
fn a_key_that_is_there_is_not_added_and_stops_nobody() {
    let (sandbox, alice, helper) = installed();
    let (other, new) = (helper_of(&alice), KeyPair::random_ed25519());
    assert_panics(start(&helper, helper.key_pair()), "must not be a helper's");
    assert_panics(start(&helper, other.key_pair()), "must not be a helper's");
    start(&helper, alice.key_pair()).unwrap();
    start(&other, &new).unwrap();
    sandbox.advance(DELAY).unwrap();
    assert!(!finish(&sandbox, alice.key_pair()).unwrap().json::<bool>().unwrap());
    assert_eq!(status(&sandbox)["requests"][0]["helpers"], json!([helper.public_key()]));
    assert!(finish(&sandbox, &new).unwrap().json::<bool>().unwrap());
    assert!(is_owner(&sandbox, &new) && is_owner(&sandbox, alice.key_pair()));
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
    assert_panics(finish(&sandbox, &new), "no room for a key");
    sandbox.root().execute(transfer(10.millinear()).to(ALICE)).unwrap();
    finish(&sandbox, &new).unwrap();
    assert!(is_owner(&sandbox, &new));
}

#[test]
fn starting_again_and_again_costs_no_more_than_the_allowance() {
    let (sandbox, alice, helper) = installed();
    let before = alice.balance().unwrap();
    let refused = loop {
        if let Err(error) = start(&helper, &KeyPair::random_ed25519()) {
            break error;
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

/// In one transaction all calls look before the first callback has counted.
#[test]
fn there_are_at_most_eight_helpers_in_one_transaction_too() {
    let (sandbox, alice, _helper) = installed();
    let nine = (0..9).map(|_| KeyPair::random_ed25519());
    let add = nine.map(|key| owners("add_helper", &of(key.public_key())).gas(20.tgas()));
    alice.execute(add.fold(Intent::on_self(), Intent::then)).unwrap();
    sandbox.seal_blocks(5).unwrap();
    assert_eq!(status(&sandbox)["helpers"].as_array().unwrap().len(), 8);
    assert_eq!(sandbox.access_keys(ALICE).unwrap().len(), 9, "the owner's, and eight helpers'");
}

#[test]
fn a_delay_that_nobody_can_watch_is_refused() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account(ALICE).create().unwrap();
    for delay in ["0", "86399999999999"] {
        let args = json!({"delay_ns": delay, "threshold": 1});
        assert_panics(install(&alice, RECOVERY, &args, 1.yoctonear()), "at least a day");
    }
    let forever = json!({"delay_ns": u64::MAX.to_string(), "threshold": 1});
    install(&alice, RECOVERY, &forever, 1.yoctonear()).unwrap();
    let new = KeyPair::random_ed25519();
    start(&helper_of(&alice), &new).unwrap();
    sandbox.advance(DELAY * 100).unwrap();
    assert_panics(finish(&sandbox, &new), "the delay ends at");
    assert_panics(install(&alice, RECOVERY, &forever, 1.yoctonear()), "already been initialized");
}

#[test]
fn all_is_installed_in_one_transaction() {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account(ALICE).create().unwrap();
    let helper = KeyPair::random_ed25519();
    let intent = Intent::on_self()
        .then(deploy(RECOVERY))
        .then(owners("new", &json!({"delay_ns": DAY_NS, "threshold": 1})))
        .then(owners("add_helper", &of(helper.public_key())));
    assert!(alice.execute(intent).unwrap().json::<bool>().unwrap());
    start(&alice.with_key(helper), &KeyPair::random_ed25519()).unwrap();
}

/// Two days.
const DELAY: Duration = Duration::from_secs(2 * 24 * 60 * 60);
const ALICE: &str = "alice.near";

/// The least delay, nanoseconds.
const DAY_NS: &str = "86400000000000";

/// All that the contract exports and helpers are not for, callbacks too.
const OTHER_METHODS: [&str; 7] = [
    "new",
    "add_helper",
    "on_helper_added",
    "remove_helper",
    "cancel_recovery",
    "finish_recovery",
    "on_finished",
];

/// The account, with its owner's key and with the key of a helper who is trusted alone.
fn installed() -> (Sandbox, SandboxAccount, SandboxAccount) {
    let (sandbox, alice) = installed_for(1);
    let helper = helper_of(&alice);
    (sandbox, alice, helper)
}

/// The account, with recovery that so many helpers must ask for, and without helpers.
fn installed_for(threshold: u8) -> (Sandbox, SandboxAccount) {
    let sandbox = Sandbox::new();
    let alice = sandbox.create_account(ALICE).create().unwrap();
    let args = json!({"delay_ns": DELAY.as_nanos().to_string(), "threshold": threshold});
    install(&alice, RECOVERY, &args, 1.yoctonear()).unwrap();
    (sandbox, alice)
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

fn withdraw(helper: &SandboxAccount) -> Result<Outcome, Error> {
    helper.call(ALICE, "withdraw_recovery").execute()
}

/// By somebody who has nothing to do with the account.
fn finish(sandbox: &Sandbox, new: &KeyPair) -> Result<Outcome, Error> {
    let args = new_key(new.public_key());
    sandbox.root().call(ALICE, "finish_recovery").args_json(&args).execute()
}

fn of(public_key: &keyway::protocol::PublicKey) -> Value {
    json!({ "public_key": public_key })
}

fn new_key(public_key: &keyway::protocol::PublicKey) -> Value {
    json!({ "new_public_key": public_key })
}

fn status(sandbox: &Sandbox) -> Value {
    view(sandbox, ALICE, "status", &json!({})).unwrap()
}

fn is_owner(sandbox: &Sandbox, key: &KeyPair) -> bool {
    let found = sandbox.access_key(ALICE, key.public_key());
    found.is_ok_and(|found| found.permission == AccessKeyPermission::FullAccess)
}

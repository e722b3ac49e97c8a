//! `keyway explain …` and `keyway forecast …`

use crate::contracts::{act, harmless};
use crate::desk::{Desk, snapshot};
use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
use near_primitives::action::{Action, TransferAction};
use near_primitives::views::ActionView;
use serde_json::{Value, json};

const PLAY: [&str; 6] = ["alice.near", "game.near", "--call", "play", "--gas", "300 Tgas"];

/// A desk on which alice has a key for `play` of `game.near` with 0.25 NEAR.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let added = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let key = added["public_key"].as_str().unwrap().to_owned();
    (desk, key)
}

fn full_access_key(desk: &Desk) -> String {
    let list = desk.json(&["key", "list", "alice.near"]);
    let keys = list["keys"].as_array().unwrap();
    let full = keys.iter().find(|key| key["access"] == "full").unwrap();
    full["public_key"].as_str().unwrap().to_owned()
}

fn explain<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["explain"][..], &PLAY, more].concat()
}

#[test]
fn the_classic_allowance_does_not_buy_300_tgas() {
    let (desk, key) = desk();
    snapshot("explain_refused", &desk.answer(&explain(&["--sign-with", &key])));
    let told = desk.json(&explain(&["--sign-with", &key]));
    assert_eq!(told["accepted"], json!(false));
    let refusal = &told["refusal"]["InvalidAccessKeyError"]["NotEnoughAllowance"];
    assert_eq!(refusal["allowance"], json!("250000000000000000000000"));
    let rule = told["rules"].as_array().unwrap().iter().find(|rule| rule["verdict"] == "fail");
    assert_eq!(rule.unwrap()["rule"], json!("allowance"));
    assert_eq!(rule.unwrap()["measure"]["measured"], json!("near"));

    let repairs: Vec<&Value> = told["remedies"].as_array().unwrap().iter().collect();
    let first = |number: usize| &repairs[number]["steps"][0];
    assert_eq!(first(0)["repair"], json!("sign_with"));
    assert_eq!(first(1)["repair"], json!("attach_at_most"));
    assert_eq!(first(2)["repair"], json!("add_again"));
    // What it predicts is true.
    let most = format!("{} gas", first(1)["gas"]);
    let with = ["--call", "play", "--gas", &most, "--sign-with", &key];
    let told = desk.json(&[&["explain", "alice.near", "game.near"][..], &with].concat());
    assert_eq!(told["accepted"], json!(true));
}

#[test]
fn all_keys_are_told_apart() {
    let (desk, _) = desk();
    snapshot("explain_every_key", &by_power(&desk.answer(&explain(&[]))));
    let told = desk.json(&explain(&[]));
    let accepted = |key: &Value| key["accepted"] == json!(true);
    assert_eq!(told["keys"].as_array().unwrap().iter().filter(|key| accepted(key)).count(), 1);
}

/// The rows in an order that does not depend on new keys.
fn by_power(table: &str) -> String {
    let mut lines: Vec<_> = table.lines().collect();
    lines[1..].sort_by_key(|line| !line.contains("accepted"));
    lines.join("\n")
}

#[test]
fn several_reasons_are_told_at_once() {
    let (desk, key) = desk();
    let what = ["--call", "steal", "--deposit", "1 NEAR", "--sign-with", &key];
    let told = desk.answer(&[&["explain", "alice.near", "bank.near"][..], &what].concat());
    snapshot("explain_several", &told);
}

#[test]
fn a_transaction_is_explained_as_it_is() {
    let (desk, _) = desk();
    let full = full_access_key(&desk);
    let pay = ["alice.near", "bob.near", "--transfer", "1 NEAR", "--sign-with", &full];
    let signed = desk.answer(&[&["tx", "sign"][..], &pay].concat());
    let signed = signed.trim();
    snapshot("explain_accepted", &desk.answer(&["explain", "--transaction", signed]));
    // Once it has run, its nonce is used up.
    desk.answer(&["tx", "send", "--signed", signed]);
    let told = desk.json(&["explain", "--transaction", signed]);
    assert_eq!(told["remedies"][0]["steps"][0]["repair"], json!("use_nonce"));
}

#[test]
fn what_does_not_exist_is_a_reason_too() {
    let (desk, key) = desk();
    let nobody = ["explain", "nobody.near", "bob.near", "--transfer", "1 NEAR"];
    let told = desk.json(&[&nobody[..], &["--sign-with", &key]].concat());
    assert_eq!(told["refusal"], json!({ "SignerDoesNotExist": { "signer_id": "nobody.near" } }));
    assert_eq!(told["remedies"], json!([]));
    assert_eq!(desk.run(&nobody).code, 8);
    let stranger = ["explain", "bob.near", "alice.near", "--transfer", "1 NEAR", "--sign-with"];
    snapshot("explain_stranger", &desk.answer(&[&stranger[..], &[&key]].concat()));
}

/// A transaction that the chain accepts but that then fails was "accepted", with exit code 0.
#[test]
fn what_is_certain_to_fail_is_told_before() {
    let (desk, _) = desk();
    act(&desk, "carol.near", keyway::deploy(harmless()));
    for (what, why) in [
        (&["ghost.near", "--transfer", "1 NEAR"][..], "there is no account ghost.near"),
        (&["bob.near", "--call", "get"], "bob.near has no contract"),
        (&["carol.near", "--call", "quit"], "carol.near has no function quit"),
    ] {
        let explain = [&["explain", "alice.near"], what].concat();
        let told = desk.run(&[&explain[..], &["--require-accepted"]].concat());
        assert_eq!(told.code, 12, "{}", told.stdout);
        let expected = format!("the chain takes it, and it will fail: {why}");
        assert!(told.stdout.starts_with(&expected), "{}", told.stdout);
        assert_eq!(desk.run(&explain).code, 0);
        let json = desk.json(&explain);
        let full =
            json["keys"].as_array().unwrap().iter().find(|key| key["accepted"] == json!(true));
        assert_eq!(full.unwrap()["will_fail"]["reason"], json!(why));
    }
    for what in [&["bob.near", "--transfer", "1 NEAR"][..], &["carol.near", "--call", "get"]] {
        let told = desk.run(&[&["explain", "alice.near"], what, &["--require-accepted"]].concat());
        assert_eq!(told.code, 0, "{}", told.stdout);
    }
    let implicit = "01".repeat(32);
    let pay = ["explain", "alice.near", &implicit, "--transfer", "1 NEAR", "--require-accepted"];
    assert_eq!(desk.run(&pay).code, 0);
}

/// Alice's transaction to `to`, with a delegate action of bob's that `edit` changed before it was
/// signed.
fn relayed(desk: &Desk, to: &str, edit: impl FnOnce(&mut DelegateAction)) -> String {
    let key = keyway_chain::seeded_key("bob.near");
    let mut delegate_action = DelegateAction {
        sender_id: "bob.near".parse().unwrap(),
        receiver_id: "carol.near".parse().unwrap(),
        actions: vec![
            Action::Transfer(TransferAction { deposit: keyway::NearToken::from_near(1) })
                .try_into()
                .unwrap(),
        ],
        // Below the nonce of a key of the genesis.
        nonce: 1,
        max_block_height: u64::MAX,
        public_key: key.public_key(),
    };
    edit(&mut delegate_action);
    let signature = key.sign(delegate_action.get_nep461_hash().as_ref());
    let signed = Action::Delegate(Box::new(SignedDelegateAction { delegate_action, signature }));
    let file = desk.credentials().join("delegate");
    std::fs::write(&file, serde_json::to_string(&[ActionView::from(signed)]).unwrap()).unwrap();
    let file = file.to_str().unwrap();
    let signed = desk.answer(&["tx", "sign", "alice.near", to, "--actions", file]);
    signed.trim().to_owned()
}

/// Each of them was reported as accepted, and failed on the node.
#[test]
fn a_delegate_action_fails_where_explain_says_so() {
    let desk = Desk::new();
    desk.fast_forward(5);
    type Edit = fn(&mut DelegateAction);
    let to_ghost: Edit = |it| it.receiver_id = "ghost.near".parse().unwrap();
    let bad: [(&str, Edit, &str, i32); 4] = [
        ("carol.near", |_| {}, "send it to bob.near", 7),
        ("bob.near", |it| it.max_block_height = 2, "it has expired", 7),
        ("bob.near", |it| it.nonce = 0, "its nonce 0 is used up", 7),
        // The delegate action runs, and its effect fails later, which the command does not wait
        // for.
        ("bob.near", to_ghost, "no account ghost.near", 0),
    ];
    for (to, edit, why, code) in bad {
        let signed = relayed(&desk, to, edit);
        let told = desk.run(&["explain", "--transaction", &signed, "--require-accepted"]);
        assert_eq!(told.code, 12, "{}", told.stdout);
        let words = told.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.starts_with("accepted, and its delegate action will fail: "), "{words}");
        assert!(words.contains(why), "{words}");
        let send = ["tx", "send", "--send-anyway", "--signed", &signed];
        assert_eq!(desk.run(&send).code, code, "{why}");
    }
    let signed = relayed(&desk, "bob.near", |it| it.nonce = 2);
    let told = desk.run(&["explain", "--transaction", &signed, "--require-accepted"]);
    assert_eq!(told.code, 0, "{}", told.stdout);
    assert_eq!(desk.run(&["tx", "send", "--signed", &signed]).code, 0);
    // The account acted, although it sent nothing itself.
    let least = desk.json(&["key", "least", "bob.near"]);
    assert_eq!(least["transactions"], json!(0));
    assert!(least["relayed"]["transactions"].as_u64() > Some(0), "{least}");
}

#[test]
fn scripts_ask_for_what_is_accepted() {
    let (desk, key) = desk();
    let refused = desk.run(&explain(&["--sign-with", &key, "--require-accepted"]));
    assert_eq!(refused.code, 12);
    assert!(refused.stdout.starts_with("refused: "), "{}", refused.stdout);
    assert!(refused.stderr.contains("the chain would refuse it"), "{}", refused.stderr);
}

#[test]
fn a_hash_is_no_transaction() {
    let (desk, _) = desk();
    let hash = "8CtZ9vYgWXUmPgNRVxkkTDGNCnMUdbXaKSk8fsGZQzWF";
    let said = desk.run(&["explain", "--transaction", hash]);
    assert_eq!(said.code, 2);
    snapshot("explain_hash", &said.whole());
    assert_eq!(desk.run(&["explain"]).code, 2);
    assert_eq!(desk.run(&["explain", "alice.near", "bob.near"]).code, 2);
}

#[test]
fn what_a_key_can_still_do() {
    let (desk, key) = desk();
    let of_app = ["forecast", "alice.near", &key];
    snapshot("forecast", &desk.answer(&[&of_app[..], &["--gas", "100 Tgas"]].concat()));
    let often = ["--gas", "100 Tgas", "--burnt", "3 Tgas", "--calls", "1000"];
    snapshot("forecast_needs", &desk.answer(&[&of_app[..], &often].concat()));
    let all = desk.answer(&["forecast", "alice.near", "--gas", "100 Tgas"]);
    let mut blocks: Vec<_> =
        all.split("ed25519:").skip(1).map(|it| format!("ed25519:{it}")).collect();
    blocks.sort_by_key(|block| !block.contains("an allowance"));
    snapshot("forecast_every_key", &blocks.concat());
}

#[test]
fn calls_as_one_that_was_made() {
    let (desk, key) = desk();
    let play = ["alice.near", "game.near", "--call", "play", "--gas", "100 Tgas"];
    // There is no game, so the call fails, and burns the gas of a failure.
    let sent = desk.run(
        &[&["tx", "send", "--json", "--send-anyway"][..], &play, &["--sign-with", &key]].concat(),
    );
    assert_eq!(sent.code, 7, "{}", sent.stderr);
    let sent: Value = serde_json::from_str(&sent.stdout).unwrap();
    let hash = sent["transaction"].as_str().unwrap();
    let told = desk.json(&["forecast", "alice.near", &key, "--like", hash]);
    let (key, before) = (&told["keys"][0], 250_000_000_000_000_000_000_000_u128);
    let number = |name: &str| key[name].as_str().unwrap().parse::<u128>().unwrap();
    // One call was made, at the price that is forecast for each.
    assert_eq!(number("funds"), before - number("spent_per_call"));
    assert_eq!(key["ended_by"], json!("allowance"));
}

#[test]
fn a_call_cannot_burn_more_than_it_buys() {
    let (desk, key) = desk();
    let said = desk.run(&["forecast", "alice.near", &key, "--gas", "1 Tgas", "--burnt", "9 Tgas"]);
    assert_eq!(said.code, 2);
    snapshot("forecast_burns_too_much", &said.whole());
    assert_eq!(desk.run(&["forecast", "bob.near", &key]).code, 8);
}

#[test]
fn longer_arguments_cost_more() {
    let (desk, key) = desk();
    let funds = |bytes: &str| {
        let told = desk.json(&["forecast", "alice.near", &key, "--args-bytes", bytes]);
        let spent = told["keys"][0]["spent_per_call"].as_str().unwrap();
        spent.parse::<u128>().unwrap()
    };
    assert!(funds("100000") > funds("0"));
    let most = desk.run(&["forecast", "alice.near", &key, "--args-bytes", "4194305"]);
    assert_eq!(most.code, 2);
}

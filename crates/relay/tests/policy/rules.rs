//! Who may ask for what.

use super::{Asked, action, call};
use keyway::protocol::Action;
use keyway::{AccountId, NearToken};

#[test]
fn what_a_rule_allows_is_allowed() {
    assert_eq!(Asked::a_move().rule(), "moves");
    let implicit = Some("ab".repeat(32).parse::<AccountId>().unwrap());
    assert_eq!(Asked { user: implicit, ..Asked::a_move() }.rule(), "moves");
    assert_eq!(Asked::a_player().rule(), "new players");
}

#[track_caller]
fn refused(asked: &Asked, kind: &str, text: &str) {
    let refusal = asked.refusal();
    assert_eq!(refusal.kind(), format!("Policy.{kind}"), "{refusal}");
    assert_eq!(refusal.to_string(), format!("refused by the policy: {text}"));
}

const MOVES: &str = "(rule `moves` of app `chess`; its other rule does not allow it either)";
const NEW: &str = "(rule `new players` of app `chess`; its other rule does not allow it either)";

#[test]
fn each_limit_refuses_and_reports_both_sides() {
    let it = Asked::a_move;
    let other = |text: &str| text.parse::<AccountId>().unwrap();
    refused(
        &Asked { app: "go".parse().unwrap(), ..it() },
        "UnknownApp",
        "the policy has no such app (app `go`)",
    );
    refused(
        &Asked { user: Some(other("bob.near")), ..it() },
        "User",
        &format!("user bob.near is not among *.players.near, <implicit> {MOVES}"),
    );
    refused(
        &Asked { lifetime_blocks: 201, ..it() },
        "Lifetime",
        &format!("the delegate action is valid for 201 more blocks, and 200 is the most {MOVES}"),
    );
    refused(
        &Asked { receiver: other("bank.near"), ..it() },
        "Receiver",
        &format!("receiver bank.near is not among game.near {MOVES}"),
    );
    let three = vec![call("leave", br#"{"bet":1}"#); 3];
    refused(
        &Asked { actions: three, ..it() },
        "TooManyActions",
        &format!("there are 3 actions, and 2 is the most {MOVES}"),
    );
    refused(&Asked { actions: vec![], ..it() }, "NoActions", "there are no actions (app `chess`)");
    let second = vec![call("play", br#"{"bet":1}"#), call("withdraw", br#"{"bet":1}"#)];
    refused(
        &Asked { actions: second, ..it() },
        "Method",
        &format!("action 2: function withdraw is not among play, leave {MOVES}"),
    );
    let gas = action(r#"{"action":"call","method":"play","gas":"30.000000000001 Tgas"}"#);
    refused(
        &Asked { actions: vec![gas], ..it() },
        "Gas",
        &format!("action 1: 30.000000000001 Tgas attached, and 30 Tgas is the most {MOVES}"),
    );
    let deposit =
        action(r#"{"action":"call","method":"play","gas":"1 Tgas","deposit":"1 yoctoNEAR"}"#);
    refused(
        &Asked { actions: vec![deposit], ..it() },
        "Deposit",
        &format!("action 1: a deposit of 1 yoctoNEAR, and 0 NEAR is the most {MOVES}"),
    );
    let transfer = action(r#"{"action":"transfer","deposit":"1 yoctoNEAR"}"#);
    refused(
        &Asked { actions: vec![transfer], ..it() },
        "Kind",
        &format!("action 1: transfer is not allowed, only call {MOVES}"),
    );
    refused(
        &Asked { user: Some(super::relayer()), ..it() },
        "RelayerAsUser",
        "the relayer's own account relay.near is not a user (app `chess`)",
    );
}

#[test]
fn a_new_key_is_limited() {
    let key = keyway::KeyPair::random_ed25519().public_key().to_string();
    let with = |last: &str| {
        let mut asked = Asked::a_player();
        asked.actions[2] = action(&last.replace("KEY", &key));
        asked
    };
    refused(
        &with(
            r#"{"action":"add_function_call_key","public_key":"KEY","receiver":"bank.near","methods":["play"],"allowance":"0.25 NEAR"}"#,
        ),
        "KeyReceiver",
        &format!("action 3: the new key is for bank.near, which is not among game.near {NEW}"),
    );
    refused(
        &with(
            r#"{"action":"add_function_call_key","public_key":"KEY","receiver":"game.near","methods":"any","allowance":"0.25 NEAR"}"#,
        ),
        "KeyForAllMethods",
        &format!(
            "action 3: the new key is for all functions, and only play, leave are allowed {NEW}"
        ),
    );
    refused(
        &with(
            r#"{"action":"add_function_call_key","public_key":"KEY","receiver":"game.near","methods":["play"]}"#,
        ),
        "KeyWithoutLimit",
        &format!("action 3: the new key has no limit for gas, and 0.25 NEAR is the most {NEW}"),
    );
    refused(
        &with(
            r#"{"action":"add_function_call_key","public_key":"KEY","receiver":"game.near","methods":["play"],"allowance":"0.26 NEAR"}"#,
        ),
        "Allowance",
        &format!(
            "action 3: the new key has an allowance of 0.26 NEAR, and 0.25 NEAR is the most {NEW}"
        ),
    );
    refused(
        &with(r#"{"action":"add_full_access_key","public_key":"KEY"}"#),
        "Kind",
        &format!(
            "action 3: add_full_access_key is not allowed, only create_account, transfer, add_function_call_key {NEW}"
        ),
    );
}

#[test]
fn an_intent_never_touches_an_account_that_it_does_not_create() {
    let player = Asked::a_player;
    let mut without = player();
    without.actions.remove(0);
    refused(
        &without,
        "ChangesAnAccount",
        "action 2 of an intent changes keys or code of an account, so the first action must create that account (app `chess`)",
    );
    let mut late = player();
    late.actions.rotate_left(1);
    assert_eq!(late.refusal().kind(), "Policy.ChangesAnAccount");
    refused(
        &Asked { receiver: super::relayer(), ..player() },
        "RelayerAsReceiver",
        "the receiver of an intent cannot be the relayer's own account relay.near (app `chess`)",
    );
    refused(
        &Asked { user: None, ..player() },
        "NoUser",
        "the intent names no user; name the account for which it is (app `chess`)",
    );
}

#[test]
fn what_no_policy_can_allow_is_refused() {
    use near_primitives::action::{DeleteAccountAction, StakeAction, TransferToGasKeyAction};
    let public_key = Asked::a_move().key;
    let stake = NearToken::ZERO;
    let beneficiary_id = super::relayer();
    let deposit = NearToken::ZERO;
    for action in [
        Action::Stake(Box::new(StakeAction { stake, public_key: public_key.clone() })),
        Action::DeleteAccount(DeleteAccountAction { beneficiary_id }),
        Action::TransferToGasKey(Box::new(TransferToGasKeyAction { public_key, deposit })),
    ] {
        refused(
            &Asked { actions: vec![action], ..Asked::a_move() },
            "Kind",
            &format!(
                "action 1: an action that no policy can allow is not allowed, only call {MOVES}"
            ),
        );
    }
}

#[test]
fn keys_can_be_named() {
    let asked = Asked::a_move();
    let text = super::CHESS.replacen("keys = \"any\"", &format!("keys = [\"{}\"]", asked.key), 1);
    let policy = keyway_relay::policy::Policy::read(&text).unwrap();
    assert_eq!(asked.judge(&policy).unwrap().rule, "moves");
    let refusal = Asked::a_move().judge(&policy).unwrap_err();
    assert_eq!(refusal.kind(), "Policy.Key", "{refusal}");
}

/// Names of functions are foreign text; colours in them must not reach a terminal.
#[test]
fn foreign_text_is_escaped() {
    let asked = Asked { actions: vec![call("\u{1b}[31m", b"{}")], ..Asked::a_move() };
    let text = asked.refusal().to_string();
    assert!(
        text.contains("function \\u{1b}[31m is not among") && !text.contains('\u{1b}'),
        "{text}"
    );
}

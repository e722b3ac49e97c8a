//! Requests in, answers out: what both languages see.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use keyway_binding_core::{Actor, Sandbox, tool};
use serde_json::{Value, json};

#[track_caller]
fn ok(answer: &str) -> Value {
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer.get("error"), None, "{answer}");
    answer["ok"].take()
}

#[track_caller]
fn error(answer: &str) -> Value {
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer.get("ok"), None, "{answer}");
    answer["error"].take()
}

fn sandbox() -> Sandbox {
    Sandbox::new("{}").unwrap()
}

/// Alice, who has 10 NEAR.
fn alice(sandbox: &Sandbox) -> Actor {
    let create = json!({"op": "create_account", "account_id": "alice.near", "balance": "10 NEAR"});
    assert_eq!(ok(&sandbox.run(&create.to_string()))["account_id"], "alice.near");
    sandbox.account("alice.near", None).unwrap()
}

fn execute(actor: &Actor, receiver: Option<&str>, actions: Value) -> String {
    let request = json!({"op": "execute", "receiver": receiver, "actions": actions});
    actor.run(&request.to_string())
}

fn ask(sandbox: &Sandbox, request: Value) -> Value {
    ok(&sandbox.run(&request.to_string()))
}

#[test]
fn a_transfer_is_executed() {
    let sandbox = sandbox();
    let alice = alice(&sandbox);
    let transfer = json!([{"type": "transfer", "amount": {"integer": "1"}}]);
    let outcome = ok(&execute(&alice, Some("near"), transfer));
    assert_eq!(outcome["status"], "succeeded");
    assert_eq!(outcome["signer_id"], "alice.near");
    let gas = outcome["gas_burnt"]["integer"].as_str().unwrap();
    assert!(gas.parse::<u64>().unwrap() > 0);
    let hash = outcome["transaction_hash"].clone();
    assert_eq!(ask(&sandbox, json!({"op": "outcome", "hash": hash})), outcome);
    let executions: Value = serde_json::from_str(outcome["executions"].as_str().unwrap()).unwrap();
    assert_eq!(executions[0]["id"], hash);
    assert_eq!(executions[1]["actions"][0]["Transfer"]["deposit"], json!({"integer": "1"}));
}

#[test]
fn short_requests_are_carried_out_at_once() {
    let sandbox = sandbox();
    let alice = alice(&sandbox);
    let request = |actions: Value| {
        json!({"op": "execute", "receiver": "near", "actions": actions}).to_string()
    };
    let transfer = request(json!([{"type": "transfer", "amount": "1 NEAR"}]));
    let outcome = ok(&alice.run_if_short(&transfer).unwrap());
    assert_eq!(outcome["status"], "succeeded");
    let much = request(json!([{"type": "transfer", "amount": "99 NEAR"}]));
    assert_eq!(error(&alice.run_if_short(&much).unwrap())["class"], "Refused");
    for other in [
        request(json!([{"type": "call", "method": "play"}])),
        request(json!([{"type": "fly"}])),
        request(json!([{"type": "add_full_access_key", "public_key": "x".repeat(20_000)}])),
        r#"{"op": "describe"}"#.to_owned(),
        "no JSON".to_owned(),
    ] {
        assert_eq!(alice.run_if_short(&other), None, "{other}");
    }
    let near = sandbox.impersonate("near").unwrap();
    assert_eq!(near.run_if_short(&transfer), None);
}

#[test]
fn a_refusal_has_its_class_name_and_figures() {
    let sandbox = sandbox();
    let transfer = json!([{"type": "transfer", "amount": "99 NEAR"}]);
    let problem = error(&execute(&alice(&sandbox), Some("near"), transfer));
    assert_eq!(problem["class"], "Refused");
    assert_eq!(problem["kind"], "Refused.Signer.Budget.NotEnough");
    assert_eq!(problem["near_api_ts_kind"], "Signer.Budget.NotEnough");
    let ten_near = format!("1{}", "0".repeat(25));
    assert_eq!(problem["figures"]["balance"], json!({"integer": ten_near}));
    assert_eq!(problem["outcome"], Value::Null);
}

#[test]
fn a_failure_has_its_outcome() {
    let sandbox = sandbox();
    let transfer = json!([{"type": "transfer", "amount": "1 NEAR"}]);
    let problem = error(&execute(&alice(&sandbox), Some("nobody.near"), transfer));
    assert_eq!(problem["class"], "Failed");
    assert_eq!(problem["outcome"]["status"], "failed");
}

#[test]
fn the_library_checks_arguments() {
    let sandbox = sandbox();
    let alice = alice(&sandbox);
    for (actions, kind) in [
        (json!([]), "Argument.Actions.Empty"),
        (json!([{"type": "transfer", "amount": "5"}]), "Argument.Amount.Invalid"),
        (json!([{"type": "delete_key", "public_key": "x"}]), "Argument.PublicKey.Invalid"),
        (json!([{"type": "call", "method": "play"}]), "Argument.Missing"),
        (
            json!([{"type": "call", "contract": "a.near", "method": "play", "gas": "1"}]),
            "Argument.Gas.Invalid",
        ),
        (json!([{"type": "fly"}]), "Argument.NotUsable"),
        (json!([{"type": "delegate", "signed": "AAAA"}]), "Argument.NotUsable"),
        (json!([{"type": "use_global_by_hash", "hash": "0"}]), "Argument.NotUsable"),
    ] {
        let problem = error(&execute(&alice, None, actions.clone()));
        assert_eq!(
            (&problem["class"], &problem["kind"]),
            (&json!("Argument"), &json!(kind)),
            "{actions}"
        );
    }
}

#[test]
fn a_key_needs_functions_and_a_budget() {
    let sandbox = sandbox();
    let alice = alice(&sandbox);
    let key = ok(&tool(&json!({"op": "random_key", "curve": "ed25519"}).to_string()));
    let grant = |fields: Value| {
        let mut action = json!({
            "type": "add_function_call_key",
            "public_key": key["public_key"],
            "contract": "game.near",
        });
        for (name, value) in fields.as_object().unwrap() {
            action[name] = value.clone();
        }
        execute(&alice, None, json!([action]))
    };
    let kind = |fields| error(&grant(fields))["kind"].clone();
    assert_eq!(kind(json!({"gas_budget": "1 NEAR"})), "Argument.Missing");
    assert_eq!(kind(json!({"functions": ["play"]})), "Argument.Missing");
    assert_eq!(
        kind(json!({"functions": [], "gas_budget": "1 NEAR"})),
        "Argument.AllowedFunctions.Empty"
    );
    assert_eq!(
        kind(json!({"functions": ["play"], "gas_budget": "0 NEAR"})),
        "Argument.GasBudget.Zero"
    );
    ok(&grant(json!({"any_function": true, "gas_budget": "unlimited"})));
    let wanted =
        json!({"op": "access_key", "account_id": "alice.near", "public_key": key["public_key"]});
    let added = ask(&sandbox, wanted);
    assert_eq!((&added["functions"], &added["gas_budget"]), (&Value::Null, &Value::Null));
    assert_eq!(added["permission"], "function_call");
}

#[test]
fn a_gas_key_has_no_budget_and_another_key_has_no_nonces() {
    // A gas key's budget was ignored: its owner thought that it could spend less than it could.
    let sandbox = sandbox();
    let alice = alice(&sandbox);
    let key = ok(&tool(&json!({"op": "random_key", "curve": "ed25519"}).to_string()));
    for kind in ["add_function_call_gas_key", "add_function_call_key"] {
        let action = json!({
            "type": kind, "public_key": key["public_key"], "contract": "game.near", "functions": ["play"],
            "nonces": 4, "gas_budget": "1 NEAR",
        });
        let problem = error(&execute(&alice, None, json!([action])));
        assert_eq!(problem["kind"], "Argument.NotUsable");
        assert!(problem["message"].as_str().unwrap().starts_with(kind), "{problem}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let sandbox = sandbox();
    for request in ["", "{", "[]", r#"{"op": "fly"}"#, r#"{"op": "head", "x": 1}"#, "\u{0}"] {
        let problem = error(&sandbox.run(request));
        assert_eq!(problem["kind"], "Argument.NotUsable", "{request:?}");
    }
    assert!(
        Sandbox::new(r#"{"chain": "x"}"#).unwrap_err().message.contains("unknown field `chain`")
    );
    assert_eq!(Sandbox::new(r#"{"protocol_version": 1}"#).unwrap_err().class, "Sandbox");
}

#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    let sandbox = sandbox();
    let alice = alice(&sandbox);
    let key = ok(&tool(&json!({"op": "random_key", "curve": "ed25519"}).to_string()));
    let secret = key["secret_key"].as_str().unwrap();
    let body = secret.split_once(':').unwrap().1;
    for answer in [
        execute(&alice, None, json!([{"type": "delete_key", "public_key": secret}])),
        sandbox.run(
            &json!({"op": "access_key", "account_id": "alice.near", "public_key": secret})
                .to_string(),
        ),
        sandbox.run(&json!({"op": "account_info", "account_id": secret}).to_string()),
        tool(&json!({"op": "key_from_secret", "secret_key": format!("{secret}x")}).to_string()),
    ] {
        error(&answer);
        assert!(!answer.contains(body), "{answer}");
    }
    assert!(
        !sandbox
            .account("alice.near", Some(&secret[..40]))
            .unwrap_err()
            .message
            .contains(&body[..20])
    );
}

#[test]
fn a_snapshot_is_reverted_to_and_a_copy_is_not() {
    let sandbox = sandbox();
    let before = sandbox.snapshot();
    alice(&sandbox);
    let copy = sandbox.clone();
    sandbox.revert(&before).unwrap();
    let info = json!({"op": "account_info", "account_id": "alice.near"});
    assert_eq!(error(&sandbox.run(&info.to_string()))["class"], "Query");
    assert_eq!(ask(&copy, info)["account_id"], "alice.near");
}

#[test]
fn one_request_seals_a_bounded_number_of_blocks() {
    let sandbox = sandbox();
    let seal = |count: u64| json!({"op": "seal_blocks", "count": count}).to_string();
    assert_eq!(error(&sandbox.run(&seal(10_001)))["kind"], "Argument.OutOfRange");
    ok(&sandbox.run(&seal(2)));
    assert_eq!(ask(&sandbox, json!({"op": "head"}))["height"], 2);
}

#[test]
fn reports_have_a_text_and_their_numbers_are_integers() {
    let sandbox = sandbox();
    let alice = alice(&sandbox);
    let key = ok(&alice.run(r#"{"op": "describe"}"#))["public_key"].clone();
    let transfer = json!([{"type": "transfer", "amount": "99 NEAR"}]);
    let explained = ask(
        &sandbox,
        json!({
            "op": "explain", "account_id": "alice.near", "public_key": key, "receiver": "near", "actions": transfer,
        }),
    );
    assert_eq!(explained["accepted"], false);
    assert!(explained["text"].as_str().unwrap().contains("99"), "{explained}");
    let refusal = &explained["refusal"]["NotEnoughBalance"];
    assert!(refusal["balance"]["integer"].is_string(), "{explained}");
    let forecast =
        json!({"op": "forecast", "account_id": "alice.near", "public_key": key, "gas": "30 Tgas"});
    assert!(ask(&sandbox, forecast)["text"].is_string());
    let audit = ask(&sandbox, json!({"op": "audit", "account_id": "alice.near"}));
    assert_eq!(audit["keys"], 1);
    let lock = ask(&sandbox, json!({"op": "lock_verdict", "account_id": "alice.near"}));
    assert_eq!(lock["verdict"], "not_locked");
    let missing = json!({"op": "audit", "account_id": "nobody.near"});
    assert_eq!(error(&sandbox.run(&missing.to_string()))["class"], "Query");
}

#[test]
fn json_rpc_is_answered_and_served() {
    let sandbox = sandbox();
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "status", "params": []}).to_string();
    let answer: Value = serde_json::from_str(&sandbox.rpc(&body)).unwrap();
    assert_eq!(answer["result"]["chain_id"], "sandbox");
    let server = sandbox.listen(false).unwrap();
    assert!(server.url().starts_with("http://127.0.0.1:"));
}

#[test]
fn an_impersonated_account_acts_and_does_not_sign() {
    let sandbox = sandbox();
    let near = sandbox.impersonate("near").unwrap();
    let transfer = json!([{"type": "transfer", "amount": "1 NEAR"}]);
    ok(&execute(&near, Some("test.near"), transfer.clone()));
    let sign = json!({"op": "sign", "receiver": "test.near", "actions": transfer});
    assert_eq!(error(&near.run(&sign.to_string()))["class"], "Key");
}

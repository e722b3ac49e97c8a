//! `keyway_*` methods: control of a chain of one's own.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{call, id, public_key, result, service, service_as};
use keyway_chain::{Chain, ChainOptions, DumpReader};
use keyway_rpc::{Service, Settings};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn without_cheats_neither_keyway_nor_sandbox_methods_are_served() {
    let service = service_as(Settings { cheats: false, ..Settings::default() });
    for method in ["keyway_mine", "sandbox_fast_forward", "sandbox_patch_state"] {
        let (status, body) = call(&service, method, json!({})).await;
        assert_eq!((status, &body["error"]["cause"]["name"]), (200, &json!("CHEATS_OFF")));
        assert!(body["error"]["data"].as_str().unwrap().contains("--no-cheats"), "{body}");
    }
    result(call(&service, "status", json!([])).await);
}

#[tokio::test]
async fn blocks_are_mined_by_hand() {
    let service = service();
    let head = result(call(&service, "keyway_mine", json!({})).await);
    assert_eq!(head["height"], 3);
    let head = result(call(&service, "keyway_mine", json!({"blocks": 5})).await);
    assert_eq!((&head["height"], service.node().snapshot().head().height()), (&json!(8), 8));
    let before = nanoseconds(&head);
    let params = json!({"blocks": 3, "interval": {"seconds": 3600}});
    let head = result(call(&service, "keyway_mine", params).await);
    assert_eq!(head["height"], 11);
    assert!(nanoseconds(&head) >= before + 3 * 3_600 * SECOND);
    let head = result(call(&service, "keyway_mine", json!({"blocks": 5_000})).await);
    assert_eq!(head["height"], 5_011);
    let refused = cause(&service, "keyway_mine", json!({"blocks": u64::MAX})).await;
    assert_eq!(refused, "INVALID_FAST_FORWARD");
    let far = json!({"blocks": 2, "interval": {"nanosec": u64::MAX.to_string()}});
    assert_eq!(cause(&service, "keyway_mine", far).await, "INVALID_PARAMETER");
    for wrong in [
        json!({"blocks": -1}),
        json!({"block": 1}),
        json!({"blocks": "1"}),
        json!({"interval": {"minutes": 1}}),
    ] {
        assert_eq!(cause(&service, "keyway_mine", wrong).await, "PARSE_ERROR");
    }
    assert_eq!(service.node().snapshot().head().height(), 5_011);
}

#[tokio::test]
async fn time_is_set_moved_frozen_stepped_and_freed() {
    let service = service();
    let may = json!({"time": "2097-05-01T00:00:00Z"});
    let set = result(call(&service, "keyway_time_set", may).await);
    assert_eq!((&set["time"], &set["mode"]), (&json!("2097-05-01T00:00:00Z"), &json!("running")));
    assert!(set["ahead_nanosec"].as_str().unwrap().parse::<i128>().unwrap() > 0);
    let shown = result(call(&service, "keyway_time_show", json!({})).await);
    assert!(nanoseconds(&shown) >= nanoseconds(&set));
    // No block follows by itself here, so the one with the time was made final.
    let found = result(call(&service, "block", json!({"finality": "final"})).await);
    assert_eq!(found["header"]["timestamp_nanosec"], set["time_nanosec"]);

    let day = json!({"seconds": 86_400});
    let moved = result(call(&service, "keyway_time_move", day).await);
    assert!(nanoseconds(&moved) >= nanoseconds(&set) + 86_400 * SECOND);

    let frozen = result(call(&service, "keyway_time_freeze", Value::Null).await);
    assert_eq!((&frozen["mode"], &frozen["ahead_nanosec"]), (&json!("frozen"), &Value::Null));
    service.node().tick().unwrap();
    let shown = result(call(&service, "keyway_time_show", json!([])).await);
    assert_eq!(nanoseconds(&shown), nanoseconds(&frozen) + 3);

    let second = json!({"nanosec": SECOND.to_string()});
    let stepped = result(call(&service, "keyway_time_step", second).await);
    assert_eq!(stepped["step_nanosec"], SECOND.to_string());
    let before = nanoseconds(&result(call(&service, "keyway_time_show", json!({})).await));
    service.node().tick().unwrap();
    let shown = result(call(&service, "keyway_time_show", json!({})).await);
    assert_eq!(nanoseconds(&shown), before + SECOND);
    assert_eq!(result(call(&service, "keyway_time_free", json!({})).await)["mode"], "running");
}

#[tokio::test]
async fn times_that_cannot_be_are_refused_and_change_nothing() {
    let service = service();
    let head = common::head(&service);
    for (method, params, expected) in [
        ("keyway_time_set", json!({"time": "2001-01-01T00:00:00Z"}), "INVALID_TIME"),
        ("keyway_time_set", json!({"time": "9999-01-01T00:00:00Z"}), "INVALID_PARAMETER"),
        ("keyway_time_set", json!({"time": "1969-01-01T00:00:00Z"}), "INVALID_PARAMETER"),
        ("keyway_time_set", json!({"time": "tomorrow"}), "INVALID_PARAMETER"),
        ("keyway_time_set", json!({"time_nanosec": u64::MAX.to_string()}), "INVALID_TIME"),
        ("keyway_time_set", json!({"time_nanosec": "-1"}), "INVALID_PARAMETER"),
        ("keyway_time_set", json!({"time_nanosec": 1}), "PARSE_ERROR"),
        ("keyway_time_set", json!({}), "INVALID_PARAMETER"),
        ("keyway_time_set", json!({"date": "2027-05-01"}), "PARSE_ERROR"),
        ("keyway_time_move", json!({"seconds": 0}), "INVALID_TIME"),
        ("keyway_time_move", json!({"seconds": u64::MAX}), "INVALID_PARAMETER"),
        ("keyway_time_move", json!({"seconds": -1}), "PARSE_ERROR"),
        ("keyway_time_move", json!({"nanosec": u64::MAX.to_string()}), "INVALID_TIME"),
        ("keyway_time_move", json!({"seconds": 1, "nanosec": "1"}), "INVALID_PARAMETER"),
        ("keyway_time_step", json!({"seconds": 0}), "INVALID_TIME"),
        ("keyway_time_step", json!({"nanosec": u64::MAX.to_string()}), "INVALID_TIME"),
        ("keyway_time_freeze", json!({"at": 1}), "PARSE_ERROR"),
    ] {
        assert_eq!(cause(&service, method, params.clone()).await, expected, "{method} {params}");
    }
    let back = json!({"time": "2001-01-01T00:00:00Z"});
    let (_, body) = call(&service, "keyway_time_set", back).await;
    let words = body["error"]["data"].as_str().unwrap();
    assert!(words.contains("the time 2001-01-01T00:00:00Z is not after"), "{words}");
    assert!(words.contains("revert to an earlier snapshot"), "{words}");
    assert_eq!(common::head(&service), head);
}

#[tokio::test]
async fn any_account_acts_without_its_key() {
    let service = service();
    let transfer = json!([{"Transfer": {"deposit": "7"}}]);
    let params =
        json!({"signer_id": "test.near", "receiver_id": "alice.near", "actions": transfer});
    let done = result(call(&service, "keyway_impersonate", params.clone()).await);
    assert!(done["status"].get("SuccessValue").is_some(), "{done}");
    assert_eq!(done["final_execution_status"], "FINAL");
    let hash = done["transaction"]["hash"].as_str().unwrap();
    let asked = json!({"tx_hash": hash, "sender_account_id": "test.near", "wait_until": "NONE"});
    assert_eq!(result(call(&service, "tx", asked).await)["status"], done["status"]);
    for (change, expected) in [
        (json!({"signer_id": "no.near"}), "INVALID_TRANSACTION"),
        (json!({"signer_id": "No"}), "PARSE_ERROR"),
        (json!({"actions_base64": ""}), "INVALID_PARAMETER"),
        (json!({"nonce": 1}), "PARSE_ERROR"),
    ] {
        let mut params = params.clone();
        params.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(cause(&service, "keyway_impersonate", params).await, expected, "{change}");
    }
}

#[tokio::test]
async fn rows_are_written_and_deleted_and_balances_set() {
    let service = service();
    let amount = json!({"account_id": "alice.near", "amount": "5000000000000000000000000"});
    result(call(&service, "keyway_set_balance", amount).await);
    let data = json!([{"Data": {"account_id": "alice.near", "data_key": "a2V5", "value": "dg=="}}]);
    result(call(&service, "keyway_patch", json!({"set": data})).await);
    let account = view(&service, "view_account", json!({})).await;
    assert_eq!(account["amount"], "5000000000000000000000000");
    let with_data = account["storage_usage"].as_u64().unwrap();
    let delete = json!([{"data": {"account_id": "alice.near", "key_base64": "a2V5"}}]);
    result(call(&service, "keyway_patch", json!({"delete": delete})).await);
    let account = view(&service, "view_account", json!({})).await;
    assert_eq!(account["storage_usage"], with_data - 44);
    let key = json!({"account_id": "alice.near", "public_key": public_key("alice.near")});
    let delete = json!([{"access_key": key}]);
    result(call(&service, "keyway_patch", json!({"delete": delete})).await);
    let keys = view(&service, "view_access_key_list", json!({})).await;
    assert_eq!(keys["keys"], json!([]));
    let delete = json!([{"account": {"account_id": "alice.near"}}]);
    result(call(&service, "keyway_patch", json!({"delete": delete})).await);
    let params = json!({"request_type": "view_account", "account_id": id("alice.near"),
        "finality": "final"});
    assert_eq!(cause(&service, "query", params).await, "UNKNOWN_ACCOUNT");
}

#[tokio::test]
async fn edits_that_cannot_be_are_refused_and_change_nothing() {
    let service = service();
    let head = common::head(&service);
    let deletion = |what: Value| json!({"delete": [what]});
    for (method, params, expected) in [
        (
            "keyway_patch",
            deletion(json!({"account": {"account_id": "test.near"}})),
            "INVALID_PATCH",
        ),
        ("keyway_patch", deletion(json!({"account": {"account_id": "no.near"}})), "INVALID_PATCH"),
        (
            "keyway_patch",
            deletion(json!({"contract": {"account_id": "alice.near"}})),
            "INVALID_PATCH",
        ),
        (
            "keyway_patch",
            deletion(json!({"data": {"account_id": "alice.near", "key_base64": "?"}})),
            "INVALID_PARAMETER",
        ),
        ("keyway_patch", deletion(json!({"everything": {}})), "PARSE_ERROR"),
        ("keyway_patch", json!({"records": []}), "PARSE_ERROR"),
        (
            "keyway_set_balance",
            json!({"account_id": "alice.near", "amount": u128::MAX.to_string()}),
            "INVALID_PATCH",
        ),
        ("keyway_set_balance", json!({"account_id": "no.near", "amount": "1"}), "INVALID_PATCH"),
        ("keyway_set_balance", json!({"account_id": "alice.near", "amount": "-1"}), "PARSE_ERROR"),
    ] {
        assert_eq!(cause(&service, method, params.clone()).await, expected, "{method} {params}");
    }
    assert_eq!(common::head(&service), head);
}

#[tokio::test]
async fn a_dump_comes_in_parts_and_makes_a_chain() {
    let service = service();
    let value = BASE64_STANDARD.encode(vec![7; 700_000]);
    for number in 0..3 {
        let data = json!([{"Data": {"account_id": "alice.near",
            "data_key": BASE64_STANDARD.encode([number]), "value": value}}]);
        result(call(&service, "keyway_patch", json!({"set": data})).await);
    }
    let head = common::head(&service);
    let (mut file, mut parts, mut params) = (Vec::new(), 0, json!({}));
    loop {
        let part = result(call(&service, "keyway_dump", params).await);
        assert_eq!(part["block_hash"], head.to_string());
        file.extend(BASE64_STANDARD.decode(part["bytes"].as_str().unwrap()).unwrap());
        parts += 1;
        // The chain goes on meanwhile.
        service.node().tick().unwrap();
        if part["next"].is_null() {
            break;
        }
        params = json!({"after": part["next"]});
    }
    assert!(parts > 2, "{parts}");
    let dump = DumpReader::open(file.as_slice()).unwrap();
    let cache = Arc::new(near_vm_runner::NoContractRuntimeCache);
    let chain = Chain::load(dump, ChainOptions::default(), cache).unwrap();
    assert_eq!(*chain.head().hash(), head);
    let nowhere = json!({"block_hash": "nowhere", "entries": 0, "key_base64": ""});
    assert_eq!(cause(&service, "keyway_dump", json!({"after": nowhere})).await, "PARSE_ERROR");
    let hash = near_primitives::hash::CryptoHash::default().to_string();
    let unknown = json!({"block_hash": hash, "entries": 0, "key_base64": ""});
    assert_eq!(cause(&service, "keyway_dump", json!({"after": unknown})).await, "CANNOT_DUMP");
    let odd = json!({"block_hash": head.to_string(), "entries": 0, "key_base64": "?"});
    assert_eq!(cause(&service, "keyway_dump", json!({"after": odd})).await, "INVALID_PARAMETER");
}

async fn view(service: &Service, request: &str, more: Value) -> Value {
    let mut params = json!({"request_type": request, "account_id": "alice.near",
        "finality": "final"});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    result(call(service, "query", params).await)
}

/// The name of the error's cause.
async fn cause(service: &Service, method: &str, params: Value) -> String {
    let (_, body) = call(service, method, params).await;
    body["error"]["cause"]["name"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

fn nanoseconds(head: &Value) -> u64 {
    head["time_nanosec"].as_str().unwrap().parse().unwrap()
}

const SECOND: u64 = 1_000_000_000;

//! Whatever comes in, an answer goes out: never a panic, and the status and shape that nearcore has.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ALICE, call, encoded, head, service, transfer};
use serde_json::{Value, json};

/// What an answer must be, besides being an answer.
enum Expected {
    /// 400 `PARSE_ERROR`, with these words in it.
    Parse(&'static str),
    /// 200 `HANDLER_ERROR` with this cause.
    Handler(&'static str),
    /// Another status with this cause.
    Status(u16, &'static str),
}
use Expected::{Handler, Parse, Status};

async fn check(cases: Vec<(&str, Value, Expected)>) {
    let service = service();
    for (method, params, expected) in cases {
        let (status, answer) = call(&service, method, params.clone()).await;
        let error = &answer["error"];
        let cause = error["cause"]["name"].as_str().unwrap_or_default();
        let seen = format!("{method} {}: {status} {answer}", short(&params));
        match expected {
            Parse(words) => {
                assert_eq!((status, cause), (400, "PARSE_ERROR"), "{seen}");
                assert_eq!(error["code"], -32700, "{seen}");
                assert_eq!(error["data"], error["cause"]["info"]["error_message"], "{seen}");
                assert!(error["data"].as_str().unwrap().contains(words), "{seen}");
            }
            Handler(name) => {
                assert_eq!(
                    (status, cause, &error["name"]),
                    (200, name, &json!("HANDLER_ERROR")),
                    "{seen}"
                );
                assert_eq!(
                    (&error["code"], &error["message"]),
                    (&json!(-32000), &json!("Server error"))
                );
            }
            Status(code, name) => assert_eq!((status, cause), (code, name), "{seen}"),
        }
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}

#[tokio::test]
async fn blocks_and_chunks() {
    let unknown = "9999999999999999999999999999999999999999999";
    check(vec![
        ("block", json!(null), Parse("Failed parsing args")),
        ("block", json!([]), Parse("Failed parsing args")),
        ("block", json!([1, 2]), Parse("Failed parsing args")),
        ("block", json!([null]), Parse("Failed parsing args")),
        ("block", json!([-1]), Parse("Failed parsing args")),
        ("block", json!([1.5]), Parse("Failed parsing args")),
        ("block", json!(["nonsense"]), Parse("Failed parsing args")),
        (
            "block",
            json!({"block_id": 1, "finality": "final"}),
            Parse("expected map with a single key"),
        ),
        ("block", json!({"finality": "nope"}), Parse("unknown variant `nope`")),
        ("block", json!({"sync_checkpoint": "nope"}), Parse("unknown variant `nope`")),
        ("block", json!({"block_id": 1_000_000}), Handler("UNKNOWN_BLOCK")),
        ("block", json!({"block_id": u64::MAX}), Handler("UNKNOWN_BLOCK")),
        ("block", json!({"block_id": unknown}), Handler("UNKNOWN_BLOCK")),
        ("block", json!([unknown]), Handler("UNKNOWN_BLOCK")),
        ("chunk", json!(null), Parse("Failed parsing args")),
        ("chunk", json!([]), Parse("Failed parsing args")),
        ("chunk", json!([[]]), Parse("Failed parsing args")),
        ("chunk", json!([[1]]), Parse("Failed parsing args")),
        ("chunk", json!([[1, "x"]]), Parse("Failed parsing args")),
        ("chunk", json!({"shard_id": 0}), Parse("Failed parsing args")),
        ("chunk", json!([[1, 7]]), Handler("INVALID_SHARD_ID")),
        ("chunk", json!([[1_000_000, 0]]), Handler("UNKNOWN_BLOCK")),
        ("chunk", json!([unknown]), Handler("UNKNOWN_CHUNK")),
        ("chunk", json!({"chunk_id": unknown}), Handler("UNKNOWN_CHUNK")),
        ("EXPERIMENTAL_congestion_level", json!([unknown]), Handler("UNKNOWN_CHUNK")),
        ("gas_price", json!(null), Parse("Failed parsing args")),
        ("gas_price", json!(["x"]), Parse("Failed parsing args")),
        ("gas_price", json!([1_000_000]), Handler("UNKNOWN_BLOCK")),
        ("gas_price", json!([unknown]), Handler("UNKNOWN_BLOCK")),
        ("EXPERIMENTAL_protocol_config", json!({}), Parse("Failed parsing args")),
        ("EXPERIMENTAL_protocol_config", json!({"block_id": 1_000_000}), Handler("UNKNOWN_BLOCK")),
        ("validators", json!(null), Parse("Failed parsing args")),
        ("validators", json!([1_000_000]), Handler("UNKNOWN_EPOCH")),
        ("validators", json!([1]), Handler("VALIDATOR_INFO_UNAVAILABLE")),
        ("validators", json!({"epoch_id": unknown}), Handler("UNKNOWN_EPOCH")),
        ("EXPERIMENTAL_validators_ordered", json!([1_000_000]), Handler("UNKNOWN_EPOCH")),
        ("maintenance_windows", json!({"account_id": "NOT VALID"}), Parse("Failed parsing args")),
        ("EXPERIMENTAL_receipt", json!({}), Parse("missing field `receipt_id`")),
        ("EXPERIMENTAL_receipt", json!({"receipt_id": "x"}), Parse("Failed parsing args")),
        ("EXPERIMENTAL_receipt_to_tx", json!({"receipt_id": unknown}), Handler("UNKNOWN_RECEIPT")),
        ("changes", json!({"block_id": 1}), Parse("Failed parsing args")),
        ("changes", json!({"block_id": 1, "changes_type": "nope"}), Parse("Failed parsing args")),
        ("block_effects", json!({"block_id": 1_000_000}), Handler("UNKNOWN_BLOCK")),
    ])
    .await;
}

#[tokio::test]
async fn queries() {
    let query = |mut params: Value| {
        if params.get("block_id").is_none() {
            params["finality"] = json!("final");
        }
        params
    };
    let account =
        |request_type: &str| query(json!({"request_type": request_type, "account_id": ALICE}));
    let state = |more: Value| {
        let mut params = account("view_state");
        params["prefix_base64"] = json!("YQ==");
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        params
    };
    let long = "z".repeat(1_000_000);
    check(vec![
        ("query", json!(null), Parse("Failed parsing args")),
        ("query", json!([]), Parse("Failed parsing args")),
        ("query", json!(["a", "b", "c"]), Parse("Failed parsing args")),
        ("query", json!(["account", ""]), Parse("Not enough query parameters provided")),
        ("query", json!([5, ""]), Parse("Failed parsing args")),
        ("query", json!(["account/NOT VALID", ""]), Parse("")),
        ("query", json!(["nope/alice.near", ""]), Parse("Unknown path nope")),
        ("query", json!(["call/alice.near", ""]), Parse("Method name is missing")),
        ("query", json!(["call/alice.near/method", "0OIl"]), Parse("")),
        ("query", json!(["call/alice.near/method", long]), Parse("Query data size is too large")),
        ("query", json!(["access_key/alice.near/nope", ""]), Parse("Invalid public key")),
        ("query", query(json!({"request_type": "nope"})), Parse("unknown variant `nope`")),
        (
            "query",
            query(json!({"request_type": "view_account"})),
            Parse("missing field `account_id`"),
        ),
        (
            "query",
            query(json!({"request_type": "view_account", "account_id": "A"})),
            Parse("Account ID"),
        ),
        ("query", query(json!({"request_type": "view_account", "account_id": 5})), Parse("")),
        ("query", account("view_access_key"), Parse("missing field `public_key`")),
        ("query", account("call_function"), Parse("missing field")),
        ("query", account("view_code"), Handler("NO_CONTRACT_CODE")),
        ("query", state(json!({"prefix_base64": "!"})), Parse("Failed parsing args")),
        ("query", state(json!({"limit": 0})), Parse("Failed parsing args")),
        ("query", state(json!({"limit": 1, "include_proof": true})), Parse("include_proof")),
        (
            "query",
            state(json!({"after_key_base64": "Yg=="})),
            Parse("must start with prefix_base64"),
        ),
        (
            "EXPERIMENTAL_view_state",
            state(json!({"limit": 1, "include_proof": true})),
            Parse("include_proof"),
        ),
        (
            "EXPERIMENTAL_view_account",
            query(json!({"account_id": "nobody"})),
            Handler("UNKNOWN_ACCOUNT"),
        ),
        ("EXPERIMENTAL_view_account", json!({"account_id": ALICE}), Parse("Failed parsing args")),
        (
            "EXPERIMENTAL_view_access_key",
            query(json!({"account_id": ALICE, "public_key": common::public_key("x")})),
            Handler("UNKNOWN_ACCESS_KEY"),
        ),
        (
            "EXPERIMENTAL_call_function",
            query(json!({"account_id": ALICE, "method_name": "x", "args_base64": ""})),
            Handler("CONTRACT_EXECUTION_ERROR"),
        ),
        (
            "EXPERIMENTAL_view_code",
            query(json!({"account_id": ALICE})),
            Handler("NO_CONTRACT_CODE"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn transactions() {
    let service = service();
    let good = encoded(&transfer(&service, 1));
    let trailing = format!("{}AAAA", good.trim_end_matches('='));
    let unknown = head(&service).to_string();
    let send = |tx: &str| json!({"signed_tx_base64": tx});
    let huge = "A".repeat(4_000_000);
    check(vec![
        ("send_tx", json!(null), Parse("Failed parsing args")),
        ("send_tx", json!([]), Parse("Failed parsing args")),
        ("send_tx", json!({}), Parse("missing field `signed_tx_base64`")),
        ("send_tx", json!([5]), Parse("Failed parsing args")),
        ("send_tx", json!([good, "FINAL"]), Parse("too many params passed")),
        ("send_tx", json!([good, "FINAL", "x"]), Parse("Failed parsing args")),
        ("send_tx", send("!!!"), Parse("Invalid byte 33, offset 0.")),
        ("send_tx", send(""), Parse("Unexpected length of input")),
        ("send_tx", send(&trailing), Parse("")),
        ("send_tx", send(&huge), Parse("")),
        (
            "send_tx",
            json!({"signed_tx_base64": good, "wait_until": "NOPE"}),
            Parse("unknown variant `NOPE`"),
        ),
        ("broadcast_tx_async", json!([""]), Parse("Failed to decode transaction")),
        ("broadcast_tx_async", json!(["!"]), Parse("Failed to decode transaction")),
        ("broadcast_tx_commit", json!([huge]), Parse("Failed to decode transaction")),
        ("tx", json!(null), Parse("Failed parsing args")),
        ("tx", json!(["nonsense", ALICE]), Parse("expected base58-encoded 256-bit hash")),
        ("tx", json!([unknown, "NOT VALID"]), Parse("Failed parsing args")),
        ("tx", json!([unknown, ALICE, "FINAL"]), Parse("Failed parsing args")),
        ("tx", json!({"tx_hash": unknown}), Parse("Failed parsing args")),
        ("tx", json!([unknown, ALICE]), Status(408, "TIMEOUT_ERROR")),
        (
            "tx",
            json!({"tx_hash": unknown, "sender_account_id": ALICE, "wait_until": "NONE"}),
            Handler("UNKNOWN_TRANSACTION"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn the_sandbox() {
    let contract = json!({"Contract": {"account_id": "nobody", "code": "AAAA"}});
    check(vec![
        ("sandbox_patch_state", json!(null), Parse("Failed parsing args")),
        ("sandbox_patch_state", json!({}), Parse("missing field `records`")),
        (
            "sandbox_patch_state",
            json!({"records": [{"Nope": {}}]}),
            Parse("unknown variant `Nope`"),
        ),
        ("sandbox_patch_state", json!({"records": [contract]}), Handler("INVALID_PATCH")),
        ("sandbox_fast_forward", json!({}), Parse("missing field `delta_height`")),
        ("sandbox_fast_forward", json!({"delta_height": -1}), Parse("Failed parsing args")),
        (
            "sandbox_fast_forward",
            json!({"delta_height": u64::MAX}),
            Handler("INVALID_FAST_FORWARD"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn an_unknown_height_below_the_head_is_told_apart() {
    let service = service();
    let forward = json!({"delta_height": 20});
    assert_eq!(call(&service, "sandbox_fast_forward", forward).await.0, 200);
    let asked = json!({"block_id": 10});
    let (status, answer) = call(&service, "block", asked).await;
    assert_eq!((status, &answer["error"]["cause"]["name"]), (422, &json!("UNKNOWN_BLOCK")));
    let positional = call(&service, "block", json!([10])).await;
    assert_eq!(positional.0, 200, "only a named height counts");
}

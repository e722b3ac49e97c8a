//! Methods about what a chain has done and holds: blocks with content, changes, contracts, data.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{ALICE, VALIDATOR, call, encoded, result, service, transfer};
use keyway_rpc::Service;
use near_primitives::hash::hash;
use near_primitives::trie_key::TrieKey;
use serde_json::{Value, json};

/// Exports `hello`, which returns `ok`, and `fail`, which traps.
const CONTRACT: &[u8] = &[
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // header
    0x01, 0x09, 0x02, 0x60, 0x02, 0x7e, 0x7e, 0x00, 0x60, 0x00, 0x00, // types
    0x02, 0x14, 0x01, 0x03, b'e', b'n', b'v', 0x0c, b'v', b'a', b'l', b'u', b'e', b'_', b'r', b'e',
    b't', b'u', b'r', b'n', 0x00, 0x00, // import of value_return
    0x03, 0x03, 0x02, 0x01, 0x01, // two functions
    0x05, 0x03, 0x01, 0x00, 0x01, // a page of memory
    0x07, 0x10, 0x02, 0x05, b'h', b'e', b'l', b'l', b'o', 0x00, 0x01, 0x04, b'f', b'a', b'i', b'l',
    0x00, 0x02, // exports
    0x0a, 0x0e, 0x02, 0x08, 0x00, 0x42, 0x02, 0x42, 0x00, 0x10, 0x00, 0x0b, 0x03, 0x00, 0x00,
    0x0b, // code
    0x0b, 0x08, 0x01, 0x00, 0x41, 0x00, 0x0b, 0x02, b'o', b'k', // data
];

/// Puts a contract with three entries of data on the chain.
async fn with_contract() -> Service {
    let service = service();
    let account = json!({"amount": "1000000000000000000000000", "locked": "0",
        "code_hash": hash(CONTRACT), "storage_usage": 500});
    let data = |key: &str| json!({"Data": {"account_id": "app.near", "data_key": BASE64_STANDARD.encode(key), "value": "dg=="}});
    let records = json!([
        {"Account": {"account_id": "app.near", "account": account}},
        {"Contract": {"account_id": "app.near", "code": BASE64_STANDARD.encode(CONTRACT)}},
        data("a1"), data("a2"), data("b"),
    ]);
    assert_eq!(
        result(call(&service, "sandbox_patch_state", json!({"records": records})).await),
        json!({})
    );
    service
}

fn query(request_type: &str, more: Value) -> Value {
    let mut params =
        json!({"request_type": request_type, "finality": "optimistic", "account_id": "app.near"});
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    params
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_can_be_seen_and_called() {
    let service = with_contract().await;
    let code = result(call(&service, "query", query("view_code", json!({}))).await);
    assert_eq!(code["code_base64"], json!(BASE64_STANDARD.encode(CONTRACT)));
    assert_eq!(code["hash"], json!(hash(CONTRACT)));

    let hello = json!({"method_name": "hello", "args_base64": ""});
    let answer = result(call(&service, "query", query("call_function", hello.clone())).await);
    assert_eq!((&answer["result"], &answer["logs"]), (&json!(b"ok"), &json!([])));
    let same = result(call(&service, "query", json!(["call/app.near/hello", ""])).await);
    assert_eq!(same, answer);
    let mut params = query("", hello);
    params.as_object_mut().unwrap().remove("request_type");
    assert_eq!(result(call(&service, "EXPERIMENTAL_call_function", params).await), answer);

    for (method, words) in
        [("fail", "WasmTrap(Unreachable)"), ("nope", "MethodResolveError(MethodNotFound)")]
    {
        let params = json!({"method_name": method, "args_base64": ""});
        let answer = result(call(&service, "query", query("call_function", params)).await);
        assert_eq!(answer["error"], format!("wasm execution failed with error: {words}"));
        assert_eq!(answer["logs"], json!([]));
    }
}

#[tokio::test]
async fn contract_data_is_listed_whole_or_in_pages() {
    let service = with_contract().await;
    let keys = |answer: &Value| -> Vec<String> {
        let values = answer["values"].as_array().unwrap();
        values.iter().map(|item| item["key"].as_str().unwrap().to_owned()).collect()
    };
    let whole = query("view_state", json!({"prefix_base64": "", "include_proof": true}));
    let whole = result(call(&service, "query", whole).await);
    assert_eq!(keys(&whole), ["YTE=", "YTI=", "Yg=="]);
    assert_eq!(whole["values"][0]["value"], "dg==");
    assert!(!whole["proof"].as_array().unwrap().is_empty());
    assert!(whole.get("last_key").is_none());

    let below = result(
        call(&service, "query", query("view_state", json!({"prefix_base64": "YQ=="}))).await,
    );
    assert_eq!(keys(&below), ["YTE=", "YTI="]);
    assert!(below.get("proof").is_none());

    let first = query("view_state", json!({"prefix_base64": "", "limit": 2}));
    let first = result(call(&service, "query", first).await);
    assert_eq!(
        (keys(&first), &first["last_key"]),
        (vec!["YTE=".to_owned(), "YTI=".to_owned()], &json!("YTI="))
    );
    let rest = json!({"prefix_base64": "", "limit": 2, "after_key_base64": "YTI="});
    let rest = result(call(&service, "query", query("view_state", rest)).await);
    assert_eq!(keys(&rest), ["Yg=="]);
    assert!(rest.get("last_key").is_none());
}

#[tokio::test]
async fn too_much_data_is_shown_in_pages_only() {
    let service = with_contract().await;
    let account =
        json!({"amount": "1", "locked": "0", "code_hash": hash(CONTRACT), "storage_usage": 60_000});
    let records = json!([{"Account": {"account_id": "app.near", "account": account}}]);
    result(call(&service, "sandbox_patch_state", json!({"records": records})).await);
    let (status, answer) =
        call(&service, "query", query("view_state", json!({"prefix_base64": ""}))).await;
    assert_eq!(
        (status, &answer["error"]["cause"]["name"]),
        (200, &json!("TOO_LARGE_CONTRACT_STATE"))
    );
    result(
        call(&service, "query", query("view_state", json!({"prefix_base64": "", "limit": 5})))
            .await,
    );
}

#[tokio::test]
async fn a_transfer_shows_in_chunks_changes_and_receipts() {
    let service = service();
    let sent = transfer(&service, 1);
    let done = result(call(&service, "send_tx", json!([encoded(&sent)])).await);
    let included = done["transaction_outcome"]["block_hash"].clone();

    let chunk = result(call(&service, "chunk", json!([[included, 0]])).await);
    assert_eq!(chunk["transactions"], json!([done["transaction"]]));
    let by_hash = json!({"chunk_id": chunk["header"]["chunk_hash"]});
    assert_eq!(result(call(&service, "chunk", by_hash).await), chunk);

    let ran = &done["receipts_outcome"][0];
    let chunk = result(call(&service, "chunk", json!([[ran["block_hash"], 0]])).await);
    assert_eq!(chunk["receipts"][0]["receipt_id"], ran["id"]);
    let origin = result(
        call(&service, "EXPERIMENTAL_receipt_to_tx", json!({"receipt_id": ran["id"]})).await,
    );
    assert_eq!(origin, json!({"transaction_hash": sent.get_hash(), "sender_account_id": ALICE}));
    let refund = &done["receipts_outcome"][1]["id"];
    let hints = json!({"receipt_id": refund, "block_height": 1, "shard_id": 7, "window": 1_000});
    assert_eq!(result(call(&service, "EXPERIMENTAL_receipt_to_tx", hints).await), origin);

    let effects = result(call(&service, "block_effects", json!({"block_id": included})).await);
    let touched = |kind: &str| json!({"type": kind, "account_id": ALICE});
    assert_eq!(
        effects["changes"],
        json!([touched("account_touched"), touched("access_key_touched")])
    );

    let cause = json!({"type": "transaction_processing", "tx_hash": sent.get_hash()});
    for (changes_type, kind) in
        [("account_changes", "account_update"), ("all_access_key_changes", "access_key_update")]
    {
        let params = json!({"block_id": included, "changes_type": changes_type, "account_ids": [VALIDATOR, ALICE]});
        let answer = result(call(&service, "EXPERIMENTAL_changes", params).await);
        let changes = answer["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 1, "{answer}");
        assert_eq!((&changes[0]["cause"], &changes[0]["type"]), (&cause, &json!(kind)));
        assert_eq!(changes[0]["change"]["account_id"], ALICE);
    }
    let key = json!({"account_id": ALICE, "public_key": common::public_key(ALICE)});
    let params =
        json!({"block_id": included, "changes_type": "single_access_key_changes", "keys": [key]});
    let answer = result(call(&service, "changes", params).await);
    assert_eq!(answer["changes"][0]["change"]["access_key"]["nonce"], 1);
}

#[tokio::test]
async fn patched_data_and_code_show_as_changes() {
    let service = with_contract().await;
    let chain = service.node().snapshot();
    let code = TrieKey::ContractCode { account_id: common::id("app.near") };
    let patched = (0..=chain.head().height())
        .filter_map(|height| chain.block_by_height(height).unwrap())
        .find(|block| block.changes.iter().any(|change| change.trie_key == code));
    let block_id = patched.unwrap().height();
    let of = |changes_type: &str| {
        json!({
            "block_id": block_id,
            "changes_type": changes_type,
            "account_ids": ["app.near"],
            "key_prefix_base64": "YQ==",
        })
    };
    let data = result(call(&service, "changes", of("data_changes")).await);
    assert_eq!(data["changes"].as_array().unwrap().len(), 2);
    assert_eq!(
        data["changes"][0]["change"],
        json!({"account_id": "app.near", "key_base64": "YTE=", "value_base64": "dg=="})
    );
    assert_eq!(data["changes"][0]["cause"], json!({"type": "migration"}));
    let code = result(call(&service, "changes", of("contract_code_changes")).await);
    assert_eq!(
        code["changes"][0]["change"]["code_base64"],
        json!(BASE64_STANDARD.encode(CONTRACT))
    );
}

#[tokio::test]
async fn a_jump_moves_the_head_and_ends_epochs() {
    let service = service();
    let first = result(call(&service, "status", json!([])).await);
    assert_eq!(
        result(call(&service, "sandbox_fast_forward", json!({"delta_height": 100})).await),
        json!({})
    );
    let second = result(call(&service, "status", json!([])).await);
    let height = |status: &Value| status["sync_info"]["latest_block_height"].as_u64().unwrap();
    // Nothing seals blocks here, so two follow at once.
    assert_eq!(height(&second), height(&first) + 100 + 2);
    let last = result(call(&service, "block", json!({"finality": "final"})).await);
    assert_eq!(last["header"]["height"], height(&first) + 100);
    assert_eq!(second["protocol_version"], first["protocol_version"]);

    let old = result(
        call(&service, "validators", json!({"epoch_id": first["sync_info"]["epoch_id"]})).await,
    );
    let new = result(call(&service, "validators", json!([null])).await);
    let start = new["epoch_start_height"].as_u64().unwrap();
    assert!(old["epoch_start_height"].as_u64().unwrap() < start);
    let block = result(call(&service, "block", json!([start])).await);
    let last = &block["header"]["prev_hash"];
    assert_eq!(result(call(&service, "validators", json!([last])).await), old);
    let ordered = result(call(&service, "EXPERIMENTAL_validators_ordered", json!([last])).await);
    assert_eq!(ordered[0]["account_id"], VALIDATOR);
    assert_eq!(ordered[0]["validator_stake_struct_version"], "V1");

    let windows = result(call(&service, "maintenance_windows", json!({"account_id": ALICE})).await);
    assert_eq!(windows, json!([{"start": height(&second), "end": start + 60}]));
}

#[tokio::test]
async fn headers_carry_their_producers_signature_and_no_approvals() {
    let service = service();
    let key = common::public_key(VALIDATOR);
    let block = result(call(&service, "block", json!({"finality": "optimistic"})).await);
    for (part, hash) in [(&block["header"], "hash"), (&block["chunks"][0], "chunk_hash")] {
        let signature: near_crypto::Signature =
            part["signature"].as_str().unwrap().parse().unwrap();
        let hash: near_primitives::hash::CryptoHash = part[hash].as_str().unwrap().parse().unwrap();
        assert!(signature.verify(hash.as_ref(), &key));
    }
    assert_eq!(block["header"]["approvals"], json!([]));
}

#[tokio::test]
async fn small_methods_answer() {
    let service = service();
    let level = result(call(&service, "EXPERIMENTAL_congestion_level", json!([[1, 0]])).await);
    assert_eq!(level, json!({"congestion_level": 0.0}));
    let storage = result(call(&service, "EXPERIMENTAL_split_storage_info", json!({})).await);
    assert_eq!((&storage["head_height"], &storage["cold_head_height"]), (&json!(2), &Value::Null));
    let client = result(call(&service, "client_config", json!([])).await);
    assert_eq!(client["chain_id"], "test-chain-keyway");
}

//! `keyway_snapshot_*` and `keyway_reset`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{ALICE, begun, call, result, service, service_as, transfer};
use keyway_chain::{Chain, ChainOptions, DumpReader, Input};
use keyway_rpc::{Service, Settings};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

async fn cause(service: &Service, method: &str, params: Value) -> Value {
    let (_, body) = call(service, method, params).await;
    body["error"]["cause"]["name"].clone()
}

#[tokio::test]
async fn snapshots_are_saved_listed_and_gone_back_to() {
    let service = service();
    let height = service.node().snapshot().head().height();
    let saved = json!({"name": "before", "note": "the claim"});
    let saved = result(call(&service, "keyway_snapshot_save", saved).await);
    assert_eq!((&saved["name"], &saved["note"]), (&json!("before"), &json!("the claim")));
    assert_eq!((&saved["parent"], &saved["height"]), (&Value::Null, &json!(height)));
    result(call(&service, "keyway_mine", json!({"blocks": 4})).await);
    result(call(&service, "keyway_snapshot_save", json!({"name": "after"})).await);
    result(call(&service, "keyway_mine", json!({})).await);
    let back = result(call(&service, "keyway_snapshot_revert", json!({"name": "before"})).await);
    assert_eq!((&back["height"], &back["left_height"]), (&json!(height), &json!(height + 5)));
    assert_eq!(back["hash"], saved["hash"]);
    let listed = result(call(&service, "keyway_snapshot_list", json!({})).await);
    let [before, after] = listed["snapshots"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&before["current"], &after["current"]), (&json!(true), &json!(false)));
    assert_eq!((&after["parent"], &after["height"]), (&json!("before"), &json!(height + 4)));
    let taken = json!({"name": "after"});
    assert_eq!(cause(&service, "keyway_snapshot_save", taken).await, "INVALID_SNAPSHOT");
    let back = result(call(&service, "keyway_snapshot_revert", json!({"name": "after"})).await);
    assert_eq!(back["hash"], after["hash"]);
}

#[tokio::test]
async fn a_snapshot_is_dumped_without_going_back_to_it() {
    let service = service();
    result(call(&service, "keyway_snapshot_save", json!({"name": "early"})).await);
    let early = *service.node().snapshot().head().hash();
    result(call(&service, "keyway_mine", json!({"blocks": 4})).await);
    let late = *service.node().snapshot().head().hash();
    let (mut file, mut params) = (Vec::new(), json!({"snapshot": "early"}));
    while !params.is_null() {
        let part = result(call(&service, "keyway_dump", params).await);
        assert_eq!(part["block_hash"], early.to_string());
        file.extend(BASE64_STANDARD.decode(part["bytes"].as_str().unwrap()).unwrap());
        params = match &part["next"] {
            Value::Null => Value::Null,
            next => json!({"after": next}),
        };
    }
    let dump = DumpReader::open(file.as_slice()).unwrap();
    let cache = Arc::new(near_vm_runner::NoContractRuntimeCache);
    let chain = Chain::load(dump, ChainOptions::default(), cache).unwrap();
    assert_eq!(*chain.head().hash(), early);
    assert_eq!(*service.node().snapshot().head().hash(), late);
    let nowhere = json!({"snapshot": "nowhere"});
    assert_eq!(cause(&service, "keyway_dump", nowhere).await, "UNKNOWN_SNAPSHOT");
}

#[tokio::test]
async fn a_deleted_snapshot_is_unknown() {
    let service = service();
    let name = || json!({"name": "one"});
    result(call(&service, "keyway_snapshot_save", name()).await);
    let deleted = result(call(&service, "keyway_snapshot_delete", name()).await);
    assert_eq!(deleted["name"], "one");
    for method in ["keyway_snapshot_delete", "keyway_snapshot_revert"] {
        assert_eq!(cause(&service, method, name()).await, "UNKNOWN_SNAPSHOT");
    }
}

#[tokio::test]
async fn a_reset_names_what_it_drops() {
    let service = service();
    result(call(&service, "keyway_mine", json!({"blocks": 3})).await);
    let left = service.node().snapshot().head().height();
    result(call(&service, "keyway_snapshot_save", json!({"name": "one"})).await);
    let reset = result(call(&service, "keyway_reset", json!({})).await);
    assert_eq!((&reset["height"], &reset["left_height"]), (&json!(0), &json!(left)));
    assert_eq!(reset["deleted_snapshots"], json!(["one"]));
    assert!(service.node().snapshot().snapshots().is_empty());
}

#[tokio::test]
async fn what_takes_no_parameters_takes_null_and_an_empty_list() {
    // Clients that send `"params": null`, as for `status`, were told that their request could not be parsed.
    let service = service();
    for method in ["keyway_snapshot_list", "keyway_reset"] {
        for params in [Value::Null, json!([]), json!({})] {
            result(call(&service, method, params).await);
        }
        assert_eq!(cause(&service, method, json!({"name": "one"})).await, "PARSE_ERROR");
    }
}

#[tokio::test]
async fn who_waits_for_a_transaction_that_was_abandoned_is_told_so() {
    let service = service_as(Settings { wait: Duration::from_secs(60), ..Settings::default() });
    result(call(&service, "keyway_snapshot_save", json!({"name": "one"})).await);
    let sent = transfer(&service, 1);
    // Its receipt has not run, so the caller waits.
    service.node().apply(Input::block(vec![sent.clone()])).unwrap();
    let waiting = {
        let (service, params) = (service.clone(), json!([sent.get_hash(), ALICE]));
        tokio::spawn(async move { call(&service, "tx", params).await })
    };
    begun(&service, "tx", 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    result(call(&service, "keyway_snapshot_revert", json!({"name": "one"})).await);
    let answered = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    let (_, body) = answered.unwrap().unwrap();
    assert_eq!(body["error"]["cause"]["name"], "UNKNOWN_TRANSACTION", "{body}");
}

#[tokio::test]
async fn a_transaction_can_be_sent_again_after_a_revert() {
    let service = service();
    result(call(&service, "keyway_snapshot_save", json!({"name": "one"})).await);
    let sent = transfer(&service, 1);
    for _ in 0..3 {
        common::sent(&service, &sent).await;
        result(call(&service, "keyway_snapshot_revert", json!({"name": "one"})).await);
    }
}

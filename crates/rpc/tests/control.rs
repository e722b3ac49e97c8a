//! `keyway_*` methods: control of a chain of one's own.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{call, result, service, service_as};
use keyway_rpc::Settings;
use serde_json::json;

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
    let (_, body) = call(&service, "keyway_mine", json!({"blocks": 1_001})).await;
    assert_eq!(body["error"]["cause"]["name"], "INVALID_PARAMETER");
    for wrong in [json!({"blocks": -1}), json!({"block": 1}), json!({"blocks": "1"})] {
        let (_, body) = call(&service, "keyway_mine", wrong).await;
        assert_eq!(body["error"]["cause"]["name"], "PARSE_ERROR");
    }
    assert_eq!(service.node().snapshot().head().height(), 8);
}

//! JSON-RPC bodies: every one is answered with JSON or plain text, and the chain goes on.

#![no_main]

use keyway_fuzz::{FuzzedNode, start};
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

fuzz_target!(|body: &[u8]| {
    let node = FuzzedNode::new(start(88), Duration::from_millis(20));
    let answer = node.answer(body);
    assert!(matches!(answer.status, 200 | 400 | 404 | 408 | 422 | 429 | 500 | 503), "{answer:?}");
    if answer.content_type == "application/json" {
        let json: serde_json::Value =
            serde_json::from_slice(&answer.body).expect("an answer is JSON");
        assert!(json.get("result").is_some() != json.get("error").is_some(), "{json}");
    }
    node.assert_alive();
});

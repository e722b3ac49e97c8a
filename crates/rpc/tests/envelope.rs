//! What is around every method: which requests are requests, how they are answered.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{post, service};
use serde_json::{Value, json};

const NOT_A_REQUEST: &str = "JSON RPC Request format was expected";

fn parse_error(id: Value, reason: &str) -> Value {
    json!({
        "jsonrpc": "2.0",
        "id": id,
        "error": {
            "name": "REQUEST_VALIDATION_ERROR",
            "cause": {"name": "PARSE_ERROR", "info": {"error_message": reason}},
            "code": -32700,
            "message": "Parse error",
            "data": reason,
        },
    })
}

#[tokio::test]
async fn json_that_is_no_request_is_a_parse_error_without_id() {
    let service = service();
    let bodies = [
        json!([]),
        json!([{"jsonrpc": "2.0", "method": "health", "id": 1}]),
        json!({}),
        json!(null),
        json!("health"),
        json!(17),
        json!({"jsonrpc": "2.0", "method": "health"}),
        json!({"jsonrpc": "1.0", "method": "health", "id": 1}),
        json!({"jsonrpc": 2.0, "method": "health", "id": 1}),
        json!({"method": "health", "id": 1}),
        json!({"jsonrpc": "2.0", "method": 5, "id": 1}),
        json!({"jsonrpc": "2.0", "id": 1}),
        json!({"jsonrpc": "2.0", "method": "health", "id": 1, "extra": true}),
        json!({"jsonrpc": "2.0", "result": null, "id": 1}),
    ];
    for body in bodies {
        let answer = post(&service, body.to_string().as_bytes()).await;
        assert_eq!(answer, (400, parse_error(Value::Null, NOT_A_REQUEST)), "{body}");
    }
}

#[tokio::test]
async fn what_is_no_json_is_answered_in_plain_text() {
    let service = service();
    let deep = "[".repeat(100_000);
    for body in ["", "{", "hello", "{\"jsonrpc\":", "\u{feff}{}", "{}{}", deep.as_str()] {
        let answer = service.answer(body.as_bytes()).await;
        assert_eq!((answer.status, answer.content_type), (400, "text/plain; charset=utf-8"));
        assert!(answer.body.starts_with(b"Failed to parse the request body as JSON: "));
    }
    assert_eq!(service.answer(b"\xff\xfe").await.status, 400);
}

#[tokio::test]
async fn ids_come_back_as_they_were_sent() {
    let service = service();
    for id in [json!(1), json!("a"), json!(null), json!(1.5), json!({"a": [1]}), json!(u64::MAX)] {
        let request = json!({"jsonrpc": "2.0", "method": "health", "id": id});
        let answer = post(&service, request.to_string().as_bytes()).await;
        assert_eq!(answer, (200, json!({"jsonrpc": "2.0", "result": null, "id": id})));
    }
}

#[tokio::test]
async fn the_id_of_a_request_with_bad_parameters_comes_back_too() {
    let service = service();
    let request = json!({"jsonrpc": "2.0", "method": "block", "id": "x", "params": {}});
    let reason = "Failed parsing args: invalid value: map, expected map with a single key";
    let answer = post(&service, request.to_string().as_bytes()).await;
    assert_eq!(answer, (400, parse_error(json!("x"), reason)));
}

#[tokio::test]
async fn methods_without_parameters_take_any_empty_ones() {
    let service = service();
    let methods = [
        "status",
        "health",
        "network_info",
        "genesis_config",
        "EXPERIMENTAL_genesis_config",
        "client_config",
    ];
    for method in methods {
        for params in ["", ",\"params\":null", ",\"params\":[]", ",\"params\":{}"] {
            let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"{params}}}"#);
            let (status, answer) = post(&service, body.as_bytes()).await;
            assert_eq!(status, 200, "{body}: {answer}");
            assert!(answer.get("result").is_some(), "{body}: {answer}");
        }
    }
}

#[tokio::test]
async fn an_unknown_method_is_named() {
    let service = service();
    for method in ["", "Status", "query ", "no_such_method", "EXPERIMENTAL_"] {
        let (status, answer) = common::call(&service, method, json!({})).await;
        let error = json!({
            "name": "REQUEST_VALIDATION_ERROR",
            "cause": {"name": "METHOD_NOT_FOUND", "info": {"method_name": method}},
            "code": -32601,
            "message": "Method not found",
            "data": method,
        });
        assert_eq!((status, answer), (400, json!({"error": error})));
    }
}

#[tokio::test]
async fn large_requests_are_answered_like_small_ones() {
    let service = service();
    let padding = " ".repeat(2_000_000);
    let request = format!(r#"{{"jsonrpc":"2.0","id":"x","method":"health","params":[]{padding}}}"#);
    let answer = post(&service, request.as_bytes()).await;
    assert_eq!(answer, (200, json!({"jsonrpc": "2.0", "result": null, "id": "x"})));
    let nest = r#"{"":1},"#.repeat(300_000);
    let unknown = format!(r#"{{"jsonrpc":"2.0","id":5,"method":"nope","params":[{nest}1]}}"#);
    let (status, answer) = post(&service, unknown.as_bytes()).await;
    assert_eq!((status, &answer["id"]), (400, &json!(5)));
    assert_eq!(answer["error"]["cause"]["name"], "METHOD_NOT_FOUND");
    let batch = format!(r#"[{nest}{{"jsonrpc":"2.0","id":5,"method":"health"}}]"#);
    let answer = post(&service, batch.as_bytes()).await;
    assert_eq!(answer, (400, parse_error(Value::Null, NOT_A_REQUEST)));
    let cut = &unknown.as_bytes()[..unknown.len() - 1];
    assert_eq!(service.answer(cut).await.content_type, "text/plain; charset=utf-8");
}

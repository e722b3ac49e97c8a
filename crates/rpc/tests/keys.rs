//! Lists of access keys: whole, in pages, and too long.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{call, id, public_key, result, service, service_as, service_of};
use keyway_rpc::{Service, Settings};
use near_primitives::account::AccessKey;
use near_primitives::state_record::StateRecord;
use serde_json::{Value, json};

const ACCOUNT: &str = "keys.near";

/// Gives an account so many keys.
async fn with_keys(service: Service, keys: usize) -> Service {
    let account = json!({"amount": "1", "locked": "0", "storage_usage": 1,
        "code_hash": "11111111111111111111111111111111"});
    let mut records = vec![json!({"Account": {"account_id": ACCOUNT, "account": account}})];
    records.extend((0..keys).map(|number| {
        let key = public_key(&format!("key {number}"));
        json!(StateRecord::access_key(id(ACCOUNT), key, AccessKey::full_access()))
    }));
    result(call(&service, "sandbox_patch_state", json!({"records": records})).await);
    service
}

/// A node of protocol version 86 that was told how many keys to list.
fn limited(keys: usize) -> Service {
    let settings = Settings { view_access_keys_limit: Some(keys), ..Settings::default() };
    service_as(settings)
}

/// A list by either of its two methods.
async fn list(service: &Service, twin: bool, mut params: Value) -> (u16, Value) {
    params["finality"] = json!("final");
    params["account_id"] = json!(ACCOUNT);
    if twin {
        return call(service, "EXPERIMENTAL_view_access_key_list", params).await;
    }
    params["request_type"] = json!("view_access_key_list");
    call(service, "query", params).await
}

fn keys(page: &Value) -> Vec<String> {
    let keys = page["keys"].as_array().unwrap().iter();
    keys.map(|key| key["public_key"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn all_keys_are_listed_when_no_page_is_asked_for() {
    let service = with_keys(service(), 250).await;
    for twin in [false, true] {
        let whole = result(list(&service, twin, json!({})).await);
        assert_eq!(keys(&whole).len(), 250);
        assert!(whole.get("last_key").is_none());
    }
}

#[tokio::test]
async fn pages_hold_what_is_asked_for_and_at_most_a_hundred_keys() {
    let service = with_keys(service(), 250).await;
    let whole = keys(&result(list(&service, false, json!({})).await));
    for (limit, pages) in [(Some(60), 5), (Some(50), 5), (Some(100), 3), (Some(500), 3), (None, 3)]
    {
        for twin in [false, true] {
            let mut walked: Vec<String> = Vec::new();
            let mut params = json!({"limit": limit.unwrap_or(100)});
            for page in 1.. {
                let answer = result(list(&service, twin, params).await);
                walked.extend(keys(&answer));
                let Some(last) = answer.get("last_key") else {
                    assert_eq!(page, pages, "limit {limit:?}");
                    break;
                };
                assert_eq!(last, &json!(walked.last()), "limit {limit:?}");
                params = json!({"after_key": last});
                if let Some(limit) = limit {
                    params["limit"] = json!(limit);
                }
            }
            assert_eq!(walked, whole, "limit {limit:?}");
        }
    }
}

#[tokio::test]
async fn a_page_may_begin_after_a_key_that_is_not_there() {
    let service = with_keys(service(), 20).await;
    let whole = keys(&result(list(&service, false, json!({})).await));
    let stranger = public_key("stranger").to_string();
    let page = keys(&result(list(&service, false, json!({"after_key": stranger})).await));
    assert!(whole.ends_with(&page), "{page:?}");
    let (status, answer) = list(&service, false, json!({"limit": 0})).await;
    assert_eq!((status, &answer["error"]["cause"]["name"]), (400, &json!("PARSE_ERROR")));
}

#[track_caller]
fn check_refused((status, answer): (u16, Value), limit: usize) {
    let cause = &answer["error"]["cause"];
    assert_eq!((status, &cause["name"]), (200, &json!("TOO_MANY_ACCESS_KEYS")), "{answer}");
    let info = (&cause["info"]["requested_account_id"], &cause["info"]["limit"]);
    assert_eq!(info, (&json!(ACCOUNT), &json!(limit)));
    assert!(cause["info"]["block_height"].is_u64() && cause["info"]["block_hash"].is_string());
}

#[tokio::test]
async fn from_protocol_87_on_lists_without_pages_have_at_most_a_hundred_keys() {
    for version in [87, 88] {
        let long = with_keys(service_of(version, Settings::default()), 101).await;
        for twin in [false, true] {
            check_refused(list(&long, twin, json!({})).await, 100);
            assert_eq!(keys(&result(list(&long, twin, json!({"limit": 500})).await)).len(), 100);
        }
        let short = with_keys(service_of(version, Settings::default()), 100).await;
        assert_eq!(keys(&result(list(&short, false, json!({})).await)).len(), 100);
    }
}

#[tokio::test]
async fn the_settings_decide_how_many_keys_are_listed() {
    let service = with_keys(limited(30), 31).await;
    check_refused(list(&service, false, json!({})).await, 30);
    assert_eq!(keys(&result(list(&service, false, json!({"limit": 100})).await)).len(), 30);
    let settings = Settings { view_access_keys_limit: Some(200), ..Settings::default() };
    let service = with_keys(service_of(88, settings), 150).await;
    assert_eq!(keys(&result(list(&service, false, json!({})).await)).len(), 150);
}

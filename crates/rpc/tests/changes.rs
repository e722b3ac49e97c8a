//! What blocks wrote: every form of asking, every form of change.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{ALICE, call, id, public_key, result, sent, service, signed, signed_by};
use keyway_rpc::Service;
use near_primitives::account::{AccessKey, AccessKeyPermission, GasKeyInfo};
use near_primitives::action::{
    Action, AddKeyAction, DeleteAccountAction, DeleteKeyAction, DeployContractAction,
};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::types::Balance;
use serde_json::{Value, json};

const APP: &str = "app.near";

/// An account with a key, code and two entries of data.
async fn with_app() -> Service {
    let service = service();
    let code = b"code";
    let account = json!({"amount": "1000000000000000000000000", "locked": "0",
        "code_hash": hash(code), "storage_usage": 300});
    let data = |key: &str| json!({"Data": {"account_id": APP, "data_key": BASE64_STANDARD.encode(key), "value": "dg=="}});
    let key = StateRecord::access_key(id(APP), public_key(APP), AccessKey::full_access());
    let records = json!([
        {"Account": {"account_id": APP, "account": account}},
        {"Contract": {"account_id": APP, "code": BASE64_STANDARD.encode(code)}},
        data("a1"), data("b1"), key,
    ]);
    result(call(&service, "sandbox_patch_state", json!({"records": records})).await);
    service
}

/// The changes of one block, as `(type, change)`, and the causes.
async fn changes(
    service: &Service,
    block: &Value,
    changes_type: &str,
    more: Value,
) -> Vec<(String, Value, String)> {
    let mut params = json!({"block_id": block, "changes_type": changes_type});
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    let answer = result(call(service, "changes", params.clone()).await);
    assert_eq!(result(call(service, "EXPERIMENTAL_changes", params).await), answer);
    assert_eq!(&answer["block_hash"], block);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let changes = answer["changes"].as_array().unwrap().iter();
    changes
        .map(|entry| (text(&entry["type"]), entry["change"].clone(), text(&entry["cause"]["type"])))
        .collect()
}

fn of(account: &str) -> Value {
    json!({"account_ids": [account], "key_prefix_base64": ""})
}

fn add(seed: &str, permission: AccessKeyPermission) -> Action {
    let access_key = AccessKey { nonce: 0, permission };
    Action::AddKey(Box::new(AddKeyAction { public_key: public_key(seed), access_key }))
}

#[tokio::test]
async fn a_deleted_account_takes_all_that_it_had_with_it() {
    let service = with_app().await;
    let delete = Action::DeleteAccount(DeleteAccountAction { beneficiary_id: id(ALICE) });
    let done = sent(&service, &signed_by(APP, &service, 1, APP, vec![delete])).await;
    let block = &done["receipts_outcome"][0]["block_hash"];

    let seen = changes(&service, block, "account_changes", of(APP)).await;
    let (kind, change, cause) = seen.last().unwrap();
    assert_eq!((kind.as_str(), cause.as_str()), ("account_deletion", "receipt_processing"));
    assert_eq!(change, &json!({"account_id": APP}));

    let seen = changes(&service, block, "all_access_key_changes", of(APP)).await;
    let (kind, change, _) = seen.last().unwrap();
    assert_eq!(kind, "access_key_deletion");
    assert_eq!(change, &json!({"account_id": APP, "public_key": public_key(APP)}));

    let seen = changes(&service, block, "contract_code_changes", of(APP)).await;
    let deletion = "contract_code_deletion".to_owned();
    assert_eq!(seen, [(deletion, json!({"account_id": APP}), "receipt_processing".to_owned())]);

    let seen = changes(&service, block, "data_changes", of(APP)).await;
    let gone = |key| {
        let change = json!({"account_id": APP, "key_base64": key});
        ("data_deletion".to_owned(), change, "receipt_processing".to_owned())
    };
    assert_eq!(seen, [gone("YTE="), gone("YjE=")]);
    let mut below = of(APP);
    below["key_prefix_base64"] = json!("Yg==");
    assert_eq!(changes(&service, block, "data_changes", below).await, [gone("YjE=")]);
}

#[tokio::test]
async fn keys_that_come_and_go_are_seen_one_by_one_and_all_together() {
    let service = service();
    let gas_key =
        AccessKeyPermission::GasKeyFullAccess(GasKeyInfo { balance: Balance::ZERO, num_nonces: 2 });
    let actions = vec![
        add("plain", AccessKeyPermission::FullAccess),
        add("gas", gas_key),
        Action::DeployContract(DeployContractAction { code: vec![1] }),
    ];
    let done = sent(&service, &signed(&service, 1, ALICE, actions)).await;
    let block = &done["transaction_outcome"]["block_hash"];

    let single =
        |seed: &str| json!({"keys": [{"account_id": ALICE, "public_key": public_key(seed)}]});
    let kinds = |seen: Vec<(String, Value, String)>| -> Vec<String> {
        seen.into_iter().map(|(kind, ..)| kind).collect()
    };
    let plain = changes(&service, block, "single_access_key_changes", single("plain")).await;
    assert_eq!(plain[0].1["access_key"]["permission"], "FullAccess");
    assert_eq!(kinds(plain), ["access_key_update"]);
    let gas = changes(&service, block, "single_access_key_changes", single("gas")).await;
    assert_eq!((&gas[1].1["index"], &gas[2].1["index"]), (&json!(0), &json!(1)));
    assert_eq!(kinds(gas), ["access_key_update", "gas_key_nonce_update", "gas_key_nonce_update"]);
    let all = changes(&service, block, "all_access_key_changes", of(ALICE)).await;
    assert_eq!(all.len(), 5, "with the nonce of the signing key: {all:?}");
    let code = changes(&service, block, "contract_code_changes", of(ALICE)).await;
    assert_eq!(
        (code[0].0.as_str(), &code[0].1["code_base64"]),
        ("contract_code_update", &json!("AQ=="))
    );

    let delete = Action::DeleteKey(Box::new(DeleteKeyAction { public_key: public_key("plain") }));
    let done = sent(&service, &signed(&service, 2, ALICE, vec![delete])).await;
    let block = &done["transaction_outcome"]["block_hash"];
    let gone = changes(&service, block, "single_access_key_changes", single("plain")).await;
    assert_eq!(kinds(gone), ["access_key_deletion"]);
}

#[tokio::test]
async fn block_effects_name_each_thing_that_was_touched() {
    let service = service();
    let keys = ["one", "two"].map(|seed| add(seed, AccessKeyPermission::FullAccess));
    let done = sent(&service, &signed(&service, 1, ALICE, keys.to_vec())).await;
    let block = &done["transaction_outcome"]["block_hash"];
    let effects = result(call(&service, "block_effects", json!({"block_id": block})).await);
    let touched = |kind: &str| json!({"type": kind, "account_id": ALICE});
    let key = touched("access_key_touched");
    assert_eq!(effects["changes"], json!([touched("account_touched"), key, key, key]));
    let same = call(&service, "EXPERIMENTAL_changes_in_block", json!({"block_id": block})).await;
    assert_eq!(result(same), effects);
}

//! Code that accounts run, and what is said of calls that fail.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{ALICE, VALIDATOR, call, id, result, sent, service, signed, signed_by};
use keyway_rpc::Service;
use near_primitives::action::{
    Action, DeployContractAction, DeployGlobalContractAction, GlobalContractDeployMode,
    GlobalContractIdentifier, UseGlobalContractAction,
};
use near_primitives::hash::hash;
use serde_json::{Value, json};

/// Exports `fail`, which traps.
const TRAP: &[u8] = &[
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // header
    0x01, 0x04, 0x01, 0x60, 0x00, 0x00, // type
    0x03, 0x02, 0x01, 0x00, // function
    0x07, 0x08, 0x01, 0x04, b'f', b'a', b'i', b'l', 0x00, 0x00, // export
    0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b, // code
];

async fn failure(service: &Service, account: &str, method: &str) -> (u16, Value) {
    let params = json!({"finality": "optimistic", "account_id": account, "method_name": method,
        "args_base64": ""});
    let (status, answer) = call(service, "EXPERIMENTAL_call_function", params).await;
    let error = &answer["error"];
    assert_eq!(error["cause"]["name"], "CONTRACT_EXECUTION_ERROR", "{answer}");
    (status, error["cause"]["info"]["vm_error"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_view_says_what_an_outcome_would_say() {
    let service = service();
    let deploy = Action::DeployContract(DeployContractAction { code: TRAP.to_vec() });
    sent(&service, &signed(&service, 1, ALICE, vec![deploy])).await;
    let missing = json!({"CompilationError": {"CodeDoesNotExist": {"account_id": VALIDATOR}}});
    assert_eq!(failure(&service, VALIDATOR, "fail").await, (200, missing));
    let unknown = json!({"MethodResolveError": "MethodNotFound"});
    assert_eq!(failure(&service, ALICE, "nope").await, (200, unknown));
    let (status, trap) = failure(&service, ALICE, "fail").await;
    let words = trap["ExecutionError"].as_str().unwrap();
    assert_eq!(status, 200);
    assert_eq!(words, "WebAssembly trap: An `unreachable` opcode was executed.");
}

#[tokio::test]
async fn the_code_of_an_account_is_that_of_its_global_contract() {
    let service = service();
    let deploy = |deploy_mode| {
        let code = TRAP.into();
        Action::DeployGlobalContract(DeployGlobalContractAction { code, deploy_mode })
    };
    let deploys = vec![
        deploy(GlobalContractDeployMode::CodeHash),
        deploy(GlobalContractDeployMode::AccountId),
    ];
    sent(&service, &signed(&service, 1, ALICE, deploys)).await;
    let expected = (json!(BASE64_STANDARD.encode(TRAP)), json!(hash(TRAP)));
    let code = |params: Value| {
        let mut params = params;
        params["finality"] = json!("optimistic");
        async { result(call(&service, "query", params).await) }
    };
    let by_hash = json!({"request_type": "view_global_contract_code", "code_hash": hash(TRAP)});
    let by_owner = json!({"request_type": "view_global_contract_code_by_account_id",
        "account_id": ALICE});
    for params in [by_hash, by_owner] {
        let answer = code(params).await;
        assert_eq!((answer["code_base64"].clone(), answer["hash"].clone()), expected);
    }
    let uses = [
        GlobalContractIdentifier::CodeHash(hash(TRAP)),
        GlobalContractIdentifier::AccountId(id(ALICE)),
    ];
    for (nonce, contract_identifier) in (1..).zip(uses) {
        let action =
            Action::UseGlobalContract(Box::new(UseGlobalContractAction { contract_identifier }));
        sent(&service, &signed_by(VALIDATOR, &service, nonce, VALIDATOR, vec![action])).await;
        let answer = code(json!({"request_type": "view_code", "account_id": VALIDATOR})).await;
        assert_eq!((answer["code_base64"].clone(), answer["hash"].clone()), expected);
        let account = code(json!({"request_type": "view_account", "account_id": VALIDATOR})).await;
        assert_eq!(account["code_hash"], "11111111111111111111111111111111");
    }
}

use super::*;
use near_primitives::views::ActionView;
use proptest::prelude::*;
use serde_json::{Value, json};

const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
const HASH: &str = "8CtZ9vYgWXUmPgNRVxkkTDGNCnMUdbXaKSk8fsGZQzWF";

fn read(document: &Value) -> Result<Vec<ActionView>, String> {
    read_exact(document.to_string().as_bytes())
}

#[track_caller]
fn refused(document: &Value, words: &[&str]) {
    let error = read(document).unwrap_err();
    for word in words {
        assert!(error.contains(word), "{word}: {error}");
    }
}

fn app_key(permission: Value) -> Value {
    json!([{ "AddKey": {
        "public_key": KEY, "access_key": { "nonce": 0, "permission": permission },
    } }])
}

/// What limits a key was misspelt, passed over, and the key had no limit.
#[test]
fn a_misspelt_limit_is_no_limit_less() {
    let limits = |name: &str| {
        app_key(json!({ "FunctionCall": {
            name: "1000", "receiver_id": "game.near", "method_names": ["play"],
        } }))
    };
    assert!(read(&limits("allowance")).is_ok());
    let place = "[0].AddKey.access_key.permission.FunctionCall has no field";
    for name in ["allowence", "Allowance", "allowances"] {
        refused(&limits(name), &[place, name, "did you mean `allowance`?"]);
    }
    for name in ["amount", "limit", "allowance_yocto", ""] {
        refused(&limits(name), &[place, name, "`allowance`"]);
    }
    let left_out = json!({ "FunctionCall": { "receiver_id": "game.near", "method_names": [] } });
    refused(&app_key(left_out), &["has no `allowance`, which is required", "null"]);
    let stray = json!({ "FunctionCall": {
        "allowance": "1", "receiver_id": "game.near", "method_names": [], "methodNames": ["play"],
    } });
    refused(&app_key(stray), &["`methodNames`", "did you mean `method_names`?"]);
    let only = json!({ "FunctionCall": {
        "allowance": "1", "receiver_id": "game.near", "methodNames": ["play"],
    } });
    refused(&app_key(only), &["`methodNames`", "did you mean `method_names`?"]);
}

#[test]
fn a_permission_is_one_of_them() {
    let stray = json!([{ "AddKey": { "public_key": KEY, "access_key": {
        "nonce": 0, "permission": "FullAccess", "FunctionCall": { "receiver_id": "game.near" },
    } } }]);
    refused(&stray, &["[0].AddKey.access_key has no field `FunctionCall`"]);
    let both = json!({ "FullAccess": null, "FunctionCall": null });
    refused(&app_key(both), &["permission has 2 names, but takes one"]);
    refused(&app_key(json!({ "FullAccess": {} })), &["FullAccess"]);
    refused(
        &app_key(json!("fullAccess")),
        &["`fullAccess` is not known here", "did you mean `FullAccess`?"],
    );
    refused(&app_key(json!(["FullAccess"])), &["permission is a list"]);
}

#[test]
fn stray_fields_of_any_action_are_named() {
    let global = json!([{ "DeployGlobalContract": { "code": "", "deploy_mode": "AccountId" } }]);
    refused(&global, &["[0].DeployGlobalContract has no field `deploy_mode`"]);
    let transfer = json!([{ "Transfer": { "deposit": "1", "receiver_id": "bob.near" } }]);
    refused(&transfer, &["[0].Transfer has no field `receiver_id`"]);
    let second = json!(["CreateAccount", { "Transfer": { "amount": "1" } }]);
    refused(&second, &["[1].Transfer has no field `amount`", "`deposit`"]);
    refused(&json!([{ "Steal": {} }]), &["[0]: `Steal` is not known here"]);
    refused(&json!({ "Transfer": { "deposit": "1" } }), &["the document"]);
}

/// "there is no `a` here" lost its letters a.
#[test]
fn a_short_value_is_taken_out_where_it_is_quoted_alone() {
    let said = json!([{ "Transfer": { "deposit": "a" } }]);
    let error = read(&said).unwrap_err();
    assert!(error.starts_with("[0].Transfer.deposit: ") && !error.contains('…'), "{error}");
    let error = read_strict::<u8>(br#""a""#).unwrap_err();
    assert!(error.contains("string …, expected") && !error.contains("\"a\""), "{error}");
    let error = read_strict::<u8>(br#""secret-of-mine""#).unwrap_err();
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn what_is_said_twice_is_refused() {
    let twice = r#"[{"Transfer":{"deposit":"1","deposit":"2"}}]"#;
    let error = read_exact::<Vec<ActionView>>(twice.as_bytes()).unwrap_err();
    assert!(error.contains("`deposit` is repeated"), "{error}");
}

#[test]
fn numbers_are_numbers_and_amounts_are_texts() {
    let call = |gas: Value, deposit: Value| {
        json!([{ "FunctionCall": {
            "method_name": "play", "args": "e30=", "gas": gas, "deposit": deposit,
        } }])
    };
    assert!(read(&call(json!(30_000_000_000_000_u64), json!("1"))).is_ok());
    assert!(read(&call(json!("30000000000000"), json!("1"))).is_ok());
    for gas in [json!(30.5), json!("30 Tgas"), json!(-1), json!("030"), json!(1e13), json!(null)] {
        refused(&call(gas, json!("1")), &["[0].FunctionCall.gas"]);
    }
    for deposit in [json!(1), json!("+1"), json!("01"), json!("1 NEAR"), json!(1e24), json!(null)] {
        refused(&call(json!(1), deposit), &["[0].FunctionCall.deposit"]);
    }
}

/// A key file that was taken for a list of actions.
#[test]
fn a_secret_is_not_repeated() {
    let secret = keyway::KeyPair::random_ed25519().expose_secret_text();
    let secret = secret.as_str();
    let digits = &secret["ed25519:".len()..];
    for document in [
        json!({ "account_id": "alice.near", "private_key": secret }),
        json!([{ "DeleteKey": { "public_key": secret } }]),
        json!([{ "Transfer": { "deposit": secret } }]),
        json!([{ "AddKey": { "public_key": KEY, "access_key": { "nonce": secret } } }]),
        json!([secret]),
        json!([{ secret: {} }]),
        json!([{ "Transfer": { "deposit": "1", secret: "1" } }]),
    ] {
        let error = read(&document).unwrap_err();
        assert!(!error.contains(&digits[..12]), "{error}");
    }
}

/// Each action as a node writes it.
fn actions() -> Vec<Value> {
    let call = json!({ "FunctionCall": {
        "method_name": "play", "args": "e30=", "gas": 7, "deposit": "1",
    } });
    let delegate = json!({
        "sender_id": "alice.near", "receiver_id": "game.near", "nonce": 7, "max_block_height": 9,
        "public_key": KEY, "actions": [call, { "AddKey": { "public_key": KEY, "access_key": {
            "nonce": 0, "permission": { "FunctionCall": {
                "allowance": "5", "receiver_id": "game.near", "method_names": ["play"],
            } },
        } } }],
    });
    let signature = near_crypto::Signature::empty(near_crypto::KeyType::ED25519).to_string();
    let limits = json!({ "allowance": "5", "receiver_id": "game.near", "method_names": ["play"] });
    let gas_key = json!({ "GasKeyFunctionCall": {
        "balance": "0", "num_nonces": 2, "allowance": null, "receiver_id": "game.near",
        "method_names": ["play"],
    } });
    let add = |permission: Value| app_key(permission)[0].clone();
    vec![
        json!("CreateAccount"),
        json!({ "DeployContract": { "code": "AGFzbQEAAAA=" } }),
        call,
        json!({ "Transfer": { "deposit": "1" } }),
        json!({ "Stake": { "stake": "1", "public_key": KEY } }),
        add(json!("FullAccess")),
        add(json!({ "FunctionCall": limits })),
        add(gas_key),
        add(json!({ "GasKeyFullAccess": { "balance": "0", "num_nonces": 2 } })),
        json!({ "DeleteKey": { "public_key": KEY } }),
        json!({ "DeleteAccount": { "beneficiary_id": "bob.near" } }),
        json!({ "Delegate": { "delegate_action": delegate, "signature": signature } }),
        json!({ "DeployGlobalContract": { "code": "AGFzbQEAAAA=" } }),
        json!({ "DeployGlobalContractByAccountId": { "code": "AGFzbQEAAAA=" } }),
        json!({ "UseGlobalContract": { "code_hash": HASH } }),
        json!({ "UseGlobalContractByAccountId": { "account_id": "dao.near" } }),
        json!({ "DeterministicStateInit": {
            "code": { "hash": HASH }, "data": { "AA==": "AQ==" }, "deposit": "1",
        } }),
        json!({ "TransferToGasKey": { "public_key": KEY, "deposit": "1" } }),
        json!({ "WithdrawFromGasKey": { "public_key": KEY, "amount": "1" } }),
    ]
}

#[test]
fn actions_are_taken_as_nodes_write_them() {
    for action in actions() {
        let document = json!([action]);
        let views = read(&document).unwrap_or_else(|error| panic!("{action}: {error}"));
        assert_eq!(serde_json::to_value(views).unwrap(), document);
    }
}

/// Where each object of a document is.
fn objects(value: &Value, here: &str) -> Vec<String> {
    let below = |(name, value): (String, &Value)| objects(value, &format!("{here}/{name}"));
    match value {
        Value::Object(fields) => {
            // The data of a state init may have any name.
            let own = (!here.ends_with("/data")).then(|| here.to_owned());
            let fields = fields.iter().map(|(name, value)| (name.clone(), value));
            own.into_iter().chain(fields.flat_map(below)).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate().map(|(nth, value)| (nth.to_string(), value));
            items.flat_map(below).collect()
        }
        _ => Vec::new(),
    }
}

fn object<'a>(document: &'a mut Value, place: &str) -> &'a mut serde_json::Map<String, Value> {
    document.pointer_mut(place).unwrap().as_object_mut().unwrap()
}

#[test]
fn a_field_that_is_left_out_or_misspelt_is_refused_at_any_depth() {
    for action in actions() {
        let document = json!([action]);
        for place in objects(&document, "") {
            let names: Vec<_> = object(&mut document.clone(), &place).keys().cloned().collect();
            for name in names {
                let mut without = document.clone();
                let value = object(&mut without, &place).remove(&name).unwrap();
                refused(&without, &["[0]"]);
                for other in [name.to_uppercase(), format!("{name} "), name[1..].to_owned()] {
                    if other == name {
                        continue;
                    }
                    let mut misspelt = without.clone();
                    object(&mut misspelt, &place).insert(other.clone(), value.clone());
                    refused(&misspelt, &["[0]"]);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn a_field_more_is_refused_at_any_depth(
        nth in 0_usize..19,
        place: prop::sample::Index,
        name in "[a-zA-Z_]{0,14}|allowance|FunctionCall|permission|deposit|gas|args",
        value in prop::sample::select(vec![json!(null), json!("1"), json!(1), json!({}), json!([])]),
    ) {
        let mut document = json!([actions()[nth]]);
        let places = objects(&document, "");
        prop_assume!(!places.is_empty());
        let place: &String = place.get(&places);
        let fields = object(&mut document, place);
        prop_assume!(!fields.contains_key(&name));
        fields.insert(name.clone(), value);
        refused(&document, &["[0]"]);
    }

    #[test]
    fn any_bytes_are_actions_or_an_error(text in ".{0,200}") {
        let _ = read_exact::<Vec<ActionView>>(text.as_bytes());
    }
}

//! A transaction's result as the tree of its outcomes, each with the receipt that it executed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::names::Names;

/// Fields of an action receipt that only say where its data goes.
const ROUTING: [&str; 2] = ["input_data_ids", "output_data_receivers"];

/// The normal form of an `EXPERIMENTAL_tx_status` result: status and tree of outcomes.
pub(crate) fn tree(result: &Value, names: &mut Names) -> Value {
    let status = names.normal(&result["status"]);
    let parts = Parts {
        receipts: by_id(&result["receipts"], "receipt_id"),
        outcomes: by_id(&result["receipts_outcome"], "id"),
    };
    let top = &result["transaction_outcome"];
    let outcome = parts.node(&top["id"], &top["outcome"], names);
    json!({"status": status, "outcome": outcome})
}

struct Parts<'a> {
    receipts: BTreeMap<&'a str, &'a Value>,
    outcomes: BTreeMap<&'a str, &'a Value>,
}

impl Parts<'_> {
    /// One outcome with everything below it. Hashes get their names in the order of the
    /// recorded vectors: the children first, then the outcome, then its receipt.
    fn node(&self, id: &Value, outcome: &Value, names: &mut Names) -> Value {
        let none = Vec::new();
        let children = outcome["receipt_ids"].as_array().unwrap_or(&none);
        let made: Vec<Value> = children.iter().map(|child| self.child(child, names)).collect();
        let mut shown = without(outcome, &["receipt_ids"]);
        shown = object(names.normal(&Value::Object(shown)));
        if let Some(receipt) = id.as_str().and_then(|id| self.receipts.get(id)) {
            shown.insert("receipt".to_owned(), receipt_body(receipt, names));
        }
        shown.insert("made".to_owned(), made.into());
        Value::Object(shown)
    }

    fn child(&self, id: &Value, names: &mut Names) -> Value {
        match id.as_str().and_then(|id| self.outcomes.get(id)) {
            Some(child) => self.node(id, &child["outcome"], names),
            None => "not executed".into(),
        }
    }
}

fn receipt_body(receipt: &Value, names: &mut Names) -> Value {
    let mut body = match &receipt["receipt"]["Action"] {
        Value::Null => object(receipt["receipt"].clone()),
        action => object(json!({"Action": without(action, &ROUTING)})),
    };
    for field in ["predecessor_id", "receiver_id"] {
        body.insert(field.to_owned(), receipt[field].clone());
    }
    names.normal(&Value::Object(body))
}

fn by_id<'a>(list: &'a Value, field: &str) -> BTreeMap<&'a str, &'a Value> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| Some((item[field].as_str()?, item))).collect()
}

fn without(value: &Value, fields: &[&str]) -> Map<String, Value> {
    let mut map = object(value.clone());
    map.retain(|name, _| !fields.contains(&name.as_str()));
    map
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

//! The normal form of an answer: hashes by order of appearance, nonces without their height,
//! and nothing that depends on the block.

use std::collections::HashMap;

use serde_json::Value;

const DROPPED: [&str; 10] = [
    "block_hash",
    "block_height",
    "proof",
    "logs_bloom",
    "hash",
    "signature",
    "id",
    "jsonrpc",
    "validator_reward",
    "created_at_block_height",
];
const NONCES: [&str; 6] =
    ["nonce", "nonces", "tx_nonce", "ak_nonce", "upper_bound", "delegate_nonce"];
const HEIGHTS: [&str; 2] = ["max_block_height", "last_block_height"];

/// A new key's nonce starts at a multiple of this.
const NONCES_PER_HEIGHT: u64 = 1_000_000;

/// Gives each hash of a scenario a name by order of first appearance.
#[derive(Debug)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    pub(crate) fn new() -> Names {
        Names(HashMap::from([("1".repeat(32), "hash:zero".to_owned())]))
    }

    pub(crate) fn of(&mut self, hash: &str) -> String {
        let next = format!("hash#{}", self.0.len());
        self.0.entry(hash.to_owned()).or_insert(next).clone()
    }

    /// The normal form of a whole answer.
    pub(crate) fn normal(&mut self, value: &Value) -> Value {
        self.normal_in("", value)
    }

    fn normal_in(&mut self, field: &str, value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let kept = map.iter().filter(|(name, _)| !DROPPED.contains(&name.as_str()));
                kept.map(|(name, v)| (name.clone(), self.normal_in(name, v))).collect()
            }
            Value::Array(items) => items.iter().map(|v| self.normal_in(field, v)).collect(),
            Value::Number(_) if HEIGHTS.contains(&field) => "height".into(),
            Value::Number(n) if NONCES.contains(&field) => {
                n.as_u64().map_or_else(|| value.clone(), |n| (n % NONCES_PER_HEIGHT).into())
            }
            _ if field == "minimum_stake" => "the network's minimum".into(),
            Value::String(text) if is_hash(text) => self.of(text).into(),
            _ => value.clone(),
        }
    }
}

fn is_hash(text: &str) -> bool {
    let base58 = |c: u8| c.is_ascii_alphanumeric() && !b"0OIl".contains(&c);
    (43..=44).contains(&text.len()) && text.bytes().all(base58)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Names;

    #[test]
    fn what_depends_on_the_block_is_gone() {
        let hash = "2".repeat(44);
        let answer = json!({"block_height": 7, "ak_nonce": 5_000_003, "max_block_height": 9,
            "first": hash, "second": "3".repeat(43), "again": hash, "minimum_stake": "12"});
        let wanted = json!({"ak_nonce": 3, "max_block_height": "height", "first": "hash#2",
            "second": "hash#3", "again": "hash#2", "minimum_stake": "the network's minimum"});
        let mut names = Names::new();
        names.of("the transaction");
        assert_eq!(names.normal(&answer)["ak_nonce"], wanted["ak_nonce"]);
        assert_eq!(names.normal(&answer)["first"], names.normal(&answer)["again"]);
        assert_eq!(names.normal(&answer).as_object().unwrap().len(), 6);
    }
}

//! A node made of recorded answers of nearcore at one block, for forks.
//!
//! Accounts that the recording does not mention did not exist at the block: what it lacks is answered
//! as nearcore answers for what is absent.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// Recorded answers.
#[derive(Debug)]
pub struct Recording {
    block: Value,
    /// Answers of queries about the block, by request type and parameters.
    queries: HashMap<String, Value>,
    /// Answers of other methods.
    plain: Vec<(String, Value, Value)>,
    /// Contract data by account.
    rows: BTreeMap<String, BTreeMap<Vec<u8>, Value>>,
    /// Accounts whose data is too large to be shown whole.
    large: Vec<String>,
    after: Value,
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut doc: Value = serde_json::from_str(text).expect("a recording is JSON");
        let mut found = Self {
            block: doc["block"].clone(),
            queries: HashMap::new(),
            plain: Vec::new(),
            rows: BTreeMap::new(),
            large: Vec::new(),
            after: doc["after"].take(),
        };
        for exchange in doc["exchanges"].as_array().expect("a recording has exchanges") {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (method, params) = (text(&exchange["method"]), &exchange["params"]);
            let answer = &exchange["answer"];
            if method != "query" {
                found.plain.push((method, params.clone(), answer.clone()));
            } else if params["block_id"] == found.block["hash"] {
                found.learn(params, answer);
            }
        }
        found
    }

    fn learn(&mut self, params: &Value, answer: &Value) {
        if params["request_type"] != "view_state" {
            self.queries.insert(name(params), answer.clone());
            return;
        }
        let account_id = params["account_id"].as_str().unwrap_or_default().to_owned();
        if answer["error"]["cause"]["name"] == "TOO_LARGE_CONTRACT_STATE" {
            self.large.push(account_id.clone());
        }
        let rows = self.rows.entry(account_id).or_default();
        for row in answer["result"]["values"].as_array().into_iter().flatten() {
            rows.insert(decoded(&row["key"]), row["value"].clone());
        }
    }

    /// The hash of the block.
    #[must_use]
    pub fn block_hash(&self) -> &str {
        self.block["hash"].as_str().unwrap_or_default()
    }

    /// Steps that ran on the recorded node after the block, with its answers.
    #[must_use]
    pub fn after(&self) -> &Value {
        &self.after
    }

    /// Every recorded row of contract data: its account, key and value in base64.
    pub fn data(&self) -> impl Iterator<Item = (&str, &[u8], &Value)> {
        let rows = self.rows.iter().flat_map(|(id, rows)| rows.iter().map(move |row| (id, row)));
        rows.map(|(id, (key, value))| (id.as_str(), key.as_slice(), value))
    }

    /// What the recorded node answers: `result` or `error`. Nodes without pages, before nearcore
    /// 2.13, ignore limits.
    #[must_use]
    pub fn answer(&self, method: &str, params: &Value, pages: bool) -> Value {
        let known = [&self.block["hash"], &self.block["height"]];
        let named = params.get("block_id").filter(|named| !known.contains(named));
        if named.is_some() {
            return error("UNKNOWN_BLOCK", json!({}), "DB Not Found Error");
        }
        if method == "query" {
            return self.query(params, pages);
        }
        let method =
            method.strip_prefix("EXPERIMENTAL_genesis").map_or(method, |_| "genesis_config");
        let mut answers = self.plain.iter().filter(|(of, _, _)| of == method);
        let found = match method {
            "block" => answers.find(|(_, of, _)| of == params),
            _ => answers.next(),
        };
        let none = || error("METHOD_NOT_FOUND", json!({}), "not recorded");
        found.map_or_else(none, |(_, _, answer)| answer.clone())
    }

    fn query(&self, params: &Value, pages: bool) -> Value {
        if params["request_type"] == "view_state" {
            return self.state(params, pages);
        }
        if let Some(answer) = self.queries.get(&name(params)) {
            return answer.clone();
        }
        let text = format!("access key {} does not exist while viewing", params["public_key"]);
        match params["request_type"].as_str() {
            Some("view_access_key") => json!({"result": self.of_block(
                json!({"error": text, "logs": []})
            )}),
            Some("view_access_key_list") => json!({"result": self.of_block(json!({"keys": []}))}),
            _ => self.absent(),
        }
    }

    fn state(&self, params: &Value, pages: bool) -> Value {
        let account_id = params["account_id"].as_str().unwrap_or_default();
        let account = json!({"request_type": "view_account", "account_id": account_id});
        if self.queries.get(&name(&account)).is_none_or(|answer| answer.get("result").is_none()) {
            return self.absent();
        }
        let paged =
            pages && (params.get("limit").is_some() || params.get("after_key_base64").is_some());
        if !paged && self.large.iter().any(|id| id == account_id) {
            let info = self.of_block(json!({"contract_account_id": account_id}));
            return error("TOO_LARGE_CONTRACT_STATE", info, "too large to be viewed");
        }
        let (prefix, after) = (decoded(&params["prefix_base64"]), &params["after_key_base64"]);
        let after = after.as_str().filter(|_| pages).map(|_| decoded(after));
        let none = BTreeMap::new();
        let rows = self.rows.get(account_id).unwrap_or(&none).iter().filter(|(key, _)| {
            key.starts_with(&prefix) && after.as_ref().is_none_or(|after| *key > after)
        });
        let limit = params["limit"].as_u64().filter(|_| pages).unwrap_or(u64::MAX) as usize;
        let row =
            |(key, value): (&Vec<u8>, &Value)| json!({"key": BASE64.encode(key), "value": value});
        let total = rows.clone().count();
        let values: Vec<Value> = rows.take(limit).map(row).collect();
        let mut result = self.of_block(json!({}));
        if let Some(last) = values.last().filter(|_| values.len() < total) {
            result["last_key"] = last["key"].clone();
        }
        result["values"] = values.into();
        json!({"result": result})
    }

    fn absent(&self) -> Value {
        error("UNKNOWN_ACCOUNT", self.of_block(json!({})), "does not exist while viewing")
    }

    fn of_block(&self, mut result: Value) -> Value {
        result["block_hash"] = self.block["hash"].clone();
        result["block_height"] = self.block["height"].clone();
        result
    }
}

/// An error as nearcore writes it.
#[must_use]
pub fn error(name: &str, info: Value, data: &str) -> Value {
    let cause = json!({"name": name, "info": info});
    json!({"error": {
        "name": "HANDLER_ERROR", "cause": cause, "code": -32000, "message": "Server error", "data": data
    }})
}

/// A query without its block and its page: the same for what brings the same.
fn name(params: &Value) -> String {
    let of_no_use = ["block_id", "finality", "limit", "after_key"];
    let members = params.as_object().into_iter().flatten();
    let members: BTreeMap<_, _> =
        members.filter(|(name, _)| !of_no_use.contains(&name.as_str())).collect();
    format!("{members:?}")
}

fn decoded(text: &Value) -> Vec<u8> {
    BASE64.decode(text.as_str().unwrap_or_default()).unwrap_or_default()
}

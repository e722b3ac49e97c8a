//! Running the steps of a scenario against a node and comparing its answers.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use near_primitives::hash::CryptoHash;
use serde_json::{Value, json};

use crate::action::SignDelegate;
use crate::diff::differences;
use crate::fields::{Malformed, list, number64, text};
use crate::key::key;
use crate::names::Names;
use crate::outcome;
use crate::transaction::{signed_delegate, signed_transaction};

/// A node: takes a JSON-RPC method and its parameters, gives the whole answer with its
/// `result` or `error`.
pub type Call<'a> = dyn FnMut(&str, Value) -> Value + 'a;

/// A scenario whose answers are not the recorded ones.
#[derive(Debug)]
pub struct Difference {
    /// The scenario's name.
    pub scenario: String,
    /// Step, path, wanted and got, one line for each place.
    pub lines: Vec<String>,
}

/// Runs every scenario of a vector on a fresh chain; empty when all agree.
///
/// # Errors
/// [`Malformed`] if the vector has not the form of one; answers never cause it.
pub fn replay(vector: &Value, call: &mut Call<'_>) -> Result<Vec<Difference>, Malformed> {
    let mut found = Vec::new();
    for scenario in list(vector, "scenarios")? {
        let lines = run(scenario, call)?;
        if !lines.is_empty() {
            found.push(Difference { scenario: text(scenario, "name")?.to_owned(), lines });
        }
    }
    Ok(found)
}

fn run(scenario: &Value, call: &mut Call<'_>) -> Result<Vec<String>, Malformed> {
    let steps = list(scenario, "steps")?;
    let mut lines = Vec::new();
    for (i, (step, answer)) in steps.iter().zip(answers(steps, call)?).enumerate() {
        let found = differences(&step["answer"], &answer);
        lines.extend(found.iter().map(|line| format!("step {i}{line}")));
    }
    Ok(lines)
}

/// Runs steps one after the other. Returns what the node answered to each, in the normal form.
///
/// # Errors
/// As [`replay`].
pub fn answers(steps: &[Value], call: &mut Call<'_>) -> Result<Vec<Value>, Malformed> {
    let mut run = Run { call, names: Names::new(), sent: Vec::new() };
    steps.iter().map(|step| run.step(step)).collect()
}

/// One scenario under way.
struct Run<'a, 'b> {
    call: &'a mut Call<'b>,
    names: Names,
    /// The transactions sent so far, in base64.
    sent: Vec<String>,
}

impl Run<'_, '_> {
    fn step(&mut self, step: &Value) -> Result<Value, Malformed> {
        for kind in ["tx", "resend", "query", "rpc"] {
            let body = &step[kind];
            if body.is_null() {
                continue;
            }
            return match kind {
                "tx" => self.transaction(body),
                "resend" => self.resend(body),
                "query" => self.query(body),
                _ => Ok(self.shown_call(text(body, "method")?, body["params"].clone())),
            };
        }
        Err(Malformed(format!("no kind of step: {step}")))
    }

    fn transaction(&mut self, tx: &Value) -> Result<Value, Malformed> {
        let (mut block_hash, height) = self.latest()?;
        if tx["block"] == "unknown" {
            block_hash = CryptoHash::hash_bytes(b"no such block");
        }
        let nonce = self.nonce(tx, text(tx, "signer_id")?, height)?;
        let signed = {
            let mut delegates = Delegates { run: &mut *self, height };
            signed_transaction(tx, nonce, &block_hash, &mut delegates)?
        };
        let hash = signed.hash.to_string();
        self.names.of(&hash);
        self.sent.push(STANDARD.encode(&signed.bytes));
        let sent = self.send(self.sent.len().saturating_sub(1))?;
        if sent.get("error").is_some() {
            return Ok(self.shown(&sent));
        }
        let params =
            json!({"tx_hash": hash, "sender_account_id": tx["signer_id"], "wait_until": "FINAL"});
        let status = (self.call)("EXPERIMENTAL_tx_status", params);
        match status.get("error") {
            Some(_) => Ok(self.shown(&status)),
            None => Ok(outcome::tree(&status["result"], &mut self.names)),
        }
    }

    /// The very bytes of an earlier transaction of this scenario, again.
    fn resend(&mut self, which: &Value) -> Result<Value, Malformed> {
        let which = which.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let answer = self.send(which)?;
        Ok(self.shown(&answer))
    }

    fn send(&mut self, which: usize) -> Result<Value, Malformed> {
        let signed =
            self.sent.get(which).ok_or_else(|| Malformed(format!("no transaction {which}")))?;
        Ok((self.call)("send_tx", json!({"signed_tx_base64": signed, "wait_until": "FINAL"})))
    }

    fn query(&mut self, query: &Value) -> Result<Value, Malformed> {
        let mut params = json!({"finality": "optimistic"});
        for (field, value) in query.as_object().into_iter().flatten() {
            if field != "verbatim" {
                params[field] = value.clone();
            }
        }
        let verbatim = query["verbatim"].as_bool().unwrap_or(false);
        if let Some(label) = query["public_key"].as_str().filter(|_| !verbatim) {
            params["public_key"] = key(label)?.public().to_string().into();
        }
        Ok(self.shown_call("query", params))
    }

    fn shown_call(&mut self, method: &str, params: Value) -> Value {
        let answer = (self.call)(method, params);
        self.shown(&answer)
    }

    fn shown(&mut self, answer: &Value) -> Value {
        match answer.get("error") {
            Some(error) => json!({"error": self.names.normal(error)}),
            None => self.names.normal(answer.get("result").unwrap_or(answer)),
        }
    }

    /// Hash and height of the latest block.
    fn latest(&mut self) -> Result<(CryptoHash, u64), Malformed> {
        let answer = (self.call)("block", json!({"finality": "optimistic"}));
        let header = &answer["result"]["header"];
        let hash = header["hash"].as_str().and_then(|hash| CryptoHash::from_str(hash).ok());
        let height = header["height"].as_u64();
        hash.zip(height).ok_or_else(|| Malformed(format!("the node has no latest block: {answer}")))
    }

    /// The nonce that a step asks for: itself, relative to the key's present one, or the first
    /// that is out of range.
    fn nonce(&mut self, step: &Value, account: &str, height: u64) -> Result<u64, Malformed> {
        if let Some(nonce) = step["nonce"].as_u64() {
            return Ok(nonce);
        }
        match step["nonce"].as_str().unwrap_or("+1") {
            "height" => Ok(height.saturating_add(1000).saturating_mul(1_000_000)),
            relative => {
                let by: i64 =
                    relative.parse().map_err(|_| Malformed(format!("no nonce: {relative}")))?;
                Ok(self.key_nonce(step, account)?.saturating_add_signed(by))
            }
        }
    }

    /// The nonce that the chain holds for this key now; 0 for an unknown key.
    fn key_nonce(&mut self, step: &Value, account: &str) -> Result<u64, Malformed> {
        let index = step["nonce_index"].as_u64().and_then(|n| usize::try_from(n).ok());
        let request = if index.is_some() { "view_gas_key_nonces" } else { "view_access_key" };
        let public_key = key(text(step, "public_key")?)?.public().to_string();
        let query = json!({"request_type": request, "finality": "optimistic",
            "account_id": account, "public_key": public_key});
        let result = (self.call)("query", query)["result"].take();
        let nonce = match index {
            Some(index) => result["nonces"].get(index).unwrap_or(&result["nonces"][0]),
            None => &result["nonce"],
        };
        Ok(nonce.as_u64().unwrap_or(0))
    }
}

/// Signs the delegate actions inside a transaction, asking the chain for their nonces.
struct Delegates<'r, 'a, 'b> {
    run: &'r mut Run<'a, 'b>,
    height: u64,
}

impl SignDelegate for Delegates<'_, '_, '_> {
    fn sign(&mut self, kind: &str, delegate: &Value) -> Result<Vec<u8>, Malformed> {
        let nonce = self.run.nonce(delegate, text(delegate, "sender_id")?, self.height)?;
        let until = self.height.saturating_add(number64(delegate, "valid_for_blocks", 100)?);
        signed_delegate(kind, delegate, nonce, until, self)
    }
}

//! An account with very many keys, and pages of them.

use crate::http::Connection;
use keyway_bench::Problem;
use near_crypto::{ED25519PublicKey, PublicKey};
use near_primitives::hash::hash;
use near_primitives::serialize::to_base64;
use serde_json::{Value, json};

/// The account with the many keys.
const CROWDED: &str = "crowded.near";

/// Makes it, with so many thousand keys, and a tenth as many entries of data.
///
/// # Errors
/// When the node refuses that.
pub(super) fn add_keys(connection: &mut Connection, thousands: u32) -> Result<(), Problem> {
    let account = json!({ "amount": "100000000000000000000000000", "locked": "0",
        "code_hash": "11111111111111111111111111111111", "storage_usage": 0, "version": "V1" });
    let account = json!({ "Account": { "account_id": CROWDED, "account": account } });
    connection.call("sandbox_patch_state", &json!({ "records": [account] }))?;
    for thousand in 0..thousands {
        let numbers = thousand * 1_000..(thousand + 1) * 1_000;
        let keys = numbers.clone().map(key_record);
        let records: Vec<_> = keys.chain(numbers.step_by(10).map(data_record)).collect();
        connection.call("sandbox_patch_state", &json!({ "records": records }))?;
    }
    Ok(())
}

/// Which page comes next.
#[derive(Debug, Default)]
pub(super) struct Pages {
    after_key: Value,
    after_data: Value,
}

impl Pages {
    /// Reads a page of keys and one of data; begins again after the last.
    ///
    /// # Errors
    /// When the node answers with an error.
    pub(super) fn next(&mut self, connection: &mut Connection) -> Result<(), Problem> {
        let mut keys = json!({ "request_type": "view_access_key_list", "finality": "final",
            "account_id": CROWDED, "limit": 100 });
        if !self.after_key.is_null() {
            keys["after_key"] = self.after_key.take();
        }
        self.after_key = connection.call("query", &keys)?["last_key"].take();
        let mut data = json!({ "request_type": "view_state", "finality": "final",
            "account_id": CROWDED, "prefix_base64": "", "limit": 10_000 });
        if !self.after_data.is_null() {
            data["after_key_base64"] = self.after_data.take();
        }
        self.after_data = connection.call("query", &data)?["last_key"].take();
        Ok(())
    }
}

fn key_record(number: u32) -> Value {
    let key = PublicKey::ED25519(ED25519PublicKey(hash(&number.to_le_bytes()).0));
    json!({ "AccessKey": { "account_id": CROWDED, "public_key": key,
        "access_key": { "nonce": 0, "permission": "FullAccess" } } })
}

fn data_record(number: u32) -> Value {
    let key = to_base64(&hash(&number.to_le_bytes()).0);
    json!({ "Data": { "account_id": CROWDED, "data_key": key, "value": key } })
}

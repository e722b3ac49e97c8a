//! Contracts for development accounts, and their calls.

use crate::desk::Desk;
use keyway::{Client, Intent, KeyPair, Signer};
use std::fmt::Write;

/// Adds a key to its own account when anyone calls `unlock`, through a table.
pub(crate) fn back_door(public_key: &[u8; 32]) -> Vec<u8> {
    let key = public_key.iter().fold(String::new(), |mut text, byte| {
        write!(text, "\\{byte:02x}").unwrap();
        text
    });
    wasm(&format!(
        r#"(type $plain (func))
           (func $grant
               (call $current_account_id (i64.const 0))
               (call $add_key
                   (call $batch (i64.const -1) (i64.const 0))
                   (i64.const 33) (i64.const 0) (i64.const 0)))
           (data (i32.const 0) "\00{key}")
           (table 1 funcref) (elem (i32.const 0) $grant)
           (func (export "unlock") (call_indirect (type $plain) (i32.const 0)))
           (func (export "get"))"#
    ))
}

/// Does nothing to its account, although it imports a host function that could.
pub(crate) fn harmless() -> Vec<u8> {
    wasm(r#"(func (export "get"))"#)
}

/// Returns this text from every view call.
pub(crate) fn says(text: &str) -> Vec<u8> {
    let (length, text) = (text.len(), text.replace('"', "\\22"));
    let text = format!(
        r#"(module
            (import "env" "value_return" (func $value_return (param i64 i64)))
            (memory 1)
            (data (i32.const 0) "{text}")
            (func (export "price_of") (call $value_return (i64.const {length}) (i64.const 0))))"#
    );
    wat::parse_str(text).unwrap()
}

/// A linkdrop whose links are worth 1 yoctoNEAR each, and whose claims go to an account that does
/// not exist.
pub(crate) fn careless_drop() -> Vec<u8> {
    let text = r#"(module
        (import "env" "value_return" (func $value_return (param i64 i64)))
        (import "env" "promise_batch_create" (func $batch (param i64 i64) (result i64)))
        (import "env" "promise_batch_action_transfer" (func $transfer (param i64 i64)))
        (memory 1)
        (data (i32.const 0) "\221\22")
        (data (i32.const 8) "gone.near")
        (data (i32.const 32) "\01")
        (func (export "get_key_balance") (call $value_return (i64.const 3) (i64.const 0)))
        (func (export "claim")
            (call $transfer (call $batch (i64.const 9) (i64.const 8)) (i64.const 32))))"#;
    wat::parse_str(text).unwrap()
}

fn wasm(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "env" "current_account_id" (func $current_account_id (param i64)))
            (import "env" "promise_batch_create" (func $batch (param i64 i64) (result i64)))
            (import "env" "promise_batch_action_add_key_with_full_access"
                (func $add_key (param i64 i64 i64 i64)))
            (memory 1)
            {body})"#
    );
    wat::parse_str(text).unwrap()
}

/// Executes `intent` as one of the development accounts.
#[track_caller]
pub(crate) fn act(desk: &Desk, account: &str, intent: impl Into<Intent>) {
    let key: KeyPair = keyway_chain::seeded_key(account).to_string().parse().unwrap();
    let client = Client::http(&format!("http://{}", desk.node.addr)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        Signer::new(client, account, key).unwrap().execute(intent).await.unwrap();
    });
}

//! Contracts for these tests, and accounts that run them.

use super::super::{ContractPowers, LockVerdict, Power, contract_powers};

/// A module with the imports that most tests need, and with `body`.
pub(super) fn wasm(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "env" "promise_batch_action_add_key_with_full_access"
                (func $add_key (param i64 i64 i64 i64)))
            (import "env" "promise_batch_action_deploy_contract"
                (func $deploy (param i64 i64 i64)))
            (import "env" "promise_batch_action_transfer" (func $transfer (param i64 i64)))
            (import "env" "promise_batch_action_delete_account"
                (func $delete (param i64 i64 i64)))
            (import "env" "log_utf8" (func $log (param i64 i64)))
            (type $any (func))
            {body})"#
    );
    wat::parse_str(text).unwrap()
}

pub(super) fn powers(body: &str) -> ContractPowers {
    contract_powers(&wasm(body)).unwrap()
}

/// A call of `$add_key` with arbitrary arguments.
pub(super) const ADD_KEY: &str =
    "(call $add_key (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0))";
pub(super) const DEPLOY: &str = "(call $deploy (i64.const 0) (i64.const 0) (i64.const 0))";
pub(super) const DELETE: &str = "(call $delete (i64.const 0) (i64.const 0) (i64.const 0))";
pub(super) const TRANSFER: &str = "(call $transfer (i64.const 0) (i64.const 0))";

/// The path to `power`; `~>` is a call through a table.
pub(super) fn way(powers: &ContractPowers, power: Power) -> String {
    let reached = powers.reached.iter().find(|reached| reached.power == power).unwrap();
    let mut way = String::new();
    for step in &reached.path {
        way += match (way.is_empty(), step.through_table) {
            (true, _) => "",
            (false, true) => " ~> ",
            (false, false) => " -> ",
        };
        way += &step.function;
    }
    way
}

#[track_caller]
pub(super) fn assert_way_to_add_key(body: &str, expected: &str) {
    let powers = powers(body);
    assert_eq!(powers.verdict(), LockVerdict::CanAddKeys, "{powers}");
    let host = "promise_batch_action_add_key_with_full_access";
    assert_eq!(way(&powers, Power::AddFullAccessKey), format!("{expected} {host}"));
}

#[track_caller]
pub(super) fn assert_sealed(body: &str) {
    let powers = powers(body);
    assert_eq!(powers.verdict(), LockVerdict::Sealed, "{powers}");
    assert!(powers.reached.is_empty(), "{powers}");
}

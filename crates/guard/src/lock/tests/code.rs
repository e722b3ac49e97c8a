//! What code can reach.

use super::kit::{
    ADD_KEY, DELETE, DEPLOY, TRANSFER, assert_sealed, assert_way_to_add_key, powers, way,
};
use crate::lock::{LockVerdict, Power, contract_powers};

#[test]
fn a_contract_that_reaches_nothing_is_sealed_and_its_imports_are_named() {
    let powers = powers(
        r#"(func (export "get") (call $log (i64.const 0) (i64.const 0)))
           (func $left_over (call $transfer (i64.const 0) (i64.const 0)))"#,
    );
    assert_eq!(powers.verdict(), LockVerdict::Sealed);
    assert_eq!(powers.methods, 1);
    assert!(powers.reached.is_empty());
    assert_eq!(
        powers.unreached,
        [
            "promise_batch_action_add_key_with_full_access",
            "promise_batch_action_deploy_contract",
            "promise_batch_action_delete_account",
            "promise_batch_action_transfer",
        ]
    );
}

#[test]
fn a_contract_without_methods_is_sealed() {
    assert_sealed(&format!("(func $f {ADD_KEY}) (func $g (call $f))"));
}

#[test]
fn a_direct_call_is_followed() {
    let body = format!(
        r#"(func $grant {ADD_KEY}) (func $middle (call $grant)) (func (export "unlock") (call $middle))"#
    );
    assert_way_to_add_key(&body, "unlock -> middle -> grant ->");
}

#[test]
fn the_shortest_way_is_told_and_every_method_is_named() {
    let powers = powers(&format!(
        r#"(func $grant {ADD_KEY})
           (func (export "short") (call $grant))
           (func $detour (call $grant))
           (func (export "a_long_one") (call $detour))
           (func (export "none"))"#
    ));
    assert_eq!(
        way(&powers, Power::AddFullAccessKey),
        "short -> grant -> promise_batch_action_add_key_with_full_access"
    );
    assert_eq!(powers.reached[0].methods, ["a_long_one", "short"]);
}

#[test]
fn one_function_may_have_many_names() {
    let powers = powers(&format!(r#"(func (export "a") (export "b") {ADD_KEY})"#));
    assert_eq!(powers.reached[0].methods, ["a", "b"]);
    assert_eq!(powers.reached[0].path.len(), 2);
}

#[test]
fn a_contract_that_deploys_can_replace_its_code() {
    let powers = powers(&format!(r#"(func (export "upgrade") {DEPLOY} {TRANSFER})"#));
    assert_eq!(powers.verdict(), LockVerdict::CanReplaceItsCode);
    assert!(powers.has(Power::Spend));
}

#[test]
fn a_contract_that_deletes_itself_is_not_sealed() {
    let powers = powers(&format!(r#"(func (export "close") {DELETE})"#));
    assert_eq!(powers.verdict(), LockVerdict::CanDeleteItself);
}

#[test]
fn a_contract_that_spends_is_sealed_and_says_that_it_spends() {
    let powers = powers(&format!(r#"(func (export "pay") {TRANSFER})"#));
    assert_eq!(powers.verdict(), LockVerdict::Sealed);
    assert!(powers.has(Power::Spend));
    assert!(powers.to_string().contains("can spend its balance"));
}

/// A callback accepts only the account itself, but checks that in code, so it is a method like others.
#[test]
fn a_callback_is_a_method() {
    let body = format!(
        r#"(import "env" "promise_then" (func $then (param i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
           (func (export "ask"))
           (func (export "on_answer") (if (i32.const 0) (then {ADD_KEY})))"#
    );
    assert_way_to_add_key(&body, "on_answer ->");
}

#[test]
fn a_call_through_a_table_may_find_any_function_of_its_type() {
    let body = format!(
        r#"(func $grant (type $any) {ADD_KEY}) (func $harmless (type $any))
           (table 2 funcref) (elem (i32.const 0) $harmless $grant)
           (func (export "run") (call_indirect (type $any) (i32.const 0)))"#
    );
    assert_way_to_add_key(&body, "run ~> grant ->");
}

#[test]
fn the_host_function_itself_may_stand_in_a_table() {
    let body = r#"(type $four (func (param i64 i64 i64 i64)))
        (table 1 funcref) (elem (i32.const 0) $add_key)
        (func (export "run")
            (call_indirect (type $four)
                (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i32.const 0)))"#;
    assert_way_to_add_key(body, "run ~>");
}

#[test]
fn another_type_is_not_found_through_a_table() {
    assert_sealed(&format!(
        r#"(func $grant (param i32) {ADD_KEY}) (table 1 funcref) (elem (i32.const 0) $grant)
           (func (export "run") (call_indirect (type $any) (i32.const 0)))"#
    ));
}

#[test]
fn the_same_type_written_twice_is_the_same() {
    let body = format!(
        r#"(type $again (func)) (func $grant (type $again) {ADD_KEY})
           (table 1 funcref) (elem (i32.const 0) $grant)
           (func (export "run") (call_indirect (type $any) (i32.const 0)))"#
    );
    assert_way_to_add_key(&body, "run ~> grant ->");
}

#[test]
fn a_function_in_no_table_is_not_found_through_one() {
    assert_sealed(&format!(
        r#"(func $grant (type $any) {ADD_KEY}) (table 1 funcref)
           (func (export "run") (call_indirect (type $any) (i32.const 0)))"#
    ));
}

#[test]
fn passive_and_declared_elements_count() {
    for elements in ["(elem funcref (ref.func $grant))", "(elem declare func $grant)"] {
        let body = format!(
            r#"(func $grant (type $any) {ADD_KEY}) (table 1 funcref) {elements}
               (func (export "run") (call_indirect (type $any) (i32.const 0)))"#
        );
        assert_way_to_add_key(&body, "run ~> grant ->");
    }
}

#[test]
fn a_reference_in_code_or_in_a_variable_counts() {
    let in_code = r#"(export "grant" (func $grant))
        (func (export "run") (table.set (i32.const 0) (ref.func $grant))
            (call_indirect (type $any) (i32.const 0)))"#;
    let in_variable = r#"(global funcref (ref.func $grant))
        (func (export "run") (call_indirect (type $any) (i32.const 0)))"#;
    for use_of_it in [in_code, in_variable] {
        let powers =
            powers(&format!("(func $grant (type $any) {ADD_KEY}) (table 1 funcref) {use_of_it}"));
        assert!(powers.reached[0].methods.contains(&"run".to_owned()), "{powers}");
    }
}

#[test]
fn an_exported_table_may_hold_any_function() {
    let body = format!(
        r#"(func $grant (type $any) {ADD_KEY}) (table (export "table") 1 funcref)
           (func (export "run") (call_indirect (type $any) (i32.const 0)))"#
    );
    assert_way_to_add_key(&body, "run ~> grant ->");
}

#[test]
fn tail_calls_are_calls() {
    let body = format!(
        r#"(func $grant (type $any) {ADD_KEY}) (table 1 funcref) (elem (i32.const 0) $grant)
           (func $tail (return_call_indirect (type $any) (i32.const 0)))
           (func (export "run") (return_call $tail))"#
    );
    assert_way_to_add_key(&body, "run -> tail ~> grant ->");
}

#[test]
fn code_that_runs_at_the_start_runs_before_every_method() {
    let body = format!(r#"(func $begin {ADD_KEY}) (start $begin) (func (export "get"))"#);
    assert_way_to_add_key(&body, "get -> begin ->");
    assert_sealed(&format!("(func $begin {ADD_KEY}) (start $begin)"));
}

#[test]
fn an_export_that_takes_arguments_is_no_method() {
    assert_sealed(&format!(
        r#"(func (export "f") (param i32) {ADD_KEY}) (func (export "g") (result i32) {ADD_KEY} (i32.const 0))"#
    ));
}

#[test]
fn circles_of_calls_end() {
    let body = format!(
        r#"(func $a (call $b)) (func $b (call $a) (call $c)) (func $c {ADD_KEY})
           (func (export "run") (call $a))"#
    );
    assert_way_to_add_key(&body, "run -> a -> b -> c ->");
}

#[test]
fn what_the_chain_is_not_known_to_offer_leaves_a_doubt() {
    for import in [
        r#"(import "env" "promise_batch_action_do_anything" (func))"#,
        r#"(import "other" "log_utf8" (func))"#,
        r#"(import "env" "table" (table 1 funcref))"#,
        r#"(import "env" "variable" (global i32))"#,
    ] {
        let powers = powers(&format!(r#"{import} (func (export "get"))"#));
        assert_eq!(powers.verdict(), LockVerdict::CannotTell, "{import}");
        assert_eq!(powers.unknown_imports.len(), 1);
    }
}

#[test]
fn what_can_be_told_comes_before_a_doubt() {
    let body = format!(r#"(import "env" "new" (func)) (func (export "unlock") {ADD_KEY})"#);
    assert_way_to_add_key(&body, "unlock ->");
}

#[test]
fn functions_without_names_are_numbered() {
    let mut wasm = super::kit::wasm(&format!(
        r#"(func $grant {ADD_KEY}) (func (export "unlock") (call $grant))"#
    ));
    let names = wasm.windows(5).rposition(|bytes| bytes == b"\x04name").unwrap() - 2;
    wasm.truncate(names);
    let powers = contract_powers(&wasm).unwrap();
    let host = "promise_batch_action_add_key_with_full_access";
    assert_eq!(way(&powers, Power::AddFullAccessKey), format!("unlock -> function 5 -> {host}"));
}

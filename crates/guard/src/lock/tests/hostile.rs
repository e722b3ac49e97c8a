//! Code that was written to confuse the analysis, and bytes that are not code.

use super::kit::{ADD_KEY, powers, wasm};
use crate::lock::{LockVerdict, WasmError, contract_powers};
use proptest::prelude::*;

#[test]
fn what_is_no_module_is_an_error() {
    for bytes in [&b""[..], b"\0asm", b"not wasm at all", b"\0asm\x01\0\0\0\xff\xff\xff\xff\xff"] {
        let error = contract_powers(bytes).unwrap_err();
        assert!(matches!(error, WasmError::Invalid { .. }), "{error}");
    }
}

/// A module that is cut off anywhere but between sections is an error. Cut off between sections, its verdict
/// is never closer to sealed than the whole module's, because a missing code section is noticed.
#[test]
fn a_module_that_is_cut_off_never_loses_a_method_quietly() {
    let whole = wasm(&format!(r#"(func $grant {ADD_KEY}) (func (export "unlock") (call $grant))"#));
    for length in 0..whole.len() {
        if let Ok(powers) = contract_powers(&whole[..length]) {
            assert!(powers.methods == 0 || powers.verdict() == LockVerdict::CanAddKeys, "{length}");
        }
    }
}

#[test]
fn other_proposals_are_an_error() {
    for text in [
        r#"(module (type $f (func)) (func (export "run") (call_ref $f (ref.null $f))))"#,
        r#"(module (type (struct)))"#,
        r#"(module (rec (type $f (func)) (type $g (func))) (func (type $g)))"#,
        r#"(module (memory 1) (memory 1))"#,
        r#"(module (memory i64 1))"#,
        r#"(module (tag (param i32)))"#,
        r#"(module (func (param v128)))"#,
        r#"(component)"#,
    ] {
        let wasm = wat::parse_str(text).unwrap();
        assert!(matches!(contract_powers(&wasm), Err(WasmError::Invalid { .. })), "{text}");
    }
}

#[test]
fn what_is_too_large_is_an_error_with_both_numbers() {
    let bytes = contract_powers(&vec![0; (8 << 20) + 1]).unwrap_err();
    assert_eq!(bytes.to_string(), "the code has 8388609 bytes, at most 8388608 are followed");
    let functions = wat::parse_str(format!("(module {})", "(func)".repeat(20_001))).unwrap();
    assert!(contract_powers(&functions).unwrap_err().to_string().contains("20001 functions"));
    let exports: String = (0..2_001).map(|n| format!(r#"(export "m{n}" (func 0))"#)).collect();
    let methods = wat::parse_str(format!("(module (func) {exports})")).unwrap();
    assert!(contract_powers(&methods).unwrap_err().to_string().contains("2001 methods"));
    let long =
        wat::parse_str(format!(r#"(module (func (export "{}")))"#, "m".repeat(513))).unwrap();
    assert!(contract_powers(&long).unwrap_err().to_string().contains("513 bytes in a method"));
}

/// Every function calls every type, and every function may be in the table.
#[test]
fn dense_tables_and_long_chains_stay_bounded() {
    let functions = 5_000;
    let chain: String = (0..functions)
        .map(|n| format!("(func $f{n} (call $f{}) (call_indirect (i32.const 0)))", n + 1))
        .collect();
    let names: String = (0..=functions).map(|n| format!(" $f{n}")).collect();
    let powers = powers(&format!(
        r#"{chain} (func $f{functions} {ADD_KEY}) (table {} funcref) (elem (i32.const 0) {names})
           (func (export "run") (call $f0))"#,
        functions + 1
    ));
    assert_eq!(powers.verdict(), LockVerdict::CanAddKeys);
    // Two steps through the table, five thousand along the chain.
    assert_eq!(powers.reached[0].path.len(), 4);
}

#[test]
fn a_long_way_is_told_in_short() {
    let chain: String = (0..50).map(|n| format!("(func $f{n} (call $f{}))", n + 1)).collect();
    let powers =
        powers(&format!(r#"{chain} (func $f50 {ADD_KEY}) (func (export "run") (call $f0))"#));
    assert_eq!(powers.reached[0].path.len(), 53);
    let text = powers.to_string();
    assert!(text.contains("run -> f0 -> f1 -> f2 -> f3 -> f4 -> (40 more) -> f45"), "{text}");
}

#[test]
fn names_do_not_steer_the_terminal() {
    let powers = powers(&format!(r#"(func (export "\1b[2Junlock\0a") {ADD_KEY})"#));
    let text = powers.to_string();
    assert!(!text.contains('\u{1b}') && text.contains(r"\u{1b}[2Junlock\n"), "{text}");
}

fn sample() -> Vec<u8> {
    wasm(&format!(
        r#"(func $grant (type $any) {ADD_KEY}) (table 1 funcref) (elem (i32.const 0) $grant)
           (func (export "run") (call_indirect (type $any) (i32.const 0)))"#
    ))
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = contract_powers(&bytes);
        let _ = contract_powers(&[&b"\0asm\x01\0\0\0"[..], &bytes].concat());
    }

    #[test]
    fn a_module_with_random_damage_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = sample();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(powers) = contract_powers(&bytes) {
            let _ = powers.to_string();
        }
    }
}

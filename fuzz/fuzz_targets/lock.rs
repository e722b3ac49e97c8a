//! The wasm analyser: it reads whatever the contract VM takes, and never panics on the rest.

#![no_main]

use keyway_guard::{contract_methods, contract_powers};
use libfuzzer_sys::fuzz_target;
use near_parameters::vm::VMKind;
use near_vm_runner::prepare::prepare_contract;
use std::collections::BTreeSet;

fuzz_target!(|code: &[u8]| {
    let methods = contract_methods(code);
    let powers = contract_powers(code);
    if let Ok(powers) = &powers {
        assert_eq!(methods.as_ref().map(BTreeSet::len).ok(), Some(powers.methods));
        let _verdict = powers.verdict();
    }
    let config = &keyway_property_tests::protocol(88).config.wasm_config;
    if prepare_contract(code, config, VMKind::Wasmtime).is_ok() {
        assert!(powers.is_ok(), "the VM takes what the analyser cannot read: {powers:?}");
    }
});

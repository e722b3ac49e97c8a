//! Every contract in the repository, and the wording of verdicts.

use super::kit::{ADD_KEY, DELETE, powers};
use crate::lock::{LockVerdict, contract_powers};
use std::path::{Path, PathBuf};

#[test]
fn every_contract_in_the_repository_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let contracts = contracts(&root);
    assert!(contracts.len() >= 2, "{contracts:?}");
    for contract in contracts {
        let powers = contract_powers(&std::fs::read(&contract).unwrap());
        let powers = powers.unwrap_or_else(|error| panic!("{}: {error}", contract.display()));
        assert!(powers.methods > 0, "{}", contract.display());
        assert!(powers.unknown_imports.is_empty(), "{}: {powers}", contract.display());
    }
}

#[test]
fn the_example_contracts_say_what_they_can_do() {
    for (name, expected) in [
        ("game", LockVerdict::Sealed),
        ("drop", LockVerdict::CanAddKeys),
        ("recovery", LockVerdict::CanAddKeys),
    ] {
        let path = format!("{}/../../contracts/wasm/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
        let powers = contract_powers(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(powers.verdict(), expected, "{name}: {powers}");
    }
}

/// near-sdk makes every promise in one function, so a contract that transfers could do anything, as far as its code
/// shows. The report must still be readable.
#[test]
fn what_goes_one_way_is_told_once() {
    let path = format!("{}/../../contracts/wasm/recovery.wasm", env!("CARGO_MANIFEST_DIR"));
    let text = contract_powers(&std::fs::read(path).unwrap()).unwrap().to_string();
    assert_eq!(text.matches("by way of").count(), 1, "{text}");
    assert!(text.contains("it may be that some are never chosen"), "{text}");
}

/// A verdict reports what was found; it never says that everything is fine.
#[test]
fn no_verdict_promises_safety() {
    let report = powers(&format!(r#"(func (export "unlock") {ADD_KEY} {DELETE})"#)).to_string();
    let sources = [
        include_str!("../text.rs"),
        include_str!("../text/powers.rs"),
        include_str!("../error.rs"),
        include_str!("../../lock.rs"),
    ];
    for text in sources.into_iter().chain([report.as_str()]) {
        assert!(!text.to_lowercase().contains("safe"));
    }
}

/// The wasm files under `folder`, without build output.
fn contracts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&&*name)
        {
            found.extend(contracts(&path));
        } else if name.ends_with(".wasm") {
            found.push(path);
        }
    }
    found
}

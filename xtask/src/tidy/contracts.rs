//! contracts/wasm: the checksums beside the committed contracts are theirs.

use crate::contracts::{COMMITTED, SUMS, sums};
use std::fs;
use std::path::Path;

/// Compares the file of checksums with the contracts.
pub(super) fn check(root: &Path, problems: &mut Vec<String>) {
    let said = fs::read_to_string(root.join(COMMITTED).join(SUMS)).unwrap_or_default();
    match sums(root) {
        Ok(sums) if sums == said => {}
        Ok(_) => problems
            .push(format!("{COMMITTED}/{SUMS} is not of these contracts: cargo xtask contracts")),
        Err(problem) => problems.push(problem),
    }
}

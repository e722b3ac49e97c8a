//! `cargo xtask contracts`: builds the example contracts, so that the same bytes come out anywhere.
//!
//! The recorded toolchain is Debian's, which has the standard library's source beside it. Without it
//! the active toolchain is used, which must have the target; its bytes are good, and others.

use crate::bench::execute;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds all contracts, and writes them to where they are committed; or, to `check`, compares.
///
/// # Errors
/// When one does not build, cannot be written, or is not what is committed.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    let (workspace, target_dir) = (root.join("contracts"), root.join("target/contracts"));
    execute(&mut build(&workspace, &target_dir))?;
    let built = target_dir.join(TARGET).join("release");
    let committed = root.join(COMMITTED);
    for file in FILES {
        let bytes = read(&built.join(file))?;
        if !check {
            write(&committed.join(file), &bytes)?;
        } else if bytes != read(&committed.join(file))? {
            return Err(format!(
                "{file} is not what is built here; contracts/README.md names the toolchain"
            ));
        }
    }
    if check { Ok(()) } else { write(&committed.join(SUMS), sums(root)?.as_bytes()) }
}

/// What the file of checksums must hold, as `sha256sum` writes it.
///
/// # Errors
/// When a committed contract cannot be read.
pub(crate) fn sums(root: &Path) -> Result<String, String> {
    let mut lines = String::new();
    for file in FILES {
        let sum = Sha256::digest(read(&root.join(COMMITTED).join(file))?);
        lines.push_str(&format!("{sum:x}  {file}\n"));
    }
    Ok(lines)
}

fn build(workspace: &Path, target_dir: &Path) -> Command {
    let recorded = Path::new(RUST_SOURCE).is_dir() && Path::new(LINKER).exists();
    let mut command = Command::new(if recorded { "/usr/bin/cargo" } else { "cargo" });
    command.args(["build", "--release", "--locked", "--target", TARGET]).current_dir(workspace);
    command.env("CARGO_TARGET_DIR", target_dir).env("CARGO_ENCODED_RUSTFLAGS", flags(workspace));
    if recorded {
        // Debian's package has the target's source only. Its cargo is a stable one, hence the variable.
        command.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
        command
            .env("RUSTC", "/usr/bin/rustc")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
    }
    command
}

/// What the compiler is told: that this is for the chain, and to leave out where it was built.
fn flags(workspace: &Path) -> String {
    let renamed = |from: PathBuf, to| format!("--remap-path-prefix={}={to}", from.display());
    let flags = [
        "--cfg".to_owned(),
        "near".to_owned(),
        renamed(workspace.to_owned(), "/contracts"),
        renamed(cargo_home(), "/cargo"),
        renamed(RUST_SOURCE.into(), "/rust"),
    ];
    flags.join("\x1f")
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo's own variable, whose value goes into no file"
)]
fn cargo_home() -> PathBuf {
    let said = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = || std::env::home_dir().unwrap_or_default();
    said.unwrap_or_else(|| home().join(".cargo"))
}

/// Where the built contracts are committed.
pub(crate) const COMMITTED: &str = "contracts/wasm";

/// The checksums of all of them.
pub(crate) const SUMS: &str = "SHA256SUMS";

const FILES: [&str; 3] = ["drop.wasm", "game.wasm", "recovery.wasm"];

const TARGET: &str = "wasm32-unknown-unknown";

/// Where Debian's package `rust-web-src` puts the standard library.
const RUST_SOURCE: &str = "/usr/lib/rustlib/src/rust";

/// From Debian's package `lld-19`.
const LINKER: &str = "/usr/bin/wasm-ld-19";

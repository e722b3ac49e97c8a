//! What the tests with real Rust clients of NEAR share: the binary under test, the driver
//! contract, and the assembler of its programs.

pub mod program;

use std::path::PathBuf;

/// The driver contract: its call arguments are a [`program`] of host-function operations.
pub const DRIVER: &[u8] = include_bytes!("../../../conformance/data/driver.wasm");

/// The variable through which the clients' harnesses find the binary; `.cargo/config.toml` sets
/// it to this workspace's release build.
pub const BINARY: &str = "NEAR_SANDBOX_BIN_PATH";

/// The built binary that the harnesses are going to spawn.
///
/// # Errors
/// A sentence that says what to do when it is not there.
#[expect(clippy::disallowed_methods, reason = "the harnesses read the same variable")]
pub fn binary() -> Result<PathBuf, String> {
    let path = std::env::var_os(BINARY).map(PathBuf::from).ok_or(format!("{BINARY} is not set"))?;
    if path.is_file() {
        return Ok(path);
    }
    let path = path.display();
    Err(format!("no binary at {path}: run `cargo build --release -p keyway-cli` first"))
}

//! The binary `keyway`.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyway_cli::main()
}

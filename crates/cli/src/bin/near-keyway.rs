//! The same program under the name that near-cli-rs expects of its extensions: `near keyway …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyway_cli::main()
}

//! The same program under the name by which near-cli-rs finds its extensions: `near keyway …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyway_cli::main()
}

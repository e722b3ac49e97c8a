//! The program `keyway` of the npm package. The command line itself is in the library for Node.js beside it, because
//! both have the same engine and contract VM, and a package with two of them would be twice as large.

use libloading::Library;
use std::env;
use std::error::Error;
use std::mem;
use std::process::ExitCode;

/// `keyway_main` of `bindings/node/src/command.rs`.
type Main = unsafe extern "C" fn(args: *const u8, len: usize) -> u8;

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command line with this program's arguments. Returns its exit code.
#[allow(unsafe_code)]
fn run() -> Result<u8, String> {
    let program = env::current_exe().and_then(|path| path.canonicalize());
    let path = program.map_err(|error| format!("this program's path is unknown: {error}"))?;
    let path = path.with_file_name("keyway.node");
    let failed = |error: libloading::Error| {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        format!("{} cannot be used: {cause}; install keyway again", path.display())
    };
    let args: Vec<_> = env::args_os().map(|arg| arg.as_encoded_bytes().to_vec()).collect();
    let args = args.join(&0);
    // SAFETY: the library was built and packed with this program. What it runs when it is loaded finds no Node.js, and
    // then does nothing.
    let library = unsafe { Library::new(&path) }.map_err(failed)?;
    // SAFETY: the function there has this type.
    let main = unsafe { library.get::<Main>(b"keyway_main\0") }.map_err(failed)?;
    // SAFETY: `args` are so many bytes, and stay until the function returns.
    let code = unsafe { main(args.as_ptr(), args.len()) };
    // Threads of it may still run.
    mem::forget(library);
    Ok(code)
}

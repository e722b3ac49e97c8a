//! The command line, for the program that has none of its own: `bindings/node/launcher`.

use std::ffi::OsString;
use std::panic::catch_unwind;
use std::slice;

/// Runs the command line, and returns its exit code.
///
/// # Safety
/// `args` must point to `len` bytes, which stay as they are meanwhile: the arguments as a program of the same compiler
/// encodes them, with a zero byte between.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn keyway_main(args: *const u8, len: usize) -> u8 {
    // SAFETY: by the caller's promise.
    let bytes = unsafe { slice::from_raw_parts(args, len) };
    // SAFETY: by the caller's promise. No character has a zero byte inside, so each part is whole.
    let arg = |bytes: &[u8]| unsafe { OsString::from_encoded_bytes_unchecked(bytes.to_vec()) };
    let args = bytes.split(|byte| *byte == 0).map(arg).collect();
    catch_unwind(|| keyway_cli::main_with(args)).unwrap_or(PANICKED)
}

/// As of a Rust program that panicked.
const PANICKED: u8 = 101;

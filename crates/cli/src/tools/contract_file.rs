//! Contract files, checked before they are deployed.

use super::context::Context;
use crate::error::CliError;
use keyway::Error;
use keyway::action::limits;
use keyway_rules::Protocol;
use near_parameters::vm::VMKind;
use near_vm_runner::prepare::prepare_contract;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The WebAssembly in a file.
///
/// # Errors
/// If the file cannot be read, is longer than any contract, or is not WebAssembly.
pub(crate) fn read_wasm(path: &Path) -> Result<Vec<u8>, CliError> {
    let code = read_up_to_limit(path)?;
    let why = match code.as_slice() {
        [] => "it is empty".to_owned(),
        _ if !code.starts_with(MAGIC) => {
            "it is not WebAssembly, which begins with the bytes 00 61 73 6d".to_owned()
        }
        _ => return Ok(code),
    };
    Err(CliError::NoContract { what: path.display().to_string(), why })
}

/// The content of a file that is no longer than a contract may be.
///
/// # Errors
/// If the file cannot be read or is longer.
fn read_up_to_limit(path: &Path) -> Result<Vec<u8>, CliError> {
    let (mut code, most) = (Vec::new(), limits().contract_bytes);
    let read = File::open(path).and_then(|file| {
        let length = file.metadata()?.len();
        // One byte more than allowed, so that reading an endless file stops.
        file.take(most.saturating_add(1)).read_to_end(&mut code)?;
        Ok(length)
    });
    let failed = |source| CliError::File { doing: "read", path: path.to_owned(), source };
    let length = read.map_err(failed)?;
    if code.len() as u64 <= most {
        return Ok(code);
    }
    // A device has no length.
    let has = match length {
        0 => format!("more than {most} bytes"),
        length => format!("{length} bytes"),
    };
    let why = format!("it has {has}, and a contract can have at most {most}");
    Err(CliError::NoContract { what: path.display().to_string(), why })
}

/// The contract in the file, which the chain must be able to run, or else `ours`.
///
/// # Errors
/// As [`read_wasm`] and [`check_code`].
pub(crate) async fn contract_or(
    context: &Context,
    file: Option<&Path>,
    ours: &[u8],
) -> Result<Vec<u8>, CliError> {
    let Some(path) = file else { return Ok(ours.to_vec()) };
    let code = read_wasm(path)?;
    check_code(context, &path.display().to_string(), &code).await?;
    Ok(code)
}

/// Checks that the chain can run `code`: the chain would accept it anyway, and every call would
/// fail.
///
/// # Errors
/// [`CliError::NoContract`] with the VM's reason; if the chain's protocol version cannot be
/// queried.
pub(crate) async fn check_code(context: &Context, what: &str, code: &[u8]) -> Result<(), CliError> {
    match context.client.chain_facts().await {
        Ok(facts) => check_by(&facts.protocol, what, code),
        // The protocol is newer than this program.
        Err(Error::Argument(_)) => check_code_offline(what, code),
        Err(error) => Err(error.into()),
    }
}

/// The same by the newest rules known here, without asking a chain.
///
/// # Errors
/// [`CliError::NoContract`] with the VM's reason.
pub(crate) fn check_code_offline(what: &str, code: &[u8]) -> Result<(), CliError> {
    let newest = Protocol::new(*Protocol::SUPPORTED.end(), "mainnet")
        .expect("the invariant that the newest protocol is supported");
    check_by(&newest, what, code)
}

fn check_by(protocol: &Protocol, what: &str, code: &[u8]) -> Result<(), CliError> {
    let config = &protocol.config.wasm_config;
    let why = match prepare_contract(code, config, VMKind::Wasmtime) {
        Ok(_) => return Ok(()),
        Err(error) => format!("protocol {} cannot run it ({error:?})", protocol.version),
    };
    Err(CliError::NoContract { what: what.to_owned(), why })
}

/// The first bytes of WebAssembly.
const MAGIC: &[u8] = b"\0asm";

#[cfg(test)]
mod tests {
    use super::*;

    fn code(wat: &str) -> Vec<u8> {
        wat::parse_str(wat).unwrap()
    }

    #[test]
    fn a_file_that_is_no_contract_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for (content, words) in [
            (&b""[..], "empty"),
            (b"root:x:0:0", "not WebAssembly"),
            (b"\0as", "not WebAssembly"),
            (
                &vec![0; 4 << 20 | 1],
                "it has 4194305 bytes, and a contract can have at most 4194304",
            ),
        ] {
            std::fs::write(&path, content).unwrap();
            let error = read_wasm(&path).unwrap_err().to_string();
            assert!(error.contains(words), "{words}: {error}");
        }
        std::fs::write(&path, code("(module)")).unwrap();
        assert!(read_wasm(&path).is_ok());
    }

    /// 940 MB were read in three seconds.
    #[cfg(unix)]
    #[test]
    fn an_endless_file_ends() {
        let error = read_wasm(Path::new("/dev/zero")).unwrap_err().to_string();
        let both = "it has more than 4194304 bytes, and a contract can have at most 4194304";
        assert!(error.contains(both), "{error}");
    }

    #[test]
    fn code_that_the_vm_does_not_prepare_is_refused() {
        let export = "(module (func (export \"play\")))";
        check_code_offline("code", &code(export)).unwrap();
        let plain = code("(module (memory 1) (func (export \"play\") (drop (i32.const 1))))");
        check_code_offline("code", &plain).unwrap();
        let strange = code("(module (import \"other\" \"steal\" (func)) (func (export \"play\")))");
        let cut = code(export)[..20].to_vec();
        for wrong in [strange, cut, b"\0asm\x02\0\0\0".to_vec()] {
            let error = check_code_offline("code", &wrong).unwrap_err();
            assert!(matches!(error, CliError::NoContract { .. }), "{wrong:?}: {error}");
        }
    }
}

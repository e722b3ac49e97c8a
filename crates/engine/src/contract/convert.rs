//! The VM's errors and profile in the form that outcomes carry.

use near_primitives::errors as outcome;
use near_primitives::profile_data_v3::ProfileDataV3;
use near_vm_runner::logic::errors as vm;

/// A profile, as outcomes carry it.
pub(crate) fn profile(profile: near_vm_runner::ProfileDataV3) -> ProfileDataV3 {
    ProfileDataV3 {
        actions_profile: profile.actions_profile,
        wasm_ext_profile: profile.wasm_ext_profile,
        wasm_gas: profile.wasm_gas,
    }
}

/// A failed call. Compilation and method errors keep their structure, all others become text.
pub(crate) fn call_error(error: vm::FunctionCallError) -> outcome::FunctionCallError {
    use vm::FunctionCallError as Vm;
    match error {
        Vm::CompilationError(error) => {
            outcome::FunctionCallError::CompilationError(compilation_error(error))
        }
        Vm::MethodResolveError(error) => {
            outcome::FunctionCallError::MethodResolveError(match error {
                vm::MethodResolveError::MethodEmptyName => {
                    outcome::MethodResolveError::MethodEmptyName
                }
                vm::MethodResolveError::MethodNotFound => {
                    outcome::MethodResolveError::MethodNotFound
                }
                vm::MethodResolveError::MethodInvalidSignature => {
                    outcome::MethodResolveError::MethodInvalidSignature
                }
            })
        }
        Vm::LinkError { msg } => {
            outcome::FunctionCallError::ExecutionError(format!("Link Error: {msg}"))
        }
        Vm::LoadingError { msg } => {
            outcome::FunctionCallError::ExecutionError(format!("Loading Error: {msg}"))
        }
        error @ (Vm::HostError(_) | Vm::WasmTrap(_)) => {
            outcome::FunctionCallError::ExecutionError(error.to_string())
        }
    }
}

fn compilation_error(error: vm::CompilationError) -> outcome::CompilationError {
    match error {
        vm::CompilationError::CodeDoesNotExist { account_id } => {
            outcome::CompilationError::CodeDoesNotExist {
                account_id: account_id.parse().expect("the id of an account that was called"),
            }
        }
        vm::CompilationError::PrepareError(error) => {
            outcome::CompilationError::PrepareError(prepare_error(error))
        }
        // The protocol does not distinguish compilers.
        vm::CompilationError::WasmerCompileError { msg }
        | vm::CompilationError::WasmtimeCompileError { msg } => {
            outcome::CompilationError::WasmerCompileError { msg }
        }
    }
}

/// The two enums have the same variants under the same borsh tags.
fn prepare_error(error: vm::PrepareError) -> outcome::PrepareError {
    borsh::to_vec(&error)
        .ok()
        .and_then(|bytes| borsh::from_slice(&bytes).ok())
        .unwrap_or(outcome::PrepareError::Instantiate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prepare_errors_keep_their_names() {
        for error in [
            vm::PrepareError::Serialization,
            vm::PrepareError::Memory,
            vm::PrepareError::TooManyLocals,
            vm::PrepareError::OperandStackTooLarge,
            vm::PrepareError::TooManyGlobals,
        ] {
            let name = format!("{error:?}");
            assert_eq!(format!("{:?}", prepare_error(error)), name);
        }
    }
}

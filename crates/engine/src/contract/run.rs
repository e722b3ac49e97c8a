//! One run of the contract VM.

use super::code::ContractCodeRef;
use super::host::Host;
use crate::context::BlockContext;
use crate::effects::Stop;
use crate::state::StateError;
use near_parameters::vm::LimitConfig;
use near_primitives::account::Account;
use near_primitives::action::FunctionCallAction;
use near_primitives::errors as outcome;
use near_primitives::errors::ActionErrorKind;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::VersionedActionReceipt;
use near_primitives::types::{AccountId, Gas};
use near_primitives::utils::create_random_seed;
use near_primitives_core::config::ViewConfig;
use near_vm_runner::logic::errors::{
    CompilationError, FunctionCallError, HostError, VMRunnerError,
};
use near_vm_runner::logic::types::PromiseResult;
use near_vm_runner::logic::{GasCounter, VMContext, VMOutcome};
use near_vm_runner::{Contract, ContractRuntimeCache, PreparedContract, contract_cached, prepare};
use std::rc::Rc;
use std::sync::Arc;

/// A call, with everything about it that the contract can see.
pub(crate) struct Call<'c> {
    pub(crate) account_id: &'c AccountId,
    pub(crate) account: &'c Account,
    pub(crate) predecessor_id: &'c AccountId,
    pub(crate) receipt: &'c VersionedActionReceipt<'c>,
    pub(crate) action: &'c FunctionCallAction,
    pub(crate) action_hash: CryptoHash,
    /// The result goes to the receipt's data receivers.
    pub(crate) is_last_action: bool,
    pub(crate) promise_results: Arc<[PromiseResult]>,
    /// For view calls, the gas that they may burn.
    pub(crate) view_gas: Option<Gas>,
}

/// Why the VM returned no outcome.
#[derive(Debug)]
pub(crate) enum NoOutcome {
    /// The call fails, and costs nothing.
    Failed(outcome::FunctionCallError),
    /// The state cannot be read.
    State(StateError),
}

impl From<NoOutcome> for Stop {
    fn from(error: NoOutcome) -> Self {
        match error {
            NoOutcome::Failed(error) => ActionErrorKind::FunctionCallError(error).into(),
            NoOutcome::State(error) => error.into(),
        }
    }
}

impl From<StateError> for NoOutcome {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// Runs the call. Failures of the contract are in the outcome.
///
/// Compiled contracts are only a cache: when one cannot be read, written or loaded, the contract is
/// compiled again. The VM notices before it runs anything.
pub(crate) fn run(host: &mut Host<'_, '_>, call: &Call<'_>) -> Result<VMOutcome, NoOutcome> {
    let cache = Arc::clone(&host.block.contracts);
    let result = match attempt(host, call, Some(&*cache))? {
        Err(VMRunnerError::CacheError(_) | VMRunnerError::LoadingError(_)) => {
            attempt(host, call, None)?
        }
        Ok(VMOutcome { aborted: Some(FunctionCallError::LoadingError { .. }), .. }) => {
            attempt(host, call, None)?
        }
        result => result,
    };
    let mut outcome = result.or_else(|error| without_outcome(error, call.account_id))?;
    if call.view_gas.is_none() {
        let unused = call.action.gas.saturating_sub(outcome.used_gas);
        let out_of_range =
            |_| failed("arithmetic overflow: the gas of its promises is out of range");
        let shared = host.promises.share_gas(unused).map_err(out_of_range)?;
        outcome.used_gas = outcome.used_gas.saturating_add(shared);
    }
    Ok(outcome)
}

fn attempt(
    host: &mut Host<'_, '_>,
    call: &Call<'_>,
    cache: Option<&dyn ContractRuntimeCache>,
) -> Result<Result<VMOutcome, VMRunnerError>, StateError> {
    let prepared = {
        let code = ContractCodeRef::of(host.overlay, call.account_id, call.account)?;
        // A cache on disk verifies a contract's file; its handle has the loaded contracts.
        let loaded = cache.filter(|cache| is_compiled(host.block, &code, *cache));
        let loaded = loaded.map(|cache| cache.handle());
        if host.block.give_up_after.is_some() && loaded.is_none() {
            return Err(StateError::GivenUp);
        }
        let prepared = prepare_call(host.block, &code, call, loaded.as_deref().or(cache));
        code.was_readable()?;
        prepared
    };
    let context = vm_context(host.block, call);
    let fees = Arc::clone(&host.block.protocol.config.fees);
    let result = near_vm_runner::run(prepared, host, &context, fees);
    let limited = most_gas(host.block) < limits(host.block).max_gas_burnt;
    if limited && matches!(&result, Ok(outcome) if outcome.aborted == Some(OVER_LIMIT)) {
        return Err(StateError::GivenUp);
    }
    Ok(result)
}

const OVER_LIMIT: FunctionCallError = FunctionCallError::HostError(HostError::GasLimitExceeded);

/// The gas that a call may burn before the VM aborts it.
fn most_gas(block: &BlockContext) -> Gas {
    let most = limits(block).max_gas_burnt;
    block.give_up_after.map_or(most, |gas| gas.min(most))
}

fn limits(block: &BlockContext) -> &LimitConfig {
    &block.protocol.config.wasm_config.limit_config
}

/// Loads the contract's code, compiled.
fn prepare_call(
    block: &BlockContext,
    code: &ContractCodeRef<'_>,
    call: &Call<'_>,
    cache: Option<&dyn ContractRuntimeCache>,
) -> Box<dyn PreparedContract> {
    let config = &block.protocol.config.wasm_config;
    let gas = GasCounter::new(
        config.ext_costs.clone(),
        call.view_gas.unwrap_or_else(|| most_gas(block)),
        config.regular_op_cost,
        call.action.gas,
        call.view_gas.is_some(),
    );
    prepare(code, Arc::clone(config), cache, gas, &call.action.method_name)
}

fn is_compiled(
    block: &BlockContext,
    code: &ContractCodeRef<'_>,
    cache: &dyn ContractRuntimeCache,
) -> bool {
    let config = &block.protocol.config.wasm_config;
    matches!(contract_cached(Arc::clone(config), cache, code.hash()), Ok(true))
}

fn vm_context(block: &BlockContext, call: &Call<'_>) -> VMContext {
    let receivers = call.receipt.output_data_receivers().iter();
    VMContext {
        current_account_id: call.account_id.clone(),
        signer_account_id: call.receipt.signer_id().clone(),
        signer_account_pk: borsh::to_vec(call.receipt.signer_public_key())
            .expect("writing to a vector does not fail"),
        predecessor_account_id: call.predecessor_id.clone(),
        refund_to_account_id: call
            .receipt
            .refund_to()
            .as_ref()
            .unwrap_or(call.predecessor_id)
            .clone(),
        input: Rc::from(call.action.args.as_slice()),
        promise_results: Arc::clone(&call.promise_results),
        block_height: block.height,
        block_timestamp: block.timestamp_ns,
        epoch_height: block.epoch_height,
        account_balance: call.account.amount(),
        account_locked_balance: call.account.locked(),
        storage_usage: call.account.storage_usage(),
        account_contract: call.account.contract().into_owned(),
        attached_deposit: call.action.deposit,
        prepaid_gas: call.action.gas,
        random_seed: create_random_seed(call.action_hash, block.random_value),
        view_config: call.view_gas.map(|max_gas_burnt| ViewConfig { max_gas_burnt }),
        output_data_receivers: match call.is_last_action {
            true => receivers.map(|receiver| receiver.receiver_id.clone()).collect(),
            false => Vec::new(),
        },
    }
}

/// An error of the VM itself. If a contract or a patched state can cause it, the call fails;
/// otherwise the block cannot be applied.
fn without_outcome(error: VMRunnerError, account_id: &AccountId) -> Result<VMOutcome, NoOutcome> {
    let unreadable = |reason: String| Err(StateError::Unreadable { reason }.into());
    let aborted = |error| Ok(VMOutcome::nop_outcome(error));
    match error {
        VMRunnerError::ContractCodeNotPresent => {
            aborted(FunctionCallError::CompilationError(CompilationError::CodeDoesNotExist {
                account_id: account_id.as_str().into(),
            }))
        }
        VMRunnerError::LoadingError(msg) => aborted(FunctionCallError::LoadingError { msg }),
        VMRunnerError::WasmUnknownError { debug_message } => Err(failed(debug_message)),
        // A patch may give an account an impossible storage usage.
        VMRunnerError::InconsistentStateError(error) => Err(failed(format!(
            "arithmetic overflow: the storage usage of {account_id} is not what it stores ({error}); \
             patch its account"
        ))),
        VMRunnerError::ExternalError(error) => match error.downcast::<StateError>() {
            Ok(error) => Err(error.into()),
            Err(_) => unreadable("the host failed".to_owned()),
        },
        other => unreadable(other.to_string()),
    }
}

fn failed(text: impl Into<String>) -> NoOutcome {
    NoOutcome::Failed(outcome::FunctionCallError::ExecutionError(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_error_of_the_vm_is_reported_as_it_is() {
        let error = VMRunnerError::WasmUnknownError { debug_message: "what?".to_owned() };
        let Err(NoOutcome::Failed(reported)) = without_outcome(error, &"a.near".parse().unwrap())
        else {
            panic!("it has no outcome")
        };
        assert_eq!(reported, outcome::FunctionCallError::ExecutionError("what?".to_owned()));
    }
}

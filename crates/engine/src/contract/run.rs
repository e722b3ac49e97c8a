//! One run of the contract VM.

use super::code::ContractCodeRef;
use super::host::Host;
use crate::block::BlockContext;
use crate::state::StateError;
use near_primitives::account::Account;
use near_primitives::action::FunctionCallAction;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::VersionedActionReceipt;
use near_primitives::types::{AccountId, Gas};
use near_primitives::utils::create_random_seed;
use near_primitives_core::config::ViewConfig;
use near_vm_runner::logic::errors::{CompilationError, FunctionCallError, VMRunnerError};
use near_vm_runner::logic::types::PromiseResult;
use near_vm_runner::logic::{GasCounter, VMContext, VMOutcome};
use near_vm_runner::{Contract, PreparedContract, contract_cached, prepare};
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
    /// Set for calls that only look: the gas they may burn.
    pub(crate) view_gas: Option<Gas>,
}

/// Loads the contract's code, compiled.
pub(crate) fn prepare_call(
    block: &BlockContext,
    code: &ContractCodeRef<'_>,
    call: &Call<'_>,
) -> Box<dyn PreparedContract> {
    let config = &block.protocol.config.wasm_config;
    let gas = GasCounter::new(
        config.ext_costs.clone(),
        call.view_gas.unwrap_or(config.limit_config.max_gas_burnt),
        config.regular_op_cost,
        call.action.gas,
        call.view_gas.is_some(),
    );
    // A cache that keeps files checks one when it is asked whether it has it. What it hands out
    // then has the loaded contracts in memory.
    let has = contract_cached(Arc::clone(config), &*block.contracts, code.hash());
    let loaded = matches!(has, Ok(true)).then(|| block.contracts.handle());
    let cache = loaded.as_deref().unwrap_or(&*block.contracts);
    prepare(code, Arc::clone(config), Some(cache), gas, &call.action.method_name)
}

/// Runs the call. What the contract does wrong is in the outcome.
pub(crate) fn run(
    prepared: Box<dyn PreparedContract>,
    host: &mut Host<'_, '_>,
    call: &Call<'_>,
) -> Result<VMOutcome, StateError> {
    let context = vm_context(host.block, call);
    let fees = Arc::clone(&host.block.protocol.config.fees);
    let mut outcome = match near_vm_runner::run(prepared, host, &context, fees) {
        Ok(outcome) => outcome,
        Err(error) => return fatal(error, call.account_id),
    };
    if call.view_gas.is_none() {
        let unused = call.action.gas.saturating_sub(outcome.used_gas);
        let shared = host.promises.share_gas(unused)?;
        outcome.used_gas = outcome.used_gas.checked_add_result(shared)?;
    }
    Ok(outcome)
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

/// Errors of the VM itself. Those that any contract can cause fail the call, others stop the block.
fn fatal(error: VMRunnerError, account_id: &AccountId) -> Result<VMOutcome, StateError> {
    let unreadable = |reason: String| Err(StateError::Unreadable { reason });
    let failed = |error| Ok(VMOutcome::nop_outcome(error));
    match error {
        VMRunnerError::ContractCodeNotPresent => {
            failed(FunctionCallError::CompilationError(CompilationError::CodeDoesNotExist {
                account_id: account_id.as_str().into(),
            }))
        }
        VMRunnerError::LoadingError(msg) => failed(FunctionCallError::LoadingError { msg }),
        VMRunnerError::WasmUnknownError { debug_message: msg } => {
            failed(FunctionCallError::LoadingError { msg })
        }
        VMRunnerError::ExternalError(error) => match error.downcast::<StateError>() {
            Ok(error) => Err(error),
            Err(_) => unreadable("the host failed".to_owned()),
        },
        other => unreadable(other.to_string()),
    }
}

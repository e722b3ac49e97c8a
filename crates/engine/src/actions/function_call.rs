//! `FunctionCall`: runs a method of the account's contract.

use super::scope::{Scope, Step};
use crate::amount::credited;
use crate::contract::{Call, ContractCodeRef, Host, call_error, enqueue_timeouts, run as run_vm};
use crate::effects::{GasTally, Stop};
use near_primitives::action::FunctionCallAction;
use near_primitives::errors::ActionErrorKind;
use near_primitives::version::ProtocolFeature;
use near_vm_runner::logic::VMOutcome;
use std::sync::Arc;

pub(super) fn run(
    scope: &mut Scope<'_, '_>,
    step: Step<'_>,
    action: &FunctionCallAction,
) -> Result<(), Stop> {
    let account = scope.account_mut().clone();
    // The VM adds the deposit to the balance.
    credited(scope.account_id(), account.amount(), action.deposit)?;
    let call = Call {
        account_id: scope.account_id(),
        account: &account,
        predecessor_id: scope.receipt.predecessor_id(),
        receipt: scope.action_receipt,
        action,
        action_hash: step.hash,
        is_last_action: step.is_last,
        promise_results: Arc::clone(&scope.promise_results),
        view_gas: None,
    };
    let code = ContractCodeRef::of(scope.overlay, call.account_id, &account)?;
    scope.overlay.record_bytes(code.len()?.unwrap_or(0));
    let proof_bytes_before = proof_bytes_before(scope);
    let mut host =
        Host::new(scope.overlay, scope.block, call.account_id, step.hash, proof_bytes_before);
    let outcome = run_vm(&mut host, &call)?;
    let promises = host.promises;
    apply(scope, outcome, promises)
}

/// Length of the block's storage proof from which the limit is counted, in bytes: that at the start
/// of the receipt, and before 86 that at the start of the call.
fn proof_bytes_before(scope: &Scope<'_, '_>) -> usize {
    if scope.block.protocol.has(ProtocolFeature::EnforcePerReceiptStorageProofLimit) {
        scope.proof_bytes_before
    } else {
        scope.overlay.proof_bytes()
    }
}

fn apply(
    scope: &mut Scope<'_, '_>,
    outcome: VMOutcome,
    promises: crate::contract::Promises,
) -> Result<(), Stop> {
    scope.effects.gas.add(GasTally {
        burnt: outcome.burnt_gas,
        used: outcome.used_gas,
        burnt_by_contract: outcome.burnt_gas,
        compute: outcome.compute_usage,
    })?;
    scope.effects.logs.extend(outcome.logs);
    scope.effects.profile.merge(&outcome.profile);
    if let Some(error) = outcome.aborted {
        return Err(ActionErrorKind::FunctionCallError(call_error(error)).into());
    }
    let timeout = scope.config().wasm_config.limit_config.yield_timeout_length_in_blocks;
    let expires_at = scope.block.height.saturating_add(timeout);
    let account_id = scope.account_id();
    enqueue_timeouts(scope.overlay, account_id, promises.yields(), expires_at)?;
    let receipts = promises.into_receipts(account_id, scope.action_receipt);
    scope.effects.new_receipts.extend(receipts);
    scope.effects.subsidized = scope.effects.subsidized.saturating_add(outcome.subsidized_amount);
    scope.effects.returned = outcome.return_data;
    let account = scope.account_mut();
    account.set_amount(outcome.balance);
    account.set_storage_usage(outcome.storage_usage);
    Ok(())
}

//! Executes one action receipt: its actions in order, then refunds, reward and result.

use super::postponed::take_data;
use super::{outcome, refund};
use crate::actions::{Scope, Step, execute as execute_action};
use crate::amount::credited;
use crate::block_run::{BalanceFlow, BlockRun};
use crate::effects::{Effects, ReceiptEffects, Stop};
use crate::recorder::{ActionRun, ReceiptMoney};
use crate::state::StateError;
use keyway_rules::{check_new_receipt, gas_price_of, missing_storage_stake, reward_price};
use near_parameters::ActionCosts;
use near_primitives::account::Account;
use near_primitives::errors::{ActionError, ActionErrorKind};
use near_primitives::receipt::{Receipt, VersionedActionReceipt, VersionedReceiptEnum};
use near_primitives::types::{AccountId, Balance, Gas, StateChangeCause};
use near_primitives::utils::create_action_hash_from_receipt_id;
use near_vm_runner::logic::types::PromiseResult;
use std::rc::Rc;
use std::sync::Arc;

/// Executes a receipt that waits for no more data.
pub(super) fn execute(run: &mut BlockRun<'_, '_>, receipt: &Receipt) -> Result<(), StateError> {
    let (VersionedReceiptEnum::Action(action_receipt)
    | VersionedReceiptEnum::PromiseYield(action_receipt)) = receipt.versioned_receipt()
    else {
        return Err(StateError::Corrupt { what: "a receipt without actions".to_owned() });
    };
    let promise_results = promise_results(run, receipt.receiver_id(), &action_receipt)?;
    if let Some(recorder) = run.overlay.recorder() {
        recorder.begin(receipt, &promise_results);
    }
    let receipt_hash = receipt.get_hash();
    run.overlay.commit(&StateChangeCause::ActionReceiptProcessingStarted { receipt_hash });

    let unknown_before = run.overlay.unknown_nodes();
    let account = run.overlay.account(receipt.receiver_id())?;
    let was_missing = account.is_none();
    let start = Start { account, promise_results };
    let (mut effects, account) = run_actions(run, receipt, &action_receipt, start)?;
    let unknown = run.overlay.unknown_nodes().saturating_sub(unknown_before);
    if unknown > 0 {
        run.unknown_nodes.push((*receipt.receipt_id(), unknown));
    }
    write_account(run, receipt.receiver_id(), account.as_ref(), &mut effects);
    let flow_before = run.balance;
    let created = was_missing && account.is_some() && effects.result.is_ok();
    let burnt = refund::refund_gas(run, receipt, &action_receipt, &mut effects, created);
    match &effects.result {
        Ok(_) => run.overlay.commit(&StateChangeCause::ReceiptProcessing { receipt_hash }),
        Err(_) => run.overlay.rollback(),
    }
    let reward = pay_reward(run, receipt, &action_receipt, &effects)?;
    run.overlay.commit(&StateChangeCause::ActionReceiptGasReward { receipt_hash });
    run.balance.burn(burnt.saturating_sub(reward));
    run.balance.subsidized = run.balance.subsidized.saturating_add(effects.subsidized);
    outcome::send(run, receipt, &action_receipt, effects, burnt)?;
    report_end(run, flow_before, reward);
    run.goes_on()
}

/// Tells an observer how the receipt ended, which is the block's newest outcome.
fn report_end(run: &BlockRun<'_, '_>, before: BalanceFlow, reward: Balance) {
    let (Some(recorder), Some(outcome)) = (run.overlay.recorder(), run.outcomes.last()) else {
        return;
    };
    let money = ReceiptMoney {
        burnt: run.balance.burnt.saturating_sub(before.burnt),
        reward,
        subsidized: run.balance.subsidized.saturating_sub(before.subsidized),
    };
    recorder.end(outcome, Some(money));
}

/// What the first action starts from.
struct Start {
    account: Option<Account>,
    promise_results: Arc<[PromiseResult]>,
}

/// The results of earlier calls, for which the receipt waited.
fn promise_results(
    run: &mut BlockRun<'_, '_>,
    receiver_id: &AccountId,
    action_receipt: &VersionedActionReceipt<'_>,
) -> Result<Arc<[PromiseResult]>, StateError> {
    let take = |&data_id| {
        Ok(match take_data(&mut run.overlay, receiver_id, data_id)? {
            Some(data) => PromiseResult::Successful(Rc::from(data)),
            None => PromiseResult::Failed,
        })
    };
    action_receipt.input_data_ids().iter().map(take).collect()
}

/// Runs the actions up to the first that fails. Returns the account as they left it.
fn run_actions(
    run: &mut BlockRun<'_, '_>,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    start: Start,
) -> Result<(ReceiptEffects, Option<Account>), StateError> {
    let block = run.block;
    let mut total = ReceiptEffects::new();
    let fee = block.protocol.config.fees.fee(ActionCosts::new_action_receipt).exec_fee();
    total.gas.burn(fee).expect("one fee alone is in range");
    let Start { account, promise_results } = start;
    let proof_bytes_before = run.overlay.proof_bytes();
    let mut scope = Scope {
        overlay: &mut run.overlay,
        block,
        receipt,
        action_receipt,
        promise_results,
        account,
        actor_id: receipt.predecessor_id().clone(),
        proof_bytes_before,
        effects: Effects::default(),
    };
    let actions = action_receipt.actions();
    for (index, action) in actions.iter().enumerate() {
        let step = Step {
            action,
            hash: create_action_hash_from_receipt_id(receipt.receipt_id(), block.height, index),
            is_only: actions.len() == 1,
            is_last: index + 1 == actions.len(),
        };
        let contract = scope.contract();
        let failure = run_action(&mut scope, step)?
            .err()
            .map(|kind| ActionError { index: Some(index as u64), kind });
        if let Some(recorder) = scope.overlay.recorder() {
            recorder.action(ActionRun {
                burnt: scope.effects.gas.burnt,
                used: scope.effects.gas.used,
                profile: &scope.effects.profile,
                contract: &contract,
                logs: &scope.effects.logs,
                failure: failure.as_ref().map(|failure| &failure.kind),
            });
        }
        total.merge(std::mem::take(&mut scope.effects), contract, failure);
        if total.result.is_err() {
            break;
        }
    }
    let account = scope.account;
    Ok((total, account))
}

fn run_action(
    scope: &mut Scope<'_, '_>,
    step: Step<'_>,
) -> Result<Result<(), ActionErrorKind>, StateError> {
    match execute_action(scope, step) {
        Ok(()) => {}
        Err(Stop::Failed(kind)) => return Ok(Err(kind)),
        Err(Stop::State(error)) => return Err(error),
    }
    let invalid = scope
        .effects
        .new_receipts
        .iter()
        .find_map(|made| check_new_receipt(&scope.block.protocol, made).err());
    Ok(match invalid {
        Some(error) => Err(ActionErrorKind::NewReceiptValidationError(error)),
        None => Ok(()),
    })
}

/// Writes the account back, unless its balance does not cover its storage.
fn write_account(
    run: &mut BlockRun<'_, '_>,
    account_id: &AccountId,
    account: Option<&Account>,
    effects: &mut ReceiptEffects,
) {
    let (Ok(_), Some(account)) = (&effects.result, account) else { return };
    let config = &run.block.protocol.config;
    match missing_storage_stake(config, account, account.amount()) {
        None => run.overlay.set_account(account_id, account),
        Some(amount) => {
            let account_id = account_id.clone();
            effects.fail(ActionErrorKind::LackBalanceForState { account_id, amount }.into());
        }
    }
}

/// Pays a part of what contracts burn to the account they run on, whether or not the call failed.
/// Returns the reward, yoctoNEAR; a reward that the account cannot hold is burnt.
fn pay_reward(
    run: &mut BlockRun<'_, '_>,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &ReceiptEffects,
) -> Result<Balance, StateError> {
    let (block, account_id) = (run.block, receipt.receiver_id());
    let price = reward_price(&block.protocol, block.gas_price, action_receipt.gas_price());
    let share = block.protocol.config.fees.burnt_gas_reward;
    let (part, whole) =
        (u128::from(share.numer().unsigned_abs()), u128::from(share.denom().unsigned_abs()));
    let gas = u128::from(effects.gas.burnt_by_contract.as_gas())
        .saturating_mul(part)
        .checked_div(whole)
        .and_then(|gas| u64::try_from(gas).ok());
    let reward = gas.and_then(|gas| gas_price_of(Gas::from_gas(gas), price).ok());
    let Some(reward) = reward.filter(|reward| !reward.is_zero()) else {
        return Ok(Balance::ZERO);
    };
    let Some(mut account) = run.overlay.account(account_id)? else {
        return Ok(Balance::ZERO);
    };
    let Ok(amount) = credited(account_id, account.amount(), reward) else {
        return Ok(Balance::ZERO);
    };
    account.set_amount(amount);
    run.overlay.set_account(account_id, &account);
    Ok(reward)
}

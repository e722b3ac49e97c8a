//! The end of a receipt: its result, the receipts it sends, its outcome.

use crate::block_run::BlockRun;
use crate::contract::profile;
use crate::effects::ReceiptEffects;
use crate::state::StateError;
use near_primitives::account::AccountContract;
use near_primitives::errors::{ActionError, TxExecutionError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    DataReceipt, DataReceiver, Receipt, ReceiptEnum, ReceiptV0, VersionedActionReceipt,
};
use near_primitives::transaction::{
    ExecutionMetadata, ExecutionMetadataV4, ExecutionOutcome, ExecutionOutcomeWithId,
    ExecutionStatus,
};
use near_primitives::types::{AccountId, Balance};
use near_primitives::utils::create_receipt_id_from_receipt_id;
use near_primitives::version::ProtocolFeature;
use near_vm_runner::logic::ReturnData;

/// Hands on the result, sends the new receipts, and records the outcome.
pub(super) fn send(
    run: &mut BlockRun<'_, '_>,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    mut effects: ReceiptEffects,
    tokens_burnt: Balance,
) -> Result<(), StateError> {
    hand_on_result(&mut effects, receipt.receiver_id(), action_receipt.output_data_receivers())?;
    let height = run.block.height;
    let id_of = |nth: usize| create_receipt_id_from_receipt_id(receipt.receipt_id(), height, nth);
    let receipt_ids = send_receipts(run, std::mem::take(&mut effects.new_receipts), id_of);

    let gas = effects.gas;
    let metadata = metadata(run, &mut effects, action_receipt.actions().len());
    run.proposals.append(&mut effects.proposals);
    run.gas_burnt = run.gas_burnt.saturating_add(gas.burnt);
    run.compute = run.compute.saturating_add(gas.compute);
    run.outcomes.push(ExecutionOutcomeWithId {
        id: *receipt.receipt_id(),
        outcome: ExecutionOutcome {
            logs: effects.logs,
            receipt_ids,
            gas_burnt: gas.burnt,
            compute_usage: Some(gas.compute),
            tokens_burnt,
            executor_id: receipt.receiver_id().clone(),
            status: status(effects.result, id_of),
            metadata,
        },
    });
    Ok(())
}

/// Hands the result to the receipts that wait for it: as data now, or by way of the receipt that this
/// one returned.
fn hand_on_result(
    effects: &mut ReceiptEffects,
    account_id: &AccountId,
    receivers: &[DataReceiver],
) -> Result<(), StateError> {
    if receivers.is_empty() {
        return Ok(());
    }
    let data = match &effects.result {
        Ok(ReturnData::ReceiptIndex(index)) => {
            let made = usize::try_from(*index).ok().and_then(|i| effects.new_receipts.get_mut(i));
            let missing =
                || StateError::Corrupt { what: "the receipt that a call ends in".to_owned() };
            let waiting = output_receivers(made.ok_or_else(missing)?).ok_or_else(missing)?;
            waiting.extend_from_slice(receivers);
            return Ok(());
        }
        Ok(ReturnData::Value(value)) => Some(value.clone()),
        Ok(ReturnData::None) => Some(Vec::new()),
        Err(_) => None,
    };
    effects.new_receipts.extend(receivers.iter().map(|receiver| {
        Receipt::V0(ReceiptV0 {
            predecessor_id: account_id.clone(),
            receiver_id: receiver.receiver_id.clone(),
            receipt_id: CryptoHash::default(),
            receipt: ReceiptEnum::Data(DataReceipt {
                data_id: receiver.data_id,
                data: data.clone(),
            }),
        })
    }));
    Ok(())
}

fn output_receivers(receipt: &mut Receipt) -> Option<&mut Vec<DataReceiver>> {
    match receipt.receipt_mut() {
        ReceiptEnum::Action(action) | ReceiptEnum::PromiseYield(action) => {
            Some(&mut action.output_data_receivers)
        }
        ReceiptEnum::ActionV2(action) | ReceiptEnum::PromiseYieldV2(action) => {
            Some(&mut action.output_data_receivers)
        }
        ReceiptEnum::Data(_)
        | ReceiptEnum::PromiseResume(_)
        | ReceiptEnum::GlobalContractDistribution(_) => None,
    }
}

/// Gives the receipts their ids and sends them. Returns the ids that outcomes list: those of action receipts.
fn send_receipts(
    run: &mut BlockRun<'_, '_>,
    receipts: Vec<Receipt>,
    id_of: impl Fn(usize) -> CryptoHash,
) -> Vec<CryptoHash> {
    let mut listed = Vec::with_capacity(receipts.len());
    for (nth, mut made) in receipts.into_iter().enumerate() {
        let id = id_of(nth);
        made.set_receipt_id(id);
        if output_receivers(&mut made).is_some() {
            listed.push(id);
        }
        if made.is_instant_receipt() {
            run.instant.push_back(made);
        } else {
            run.outgoing.push(made);
        }
    }
    listed
}

fn status(
    result: Result<ReturnData, ActionError>,
    id_of: impl Fn(usize) -> CryptoHash,
) -> ExecutionStatus {
    match result {
        Ok(ReturnData::ReceiptIndex(index)) => {
            ExecutionStatus::SuccessReceiptId(id_of(usize::try_from(index).unwrap_or(usize::MAX)))
        }
        Ok(ReturnData::Value(value)) => ExecutionStatus::SuccessValue(value),
        Ok(ReturnData::None) => ExecutionStatus::SuccessValue(Vec::new()),
        Err(error) => ExecutionStatus::Failure(TxExecutionError::ActionError(error)),
    }
}

fn metadata(
    run: &BlockRun<'_, '_>,
    effects: &mut ReceiptEffects,
    actions: usize,
) -> ExecutionMetadata {
    let profile = profile(std::mem::take(&mut effects.profile));
    if !run.block.protocol.has(ProtocolFeature::ExecutionMetadataV4) {
        return ExecutionMetadata::V3(Box::new(profile));
    }
    let mut contracts = std::mem::take(&mut effects.contracts);
    // Actions that did not run have no contract.
    contracts.resize(actions, AccountContract::None);
    ExecutionMetadata::V4(Box::new(ExecutionMetadataV4 { profile, contracts }))
}

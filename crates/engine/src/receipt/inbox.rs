//! Arriving receipts: data is stored until a receipt needs it, receipts are postponed until their
//! data has come.

use super::execute;
use super::postponed::{count_key, postponed_key, postponed_rows, received_key, waiting_key};
use crate::actions::store_distributed;
use crate::block_run::BlockRun;
use crate::contract::{take_yield, yield_status, yielded_row};
use crate::overlay::Overlay;
use crate::state::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    DataReceipt, Receipt, ReceivedData, VersionedActionReceipt, VersionedReceiptEnum,
};
use near_primitives::types::{PromiseYieldStatus, StateChangeCause};

/// Processes `receipt` and the instant receipts that it makes. Returns those.
pub(crate) fn process(
    run: &mut BlockRun<'_, '_>,
    receipt: &Receipt,
) -> Result<Vec<Receipt>, StateError> {
    process_one(run, receipt)?;
    let mut instant = Vec::new();
    while let Some(next) = run.instant.pop_front() {
        process_one(run, &next)?;
        instant.push(next);
    }
    Ok(instant)
}

fn process_one(run: &mut BlockRun<'_, '_>, receipt: &Receipt) -> Result<(), StateError> {
    let ready = match receipt.versioned_receipt() {
        VersionedReceiptEnum::Action(action) => {
            match postpone(&mut run.overlay, receipt, &action)? {
                true => None,
                false => return execute::execute(run, receipt),
            }
        }
        VersionedReceiptEnum::Data(data) => receive(&mut run.overlay, receipt, &data)?,
        VersionedReceiptEnum::PromiseYield(action) => {
            let data_id = action.input_data_ids().first().copied().unwrap_or_default();
            let (key, value) = yielded_row(receipt, data_id);
            run.overlay.set(key, value);
            None
        }
        VersionedReceiptEnum::PromiseResume(data) => {
            match resume(&mut run.overlay, receipt, &data)? {
                Some(yielded) => Some(yielded),
                None => return Ok(()),
            }
        }
        VersionedReceiptEnum::GlobalContractDistribution(distribution) => {
            let compute = store_distributed(&mut run.overlay, run.block, receipt, &distribution)?;
            run.compute = run.compute.saturating_add(compute);
            return Ok(());
        }
    };
    match ready {
        Some(ready) => execute::execute(run, &ready),
        None => {
            let receipt_hash = receipt.get_hash();
            run.overlay.commit(&StateChangeCause::PostponedReceipt { receipt_hash });
            Ok(())
        }
    }
}

/// Postpones the receipt if some of its data is missing. Returns whether it did.
fn postpone(
    overlay: &mut Overlay<'_>,
    receipt: &Receipt,
    action: &VersionedActionReceipt<'_>,
) -> Result<bool, StateError> {
    let receiver_id = receipt.receiver_id();
    let mut missing = Vec::new();
    for &data_id in action.input_data_ids() {
        if !overlay.contains(&received_key(receiver_id, data_id))? {
            missing.push(data_id);
        }
    }
    for (key, value) in postponed_rows(receipt, &missing) {
        overlay.set(key, value);
    }
    Ok(!missing.is_empty())
}

/// Stores data. Returns the receipt that waited only for this.
fn receive(
    overlay: &mut Overlay<'_>,
    receipt: &Receipt,
    data: &DataReceipt,
) -> Result<Option<Receipt>, StateError> {
    let receiver_id = receipt.receiver_id();
    let received = ReceivedData { data: data.data.clone() };
    overlay.write(received_key(receiver_id, data.data_id), &received);
    let waiting = waiting_key(receiver_id, data.data_id);
    let Some(receipt_id) = overlay.read::<CryptoHash>(&waiting)? else { return Ok(None) };
    overlay.remove(waiting);
    let (count, postponed) =
        (count_key(receiver_id, receipt_id), postponed_key(receiver_id, receipt_id));
    // A genesis can give two receipts one id; then there is nothing left for the second.
    let Some(missing) = overlay.read::<u32>(&count)? else { return Ok(None) };
    if missing > 1 {
        overlay.write(count, &missing.saturating_sub(1));
        return Ok(None);
    }
    overlay.remove(count);
    let ready = overlay.read(&postponed)?;
    overlay.remove(postponed);
    Ok(ready)
}

/// Resumes the receipt that yielded for the data. `None` when nothing waits for it any more.
fn resume(
    overlay: &mut Overlay<'_>,
    receipt: &Receipt,
    data: &DataReceipt,
) -> Result<Option<Receipt>, StateError> {
    let receiver_id = receipt.receiver_id();
    let timed_out = data.data.is_none();
    if timed_out {
        let status = yield_status(overlay, receiver_id, data.data_id)?;
        // Data is on its way: it came first.
        if status == Some(PromiseYieldStatus::ResumeInitiated) {
            return Ok(None);
        }
    }
    let Some(yielded) = take_yield(overlay, receiver_id, data.data_id)? else { return Ok(None) };
    let received = ReceivedData { data: data.data.clone() };
    overlay.write(received_key(receiver_id, data.data_id), &received);
    Ok(Some(yielded))
}

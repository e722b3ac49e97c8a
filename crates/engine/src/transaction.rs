//! Transactions of a block, turned into receipts: the charge, the nonce, the outcome.

use crate::admit::{Admission, Admit, Terms};
use crate::authorize::{Charges, KeyCharge, Verdict};
use crate::receipt::Running;
use crate::state::StateError;
use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::{
    ExecutionMetadata, ExecutionOutcome, ExecutionOutcomeWithId, ExecutionStatus, SignedTransaction,
};
use near_primitives::types::{AccountId, StateChangeCause};
use near_primitives::utils::create_receipt_id_from_transaction;

/// Charges for `tx`, as `admit` allows, and returns its receipt; `None` where the block cannot run it.
pub(crate) fn convert(
    running: &mut Running<'_, '_>,
    tx: &SignedTransaction,
    admit: Admit,
) -> Result<Option<Receipt>, StateError> {
    let block = running.block;
    let (protocol, gas_price, height) = (&block.protocol, block.gas_price, Some(block.height));
    let terms = Terms { protocol, gas_price, height };
    let admission = match admit(&running.overlay, &terms, &tx.transaction)? {
        Ok(admission) => admission,
        Err(refusal) => {
            running.outcomes.push(ExecutionOutcomeWithId::failed(tx, in_a_block(refusal)));
            return Ok(None);
        }
    };
    let Admission { cost, account, access_key, verdict } = admission;
    let (charges, outcome, receipt) = match verdict {
        Verdict::Refused(refusal) => {
            running.outcomes.push(ExecutionOutcomeWithId::failed(tx, refusal));
            return Ok(None);
        }
        Verdict::DepositFailed { charges, refusal } => {
            let (gas, burnt) = (cost.gas_burnt, cost.burnt_amount);
            let outcome = ExecutionOutcomeWithId::failed_with_gas_burnt(tx, refusal, gas, burnt);
            (charges, outcome, None)
        }
        Verdict::Accepted(charges) => {
            let receipt = Receipt::from_tx(
                create_receipt_id_from_transaction(tx.hash(), block.height),
                tx.transaction.signer_id().clone(),
                tx.transaction.receiver_id().clone(),
                tx.transaction.public_key().clone(),
                cost.receipt_gas_price,
                tx.transaction.actions().to_vec(),
            );
            (charges, accepted(tx, &receipt, &cost), Some(receipt))
        }
    };
    running.gas_burnt = running.gas_burnt.saturating_add(outcome.outcome.gas_burnt);
    running.compute = running.compute.saturating_add(outcome.outcome.gas_burnt.as_gas());
    running.balance.burn(outcome.outcome.tokens_burnt);
    running.outcomes.push(outcome);
    write(running, tx, charges, account, access_key)?;
    Ok(receipt)
}

/// The outcome of a transaction that became `receipt`.
fn accepted(
    tx: &SignedTransaction,
    receipt: &Receipt,
    cost: &crate::cost::Cost,
) -> ExecutionOutcomeWithId {
    ExecutionOutcomeWithId {
        id: tx.get_hash(),
        outcome: ExecutionOutcome {
            status: ExecutionStatus::SuccessReceiptId(*receipt.receipt_id()),
            logs: Vec::new(),
            receipt_ids: vec![*receipt.receipt_id()],
            gas_burnt: cost.gas_burnt,
            compute_usage: Some(cost.gas_burnt.as_gas()),
            tokens_burnt: cost.burnt_amount,
            executor_id: tx.transaction.signer_id().clone(),
            metadata: ExecutionMetadata::V1,
        },
    }
}

/// Inside a block a missing signer has another name than at the door.
fn in_a_block(refusal: InvalidTxError) -> InvalidTxError {
    match refusal {
        InvalidTxError::SignerDoesNotExist { signer_id } => {
            InvalidTxError::InvalidSignerId { signer_id: signer_id.to_string() }
        }
        other => other,
    }
}

fn write(
    running: &mut Running<'_, '_>,
    tx: &SignedTransaction,
    charges: Charges,
    mut account: Account,
    access_key: Option<AccessKey>,
) -> Result<(), StateError> {
    let (signer_id, public_key) = (tx.transaction.signer_id(), tx.transaction.public_key());
    account.set_amount(charges.account_amount);
    if let Some(access_key) = access_key {
        write_key(running, signer_id, public_key, access_key, &charges.key);
    }
    if let KeyCharge::Bootstrap { nonce } = charges.key {
        account.set_bootstrap_nonce(nonce).expect("only an uninitialized account bootstraps");
    }
    running.overlay.set_account(signer_id, &account);
    let tx_hash = tx.get_hash();
    running.overlay.commit(&StateChangeCause::TransactionProcessing { tx_hash });
    Ok(())
}

fn write_key(
    running: &mut Running<'_, '_>,
    signer_id: &AccountId,
    public_key: &PublicKey,
    mut access_key: AccessKey,
    charge: &KeyCharge,
) {
    match charge {
        KeyCharge::Ordinary { nonce, allowance } => {
            access_key.nonce = *nonce;
            if let (Some(left), Some(call)) =
                (allowance, access_key.permission.function_call_permission_mut())
            {
                call.allowance = Some(*left);
            }
        }
        KeyCharge::GasKey { balance, nonce_index, nonce } => {
            if let Some(info) = access_key.gas_key_info_mut() {
                info.balance = *balance;
            }
            running.overlay.set_gas_key_nonce(signer_id, public_key, *nonce_index, *nonce);
        }
        KeyCharge::Bootstrap { .. } => {}
    }
    running.overlay.set_access_key(signer_id, public_key, &access_key);
}

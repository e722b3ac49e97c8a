//! Turns the transactions of a block into receipts: charges, nonces, outcomes.

use crate::admit::{Authority, LoadedSigner};
use crate::block_run::BlockRun;
use crate::state::StateError;
use keyway_rules::{Charges, Cost, KeyCharge, Verdict, judge};
use near_primitives::errors::InvalidTxError;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::{
    ExecutionMetadata, ExecutionOutcome, ExecutionOutcomeWithId, ExecutionStatus, SignedTransaction,
};
use near_primitives::types::StateChangeCause;
use near_primitives::utils::create_receipt_id_from_transaction;

/// How a block treats a refused transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnRefusal {
    /// It stays, with an outcome that says so: as nearcore applies a chunk.
    #[default]
    Keep,
    /// It is left out, without a trace.
    LeaveOut,
    /// It is left out, and so are the later ones of its signer: none overtakes it.
    LeaveOutSigner,
}

/// Charges for `tx` and returns its receipt; none when it stays although its deposit fails. The inner
/// error is the first rule that it breaks: nothing has changed then.
pub(crate) fn convert(
    run: &mut BlockRun<'_, '_>,
    tx: &SignedTransaction,
    authority: Authority,
    on_refusal: OnRefusal,
) -> Result<Result<Option<Receipt>, InvalidTxError>, StateError> {
    let block = run.block;
    let signer = LoadedSigner::load(&run.overlay, &tx.transaction, authority)?;
    let facts = signer.facts(&block.protocol, block.gas_price, Some(block.height));
    let (charges, outcome, receipt) = match judge(&facts, &tx.transaction) {
        Verdict::Refused(refusal) => return Ok(Err(refusal)),
        Verdict::DepositFailed { refusal, .. } if on_refusal != OnRefusal::Keep => {
            return Ok(Err(refusal));
        }
        Verdict::DepositFailed { charges, refusal } => {
            let (gas, burnt) = (charges.cost.gas_burnt, charges.cost.burnt);
            let outcome = ExecutionOutcomeWithId::failed_with_gas_burnt(tx, refusal, gas, burnt);
            (charges, outcome, None)
        }
        Verdict::Accepted(charges) => {
            let receipt = Receipt::from_tx(
                create_receipt_id_from_transaction(tx.hash(), block.height),
                tx.transaction.signer_id().clone(),
                tx.transaction.receiver_id().clone(),
                tx.transaction.public_key().clone(),
                charges.cost.purchase_price,
                tx.transaction.actions().to_vec(),
            );
            let outcome = accepted(tx, &receipt, &charges.cost);
            (charges, outcome, Some(receipt))
        }
    };
    run.gas_burnt = run.gas_burnt.saturating_add(outcome.outcome.gas_burnt);
    run.compute = run.compute.saturating_add(outcome.outcome.gas_burnt.as_gas());
    run.balance.burn(outcome.outcome.tokens_burnt);
    if let Some(recorder) = run.overlay.recorder() {
        recorder.end(&outcome, None);
    }
    run.outcomes.push(outcome);
    write(run, tx, &charges, signer, authority);
    Ok(Ok(receipt))
}

/// Puts the outcome of a refused transaction into the block.
pub(crate) fn refuse(run: &mut BlockRun<'_, '_>, tx: &SignedTransaction, refusal: InvalidTxError) {
    let outcome = ExecutionOutcomeWithId::failed(tx, in_a_block(refusal));
    if let Some(recorder) = run.overlay.recorder() {
        recorder.end(&outcome, None);
    }
    run.outcomes.push(outcome);
}

/// The outcome of a transaction that became `receipt`.
fn accepted(tx: &SignedTransaction, receipt: &Receipt, cost: &Cost) -> ExecutionOutcomeWithId {
    ExecutionOutcomeWithId {
        id: tx.get_hash(),
        outcome: ExecutionOutcome {
            status: ExecutionStatus::SuccessReceiptId(*receipt.receipt_id()),
            logs: Vec::new(),
            receipt_ids: vec![*receipt.receipt_id()],
            gas_burnt: cost.gas_burnt,
            compute_usage: Some(cost.gas_burnt.as_gas()),
            tokens_burnt: cost.burnt,
            executor_id: tx.transaction.signer_id().clone(),
            metadata: ExecutionMetadata::V1,
        },
    }
}

/// Inside a block nearcore has another name for a missing signer than before it.
fn in_a_block(refusal: InvalidTxError) -> InvalidTxError {
    match refusal {
        InvalidTxError::SignerDoesNotExist { signer_id } => {
            InvalidTxError::InvalidSignerId { signer_id: signer_id.to_string() }
        }
        other => other,
    }
}

/// Writes the account and the key as they are after the charges.
fn write(
    run: &mut BlockRun<'_, '_>,
    tx: &SignedTransaction,
    charges: &Charges,
    signer: LoadedSigner,
    authority: Authority,
) {
    let (signer_id, public_key) = (tx.transaction.signer_id(), tx.transaction.public_key());
    let mut account = signer.account.expect("a transaction without an account is refused");
    account.set_amount(charges.account_amount);
    if let (Authority::Key, Some(mut access_key)) = (authority, signer.access_key) {
        charges.key.apply(&mut access_key);
        if let KeyCharge::GasKey { nonce_index, nonce, .. } = charges.key {
            run.overlay.set_gas_key_nonce(signer_id, public_key, nonce_index, nonce);
        }
        run.overlay.set_access_key(signer_id, public_key, &access_key);
    }
    if let KeyCharge::Bootstrap { nonce } = charges.key {
        account.set_bootstrap_nonce(nonce).expect("only an uninitialized account bootstraps");
    }
    run.overlay.set_account(signer_id, &account);
    let tx_hash = tx.get_hash();
    run.overlay.commit(&StateChangeCause::TransactionProcessing { tx_hash });
}

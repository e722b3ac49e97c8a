//! The form of transactions and receipts: everything that can be checked without facts.
//!
//! Source: nearcore `runtime/runtime/src/action_validation.rs` and `verifier.rs`.

mod actions;
mod state_init;

use crate::protocol::Protocol;
use crate::rule::{Entry, Rule, RuleResult};
use actions::check_actions;
use near_parameters::vm::LimitConfig;
use near_primitives::errors::{InvalidTxError, ReceiptValidationError};
use near_primitives::receipt::{
    DataReceipt, Receipt, VersionedActionReceipt, VersionedReceiptEnum,
};
use near_primitives::transaction::{SignedTransaction, ValidatedTransaction};
use near_primitives::types::AccountId;

/// Checks a transaction's actions, version, size and signature, in that order.
///
/// # Errors
/// The first rule broken.
pub fn check_form(protocol: &Protocol, tx: &SignedTransaction) -> Result<(), InvalidTxError> {
    check_form_unsigned(protocol, tx)?;
    (SIGNATURE.check)(protocol, tx)
}

/// As [`check_form`], without the signature: it is checked elsewhere, or missing.
///
/// # Errors
/// The first rule broken.
pub fn check_form_unsigned(
    protocol: &Protocol,
    tx: &SignedTransaction,
) -> Result<(), InvalidTxError> {
    FORM.iter().try_for_each(|entry| (entry.check)(protocol, tx))
}

/// A rule that needs no state.
pub(crate) type FormCheck = fn(&Protocol, &SignedTransaction) -> RuleResult;

/// The rules about what is signed.
pub(crate) const FORM: [Entry<FormCheck>; 3] = [
    Entry::new(Rule::Actions, check_transaction_actions),
    Entry::new(Rule::Version, |protocol, tx| match check_envelope(protocol, tx) {
        Err(InvalidTxError::TransactionSizeExceeded { .. }) => Ok(()),
        other => other,
    }),
    Entry::after(Rule::Version, Rule::Size, check_envelope),
];

/// The rule that follows them.
pub(crate) const SIGNATURE: Entry<FormCheck> = Entry::new(Rule::Signature, check_signature);

fn check_transaction_actions(protocol: &Protocol, tx: &SignedTransaction) -> RuleResult {
    check_actions(protocol, tx.transaction.actions(), tx.transaction.receiver_id())
        .map(drop)
        .map_err(InvalidTxError::ActionsValidation)
}

/// Version first, then size.
fn check_envelope(protocol: &Protocol, tx: &SignedTransaction) -> RuleResult {
    ValidatedTransaction::check_valid_for_config(&protocol.config, tx, protocol.version)
}

fn check_signature(_: &Protocol, tx: &SignedTransaction) -> RuleResult {
    match tx.signature.verify(tx.get_hash().as_ref(), tx.transaction.public_key()) {
        true => Ok(()),
        false => Err(InvalidTxError::InvalidSignature),
    }
}

/// Checks the form of a receipt that a contract or an action has just made.
///
/// # Errors
/// The first rule broken.
pub fn check_new_receipt(
    protocol: &Protocol,
    receipt: &Receipt,
) -> Result<(), ReceiptValidationError> {
    let limits = &protocol.config.wasm_config.limit_config;
    check_receipt_size(limits, receipt)?;
    check_account_id(receipt.receiver_id(), |account_id| {
        ReceiptValidationError::InvalidReceiverId { account_id }
    })?;
    match receipt.versioned_receipt() {
        VersionedReceiptEnum::Action(action) | VersionedReceiptEnum::PromiseYield(action) => {
            check_action_receipt(protocol, &action, receipt.receiver_id())
        }
        VersionedReceiptEnum::Data(data) | VersionedReceiptEnum::PromiseResume(data) => {
            check_data(limits, &data)
        }
        VersionedReceiptEnum::GlobalContractDistribution(_) => Ok(()),
    }
}

fn check_receipt_size(
    limits: &LimitConfig,
    receipt: &Receipt,
) -> Result<(), ReceiptValidationError> {
    let limit = limits.max_receipt_size;
    // If the length cannot be computed, the receipt is larger than any limit.
    let size = borsh::object_length(receipt).map_or(u64::MAX, |size| size as u64);
    if size > limit {
        return Err(ReceiptValidationError::ReceiptSizeExceeded { size, limit });
    }
    Ok(())
}

fn check_action_receipt(
    protocol: &Protocol,
    receipt: &VersionedActionReceipt<'_>,
    receiver_id: &AccountId,
) -> Result<(), ReceiptValidationError> {
    let limit = protocol.config.wasm_config.limit_config.max_number_input_data_dependencies;
    let inputs = receipt.input_data_ids().len() as u64;
    if inputs > limit {
        return Err(ReceiptValidationError::NumberInputDataDependenciesExceeded {
            number_of_input_data_dependencies: inputs,
            limit,
        });
    }
    if let Some(refund_to) = receipt.refund_to() {
        check_account_id(refund_to, |account_id| ReceiptValidationError::InvalidRefundTo {
            account_id,
        })?;
    }
    check_actions(protocol, receipt.actions(), receiver_id)
        .map(drop)
        .map_err(ReceiptValidationError::ActionsValidation)
}

fn check_data(limits: &LimitConfig, data: &DataReceipt) -> Result<(), ReceiptValidationError> {
    let length = data.data.as_ref().map_or(0, Vec::len) as u64;
    let limit = limits.max_length_returned_data;
    if length > limit {
        return Err(ReceiptValidationError::ReturnedValueLengthExceeded { length, limit });
    }
    Ok(())
}

/// The VM creates ids without parsing them, so they are checked here.
fn check_account_id<E>(id: &AccountId, invalid: impl FnOnce(String) -> E) -> Result<(), E> {
    AccountId::validate(id.as_str()).map_err(|_| invalid(id.to_string()))
}

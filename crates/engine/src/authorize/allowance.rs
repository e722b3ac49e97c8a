//! Allowance: what a function-call key may still spend on gas, at the price gas is bought at.

use crate::cost::Cost;
use near_primitives::account::AccessKey;
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::Transaction;
use near_primitives::types::Balance;

/// The allowance after paying for `tx`, yoctoNEAR; `None` where the key has no limit.
///
/// The whole prepaid cost counts; what is not burnt comes back by the gas refund.
pub(crate) fn spend(
    access_key: &AccessKey,
    tx: &Transaction,
    cost: &Cost,
) -> Result<Option<Balance>, InvalidTxError> {
    let limit = access_key.permission.function_call_permission().and_then(|call| call.allowance);
    let Some(allowance) = limit else { return Ok(None) };
    let rest = allowance.checked_sub(cost.total_cost).ok_or_else(|| {
        InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance {
            account_id: tx.signer_id().clone(),
            public_key: Box::new(tx.public_key().clone()),
            allowance,
            cost: cost.total_cost,
        })
    })?;
    Ok(Some(rest))
}

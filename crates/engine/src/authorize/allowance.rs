//! Allowance: what a function-call key may still spend on gas, at the price gas is bought at.

use super::Case;
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::types::Balance;

/// The allowance after paying for the transaction, yoctoNEAR; `None` where the key has no limit.
///
/// The whole prepaid cost counts; what is not burnt comes back by the gas refund.
pub(crate) fn spend(case: &Case<'_>) -> Result<Option<Balance>, InvalidTxError> {
    let permission = &case.signer.access_key.permission;
    let limit = permission.function_call_permission().and_then(|call| call.allowance);
    let Some(allowance) = limit else { return Ok(None) };
    let cost = case.cost.total_cost;
    let rest = allowance.checked_sub(cost).ok_or_else(|| {
        InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance {
            account_id: case.tx.signer_id().clone(),
            public_key: Box::new(case.tx.public_key().clone()),
            allowance,
            cost,
        })
    })?;
    Ok(Some(rest))
}

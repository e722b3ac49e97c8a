//! The allowance: what a function-call key may still spend on gas, at the purchase price of gas.

use super::case::Case;
use crate::verdict::Shortfall;
use near_primitives::account::AccessKeyPermission;
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::types::Balance;

/// The allowance after paying for the transaction, yoctoNEAR; `None` if the key has no limit.
///
/// The whole prepaid cost is charged; a refund returns what is not burnt.
pub(super) fn spend(case: &Case<'_>) -> Result<Option<Balance>, InvalidTxError> {
    check_allowance(&case.access_key.permission, case.cost.total).map_err(|short| {
        InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance {
            account_id: case.tx.signer_id().clone(),
            public_key: Box::new(case.tx.public_key().clone()),
            allowance: short.had,
            cost: short.needed,
        })
    })
}

/// What is left of the allowance of a key with `permission` after it pays `cost`, both yoctoNEAR;
/// `None` if the key has no limit.
///
/// # Errors
/// [`Shortfall`] when the allowance is smaller than the cost.
pub fn check_allowance(
    permission: &AccessKeyPermission,
    cost: Balance,
) -> Result<Option<Balance>, Shortfall> {
    let limit = permission.function_call_permission().and_then(|call| call.allowance);
    let Some(had) = limit else { return Ok(None) };
    had.checked_sub(cost).map(Some).ok_or(Shortfall { had, needed: cost })
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::account::FunctionCallPermission;

    #[test]
    fn an_allowance_pays_exactly_what_it_holds() {
        let near = Balance::from_near;
        let key = |allowance| {
            AccessKeyPermission::FunctionCall(FunctionCallPermission {
                allowance,
                receiver_id: "game.near".to_owned(),
                method_names: Vec::new(),
            })
        };
        assert_eq!(check_allowance(&key(Some(near(3))), near(3)), Ok(Some(Balance::ZERO)));
        let short = Shortfall { had: near(2), needed: near(3) };
        assert_eq!(check_allowance(&key(Some(near(2))), near(3)), Err(short));
        assert_eq!(check_allowance(&key(None), Balance::MAX), Ok(None));
        assert_eq!(check_allowance(&AccessKeyPermission::FullAccess, Balance::MAX), Ok(None));
    }
}

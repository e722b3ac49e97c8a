//! Short transactions, which need no thread of their own.

use near_primitives::action::Action;

/// Whether a transaction with these actions is applied in some microseconds: it has few of them, and they run no
/// contract, compile none, and write few rows.
pub(crate) fn is_short(actions: &[Action]) -> bool {
    actions.len() <= SHORT_ACTIONS && actions.iter().all(is_short_action)
}

/// Whether it can turn out that a transaction with these actions was short: they may also be calls.
#[must_use]
pub fn may_be_short(actions: &[Action]) -> bool {
    let may_be = |action| is_short_action(action) || matches!(action, Action::FunctionCall(_));
    actions.len() <= SHORT_ACTIONS && actions.iter().all(may_be)
}

fn is_short_action(action: &Action) -> bool {
    match action {
        Action::CreateAccount(_)
        | Action::Transfer(_)
        | Action::Stake(_)
        | Action::TransferToGasKey(_)
        | Action::WithdrawFromGasKey(_) => true,
        // A gas key has up to 1,024 rows of nonces. Whether one is deleted is not known here.
        Action::AddKey(add) => add.access_key.gas_key_info().is_none(),
        _ => false,
    }
}

/// How many actions a short transaction has at most.
const SHORT_ACTIONS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use near_crypto::{KeyType, PublicKey};
    use near_primitives::account::AccessKey;
    use near_primitives::action::{
        AddKeyAction, DeployContractAction, FunctionCallAction, TransferAction,
    };
    use near_primitives::types::{Balance, Gas};

    fn transfer() -> Action {
        Action::Transfer(TransferAction { deposit: Balance::ZERO })
    }

    fn key(access_key: AccessKey) -> Action {
        let public_key = PublicKey::empty(KeyType::ED25519);
        Action::AddKey(Box::new(AddKeyAction { public_key, access_key }))
    }

    #[test]
    fn transfers_and_keys_are_short() {
        assert!(is_short(&[transfer(), key(AccessKey::full_access())]));
    }

    #[test]
    fn many_actions_are_not() {
        assert!(!may_be_short(&vec![transfer(); SHORT_ACTIONS + 1]));
    }

    #[test]
    fn contracts_and_gas_keys_are_not() {
        let call = FunctionCallAction {
            method_name: "main".to_owned(),
            args: Vec::new(),
            gas: Gas::from_teragas(1),
            deposit: Balance::ZERO,
        };
        let call = Action::FunctionCall(Box::new(call));
        assert!(!is_short(&[transfer(), call.clone()]));
        assert!(may_be_short(&[transfer(), call]));
        let code = b"\0asm\x01\0\0\0".to_vec();
        for long in [
            Action::DeployContract(DeployContractAction { code }),
            key(AccessKey::gas_key_full_access(1_024)),
        ] {
            assert!(!may_be_short(&[transfer(), long]));
        }
    }
}

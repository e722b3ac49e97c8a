//! Short transactions, which need no thread of their own.

use near_primitives::action::Action;

/// Whether a transaction with these actions is applied in some microseconds: it has few of them, and they run no
/// contract, compile none, and write few rows.
#[must_use]
pub fn is_short(actions: &[Action]) -> bool {
    let short = |action: &Action| match action {
        Action::CreateAccount(_)
        | Action::Transfer(_)
        | Action::Stake(_)
        | Action::TransferToGasKey(_)
        | Action::WithdrawFromGasKey(_) => true,
        // A gas key has up to 1,024 rows of nonces. Whether one is deleted is not known here.
        Action::AddKey(add) => add.access_key.gas_key_info().is_none(),
        _ => false,
    };
    actions.len() <= SHORT_ACTIONS && actions.iter().all(short)
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
        assert!(!is_short(&vec![transfer(); SHORT_ACTIONS + 1]));
    }

    #[test]
    fn contracts_and_gas_keys_are_not() {
        let call = FunctionCallAction {
            method_name: "main".to_owned(),
            args: Vec::new(),
            gas: Gas::from_teragas(1),
            deposit: Balance::ZERO,
        };
        let code = b"\0asm\x01\0\0\0".to_vec();
        for long in [
            Action::FunctionCall(Box::new(call)),
            Action::DeployContract(DeployContractAction { code }),
            key(AccessKey::gas_key_full_access(1_024)),
        ] {
            assert!(!is_short(&[transfer(), long]));
        }
    }
}

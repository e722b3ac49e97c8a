//! Actions in one line. Amounts are yoctoNEAR, keys are labels.

use crate::amount::yocto;
use crate::tx::{id, public, signer};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, FunctionCallPermission, GasKeyInfo,
};
use near_primitives::action::delegate::{
    DelegateAction, DelegateActionV2, NonDelegateAction, SignedDelegateAction,
    VersionedDelegateActionPayload, VersionedSignedDelegateAction,
};
use near_primitives::action::{
    Action, AddKeyAction, CreateAccountAction, DeleteAccountAction, DeleteKeyAction,
    DeployContractAction, DeployGlobalContractAction, DeterministicStateInitAction,
    FunctionCallAction, GlobalContractDeployMode, GlobalContractIdentifier, TransferAction,
    TransferToGasKeyAction, UniversalStateInitAction, UseGlobalContractAction,
    WithdrawFromGasKeyAction,
};
use near_primitives::deterministic_account_id::DeterministicAccountStateInit;
use near_primitives::transaction::TransactionNonce;
use near_primitives::types::{BlockHeight, Gas, Nonce};
use near_primitives_core::universal_state_init::RawStateInit;

/// `CreateAccount`.
#[must_use]
pub fn create() -> Action {
    Action::CreateAccount(CreateAccountAction {})
}

/// `Transfer`.
#[must_use]
pub fn transfer(amount: u128) -> Action {
    Action::Transfer(TransferAction { deposit: yocto(amount) })
}

/// `FunctionCall` of 20 Tgas, without arguments.
#[must_use]
pub fn call(method: &str, deposit: u128) -> Action {
    call_with(method, &[], 20, deposit)
}

/// `FunctionCall` with arguments and so many Tgas.
#[must_use]
pub fn call_with(method: &str, args: &[u8], tgas: u64, deposit: u128) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: args.to_vec(),
        gas: Gas::from_teragas(tgas),
        deposit: yocto(deposit),
    }))
}

/// `DeployContract`.
#[must_use]
pub fn deploy(code: &[u8]) -> Action {
    Action::DeployContract(DeployContractAction { code: code.to_vec() })
}

/// `AddKey`.
#[must_use]
pub fn add_key(key: &str, permission: AccessKeyPermission) -> Action {
    let access_key = AccessKey { nonce: 77, permission };
    Action::AddKey(Box::new(AddKeyAction { public_key: public(key), access_key }))
}

/// A permission for everything.
#[must_use]
pub fn full() -> AccessKeyPermission {
    AccessKeyPermission::FullAccess
}

/// A permission to call methods of `receiver`.
#[must_use]
pub fn calls(receiver: &str, methods: &[&str], allowance: Option<u128>) -> AccessKeyPermission {
    AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: allowance.map(yocto),
        receiver_id: receiver.to_owned(),
        method_names: methods.iter().map(|&name| name.to_owned()).collect(),
    })
}

/// The permission of a gas key with full access.
#[must_use]
pub fn gas_full(num_nonces: u16) -> AccessKeyPermission {
    AccessKeyPermission::GasKeyFullAccess(GasKeyInfo { balance: yocto(0), num_nonces })
}

/// The permission of a gas key that may call methods of `receiver`.
#[must_use]
pub fn gas_calls(num_nonces: u16, receiver: &str, methods: &[&str]) -> AccessKeyPermission {
    let AccessKeyPermission::FunctionCall(call) = calls(receiver, methods, None) else {
        unreachable!("calls() gives a call permission");
    };
    AccessKeyPermission::GasKeyFunctionCall(GasKeyInfo { balance: yocto(0), num_nonces }, call)
}

/// `DeleteKey`.
#[must_use]
pub fn delete_key(key: &str) -> Action {
    Action::DeleteKey(Box::new(DeleteKeyAction { public_key: public(key) }))
}

/// `DeleteAccount`.
#[must_use]
pub fn delete_account(beneficiary: &str) -> Action {
    Action::DeleteAccount(DeleteAccountAction { beneficiary_id: id(beneficiary) })
}

/// `TransferToGasKey`.
#[must_use]
pub fn fund(key: &str, amount: u128) -> Action {
    let action = TransferToGasKeyAction { public_key: public(key), deposit: yocto(amount) };
    Action::TransferToGasKey(Box::new(action))
}

/// `WithdrawFromGasKey`.
#[must_use]
pub fn withdraw(key: &str, amount: u128) -> Action {
    let action = WithdrawFromGasKeyAction { public_key: public(key), amount: yocto(amount) };
    Action::WithdrawFromGasKey(Box::new(action))
}

/// `DeployGlobalContract`.
#[must_use]
pub fn deploy_global(code: &[u8], deploy_mode: GlobalContractDeployMode) -> Action {
    Action::DeployGlobalContract(DeployGlobalContractAction { code: code.into(), deploy_mode })
}

/// `UseGlobalContract`.
#[must_use]
pub fn use_global(contract_identifier: GlobalContractIdentifier) -> Action {
    Action::UseGlobalContract(Box::new(UseGlobalContractAction { contract_identifier }))
}

/// `DeterministicStateInit`.
#[must_use]
pub fn deterministic(state_init: &DeterministicAccountStateInit, deposit: u128) -> Action {
    let state_init = state_init.clone();
    let action = DeterministicStateInitAction { state_init, deposit: yocto(deposit) };
    Action::DeterministicStateInit(Box::new(action))
}

/// `UniversalStateInit`.
#[must_use]
pub fn universal(state_init: &[u8], deposit: u128) -> Action {
    let state_init = RawStateInit(state_init.to_vec());
    Action::UniversalStateInit(Box::new(UniversalStateInitAction {
        state_init,
        deposit: yocto(deposit),
    }))
}

/// A delegate action to be signed; `key` signs in the name of `sender`.
#[derive(Clone, Debug)]
pub struct Delegation {
    /// Who acts.
    pub sender: String,
    /// Label of the key that signs.
    pub key: String,
    /// On whom the actions run.
    pub receiver: String,
    /// The actions.
    pub actions: Vec<Action>,
    /// The key's next nonce.
    pub nonce: Nonce,
    /// The last block that takes it.
    pub max_height: BlockHeight,
}

impl Delegation {
    /// `Delegate`, signed.
    #[must_use]
    pub fn v1(&self) -> Action {
        let delegate = DelegateAction {
            sender_id: id(&self.sender),
            receiver_id: id(&self.receiver),
            actions: self.inner(),
            nonce: self.nonce,
            max_block_height: self.max_height,
            public_key: public(&self.key),
        };
        SignedDelegateAction::sign(&signer(&self.key), delegate).into()
    }

    /// `DelegateV2`, signed, with the nonce of row `index` where one is given.
    #[must_use]
    pub fn v2(&self, index: Option<u16>) -> Action {
        let nonce = match index {
            Some(index) => TransactionNonce::from_nonce_and_index(self.nonce, index),
            None => TransactionNonce::from_nonce(self.nonce),
        };
        let payload: VersionedDelegateActionPayload = DelegateActionV2 {
            sender_id: id(&self.sender),
            receiver_id: id(&self.receiver),
            actions: self.inner(),
            nonce,
            max_block_height: self.max_height,
            public_key: public(&self.key),
        }
        .into();
        let signature = signer(&self.key).sign(payload.get_nep461_hash().as_ref());
        let signed = VersionedSignedDelegateAction { delegate_action: payload, signature };
        Action::DelegateV2(Box::new(signed))
    }

    fn inner(&self) -> Vec<NonDelegateAction> {
        let plain = |action: &Action| NonDelegateAction::try_from(action.clone());
        let inner: Result<_, _> = self.actions.iter().map(plain).collect();
        inner.expect("tests nest no delegates")
    }
}

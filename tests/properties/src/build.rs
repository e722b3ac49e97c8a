//! Plans, made into keys, actions and signed transactions against the state as it is.

use crate::driver::{self, METHODS};
use crate::keys;
use crate::plan::{ActionPlan, CallPlan, DelegatePlan, Flaw, PermissionPlan, TxPlan};
use keyway_state::{Trie, read};
use keyway_test_kit::{Draft, signed};
use near_crypto::{PublicKey, Signature};
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
    FunctionCallAction, GlobalContractDeployMode, GlobalContractIdentifier, StakeAction,
    TransferAction, TransferToGasKeyAction, UniversalStateInitAction, UseGlobalContractAction,
    WithdrawFromGasKeyAction,
};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::transaction::{NonceMode, SignedTransaction, TransactionNonce};
use near_primitives::types::{AccountId, Balance, BlockHeight, Gas, Nonce};

/// Where a transaction is built: the state that it will meet, and the block it will enter.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The state before the block.
    pub state: &'a Trie,
    /// The block's height.
    pub height: BlockHeight,
    /// The base block.
    pub base: CryptoHash,
}

/// The transaction that `plan` says, signed.
pub fn transaction(at: Moment<'_>, plan: &TxPlan) -> SignedTransaction {
    let signer_id = keys::account_id(plan.signer).clone();
    let public_key = keys::public(plan.signer, plan.slot).clone();
    let receiver_id = keys::account_id(plan.receiver).clone();
    let actions = plan.actions.iter().map(|action| at.action(plan.receiver, action)).collect();
    let block_hash = if plan.flaw == Flaw::Base { hash(b"nobody's") } else { at.base };
    let nonce = at.nonce(plan, &signer_id, &public_key);
    let nonce_mode = if plan.strict { NonceMode::Strict } else { NonceMode::Monotonic };
    let draft =
        Draft { signer_id, public_key, nonce, nonce_mode, receiver_id, block_hash, actions };
    let newer = plan.flaw == Flaw::Version;
    let unsigned = if newer { draft.transaction_v1() } else { draft.transaction() };
    let slot = if plan.flaw == Flaw::Signature { plan.slot + 1 } else { plan.slot };
    signed(unsigned, keys::secret(plan.signer, slot))
}

/// A permission as the state has it.
pub fn permission(plan: &PermissionPlan) -> AccessKeyPermission {
    match plan {
        PermissionPlan::Full => AccessKeyPermission::FullAccess,
        PermissionPlan::Call(call) => {
            AccessKeyPermission::FunctionCall(calls(call, call.allowance))
        }
        PermissionPlan::GasFull(gas) => AccessKeyPermission::GasKeyFullAccess(GasKeyInfo {
            balance: Balance::from_yoctonear(gas.balance),
            num_nonces: gas.rows,
        }),
        PermissionPlan::GasCall(gas, call) => AccessKeyPermission::GasKeyFunctionCall(
            GasKeyInfo { balance: Balance::from_yoctonear(gas.balance), num_nonces: gas.rows },
            calls(call, None),
        ),
    }
}

fn calls(plan: &CallPlan, allowance: Option<u128>) -> FunctionCallPermission {
    FunctionCallPermission {
        allowance: allowance.map(Balance::from_yoctonear),
        receiver_id: keys::account_id(plan.receiver).to_string(),
        method_names: plan.methods.iter().map(|&method| METHODS[method].to_owned()).collect(),
    }
}

impl Moment<'_> {
    /// The action that `plan` says, for a receipt that runs at account number `at`.
    pub fn action(self, receiver: usize, plan: &ActionPlan) -> Action {
        let yocto = Balance::from_yoctonear;
        let key = |slot: usize| keys::public(receiver, slot).clone();
        match plan {
            ActionPlan::Create => Action::CreateAccount(CreateAccountAction {}),
            ActionPlan::Deploy { works } => {
                let code = if *works { driver::CODE.to_vec() } else { b"no contract".to_vec() };
                Action::DeployContract(DeployContractAction { code })
            }
            ActionPlan::Call { method, program, tgas, deposit } => {
                Action::FunctionCall(Box::new(FunctionCallAction {
                    method_name: METHODS[*method].to_owned(),
                    args: driver::encode(program),
                    gas: Gas::from_teragas(u64::from(*tgas)),
                    deposit: yocto(*deposit),
                }))
            }
            ActionPlan::Transfer(deposit) => {
                Action::Transfer(TransferAction { deposit: yocto(*deposit) })
            }
            ActionPlan::Stake(stake) => {
                Action::Stake(Box::new(StakeAction { stake: yocto(*stake), public_key: key(0) }))
            }
            ActionPlan::AddKey(slot, plan) => Action::AddKey(Box::new(AddKeyAction {
                public_key: key(*slot),
                access_key: AccessKey { nonce: 7, permission: unfunded(permission(plan)) },
            })),
            ActionPlan::DeleteKey(slot) => {
                Action::DeleteKey(Box::new(DeleteKeyAction { public_key: key(*slot) }))
            }
            ActionPlan::Delete(heir) => Action::DeleteAccount(DeleteAccountAction {
                beneficiary_id: keys::account_id(*heir).clone(),
            }),
            ActionPlan::Fund(slot, deposit) => {
                Action::TransferToGasKey(Box::new(TransferToGasKeyAction {
                    public_key: key(*slot),
                    deposit: yocto(*deposit),
                }))
            }
            ActionPlan::Withdraw(slot, amount) => {
                Action::WithdrawFromGasKey(Box::new(WithdrawFromGasKeyAction {
                    public_key: key(*slot),
                    amount: yocto(*amount),
                }))
            }
            ActionPlan::Delegate(plan) => self.delegate(receiver, plan),
            other => contract_action(other),
        }
    }

    fn delegate(self, sender: usize, plan: &DelegatePlan) -> Action {
        let sender_id = keys::account_id(sender).clone();
        let public_key = keys::public(sender, plan.slot).clone();
        let receiver_id = keys::account_id(plan.receiver).clone();
        let inner = plan.actions.iter().map(|action| self.action(plan.receiver, action));
        let actions = inner.filter_map(|action| NonDelegateAction::try_from(action).ok()).collect();
        let nonce = self.nonce_of(&sender_id, &public_key, 0, plan.nonce_step);
        let max_block_height = self.height + 5;
        let sign = |hash: CryptoHash| -> Signature {
            let slot = if plan.signed { plan.slot } else { plan.slot + 1 };
            keys::secret(sender, slot).sign(hash.as_ref())
        };
        if plan.v2 {
            let delegate = DelegateActionV2 {
                sender_id,
                receiver_id,
                actions,
                nonce,
                max_block_height,
                public_key,
            };
            let delegate_action = VersionedDelegateActionPayload::from(delegate);
            let signature = sign(delegate_action.get_nep461_hash());
            VersionedSignedDelegateAction { delegate_action, signature }.into()
        } else {
            let nonce = nonce.nonce();
            let delegate_action = DelegateAction {
                sender_id,
                receiver_id,
                actions,
                nonce,
                max_block_height,
                public_key,
            };
            let signature = sign(delegate_action.get_nep461_hash());
            SignedDelegateAction { delegate_action, signature }.into()
        }
    }

    fn nonce(self, plan: &TxPlan, signer_id: &AccountId, key: &PublicKey) -> TransactionNonce {
        let nonce = self.nonce_of(signer_id, key, plan.row, plan.nonce_step);
        match (plan.flaw, nonce) {
            (Flaw::NonceKind, TransactionNonce::Nonce { nonce }) => {
                TransactionNonce::GasKeyNonce { nonce, nonce_index: plan.row % 3 }
            }
            (Flaw::NonceKind, TransactionNonce::GasKeyNonce { nonce, .. }) => {
                TransactionNonce::Nonce { nonce }
            }
            (_, nonce) => nonce,
        }
    }

    /// `step` above the nonce that the key has now, of the kind that the key wants. A key that
    /// does not exist is taken for one that is added in this very block.
    fn nonce_of(
        self,
        account_id: &AccountId,
        public_key: &PublicKey,
        row: u16,
        step: i64,
    ) -> TransactionNonce {
        let above = |nonce: Nonce| nonce.saturating_add_signed(step);
        let key = read::access_key(self.state, account_id, public_key).expect("the key decodes");
        match key.as_ref().map(|key| (key.nonce, key.gas_key_info())) {
            Some((_, Some(info))) => {
                // Now and then a row that is not there.
                let rows =
                    if row.is_multiple_of(100) { info.num_nonces + 1 } else { info.num_nonces };
                let nonce_index = row % rows.max(1);
                let nonce = read::gas_key_nonce(self.state, account_id, public_key, nonce_index);
                let nonce = above(nonce.expect("the nonce decodes").unwrap_or(0));
                TransactionNonce::GasKeyNonce { nonce, nonce_index }
            }
            Some((nonce, None)) => TransactionNonce::Nonce { nonce: above(nonce) },
            None => {
                let account = read::account(self.state, account_id).expect("the account decodes");
                let bootstrap = account.and_then(|account| account.bootstrap_nonce());
                let first = self.height.saturating_sub(1) * 1_000_000;
                TransactionNonce::Nonce { nonce: above(bootstrap.unwrap_or(first)) }
            }
        }
    }
}

/// Actions about contracts, which need no key.
fn contract_action(plan: &ActionPlan) -> Action {
    let code_hash = || GlobalContractIdentifier::CodeHash(hash(driver::CODE));
    match plan {
        ActionPlan::UseGlobal(owner) => {
            let contract_identifier = owner.map_or_else(code_hash, |owner| {
                GlobalContractIdentifier::AccountId(keys::account_id(owner).clone())
            });
            Action::UseGlobalContract(Box::new(UseGlobalContractAction { contract_identifier }))
        }
        ActionPlan::DeterministicInit(deposit) => {
            Action::DeterministicStateInit(Box::new(DeterministicStateInitAction {
                state_init: keys::deterministic_init(),
                deposit: Balance::from_yoctonear(*deposit),
            }))
        }
        ActionPlan::UniversalInit(deposit) => {
            Action::UniversalStateInit(Box::new(UniversalStateInitAction {
                state_init: keys::universal_init().to_raw(),
                deposit: Balance::from_yoctonear(*deposit),
            }))
        }
        other => {
            let by_account = matches!(other, ActionPlan::DeployGlobal { by_account: true });
            let deploy_mode = match by_account {
                true => GlobalContractDeployMode::AccountId,
                false => GlobalContractDeployMode::CodeHash,
            };
            Action::DeployGlobalContract(DeployGlobalContractAction {
                code: driver::CODE.into(),
                deploy_mode,
            })
        }
    }
}

/// A gas key is added empty.
fn unfunded(mut permission: AccessKeyPermission) -> AccessKeyPermission {
    match &mut permission {
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => info.balance = Balance::ZERO,
        AccessKeyPermission::FullAccess | AccessKeyPermission::FunctionCall(_) => {}
    }
    permission
}

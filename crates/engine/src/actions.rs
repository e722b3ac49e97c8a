//! Actions: what each does to the account it runs on. One file an action, or a pair of them.
//!
//! Source: nearcore `runtime/runtime/src/actions.rs` and the files beside it.

mod create_account;
mod delegate;
mod delete_account;
mod deploy;
mod existence;
mod function_call;
mod gas_key;
mod global;
mod keys;
mod stake;
mod state_init;
mod transfer;

pub use delegate::{DelegateQuestion, check_delegate};
pub use existence::{ActionPlace, check_action_place};
pub(crate) use global::store_distributed;

use crate::amount::credited;
use crate::block::BlockContext;
use crate::cost;
use crate::effects::{Effects, Fault, overflow};
use crate::overlay::Overlay;
use near_parameters::{RuntimeConfig, StorageUsageConfig};
use near_primitives::account::{Account, AccountContract};
use near_primitives::action::Action;
use near_primitives::errors::ActionErrorKind;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{Receipt, VersionedActionReceipt};
use near_primitives::types::{AccountId, Balance, StorageUsage};
use near_vm_runner::logic::types::PromiseResult;
use std::sync::Arc;

/// An action receipt while it runs, from one action to the next.
pub(crate) struct Scope<'r, 's> {
    pub(crate) overlay: &'r mut Overlay<'s>,
    pub(crate) block: &'r BlockContext,
    pub(crate) receipt: &'r Receipt,
    pub(crate) action_receipt: &'r VersionedActionReceipt<'r>,
    pub(crate) promise_results: Arc<[PromiseResult]>,
    /// The receiver's account as the actions so far left it; written when the receipt succeeds.
    pub(crate) account: Option<Account>,
    /// On whose behalf the next action runs.
    pub(crate) actor_id: AccountId,
    pub(crate) proof_bytes_before: usize,
    /// Effects of the action that runs.
    pub(crate) effects: Effects,
}

/// One action and its place in the receipt.
#[derive(Clone, Copy)]
pub(crate) struct Step<'r> {
    pub(crate) action: &'r Action,
    pub(crate) hash: CryptoHash,
    pub(crate) is_only: bool,
    pub(crate) is_last: bool,
}

impl<'r> Scope<'r, '_> {
    /// Charges, checks and runs one action.
    pub(crate) fn execute(&mut self, step: Step<'_>) -> Result<(), Fault> {
        let fee = cost::action_exec_fee(self.config(), step.action, self.account_id())?;
        self.effects.gas.burn(fee)?;
        existence::check(self, step)?;
        existence::check_actor(self, step.action)?;
        match step.action {
            Action::CreateAccount(_) => create_account::run(self),
            Action::DeployContract(action) => deploy::run(self, &action.code),
            Action::FunctionCall(action) => function_call::run(self, step, action),
            Action::Transfer(action) => transfer::run(self, action.deposit),
            Action::Stake(action) => stake::run(self, action),
            Action::AddKey(action) => keys::add(self, action),
            Action::DeleteKey(action) => keys::delete(self, &action.public_key),
            Action::DeleteAccount(action) => delete_account::run(self, &action.beneficiary_id),
            Action::Delegate(signed) => delegate::run(self, signed.as_ref().into()),
            Action::DelegateV2(signed) => delegate::run(self, signed.as_ref().into()),
            Action::DeployGlobalContract(action) => global::deploy(self, action),
            Action::UseGlobalContract(action) => {
                global::use_contract(self, &action.contract_identifier)
            }
            Action::DeterministicStateInit(action) => state_init::deterministic(self, action),
            Action::UniversalStateInit(action) => state_init::universal(self, action),
            Action::TransferToGasKey(action) => gas_key::fund(self, action),
            Action::WithdrawFromGasKey(action) => gas_key::withdraw(self, action),
        }
    }

    /// The receiver's contract as it is now.
    pub(crate) fn contract(&self) -> AccountContract {
        self.account
            .as_ref()
            .map_or(AccountContract::None, |account| account.contract().into_owned())
    }

    fn account_id(&self) -> &'r AccountId {
        self.receipt.receiver_id()
    }

    fn config(&self) -> &'r RuntimeConfig {
        &self.block.protocol.config
    }

    fn storage_config(&self) -> &'r StorageUsageConfig {
        &self.config().fees.storage_usage_config
    }

    fn place(&self) -> existence::ActionPlace<'_> {
        existence::ActionPlace {
            protocol: &self.block.protocol,
            account_id: self.account_id(),
            account: self.account.as_ref(),
            predecessor_id: self.receipt.predecessor_id(),
            actor_id: &self.actor_id,
        }
    }

    fn is_refund(&self) -> bool {
        self.receipt.predecessor_id().is_system()
    }

    /// The account, for actions that [`existence::check`] lets run only where there is one.
    fn account_mut(&mut self) -> &mut Account {
        self.account.as_mut().expect("existence was checked before the action")
    }

    /// Adds to the account's balance, yoctoNEAR.
    fn credit(&mut self, amount: Balance) -> Result<(), ActionErrorKind> {
        let account_id = self.account_id();
        let account = self.account_mut();
        account.set_amount(credited(account_id, account.amount(), amount)?);
        Ok(())
    }

    fn occupy(&mut self, bytes: StorageUsage) -> Result<(), ActionErrorKind> {
        let account_id = self.account_id();
        let account = self.account_mut();
        let had = account.storage_usage();
        let usage = had.checked_add(bytes).ok_or_else(|| {
            overflow(format_args!("{account_id} has {had} bytes and cannot hold {bytes} more"))
        })?;
        account.set_storage_usage(usage);
        Ok(())
    }

    fn free(&mut self, bytes: StorageUsage) {
        let account = self.account_mut();
        account.set_storage_usage(account.storage_usage().saturating_sub(bytes));
    }

    /// Fails for an uninitialized account. Only a patch gives one an id that takes contracts.
    fn set_contract(&mut self, contract: AccountContract) -> Result<(), ActionErrorKind> {
        let account_id = self.account_id().clone();
        let uninitialized = |_| ActionErrorKind::AccountNotInitialized { account_id };
        self.account_mut().set_contract(contract).map_err(uninitialized)
    }
}

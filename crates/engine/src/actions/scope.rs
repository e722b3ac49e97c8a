//! What the actions of a receipt share while they run.

use crate::amount::credited;
use crate::context::BlockContext;
use crate::effects::{Effects, overflow};
use crate::overlay::Overlay;
use keyway_rules::ActionPlace;
use near_parameters::{RuntimeConfig, StorageUsageConfig};
use near_primitives::account::{Account, AccountContract};
use near_primitives::action::Action;
use near_primitives::errors::ActionErrorKind;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{Receipt, VersionedActionReceipt};
use near_primitives::types::{AccountId, Balance, StorageUsage};
use near_vm_runner::logic::types::PromiseResult;
use std::sync::Arc;

/// An action receipt that is being executed.
pub(crate) struct Scope<'r, 's> {
    pub(crate) overlay: &'r mut Overlay<'s>,
    pub(crate) block: &'r BlockContext,
    pub(crate) receipt: &'r Receipt,
    pub(crate) action_receipt: &'r VersionedActionReceipt<'r>,
    pub(crate) promise_results: Arc<[PromiseResult]>,
    /// The receiver's account after the actions so far; written when the receipt succeeds.
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
    /// The receiver's contract as it is now.
    pub(crate) fn contract(&self) -> AccountContract {
        self.account
            .as_ref()
            .map_or(AccountContract::None, |account| account.contract().into_owned())
    }

    pub(super) fn account_id(&self) -> &'r AccountId {
        self.receipt.receiver_id()
    }

    pub(super) fn config(&self) -> &'r RuntimeConfig {
        &self.block.protocol.config
    }

    pub(super) fn storage_config(&self) -> &'r StorageUsageConfig {
        &self.config().fees.storage_usage_config
    }

    /// Where the next action runs.
    pub(super) fn place(&self) -> ActionPlace<'_> {
        ActionPlace {
            protocol: &self.block.protocol,
            account_id: self.account_id(),
            account: self.account.as_ref(),
            predecessor_id: self.receipt.predecessor_id(),
            actor_id: &self.actor_id,
        }
    }

    pub(super) fn is_refund(&self) -> bool {
        self.receipt.predecessor_id().is_system()
    }

    /// The account, for actions that [`check_existence`](keyway_rules::check_existence) lets run only
    /// where it exists.
    pub(super) fn account_mut(&mut self) -> &mut Account {
        self.account.as_mut().expect("existence was checked before the action")
    }

    /// Adds to the account's balance, yoctoNEAR.
    pub(super) fn credit(&mut self, amount: Balance) -> Result<(), ActionErrorKind> {
        let account_id = self.account_id();
        let account = self.account_mut();
        account.set_amount(credited(account_id, account.amount(), amount)?);
        Ok(())
    }

    pub(super) fn occupy(&mut self, bytes: StorageUsage) -> Result<(), ActionErrorKind> {
        let account_id = self.account_id();
        let account = self.account_mut();
        let had = account.storage_usage();
        let usage = had.checked_add(bytes).ok_or_else(|| {
            overflow(format_args!("{account_id} has {had} bytes and cannot hold {bytes} more"))
        })?;
        account.set_storage_usage(usage);
        Ok(())
    }

    pub(super) fn free(&mut self, bytes: StorageUsage) {
        let account = self.account_mut();
        account.set_storage_usage(account.storage_usage().saturating_sub(bytes));
    }

    /// Fails for an uninitialized account, which only a patch can give an id that takes contracts.
    pub(super) fn set_contract(
        &mut self,
        contract: AccountContract,
    ) -> Result<(), ActionErrorKind> {
        let account_id = self.account_id().clone();
        let uninitialized = |_| ActionErrorKind::AccountNotInitialized { account_id };
        self.account_mut().set_contract(contract).map_err(uninitialized)
    }
}

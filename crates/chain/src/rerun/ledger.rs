//! Where the tokens of a transaction went: entries that add up to zero.

use crate::rerun::changes::Changes;
use keyway_engine::ReceiptMoney;
use keyway_trace::{AccountChange, FrameKind, KeyChange, Money, MoneyEntry, MoneyReason, Yocto};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance};
use near_primitives::views::{AccessKeyPermissionView, AccessKeyView};

/// The entries, while they are collected.
#[derive(Default)]
pub(crate) struct Ledger {
    money: Money,
}

impl Ledger {
    /// What the signer paid for gas and attached, and what converting the transaction burnt.
    pub(crate) fn converted(&mut self, changes: &Changes, deposits: Balance, burnt: Balance) {
        for change in &changes.accounts {
            let paid = delta(change);
            let attached = -signed(deposits);
            self.add(MoneyReason::Deposited, Some(&change.account_id), None, attached);
            let for_gas = paid.saturating_sub(attached);
            self.add(MoneyReason::GasBought, Some(&change.account_id), None, for_gas);
        }
        for change in &changes.keys {
            let account_id = Some(&change.account_id);
            self.add(MoneyReason::GasBought, account_id, None, gas_key_delta(change));
        }
        self.add(MoneyReason::Burnt, None, None, signed(burnt));
    }

    /// What a receipt moved.
    pub(crate) fn ran(
        &mut self,
        receipt_id: CryptoHash,
        kind: FrameKind,
        changes: &Changes,
        money: ReceiptMoney,
    ) {
        let reason = match kind {
            FrameKind::GasRefund => MoneyReason::GasRefunded,
            FrameKind::DepositRefund => MoneyReason::DepositRefunded,
            _ => MoneyReason::Moved,
        };
        let receipt = Some(receipt_id);
        for change in &changes.accounts {
            self.add(reason, Some(&change.account_id), receipt, delta(change));
        }
        for change in &changes.keys {
            self.add(reason, Some(&change.account_id), receipt, gas_key_delta(change));
        }
        for change in &changes.rewards {
            self.add(MoneyReason::Reward, Some(&change.account_id), receipt, delta(change));
        }
        self.add(MoneyReason::Burnt, None, receipt, signed(money.burnt));
        self.add(MoneyReason::Subsidized, None, receipt, -signed(money.subsidized));
    }

    /// The entries. What is missing to zero is in receipts that have not run, if there are any.
    pub(crate) fn finish(mut self, is_pending: bool) -> Money {
        let sum = self.money.sum().0;
        if is_pending {
            self.add(MoneyReason::InFlight, None, None, -sum);
        }
        self.money
    }

    fn add(
        &mut self,
        reason: MoneyReason,
        account_id: Option<&AccountId>,
        receipt_id: Option<CryptoHash>,
        change: i128,
    ) {
        if change != 0 {
            let (account_id, change) = (account_id.cloned(), Yocto(change));
            self.money.entries.push(MoneyEntry { reason, account_id, receipt_id, change });
        }
    }
}

fn delta(change: &AccountChange) -> i128 {
    let amount = |balance: Option<Balance>| signed(balance.unwrap_or(Balance::ZERO));
    amount(change.after).saturating_sub(amount(change.before))
}

fn gas_key_delta(change: &KeyChange) -> i128 {
    let held =
        |key: &Option<AccessKeyView>| signed(key.as_ref().map_or(Balance::ZERO, gas_balance));
    held(&change.after).saturating_sub(held(&change.before))
}

/// What a gas key holds, yoctoNEAR.
fn gas_balance(key: &AccessKeyView) -> Balance {
    match &key.permission {
        AccessKeyPermissionView::GasKeyFunctionCall { balance, .. }
        | AccessKeyPermissionView::GasKeyFullAccess { balance, .. } => *balance,
        AccessKeyPermissionView::FullAccess | AccessKeyPermissionView::FunctionCall { .. } => {
            Balance::ZERO
        }
    }
}

/// yoctoNEAR with a sign. A patched balance above 2^127 counts as that.
fn signed(balance: Balance) -> i128 {
    i128::try_from(balance.as_yoctonear()).unwrap_or(i128::MAX)
}

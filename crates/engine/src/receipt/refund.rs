//! Refunds: deposits of what failed, and gas that was bought and not burnt.

use crate::block_run::BlockRun;
use crate::effects::{ReceiptEffects, overflow};
use keyway_rules::{
    Bought, GasRefund, Protocol, account_creation_charge, bought, burn_price, gas_price_of,
    total_deposit,
};
use near_primitives::errors::IntegerOverflowError;
use near_primitives::receipt::{Receipt, VersionedActionReceipt};
use near_primitives::types::Balance;

/// Adds the refund receipts to `effects`. Returns the tokens that the receipt burns, yoctoNEAR.
///
/// When the cost of the receipt overflows, it fails and nothing is refunded: only a genesis can have
/// such a receipt.
pub(super) fn refund_gas(
    run: &mut BlockRun<'_, '_>,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &mut ReceiptEffects,
    created_account: bool,
) -> Balance {
    if receipt.predecessor_id().is_system() {
        burn_lost_refund(run, action_receipt, effects);
        return effects.tokens_burnt;
    }
    try_refund(run, receipt, action_receipt, effects, created_account).unwrap_or_else(
        |IntegerOverflowError| {
            effects.fail(overflow("its gas or its deposits cannot be paid back").into());
            Balance::ZERO
        },
    )
}

fn try_refund(
    run: &BlockRun<'_, '_>,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &mut ReceiptEffects,
    created_account: bool,
) -> Result<Balance, IntegerOverflowError> {
    let purchase_price = action_receipt.gas_price();
    let block = run.block;
    let burn_price = burn_price(&block.protocol, block.gas_price, purchase_price);
    let actions = action_receipt.actions();
    let bought = bought(&block.protocol.config, actions, receipt.receiver_id())?;
    let prices = Prices { purchase: purchase_price, burn: burn_price };
    let refund = Refund::new(&block.protocol, &bought, effects, prices, created_account)?;
    let burnt = gas_price_of(effects.gas.burnt, burn_price.min(purchase_price))?;
    let burnt = [refund.penalty, refund.creation_charge, refund.kept_surplus, effects.tokens_burnt]
        .into_iter()
        .try_fold(burnt, Balance::checked_add)
        .ok_or(IntegerOverflowError)?;
    push_refunds(receipt, action_receipt, effects, &refund);
    Ok(burnt)
}

/// Burns a refund whose account no longer exists, which no outcome shows. Refunds cost no gas.
fn burn_lost_refund(
    run: &mut BlockRun<'_, '_>,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &ReceiptEffects,
) {
    if effects.result.is_err() {
        run.balance.burn(total_deposit(action_receipt.actions()).unwrap_or(Balance::MAX));
    }
}

/// Prices of a receipt's gas, yoctoNEAR per gas.
#[derive(Clone, Copy)]
struct Prices {
    /// At which it was bought.
    purchase: Balance,
    /// At which it burns.
    burn: Balance,
}

/// Where the tokens that paid for a receipt go, yoctoNEAR. What burns is left out.
struct Refund {
    /// Back to whoever the deposits came from.
    deposits: Balance,
    /// Back to the signer.
    gas: Balance,
    penalty: Balance,
    /// What creating an account costs above its gas.
    creation_charge: Balance,
    /// Before 85 the surplus of gas bought above the price at which it burns was kept.
    kept_surplus: Balance,
}

impl Refund {
    fn new(
        protocol: &Protocol,
        bought: &Bought,
        effects: &ReceiptEffects,
        prices: Prices,
        created_account: bool,
    ) -> Result<Self, IntegerOverflowError> {
        let failed = effects.result.is_err();
        let spent = if failed { effects.gas.burnt } else { effects.gas.used };
        let unspent = bought.gas.checked_sub(spent).ok_or(IntegerOverflowError)?;
        let parts =
            GasRefund::new(protocol, prices.purchase, prices.burn, unspent, effects.gas.burnt)?;
        let creation_charge = match created_account {
            true => {
                account_creation_charge(&protocol.config, prices.burn)?.min(parts.surplus_returned)
            }
            false => Balance::ZERO,
        };
        let surplus = parts.surplus_returned.saturating_sub(creation_charge);
        Ok(Self {
            deposits: if failed { bought.deposit } else { Balance::ZERO },
            gas: parts.unspent.checked_add(surplus).ok_or(IntegerOverflowError)?,
            penalty: parts.penalty,
            creation_charge,
            kept_surplus: parts.surplus_kept,
        })
    }
}

fn push_refunds(
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &mut ReceiptEffects,
    refund: &Refund,
) {
    if !refund.deposits.is_zero() {
        let to = receipt.balance_refund_receiver();
        effects.new_receipts.push(Receipt::new_balance_refund(to, refund.deposits));
    }
    if !refund.gas.is_zero() {
        effects.new_receipts.push(Receipt::new_gas_refund(
            action_receipt.signer_id(),
            refund.gas,
            action_receipt.signer_public_key().clone(),
        ));
    }
}

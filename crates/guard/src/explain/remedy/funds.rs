//! Remedies that add money.

use super::{Draft, next_nonce};
use crate::explain::repair::Repair;
use crate::facts::AccountFacts;
use crate::scene::Scene;
use crate::unsigned::unsigned;
use keyway_rules::initial_nonce;
use near_crypto::PublicKey;
use near_primitives::account::AccessKey;
use near_primitives::action::{Action, AddKeyAction, DeleteKeyAction};
use near_primitives::errors::{DepositCostFailureReason, InvalidAccessKeyError, InvalidTxError};
use near_primitives::types::Balance;

/// What is missing, yoctoNEAR.
#[derive(Clone, Copy, Debug, Default)]
struct Missing {
    on_account: Balance,
    on_gas_key: Balance,
    /// The allowance needed; none while the key's is sufficient.
    allowance: Option<Balance>,
}

/// Amounts that are sufficient together.
pub(super) fn find<'a>(draft: Draft<'a>, account: &AccountFacts) -> Option<Draft<'a>> {
    /// Balance, storage, allowance, deposits, and the effect of paying for one on the others.
    const ROUNDS: usize = 8;
    let mut missing = Missing::default();
    for _ in 0..ROUNDS {
        let tried = give(&draft.scene, account, missing)?;
        match tried.refusal() {
            None => return Some(Draft { scene: tried, steps: missing.after(draft.steps) }),
            Some(refusal) => missing = missing.and(&refusal)?,
        }
    }
    None
}

impl Missing {
    /// Adds what a refusal asks for; none if it is not about money.
    fn and(self, refusal: &InvalidTxError) -> Option<Self> {
        use DepositCostFailureReason::LackBalanceForState;
        let (on_account, on_gas_key, allowance) = match refusal {
            InvalidTxError::NotEnoughBalance { balance, cost, .. } => {
                (cost.checked_sub(*balance)?, Balance::ZERO, None)
            }
            InvalidTxError::NotEnoughBalanceForDeposit {
                cost,
                reason: LackBalanceForState,
                ..
            } => (*cost, Balance::ZERO, None),
            InvalidTxError::NotEnoughBalanceForDeposit { balance, cost, .. } => {
                (cost.checked_sub(*balance)?, Balance::ZERO, None)
            }
            InvalidTxError::LackBalanceForState { amount, .. } => (*amount, Balance::ZERO, None),
            InvalidTxError::NotEnoughGasKeyBalance { balance, cost, .. } => {
                (Balance::ZERO, cost.checked_sub(*balance)?, None)
            }
            InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance {
                cost,
                ..
            }) => (Balance::ZERO, Balance::ZERO, Some(*cost)),
            _ => return None,
        };
        Some(Self {
            on_account: self.on_account.checked_add(on_account)?,
            on_gas_key: self.on_gas_key.checked_add(on_gas_key)?,
            allowance: allowance.or(self.allowance),
        })
    }

    /// `steps`, followed by those that pay.
    fn after(self, mut steps: Vec<Repair>) -> Vec<Repair> {
        if self.allowance.is_some() {
            // A key that is added again has another nonce.
            steps.retain(|step| !matches!(step, Repair::UseNonce { .. }));
        }
        [steps, self.steps()].concat()
    }

    fn steps(self) -> Vec<Repair> {
        let some = |amount: Balance| (amount > Balance::ZERO).then_some(amount);
        let on_account = some(self.on_account).map(|amount| Repair::SendToAccount { amount });
        let on_gas_key = some(self.on_gas_key).map(|amount| Repair::FundGasKey { amount });
        let allowance = self.allowance.map(|allowance| Repair::AddAgain { allowance });
        [on_account, on_gas_key, allowance].into_iter().flatten().collect()
    }
}

/// The scene after the missing amounts were paid.
fn give<'a>(scene: &Scene<'a>, facts: &AccountFacts, missing: Missing) -> Option<Scene<'a>> {
    let mut scene = scene.clone();
    let account = scene.account.as_mut()?;
    account.set_amount(account.amount().checked_add(missing.on_account)?);
    if missing.on_gas_key > Balance::ZERO {
        let info = scene.key.as_mut()?.access_key.gas_key_info_mut()?;
        info.balance = info.balance.checked_add(missing.on_gas_key)?;
    }
    if let Some(allowance) = missing.allowance {
        add_again(&mut scene, facts, allowance)?;
    }
    Some(scene)
}

/// The scene after another key has deleted the key and added it again in one transaction, before any
/// refund. The transaction in question enters the block after that.
fn add_again(scene: &mut Scene<'_>, facts: &AccountFacts, allowance: Balance) -> Option<()> {
    let key = scene.key.as_mut()?;
    key.access_key.permission.function_call_permission_mut()?.allowance = Some(allowance);
    key.access_key.nonce = initial_nonce(scene.height);
    let actions = replace(scene.transaction.public_key(), &key.access_key);
    // The rules then need no look at function-call keys.
    let mut owners = facts.keys.iter().filter(|owner| owner.is_full_access());
    scene.account = owners.find_map(|owner| {
        let owners = owner.key_or_its_like();
        let id = &facts.account_id;
        let transaction = unsigned(id, &owners, Some(owner), id, actions.clone());
        let replacing = Scene { key: Some(owner.clone()), transaction, ..scene.clone() };
        replacing.after_paying()?.account
    });
    scene.account.as_ref()?;
    scene.height = scene.height.checked_add(1)?;
    next_nonce(scene)
}

fn replace(public_key: &PublicKey, access_key: &AccessKey) -> Vec<Action> {
    let (public_key, access_key) = (public_key.clone(), access_key.clone());
    let delete = DeleteKeyAction { public_key: public_key.clone() };
    let add = AddKeyAction { public_key, access_key };
    vec![Action::DeleteKey(Box::new(delete)), Action::AddKey(Box::new(add))]
}

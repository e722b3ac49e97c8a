//! Remedies for a refusal. Each is checked against the rules before it is offered.

mod funds;
mod nonce;
mod other_key;

use super::repair::Repair;
use crate::facts::AccountFacts;
use crate::scene::Scene;
use keyway_rules::{JudgedRule, Rule, RuleVerdict};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::transaction::TransactionNonce;
use near_primitives::types::{Balance, Gas};
use serde::Serialize;
use std::fmt;

/// Steps after which the chain accepts the transaction, if all of them are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// In the order in which to take them.
    pub steps: Vec<Repair>,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            let comma = if number > 0 { "; " } else { "" };
            write!(f, "{comma}{step}")?;
        }
        Ok(())
    }
}

/// The remedies, cheapest first: those that change and cost nothing, another key, those that ask for less,
/// and those that take money.
///
/// With `signed_wrongly`, each of them includes a new signature.
pub(super) fn remedies(
    scene: Scene<'_>,
    account: Option<&AccountFacts>,
    signed_wrongly: bool,
) -> Vec<Remedy> {
    let steps = signed_wrongly.then_some(Repair::SignAnew).into_iter().collect();
    let as_it_is = Draft { scene, steps };
    let draft = nonce::mend(as_it_is.clone());
    if draft.works() {
        return vec![draft.into_remedy()];
    }
    let other_key = account.and_then(|account| other_key::find(as_it_is, account));
    let found = match leave_deposit_out(draft.clone()) {
        Some(bare) if bare.works() => vec![other_key, Some(bare)],
        bare => {
            let bare = bare.unwrap_or_else(|| draft.clone());
            let less = attach_less(bare.clone());
            let funded = account.and_then(|account| funds::find(bare, account));
            vec![other_key, one_by_one(&draft), less, funded]
        }
    };
    found.into_iter().flatten().map(Draft::into_remedy).collect()
}

/// A scene changed by some steps.
#[derive(Clone)]
struct Draft<'a> {
    scene: Scene<'a>,
    steps: Vec<Repair>,
}

impl Draft<'_> {
    fn works(&self) -> bool {
        self.scene.is_accepted()
    }

    fn into_remedy(self) -> Remedy {
        Remedy { steps: self.steps }
    }

    /// The first of `rules` that is broken.
    fn broken(&self, rules: &[Rule]) -> Option<JudgedRule> {
        self.scene.survey().into_iter().find(|judged| {
            rules.contains(&judged.rule) && matches!(judged.verdict, RuleVerdict::Fail { .. })
        })
    }
}

/// If a function-call key attaches a deposit.
fn leave_deposit_out(mut draft: Draft<'_>) -> Option<Draft<'_>> {
    draft.broken(&[Rule::NoDeposit])?;
    draft.scene.the_call_mut()?.deposit = Balance::ZERO;
    draft.steps.push(Repair::LeaveDepositOut);
    Some(draft)
}

/// If money or a limit does not allow the gas attached.
fn attach_less(mut draft: Draft<'_>) -> Option<Draft<'_>> {
    /// With less gas than this, no call of a contract is useful.
    const USEFUL: Gas = Gas::from_teragas(1);
    let call = draft.scene.the_call_mut()?;
    let attached = std::mem::replace(&mut call.gas, USEFUL);
    if attached <= USEFUL || !draft.works() {
        return None;
    }
    let gas = draft.scene.largest_gas(attached).filter(|&gas| gas < attached)?;
    draft.scene.the_call_mut()?.gas = gas;
    draft.steps.push(Repair::AttachAtMost { gas });
    Some(draft)
}

/// If a function-call key signs several calls: all of them one after the other, without refunds between.
fn one_by_one<'a>(draft: &Draft<'a>) -> Option<Draft<'a>> {
    draft.broken(&[Rule::OneCall])?;
    let calls: Vec<FunctionCallAction> = draft.scene.calls()?;
    if calls.len() < 2 {
        return None;
    }
    let repair = Repair::SendOneByOne { transactions: calls.len() };
    let bare =
        calls.iter().cloned().map(|call| FunctionCallAction { deposit: Balance::ZERO, ..call });
    let bare: Vec<_> = bare.collect();
    let mut steps = draft.steps.clone();
    if !all_in_turn(&draft.scene, &calls) {
        steps.push(Repair::LeaveDepositOut);
        all_in_turn(&draft.scene, &bare).then_some(())?;
    }
    steps.push(repair);
    Some(Draft { steps, ..draft.clone() })
}

fn all_in_turn(scene: &Scene<'_>, calls: &[FunctionCallAction]) -> bool {
    let mut scene = Some(scene.clone());
    for (number, call) in calls.iter().enumerate() {
        scene = scene.and_then(|mut scene| {
            if number > 0 {
                next_nonce(&mut scene)?;
            }
            *scene.actions_mut() = vec![Action::FunctionCall(Box::new(call.clone()))];
            scene.after_paying()
        });
    }
    scene.is_some()
}

/// The nonce after the last one of the key or nonce row.
fn next_nonce(scene: &mut Scene<'_>) -> Option<()> {
    let nonce = scene.last_nonce()?.checked_add(1)?;
    scene.set_nonce(match scene.transaction.nonce().nonce_index() {
        Some(index) => TransactionNonce::from_nonce_and_index(nonce, index),
        None => TransactionNonce::from_nonce(nonce),
    });
    Some(())
}

//! The effects of actions beside writes: gas, logs, receipts, stakes, tokens burnt.

use crate::state::StateError;
use near_parameters::ParameterCost;
use near_primitives::account::AccountContract;
use near_primitives::errors::{
    ActionError, ActionErrorKind, FunctionCallError, IntegerOverflowError,
};
use near_primitives::receipt::Receipt;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{Balance, Compute, Gas};
use near_vm_runner::ProfileDataV3;
use near_vm_runner::logic::ReturnData;
use std::fmt::Display;

/// Why an action stopped before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed, and with it its receipt.
    Failed(ActionErrorKind),
    /// The block cannot be applied, because the state cannot be read or is corrupt.
    State(StateError),
}

impl From<ActionErrorKind> for Stop {
    fn from(kind: ActionErrorKind) -> Self {
        Self::Failed(kind)
    }
}

impl From<StateError> for Stop {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<IntegerOverflowError> for Stop {
    fn from(_: IntegerOverflowError) -> Self {
        Self::Failed(overflow("its gas or its deposits are out of range"))
    }
}

/// The failure of a receipt whose sums overflow.
///
/// Only a patched state or an unusual genesis can cause this. nearcore would stop; here only the
/// receipt fails, so that the chain continues and can be repaired.
pub(crate) fn overflow(what: impl Display) -> ActionErrorKind {
    let text = format!("arithmetic overflow: {what}");
    ActionErrorKind::FunctionCallError(FunctionCallError::ExecutionError(text))
}

/// The effects of one action.
#[derive(Debug)]
pub(crate) struct Effects {
    pub(crate) gas: GasTally,
    pub(crate) returned: ReturnData,
    pub(crate) logs: Vec<String>,
    pub(crate) new_receipts: Vec<Receipt>,
    pub(crate) proposals: Vec<ValidatorStake>,
    pub(crate) profile: ProfileDataV3,
    pub(crate) tokens_burnt: Balance,
    pub(crate) subsidized: Balance,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            gas: GasTally::default(),
            returned: ReturnData::None,
            logs: Vec::new(),
            new_receipts: Vec::new(),
            proposals: Vec::new(),
            profile: ProfileDataV3::default(),
            tokens_burnt: Balance::ZERO,
            subsidized: Balance::ZERO,
        }
    }
}

impl Effects {
    /// Counts tokens that an action burns, yoctoNEAR. The sum is below the supply.
    pub(crate) fn burn_tokens(&mut self, amount: Balance) {
        self.tokens_burnt = self.tokens_burnt.saturating_add(amount);
    }
}

/// Gas and compute of an action or a receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GasTally {
    /// Burnt.
    pub(crate) burnt: Gas,
    /// Burnt, or handed to receipts that were made.
    pub(crate) used: Gas,
    /// The part of `burnt` that contracts burnt themselves; it earns the reward.
    pub(crate) burnt_by_contract: Gas,
    pub(crate) compute: Compute,
}

impl GasTally {
    /// Adds a fee, which is both burnt and used.
    pub(crate) fn burn(&mut self, fee: ParameterCost) -> Result<(), IntegerOverflowError> {
        self.add(Self { burnt: fee.gas, used: fee.gas, compute: fee.compute, ..Self::default() })
    }

    pub(crate) fn add(&mut self, other: Self) -> Result<(), IntegerOverflowError> {
        let Self { burnt, used, burnt_by_contract, compute } = other;
        self.burnt = self.burnt.checked_add_result(burnt)?;
        self.used = self.used.checked_add_result(used)?;
        self.burnt_by_contract = self.burnt_by_contract.checked_add_result(burnt_by_contract)?;
        self.compute = self.compute.checked_add(compute).ok_or(IntegerOverflowError)?;
        Ok(())
    }
}

/// The effects of a receipt: those of its actions, up to the first that failed.
#[derive(Debug)]
pub(crate) struct ReceiptEffects {
    pub(crate) gas: GasTally,
    pub(crate) result: Result<ReturnData, ActionError>,
    pub(crate) logs: Vec<String>,
    pub(crate) new_receipts: Vec<Receipt>,
    pub(crate) proposals: Vec<ValidatorStake>,
    pub(crate) profile: ProfileDataV3,
    /// The receiver's contract before each action that ran.
    pub(crate) contracts: Vec<AccountContract>,
    pub(crate) tokens_burnt: Balance,
    pub(crate) subsidized: Balance,
}

impl ReceiptEffects {
    pub(crate) fn new() -> Self {
        Self {
            gas: GasTally::default(),
            result: Ok(ReturnData::None),
            logs: Vec::new(),
            new_receipts: Vec::new(),
            proposals: Vec::new(),
            profile: ProfileDataV3::default(),
            contracts: Vec::new(),
            tokens_burnt: Balance::ZERO,
            subsidized: Balance::ZERO,
        }
    }

    /// Adds what an action did. Its gas, logs and profile count whether or not it failed.
    pub(crate) fn merge(
        &mut self,
        effects: Effects,
        contract: AccountContract,
        failure: Option<ActionError>,
    ) {
        let Effects {
            gas,
            returned,
            mut logs,
            mut new_receipts,
            mut proposals,
            profile,
            tokens_burnt,
            subsidized,
        } = effects;
        let failure = match self.gas.add(gas) {
            Ok(()) => failure,
            Err(IntegerOverflowError) => {
                failure.or_else(|| Some(overflow("its actions use too much gas").into()))
            }
        };
        self.logs.append(&mut logs);
        self.profile.merge(&profile);
        self.contracts.push(contract);
        if let Some(failure) = failure {
            self.fail(failure);
            return;
        }
        // An index counts within its action; here it counts within the receipt.
        let made_before = self.new_receipts.len() as u64;
        self.result = Ok(match returned {
            ReturnData::ReceiptIndex(index) => {
                ReturnData::ReceiptIndex(index.saturating_add(made_before))
            }
            other => other,
        });
        self.new_receipts.append(&mut new_receipts);
        self.proposals.append(&mut proposals);
        self.tokens_burnt = self.tokens_burnt.saturating_add(tokens_burnt);
        self.subsidized = self.subsidized.saturating_add(subsidized);
    }

    /// Removes the effects that a failed receipt does not have.
    pub(crate) fn fail(&mut self, failure: ActionError) {
        self.result = Err(failure);
        self.new_receipts.clear();
        self.proposals.clear();
        self.tokens_burnt = Balance::ZERO;
        self.subsidized = Balance::ZERO;
    }
}

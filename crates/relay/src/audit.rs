//! An audit of the relayer's own account: a key that can do more than its lanes need is a finding, and so is anything
//! that will stop the relayer.

use crate::policy::{Needs, Policy};
use keyway::client::AccountKey;
use keyway::protocol::{AccessKeyPermission, PublicKey, PublicKeyHandle};
use keyway::{AccountId, NearToken, format_near};
use serde::Serialize;
use std::fmt;

/// What an audit looks at.
#[derive(Clone, Copy, Debug)]
pub struct Audited<'a> {
    /// The relayer's account.
    pub account_id: &'a AccountId,
    /// What it can spend, yoctoNEAR.
    pub available: NearToken,
    /// All its keys on chain.
    pub keys: &'a [AccountKey],
    /// The keys that sign for its lanes.
    pub lanes: &'a [PublicKey],
    /// What it pays for.
    pub policy: &'a Policy,
}

/// One line of an audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind")]
#[non_exhaustive]
pub enum Finding {
    /// A key on chain that is not a lane's: whoever has it spends the relayer's NEAR outside of its budgets.
    OtherKey {
        /// The key.
        public_key: String,
        /// Whether it can sign anything.
        full_access: bool,
    },
    /// A full-access lane, where a key for calls suffices.
    TooPowerful {
        /// The key.
        public_key: String,
    },
    /// A lane's key that cannot sign what the policy allows.
    TooWeak {
        /// The key.
        public_key: String,
        /// The app and the rule that need more.
        needed_by: String,
    },
    /// A key for a contract that no rule allows.
    Useless {
        /// The key.
        public_key: String,
        /// The contract.
        contract: String,
    },
    /// The signer has a key that the account does not have.
    NotOnChain {
        /// The key.
        public_key: String,
    },
    /// The account cannot pay for the budget of one day.
    LowBalance {
        /// What it can spend, yoctoNEAR.
        available: NearToken,
        /// The budget of a day, yoctoNEAR.
        per_day: NearToken,
    },
    /// A gas key that pays for nothing.
    EmptyGasKey {
        /// The key.
        public_key: String,
    },
}

/// Audits the relayer's account.
#[must_use]
pub fn audit(it: &Audited<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lanes: Vec<_> = it.lanes.iter().map(|key| (PublicKeyHandle::from(key), key)).collect();
    for key in it.keys {
        let public_key = key.public_key.to_string();
        let permission = &key.access_key.permission;
        if lanes.iter().all(|(handle, _)| *handle != key.public_key) {
            let full_access = call_of(permission).is_none();
            findings.push(Finding::OtherKey { public_key, full_access });
            continue;
        }
        match (call_of(permission), it.policy.needs()) {
            (None, Needs::Calls) => {
                findings.push(Finding::TooPowerful { public_key: public_key.clone() });
            }
            (Some(_), Needs::FullAccess { app, rule }) => {
                let needed_by = format!("rule `{rule}` of app `{app}`");
                findings.push(Finding::TooWeak { public_key: public_key.clone(), needed_by });
            }
            (Some(contract), Needs::Calls) if !it.policy.calls(contract) => {
                let (public_key, contract) = (public_key.clone(), contract.to_owned());
                findings.push(Finding::Useless { public_key, contract });
            }
            _ => {}
        }
        if gas_balance(permission) == Some(NearToken::ZERO) {
            findings.push(Finding::EmptyGasKey { public_key });
        }
    }
    let missing =
        lanes.iter().filter(|(handle, _)| it.keys.iter().all(|key| key.public_key != *handle));
    findings.extend(missing.map(|(_, key)| Finding::NotOnChain { public_key: key.to_string() }));
    let per_day = it.policy.budget.per_day;
    if it.available < per_day {
        findings.push(Finding::LowBalance { available: it.available, per_day });
    }
    findings
}

/// The contract that a key is limited to; none if it can sign anything.
fn call_of(permission: &AccessKeyPermission) -> Option<&str> {
    match permission {
        AccessKeyPermission::FunctionCall(call)
        | AccessKeyPermission::GasKeyFunctionCall(_, call) => Some(&call.receiver_id),
        AccessKeyPermission::FullAccess | AccessKeyPermission::GasKeyFullAccess(_) => None,
    }
}

/// The balance of a gas key, yoctoNEAR.
pub(crate) fn gas_balance(permission: &AccessKeyPermission) -> Option<NearToken> {
    match permission {
        AccessKeyPermission::GasKeyFunctionCall(gas, _)
        | AccessKeyPermission::GasKeyFullAccess(gas) => Some(gas.balance),
        AccessKeyPermission::FullAccess | AccessKeyPermission::FunctionCall(_) => None,
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::OtherKey { public_key, full_access: true } => write!(
                f,
                "{public_key} is no lane, and can sign anything for this account outside of the budgets; delete it, or keep it offline"
            ),
            Finding::OtherKey { public_key, full_access: false } => {
                write!(
                    f,
                    "{public_key} is no lane, and can spend on calls outside of the budgets; delete it"
                )
            }
            Finding::TooPowerful { public_key } => write!(
                f,
                "{public_key} can sign anything, and the policy needs single calls without deposit only; replace it by function-call keys"
            ),
            Finding::TooWeak { public_key, needed_by } => {
                write!(
                    f,
                    "{public_key} signs calls only, and {needed_by} needs full access; what it cannot sign fails"
                )
            }
            Finding::Useless { public_key, contract } => {
                let contract = crate::policy::shown(contract);
                write!(f, "{public_key} is for {contract}, which no rule allows; delete it")
            }
            Finding::NotOnChain { public_key } => {
                write!(
                    f,
                    "{public_key} is not a key of the account, so it is no lane; add it, or remove its file"
                )
            }
            Finding::LowBalance { available, per_day } => write!(
                f,
                "the account has {}, and the budget of one day is {}; fund it",
                format_near(*available),
                format_near(*per_day)
            ),
            Finding::EmptyGasKey { public_key } => {
                write!(
                    f,
                    "{public_key} is a gas key without a balance, so it pays for nothing; top it up"
                )
            }
        }
    }
}

//! Analyses of access keys: why a key can or cannot sign, what it can still do, what is wrong with an
//! account's keys, and what somebody can do with a leaked one.
//!
//! They turn values into findings, without network, files or clock. Verdicts come from the [rules](keyway_rules).

mod audit;
mod blast_radius;
mod callee;
mod comeback;
mod explain;
mod facts;
mod forecast;
mod grant;
mod lock;
mod loss;
mod misfit;
mod nonce_reading;
mod quoted;
mod recording;
mod scene;
mod units;
mod unsigned;
mod weak_key;
mod wrapped;

pub use audit::{
    Accepted, Audit, AuditOptions, AuditReport, Baseline, BaselineError, Credential, Credentials,
    DeletePlan, Deletion, Evidence, Finding, Kept, KeptBecause, Level, Observed,
    PlannedTransaction, Rule, UnknownLevel, audit, fix_plan, is_open_to_others, sarif,
};
pub use blast_radius::{
    AccountRadius, BlastRadius, Control, Funds, KeyRadius, NamedAfter, Revocation, blast_radius,
};
pub use callee::{Callee, OwnCode};
pub use comeback::{Comeback, comeback};
pub use explain::{
    Explanation, Failure, Judged, Measure, Neighbour, Remedy, Repair, Wanted, explain,
    explain_signed, neighbours, outlook,
};
pub use facts::{AccountFacts, ChainFacts, KeyFacts};
pub use forecast::{Forecast, ForecastError, Precision, Source, Usage, forecast};
pub use grant::{GasBudget, Grant, Methods};
pub use keyway_rules::{Cost, KeyRank, RuleVerdict};
pub use lock::{
    CallKey, ContractPowers, Doubt, LockReport, LockVerdict, LockedContract, Power, Reached, Step,
    WasmError, contract_methods, contract_powers, lock_verdict,
};
pub use loss::{KeyLoss, full_access_out_of_reach, key_loss};
pub use misfit::{Callable, Misfit, misfits};
pub use nonce_reading::{NonceReading, read_nonce};
pub use quoted::{quoted, quoted_list};
pub use recording::{Beyond, LeastKey, LeastKeys, Recorded, RecordingError, least_keys};
pub use unsigned::unsigned;
pub use weak_key::{KeyWeakness, key_weakness};
pub use wrapped::wrapped;

#[cfg(test)]
mod tests {
    pub(crate) mod fixture;
}

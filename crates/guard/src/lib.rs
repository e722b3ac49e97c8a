//! Pure analyses of access keys: why a key may or may not, what it can still do, what is wrong with
//! an account's keys, and what somebody can do who found one.
//!
//! Values in, findings out: no network, no file, no clock. Every verdict is the engine's.

mod audit;
mod blast_radius;
mod facts;
#[cfg(test)]
mod fixture;
mod grant;
mod probe;
mod recording;
mod rotation;

pub use audit::{
    Accepted, Audit, AuditOptions, Baseline, BaselineError, Credential, Credentials, DeletePlan,
    Deletion, Evidence, Finding, Kept, KeptBecause, Level, Observed, OwnCode, PlannedTransaction,
    Rule, UnknownLevel, audit, fix_plan, is_open_to_others, sarif,
};
pub use blast_radius::{
    AccountRadius, BlastRadius, Control, Funds, KeyRadius, Revocation, blast_radius,
};
pub use facts::{AccountFacts, ChainFacts, KeyFacts};
pub use grant::{GasBudget, Grant, Methods};
pub use recording::{Beyond, LeastKey, LeastKeys, Recorded, RecordingError, least_keys};
pub use rotation::{
    NewBudget, RotationError, RotationPlan, RotationStep, delete_actions, rotation_plan,
};

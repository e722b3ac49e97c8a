//! Pure analyses of access keys: why a key may or may not, what it can still do, what is wrong with
//! an account's keys, and what somebody can do who found one.
//!
//! Values in, findings out: no network, no file, no clock. Every verdict is the engine's.

mod facts;
mod lock;

pub use facts::{AccountFacts, ChainFacts, KeyFacts};
pub use lock::{
    CallKey, CallKeyMethods, ContractPowers, Doubt, LockReport, LockVerdict, LockedContract, Power,
    Reached, Step, WasmError, contract_powers, lock_verdict,
};

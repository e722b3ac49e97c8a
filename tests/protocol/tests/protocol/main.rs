//! The protocol around access keys, rule by rule: scenarios on a chain, with expected values worked
//! out from the protocol's formulas.

mod compiled;
mod contracts;
mod delegate;
mod delegate_errors;
mod deleted;
mod deterministic;
mod eth;
mod extremes;
mod gas_key_payment;
mod gas_keys;
mod globals;
mod host_limits;
mod implicit;
mod made_by_contracts;
mod nonces;
mod short;
mod traces;
mod universal;
mod versions;
mod what_if;
mod yields;

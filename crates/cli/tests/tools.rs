//! The tools for keys: the real binary against a real node, with snapshots of the output.
//!
//! After an intended change, run `INSTA_UPDATE=always cargo test -p keyway-cli --test tools` and
//! review the difference.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

#[path = "tools/accounts.rs"]
mod accounts;
#[path = "tools/agreement.rs"]
mod agreement;
#[path = "tools/at_hand.rs"]
mod at_hand;
#[path = "tools/audits.rs"]
mod audits;
#[path = "tools/bench.rs"]
mod bench;
#[path = "tools/calls.rs"]
mod calls;
#[path = "tools/chain.rs"]
mod chain;
#[path = "tools/chain_snapshots.rs"]
mod chain_snapshots;
#[path = "tools/contracts.rs"]
mod contracts;
#[path = "tools/credentials.rs"]
mod credentials;
#[path = "tools/desk.rs"]
mod desk;
#[path = "tools/drops.rs"]
mod drops;
#[path = "tools/explanations.rs"]
mod explanations;
#[path = "tools/forks.rs"]
mod forks;
#[path = "tools/gate.rs"]
mod gate;
#[path = "tools/incidents.rs"]
mod incidents;
#[path = "tools/keys.rs"]
mod keys;
#[path = "tools/locks.rs"]
mod locks;
#[path = "tools/messages.rs"]
mod messages;
#[path = "tools/networks.rs"]
mod networks;
#[path = "tools/printed_once.rs"]
mod printed_once;
#[path = "tools/recoveries.rs"]
mod recoveries;
#[path = "tools/rotation.rs"]
mod rotation;
#[path = "tools/rotation_killed.rs"]
mod rotation_killed;
#[path = "tools/secrets.rs"]
mod secrets;
#[path = "tools/traces.rs"]
mod traces;
#[path = "tools/transactions.rs"]
mod transactions;

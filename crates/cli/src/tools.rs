//! What commands about keys share: the chain they ask, the keys they sign with, and how they answer.

mod answer;
mod consent;
mod context;
mod facts;
mod intent;
mod keyring;
mod network;
mod read;
mod sent;
mod signing;

pub(crate) use answer::{Cell, table};
pub(crate) use consent::Consent;
pub(crate) use context::{ChainArgs, Context};
pub(crate) use facts::{Moment, full_keys};
pub(crate) use intent::IntentArgs;
pub(crate) use read::{read_gas, read_near};
pub(crate) use sent::Sent;
pub(crate) use signing::SigningArgs;

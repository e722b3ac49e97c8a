//! What commands about keys share: the chain they ask, the keys they sign with, and how they answer.

mod answer;
mod consent;
mod context;
mod intent;
mod keyring;
mod network;
mod read;
mod sent;
mod signing;
mod vault;

pub(crate) use answer::{Cell, table};
pub(crate) use consent::Consent;
pub(crate) use context::{ChainArgs, Context};
pub(crate) use intent::IntentArgs;
pub(crate) use read::read_near;
pub(crate) use sent::Sent;
pub(crate) use signing::SigningArgs;
pub(crate) use vault::{Kept, Vault, VaultName};

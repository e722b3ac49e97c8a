//! What commands about keys share: the chain they ask, the keys they sign with, and how they answer.

mod answer;
mod consent;
mod context;
mod documents;
mod duration;
mod facts;
mod intent;
mod key_files;
mod key_name;
mod keyring;
mod loss;
mod network;
mod new_secret;
mod read;
mod restricted;
mod secret;
mod sent;
mod signing;
mod vault;

pub(crate) use answer::{Cell, table};
pub(crate) use consent::Consent;
pub(crate) use context::{ChainArgs, Context};
pub(crate) use documents::{read_document, write_document};
pub(crate) use duration::{read_duration, words};
pub(crate) use facts::{Moment, full_keys, whole_key};
pub(crate) use intent::{IntentArgs, read_file};
pub(crate) use key_files::credentials;
pub(crate) use key_name::KeyName;
pub(crate) use loss::{LossArgs, agree_to_burn, on_gas_key};
pub(crate) use new_secret::NewSecret;
pub(crate) use read::{read_gas, read_handle, read_near};
pub(crate) use restricted::{Allowed, Restricted};
pub(crate) use secret::{SecretText, write_new_secret_file};
pub(crate) use sent::Sent;
pub(crate) use signing::{SigningArgs, SigningPlace};
pub(crate) use vault::{Kept, Vault, VaultName};

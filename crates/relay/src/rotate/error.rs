//! Why a lane's key could not be replaced.

use crate::StartError;
use crate::config::ConfigError;
use keyway::Error;
use keyway::protocol::{PublicKey, PublicKeyHandle};
use keyway::rotation::RotateError;

/// Why a lane's key could not be replaced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateLaneError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Start(Box<StartError>),
    /// The rotation itself, or the chain.
    #[error(transparent)]
    Rotate(#[from] RotateError),
    /// The configuration names the keys that may be used, so instances would not take a new one up.
    #[error(
        "account.keys names the keys that may be used, so no instance would take up a new one; remove account.keys and start the instances again first"
    )]
    KeysAreNamed,
    /// The place cannot set a secret aside.
    #[error("{place} cannot set a secret aside; add --forget-old to erase it")]
    OnlyErases {
        /// The place.
        place: String,
    },
    /// The signer does not have the key.
    #[error("{} is no key of {place}; `keyway relay audit` lists the keys of the lanes", PublicKeyHandle::from(&**public_key))]
    NoLane {
        /// The place of the keys.
        place: String,
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// An instance does not say what it does.
    #[error(
        "no relayer answers at {url}: {why}; name a running instance with --instance, or use `keyway key rotate` while none runs"
    )]
    NoInstance {
        /// Its address.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// Instances do not use the new key.
    #[error(
        "{without} of {asked} instances did not take up {} within {seconds} s: is its secret where they look? Continue with --resume",
        PublicKeyHandle::from(&**public_key)
    )]
    NotTakenUp {
        /// The new key.
        public_key: Box<PublicKey>,
        /// How many instances.
        without: usize,
        /// How many were asked.
        asked: usize,
        /// How long they had.
        seconds: u64,
    },
    /// The old key is still in use.
    #[error(
        "after {seconds} s, {leased} lanes of {} are held, {unproved} carry a transaction that is not proved, and {signing} of the instances sign with it: set its secret aside wherever they look. Continue with --resume",
        PublicKeyHandle::from(&**public_key)
    )]
    StillUsed {
        /// The old key.
        public_key: Box<PublicKey>,
        /// How many of its lanes are held.
        leased: usize,
        /// How many of its lanes carry bytes whose fate is not proved.
        unproved: usize,
        /// How many instances still list it.
        signing: usize,
        /// How long that was waited for.
        seconds: u64,
    },
    /// The old secret is set aside.
    #[error(
        "the secret of {} is set aside already: the rotation cannot be undone, only finished with --resume",
        PublicKeyHandle::from(&**public_key)
    )]
    TooLate {
        /// The old key.
        public_key: Box<PublicKey>,
    },
}

impl From<ConfigError> for RotateLaneError {
    fn from(error: ConfigError) -> Self {
        Self::Start(Box::new(error.into()))
    }
}

impl From<Error> for RotateLaneError {
    fn from(error: Error) -> Self {
        Self::Rotate(error.into())
    }
}

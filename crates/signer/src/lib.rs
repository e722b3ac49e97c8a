//! Key pairs, and the places where they rest.

mod environment;
mod key_pair;
mod memory;
mod message;
mod random;
mod seed_phrase;
mod service;

pub use environment::{EnvironmentKey, EnvironmentKeyError};
pub use key_pair::{Curve, KeyPair, ParseKeyPairError, SignError};
pub use memory::MemoryKeys;
pub use message::{Message, MessageError, SignedMessage};
pub use seed_phrase::{HdPath, HdPathError, SeedPhrase, SeedPhraseError};
pub use service::{KeyService, KeyServiceError};

pub use near_crypto::{PublicKey, Signature};
pub use near_primitives::hash::CryptoHash;
pub use near_primitives::types::AccountId;
pub use zeroize::Zeroizing;

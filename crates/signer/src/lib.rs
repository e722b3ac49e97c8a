//! Key pairs, and the places where they rest.

mod key_pair;
mod memory;
mod service;

pub use key_pair::{Curve, KeyPair, ParseKeyPairError, SignError};
pub use memory::MemoryKeys;
pub use service::{KeyService, KeyServiceError};

pub use near_crypto::{PublicKey, Signature};
pub use near_primitives::hash::CryptoHash;
pub use near_primitives::types::AccountId;
pub use zeroize::Zeroizing;

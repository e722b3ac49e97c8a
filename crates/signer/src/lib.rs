//! Key pairs, and the places where they rest.

mod environment;
mod files;
mod key_pair;
mod keychain;
mod memory;
mod message;
mod passphrase;
mod random;
mod sealed;
mod seed_phrase;
mod service;

pub use environment::{EnvironmentKey, EnvironmentKeyError};
pub use files::{FileKeys, KeyFile, KeyFileError, NetworkNameError};
pub use key_pair::{Curve, KeyPair, ParseKeyPairError, SignError};
pub use keychain::{KeychainError, KeychainKeys};
pub use memory::MemoryKeys;
pub use message::{Message, MessageError, SignedMessage};
pub use passphrase::{Passphrase, PassphraseError};
pub use sealed::{EncryptedFileKeys, SealError};
pub use seed_phrase::{HdPath, HdPathError, SeedPhrase, SeedPhraseError};
pub use service::{KeyService, KeyServiceError};

pub use near_crypto::{PublicKey, Signature};
pub use near_primitives::hash::CryptoHash;
pub use near_primitives::types::AccountId;
pub use zeroize::Zeroizing;

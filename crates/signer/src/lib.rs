//! Key pairs for NEAR, on each of its curves, and key services, which keep them. Never uses the network.
//!
//! # Overview
//! A [`KeyPair`] is ed25519, secp256k1 or ML-DSA-65. It comes from randomness, from text, or from a [`SeedPhrase`]:
//!
//! ```
//! use keyway_signer::{HdPath, KeyPair, SeedPhrase};
//!
//! let fresh = KeyPair::random_ed25519();
//! let from_text: KeyPair = fresh.expose_secret_text().parse()?;
//! assert_eq!(from_text, fresh);
//!
//! let phrase = SeedPhrase::generate(); // twelve words
//! let first = phrase.key_pair(&HdPath::default()); // m/44'/397'/0', as wallets do
//! let second = phrase.key_pair(&"m/44'/397'/1'".parse()?);
//! assert_ne!(first.public_key(), second.public_key());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`KeyService`] keeps keys and signs with them. It is a small async trait with two required methods, so that a
//! hardware key or a remote signer can implement it. This crate has:
//!
//! | service | where the secrets are |
//! | --- | --- |
//! | [`MemoryKeys`] | in this process |
//! | [`FileKeys`] | in plain files in the layout of NEAR's tools, readable by their owner only |
//! | [`EncryptedFileKeys`] | in files encrypted with a [`Passphrase`] |
//! | [`KeychainKeys`] | in the operating system's keychain, shared with near-cli-rs |
//! | [`EnvironmentKey`] | in an environment variable |
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use keyway_signer::{AccountId, CryptoHash, FileKeys, KeyPair, KeyService};
//!
//! let home = tempfile::tempdir()?; // usually ~/.near-credentials
//! let keys = FileKeys::new(home.path(), "testnet")?;
//! let alice: AccountId = "alice.testnet".parse()?;
//! keys.save(&alice, &KeyPair::random_ed25519())?;
//!
//! let public_key = &keys.public_keys(&alice).await?[0];
//! let hash = CryptoHash::hash_bytes(b"a transaction's bytes");
//! let signature = keys.sign(&alice, public_key, hash.as_ref()).await?;
//! assert!(signature.verify(hash.as_ref(), public_key));
//! # Ok(())
//! # }
//! ```
//!
//! A [`Message`] proves off the chain, by NEP-413, that somebody has a key:
//!
//! ```
//! use keyway_signer::{KeyPair, Message};
//!
//! let key_pair = KeyPair::random_ed25519();
//! let message = Message::new("Log me in", "game.near"); // with a random nonce
//! let signed = message.sign("alice.near".parse()?, &key_pair);
//! signed.verify(&message)?;
//! assert!(serde_json::to_string(&signed)?.contains(r#""accountId":"alice.near""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Secrets
//! - They never print: `Debug` shows public keys, errors quote no input that may be a secret, and nothing that holds a
//!   secret has `Display`. Only functions named `expose_…` return one, so reviewers can search for that word.
//! - They are compared in constant time, and zeroed on drop. The curves' libraries make short-lived copies while they
//!   sign or parse, which this crate cannot zero.
//! - [`without_secrets`] removes secrets from any text, and [`printable`] escapes what would control a terminal.
//! - Files get mode 600 and never replace another; a crash leaves no half-written key.

mod environment;
mod files;
mod key_pair;
mod keychain;
mod leak;
mod memory;
mod message;
mod more_keys;
mod passphrase;
mod random;
mod restricted;
mod sealed;
mod secret_store;
mod seed_phrase;
mod service;
mod shown;
mod survey;
mod sweep;

pub use environment::{EnvironmentKey, EnvironmentKeyError};
pub use files::error::KeyFileError;
pub use files::key_file::KeyFile;
pub use files::place::{NetworkNameError, replace_private_file, write_private_file};
pub use files::{FileKeys, FoundKeys};
pub use key_pair::{Curve, Encoding, KeyPair, ParseKeyPairError, SignError};
pub use keychain::{KeychainError, KeychainKeys};
pub use leak::{find_likely_secrets, find_secrets, without_secrets};
pub use memory::MemoryKeys;
pub use message::{Message, MessageError, SignedMessage};
pub use more_keys::MoreKeys;
pub use passphrase::{Passphrase, PassphraseError};
pub use restricted::{AllowedKeys, RestrictedKeys};
pub use sealed::{EncryptedFileKeys, SealError};
pub use secret_store::SecretStore;
pub use seed_phrase::{HdPath, HdPathError, SeedPhrase, SeedPhraseError};
pub use service::{KeyService, KeyServiceError, blocking, sign_with_one_of};
pub use shown::{is_printable, printable};
pub use survey::SurveyedFile;
pub use sweep::{FileRole, Sweep, SweptFile, sweep, sweep_file};

pub use async_trait::async_trait;
pub use near_crypto::{PublicKey, Signature};
pub use near_primitives::hash::CryptoHash;
pub use near_primitives::types::AccountId;
pub use zeroize::Zeroizing;

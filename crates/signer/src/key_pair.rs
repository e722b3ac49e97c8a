//! A key pair.

mod secret;
mod text;

use near_crypto::{ED25519SecretKey, PublicKey, SecretKey, Signature};
use near_primitives::hash::CryptoHash;
use secret::Secret;
use std::fmt;
use std::sync::Arc;
use subtle::ConstantTimeEq;
pub use text::{Encoding, ParseKeyPairError};
use zeroize::Zeroizing;

/// A secret key with its public key, on any of NEAR's three curves.
///
/// The secret is zeroed when the last clone is dropped, never printed (`Debug` shows the public key, and there is no
/// `Display`), and compared in constant time. Only [`KeyPair::expose_secret_text`] returns it.
///
/// ```
/// use keyway_signer::{CryptoHash, KeyPair};
///
/// let key_pair = KeyPair::random_ed25519();
/// let hash = CryptoHash::hash_bytes(b"a transaction");
/// let signature = key_pair.sign_hash(&hash);
/// assert!(signature.verify(hash.as_ref(), key_pair.public_key()));
///
/// let again: KeyPair = key_pair.expose_secret_text().parse()?;
/// assert_eq!(again, key_pair);
/// # Ok::<(), keyway_signer::ParseKeyPairError>(())
/// ```
#[derive(Clone)]
pub struct KeyPair {
    public_key: PublicKey,
    /// Shared by clones, so that the secret is in memory only once.
    secret: Arc<Secret>,
}

impl KeyPair {
    /// A new ed25519 key pair, drawn from the operating system's randomness.
    pub fn random_ed25519() -> Self {
        Self::random(Curve::Ed25519)
    }

    /// A new secp256k1 key pair, drawn from the operating system's randomness.
    pub fn random_secp256k1() -> Self {
        Self::random(Curve::Secp256k1)
    }

    /// A new ML-DSA-65 key pair (post-quantum), drawn from the operating system's randomness.
    pub fn random_ml_dsa_65() -> Self {
        Self::random(Curve::MlDsa65)
    }

    /// A new key pair on `curve`, drawn from the operating system's randomness.
    ///
    /// ```
    /// use keyway_signer::{Curve, KeyPair};
    ///
    /// let key_pair = KeyPair::random(Curve::Secp256k1);
    /// assert_eq!(key_pair.curve(), Curve::Secp256k1);
    /// ```
    pub fn random(curve: Curve) -> Self {
        Self::from_secret(SecretKey::from_random(curve.key_type()))
    }

    /// The ed25519 key pair of a 32-byte seed.
    ///
    /// ```
    /// let key_pair = keyway_signer::KeyPair::from_ed25519_seed(&[7; 32]);
    /// assert_eq!(key_pair.public_key().to_string(), "ed25519:GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB");
    /// ```
    pub fn from_ed25519_seed(seed: &[u8; 32]) -> Self {
        let signing_key = ed25519_dalek::SigningKey::from_bytes(seed);
        Self::from_secret(SecretKey::ED25519(ED25519SecretKey(signing_key.to_keypair_bytes())))
    }

    /// Takes a secret that is known to be well formed.
    fn from_secret(secret: SecretKey) -> Self {
        let secret = Secret::new(secret);
        Self { public_key: secret.public_key(), secret: Arc::new(secret) }
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The curve that both halves are on.
    pub fn curve(&self) -> Curve {
        Curve::of(&self.public_key)
    }

    /// Signs a hash of 32 bytes, as NEAR does for transactions, delegate actions and messages.
    pub fn sign_hash(&self, hash: &CryptoHash) -> Signature {
        self.secret.sign(hash)
    }

    /// Signs `bytes` without hashing them.
    ///
    /// # Errors
    /// secp256k1 signs only hashes, exactly 32 bytes. The other curves sign bytes of any length.
    ///
    /// ```
    /// use keyway_signer::KeyPair;
    ///
    /// assert!(KeyPair::random_ed25519().sign(b"anything").is_ok());
    /// assert!(KeyPair::random_secp256k1().sign(b"anything").is_err());
    /// ```
    pub fn sign(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        self.secret.try_sign(bytes)
    }

    /// Whether `signature` was made over `bytes` with this key pair.
    ///
    /// If you have only a public key: `signature.verify(bytes, &public_key)`.
    pub fn verify(&self, bytes: &[u8], signature: &Signature) -> bool {
        signature.verify(bytes, &self.public_key)
    }

    /// The secret key as NEAR writes it: `ed25519:…`, `secp256k1:…` or `ml-dsa-65:…`.
    ///
    /// Anybody who reads this text can act as the account. It is zeroed when dropped; copies of it are not.
    pub fn expose_secret_text(&self) -> Zeroizing<String> {
        text::write(self.curve(), self.secret.bytes())
    }
}

impl PartialEq for KeyPair {
    /// Compares the secrets in constant time.
    fn eq(&self, other: &Self) -> bool {
        self.secret.bytes().ct_eq(other.secret.bytes()).into()
    }
}

impl Eq for KeyPair {}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("public_key", &self.public_key).finish_non_exhaustive()
    }
}

/// The signature schemes that NEAR supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// ed25519, the usual one.
    Ed25519,
    /// secp256k1, which Bitcoin and Ethereum use.
    Secp256k1,
    /// ML-DSA-65 (FIPS 204), which resists quantum computers; supported from protocol version 85 on.
    MlDsa65,
}

impl Curve {
    /// The curve that `public_key` is on.
    pub fn of(public_key: &PublicKey) -> Self {
        match public_key {
            PublicKey::ED25519(_) => Self::Ed25519,
            PublicKey::SECP256K1(_) => Self::Secp256k1,
            PublicKey::MLDSA65(_) => Self::MlDsa65,
        }
    }

    /// The part of a key's text before the colon.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Secp256k1 => "secp256k1",
            Self::MlDsa65 => "ml-dsa-65",
        }
    }

    pub(crate) fn key_type(self) -> near_crypto::KeyType {
        match self {
            Self::Ed25519 => near_crypto::KeyType::ED25519,
            Self::Secp256k1 => near_crypto::KeyType::SECP256K1,
            Self::MlDsa65 => near_crypto::KeyType::MLDSA65,
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix())
    }
}

/// Why bytes cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// secp256k1 signs only hashes.
    #[error("secp256k1 signs a hash of 32 bytes, but {got} bytes were given; hash them first")]
    NotAHash {
        /// The number of bytes given.
        got: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVES: [Curve; 3] = [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65];

    #[test]
    fn a_signature_holds_for_its_bytes_and_its_key_only() {
        let hash = CryptoHash::hash_bytes(b"one");
        for curve in CURVES {
            let key_pair = KeyPair::random(curve);
            let signature = key_pair.sign_hash(&hash);
            assert!(key_pair.verify(hash.as_ref(), &signature), "{curve}");
            assert!(
                !key_pair.verify(CryptoHash::hash_bytes(b"two").as_ref(), &signature),
                "{curve}"
            );
            assert!(!KeyPair::random(curve).verify(hash.as_ref(), &signature), "{curve}");
        }
    }

    #[test]
    fn equal_means_the_same_secret() {
        for curve in CURVES {
            let key_pair = KeyPair::random(curve);
            assert_eq!(key_pair, key_pair.clone());
            assert_ne!(key_pair, KeyPair::random(curve));
        }
        assert_ne!(KeyPair::random_ed25519(), KeyPair::random_secp256k1());
    }

    #[test]
    fn debug_shows_the_public_half_only() {
        for curve in CURVES {
            let key_pair = KeyPair::random(curve);
            let shown = format!("{key_pair:?} {key_pair:#?}");
            let text = key_pair.expose_secret_text();
            let (_, body) = text.split_once(':').unwrap();
            assert!(shown.contains(&key_pair.public_key().to_string()));
            assert!(!shown.contains(&body[..16]), "{curve}");
        }
    }

    #[test]
    fn only_secp256k1_refuses_what_is_not_a_hash() {
        assert_eq!(KeyPair::random_secp256k1().sign(b"abc"), Err(SignError::NotAHash { got: 3 }));
        assert!(KeyPair::random_secp256k1().sign(&[1; 32]).is_ok());
        assert!(KeyPair::random_ml_dsa_65().sign(b"").is_ok());
    }
}

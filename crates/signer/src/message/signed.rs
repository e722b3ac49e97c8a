//! A signed message, as wallets exchange it.

use super::Message;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use near_crypto::{KeyType, PublicKey, Signature};
use near_primitives::types::AccountId;
use serde::{Deserialize, Serialize};

/// A wallet's answer, in the JSON of NEP-413:
/// `{"accountId": …, "publicKey": …, "signature": base64, "state": …}`.
///
/// ```
/// let json = r#"{
///     "accountId": "alice.near",
///     "publicKey": "ed25519:2RM3EotCzEiVobm6aMjaup43k8cFffR4KHFtrqbZ79Qy",
///     "signature": "NnJgPU1Ql7ccRTITIoOVsIfElmvH1RV7QAT4a9Vh6ShCOnjIzRwxqX54JzoQ/nK02p7VBMI2vJn48rpImIJwAw=="
/// }"#;
/// let signed: keyway_signer::SignedMessage = serde_json::from_str(json)?;
/// assert_eq!(signed.account_id(), "alice.near");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct SignedMessage {
    account_id: AccountId,
    public_key: PublicKey,
    signature: Signature,
    state: Option<String>,
}

impl SignedMessage {
    pub(super) fn new(account_id: AccountId, public_key: PublicKey, signature: Signature) -> Self {
        Self { account_id, public_key, signature, state: None }
    }

    /// Whether `message` was signed with [`public_key`](Self::public_key).
    ///
    /// This does not verify [`account_id`](Self::account_id), which the sender can choose freely: ask the chain whether
    /// that account has this key with full access. And accept each nonce only once.
    ///
    /// # Errors
    /// [`MessageError::WrongSignature`].
    pub fn verify(&self, message: &Message) -> Result<(), MessageError> {
        if self.signature.verify(message.hash().as_ref(), &self.public_key) {
            return Ok(());
        }
        Err(MessageError::WrongSignature)
    }

    /// The account that claims to have signed.
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The key that signed.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The signature over [`Message::hash`].
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The state that a web application passed to the wallet; it is not signed.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// The JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    account_id: AccountId,
    public_key: PublicKey,
    signature: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

impl From<SignedMessage> for Wire {
    fn from(signed: SignedMessage) -> Self {
        let signature = match &signed.signature {
            Signature::ED25519(signature) => STANDARD.encode(signature.to_bytes()),
            Signature::SECP256K1(signature) => STANDARD.encode(<[u8; 65]>::from(signature.clone())),
            Signature::MLDSA65(signature) => STANDARD.encode(&signature.0[..]),
        };
        let SignedMessage { account_id, public_key, state, .. } = signed;
        Self { account_id, public_key, signature, state }
    }
}

impl TryFrom<Wire> for SignedMessage {
    type Error = MessageError;

    fn try_from(wire: Wire) -> Result<Self, MessageError> {
        let signature = read_signature(&wire.signature, wire.public_key.key_type())?;
        let Wire { account_id, public_key, state, .. } = wire;
        Ok(Self { account_id, public_key, signature, state })
    }
}

/// The standard's base64, or NEAR's `curve:base58`, which near-cli-rs writes.
fn read_signature(text: &str, key_type: KeyType) -> Result<Signature, MessageError> {
    let signature = if text.contains(':') {
        text.parse().ok()
    } else {
        STANDARD.decode(text).ok().and_then(|bytes| Signature::from_parts(key_type, &bytes).ok())
    };
    signature.ok_or(MessageError::NotASignature)
}

/// Why a signed message proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The field `signature` is not a signature of the key's curve.
    #[error("`signature` is not the base64 of a signature on the curve of `publicKey`")]
    NotASignature,
    /// Another key signed, or another message was signed.
    #[error("the signature does not match: it was made over another message or with another key")]
    WrongSignature,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Curve, KeyPair};
    use proptest::prelude::*;

    #[test]
    fn json_goes_round_on_each_curve() {
        let message = Message::new("text", "recipient");
        for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
            let signed = message.sign("alice.near".parse().unwrap(), &KeyPair::random(curve));
            let json = serde_json::to_string(&signed).unwrap();
            let again: SignedMessage = serde_json::from_str(&json).unwrap();
            assert_eq!(again, signed);
            again.verify(&message).unwrap();
        }
    }

    #[test]
    fn near_cli_rs_writes_the_signature_in_base58() {
        let message = Message::new("text", "recipient");
        let signed = message.sign("alice.near".parse().unwrap(), &KeyPair::random_ed25519());
        let mut json = serde_json::to_value(&signed).unwrap();
        json["signature"] = signed.signature().to_string().into();
        json["state"] = "there".into();
        let again: SignedMessage = serde_json::from_value(json).unwrap();
        again.verify(&message).unwrap();
        assert_eq!(again.state(), Some("there"));
    }

    proptest! {
        #[test]
        fn any_signature_is_read_or_refused(text in "\\PC*|[A-Za-z0-9+/]{84,90}={0,2}|ed25519:[1-9A-Z]{0,90}") {
            for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
                let public_key = PublicKey::empty(curve.key_type());
                if let Ok(signature) = read_signature(&text, public_key.key_type()) {
                    signature.verify(&[0; 32], &public_key);
                }
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 60..70)) {
            for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
                if let Ok(signature) = read_signature(&STANDARD.encode(&bytes), curve.key_type()) {
                    signature.verify(&[0; 32], &PublicKey::empty(curve.key_type()));
                }
            }
        }
    }
}

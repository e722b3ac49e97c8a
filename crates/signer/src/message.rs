//! Messages signed off the chain, by NEP-413.

mod signed;

use crate::{KeyPair, KeyService, KeyServiceError};
use borsh::BorshSerialize;
use near_crypto::PublicKey;
use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
pub use signed::{MessageError, SignedMessage};

/// The prefix of signed messages, so that none of their signatures is valid for a transaction: 2^31 + 413.
const TAG: u32 = (1 << 31) + 413;

/// A message by [NEP-413](https://github.com/near/NEPs/blob/master/neps/nep-0413.md): it proves off the chain that
/// somebody has a key.
///
/// ```
/// use keyway_signer::{KeyPair, Message};
///
/// let key_pair = KeyPair::random_ed25519();
/// let message = Message::new("Log me in", "game.near");
/// let signed = message.sign("alice.near".parse()?, &key_pair);
/// signed.verify(&message)?;
/// assert!(signed.verify(&Message::new("Log me in", "other.near")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// The standard fixes the order of the fields.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Message {
    /// The text that the person sees and signs.
    pub text: String,
    /// Makes the message unique. The one who asks for a signature chooses it, and accepts each only once.
    pub nonce: [u8; 32],
    /// The account or domain that the message is for.
    pub recipient: String,
    /// Where a web wallet sends the answer. It is signed, so both sides must use the same.
    pub callback_url: Option<String>,
}

impl Message {
    /// A message with a random nonce and without a callback.
    pub fn new(text: impl Into<String>, recipient: impl Into<String>) -> Self {
        let nonce = *crate::random::bytes();
        Self { text: text.into(), nonce, recipient: recipient.into(), callback_url: None }
    }

    /// The signed hash: SHA-256 of the tag and the borsh form of the message.
    pub fn hash(&self) -> CryptoHash {
        CryptoHash::hash_borsh((TAG, self))
    }

    /// Signs the message for `account_id`.
    pub fn sign(&self, account_id: AccountId, key_pair: &KeyPair) -> SignedMessage {
        let signature = key_pair.sign_hash(&self.hash());
        SignedMessage::new(account_id, key_pair.public_key().clone(), signature)
    }

    /// Signs the message for `account_id` with a key of `service`.
    ///
    /// # Errors
    /// The service's error.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use keyway_signer::{KeyPair, KeyService, MemoryKeys, Message};
    ///
    /// let alice = "alice.near".parse()?;
    /// let key_pair = KeyPair::random_ed25519();
    /// let keys = MemoryKeys::new().with("alice.near".parse()?, key_pair.clone());
    /// let message = Message::new("Log me in", "game.near");
    /// message.sign_with(&keys, alice, key_pair.public_key()).await?.verify(&message)?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sign_with(
        &self,
        service: &(impl KeyService + ?Sized),
        account_id: AccountId,
        public_key: &PublicKey,
    ) -> Result<SignedMessage, KeyServiceError> {
        let signature = service.sign(&account_id, public_key, self.hash().as_ref()).await?;
        Ok(SignedMessage::new(account_id, public_key.clone(), signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HdPath, SeedPhrase};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    /// Signatures made by wallets (Sender with MyNearWallet, Sender with Meteor), recorded in near-api-rs,
    /// `api/src/signer/mod.rs`.
    #[track_caller]
    fn check(callback_url: Option<&str>, expected: &str) {
        let phrase: SeedPhrase =
            "fatal edge jacket cash hard pass gallery fabric whisper size rain biology"
                .parse()
                .unwrap();
        let nonce = STANDARD.decode("KNV0cOpvJ50D5vfF9pqWom8wo2sliQ4W+Wa7uZ3Uk6Y=").unwrap();
        let message = Message {
            text: "Hello NEAR!".to_owned(),
            nonce: nonce.try_into().unwrap(),
            recipient: "example.near".to_owned(),
            callback_url: callback_url.map(str::to_owned),
        };
        let signed = message
            .sign("round-toad.testnet".parse().unwrap(), &phrase.key_pair(&HdPath::default()));
        let json = serde_json::to_value(&signed).unwrap();
        assert_eq!(json["signature"], expected);
        signed.verify(&message).unwrap();
    }

    #[test]
    fn wallets_sign_the_same() {
        check(
            None,
            "NnJgPU1Ql7ccRTITIoOVsIfElmvH1RV7QAT4a9Vh6ShCOnjIzRwxqX54JzoQ/nK02p7VBMI2vJn48rpImIJwAw==",
        );
        check(
            Some("http://localhost:3000"),
            "zzZQ/GwAjrZVrTIFlvmmQbDQHllfzrr8urVWHaRt5cPfcXaCSZo35c5LDpPpTKivR6BxLyb3lcPM0FfCW5lcBQ==",
        );
    }

    #[test]
    fn each_field_is_signed() {
        let key_pair = KeyPair::random_secp256k1();
        let message = Message::new("text", "recipient");
        let signed = message.sign("alice.near".parse().unwrap(), &key_pair);
        for other in [
            Message { text: "Text".to_owned(), ..message.clone() },
            Message { nonce: [0; 32], ..message.clone() },
            Message { recipient: "Recipient".to_owned(), ..message.clone() },
            Message { callback_url: Some(String::new()), ..message.clone() },
        ] {
            assert_eq!(signed.verify(&other), Err(MessageError::WrongSignature));
        }
    }
}

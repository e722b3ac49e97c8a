//! What an app asks for: a signed delegate action of a user, or actions of the relayer's own account.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use borsh::{BorshDeserialize, BorshSerialize};
use keyway::AccountId;
use keyway::protocol::{Action, CryptoHash, Nonce, PublicKey};
use near_primitives::action::delegate::{
    SignedDelegateAction, VersionedSignedDelegateAction, VersionedSignedDelegateActionRef,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the relayer's transaction would do.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Work {
    kind: Kind,
    receiver_id: AccountId,
    actions: Vec<Action>,
    user: Option<AccountId>,
}

/// The two kinds of work.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[borsh(use_discriminant = true)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// A signed delegate action, which a user signed.
    Delegate = 0,
    /// Actions that the relayer's account signs itself.
    Intent = 1,
}

impl Work {
    /// A delegate action to relay.
    #[must_use]
    pub fn delegate(signed: SignedDelegateAction) -> Self {
        let sender = signed.delegate_action.sender_id.clone();
        Self::of_delegate(sender, Action::Delegate(Box::new(signed)))
    }

    /// A delegate action of the second version, whose key may be a gas key.
    #[must_use]
    pub fn delegate_v2(signed: VersionedSignedDelegateAction) -> Self {
        let sender = VersionedSignedDelegateActionRef::from(&signed);
        let sender = sender.delegate_action().sender_id().clone();
        Self::of_delegate(sender, Action::DelegateV2(Box::new(signed)))
    }

    fn of_delegate(sender: AccountId, action: Action) -> Self {
        let (receiver_id, user) = (sender.clone(), Some(sender));
        Work { kind: Kind::Delegate, receiver_id, actions: vec![action], user }
    }

    /// Actions of the relayer's own account, for a `user` that the app names; none if it names none.
    ///
    /// # Errors
    /// If there is no action, or one is a delegate action, which is to be relayed instead.
    pub fn intent(
        receiver_id: AccountId,
        actions: Vec<Action>,
        user: Option<AccountId>,
    ) -> Result<Self, WorkError> {
        let delegates =
            |action: &Action| matches!(action, Action::Delegate(_) | Action::DelegateV2(_));
        if actions.is_empty() {
            return Err(WorkError::NoAction);
        }
        if actions.iter().any(delegates) {
            return Err(WorkError::DelegateInIntent);
        }
        Ok(Work { kind: Kind::Intent, receiver_id, actions, user })
    }

    /// A signed delegate action from base64 of its borsh bytes, of either version.
    ///
    /// # Errors
    /// If it is neither.
    pub fn from_base64(text: &str) -> Result<Self, WorkError> {
        let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| WorkError::NotBase64)?;
        if let Ok(signed) = SignedDelegateAction::try_from_slice(&bytes) {
            return Ok(Self::delegate(signed));
        }
        VersionedSignedDelegateAction::try_from_slice(&bytes)
            .map(Self::delegate_v2)
            .map_err(|_| WorkError::NotADelegate { bytes: bytes.len() })
    }

    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The receiver of the relayer's transaction: for a delegate action the account that signed it.
    #[must_use]
    pub fn receiver_id(&self) -> &AccountId {
        &self.receiver_id
    }

    /// The actions of the relayer's transaction.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The user: the account that signed the delegate action, or the one that the app named.
    #[must_use]
    pub fn user(&self) -> Option<&AccountId> {
        self.user.as_ref()
    }

    /// The delegate action, if it is one.
    #[must_use]
    pub fn signed_delegate(&self) -> Option<VersionedSignedDelegateActionRef<'_>> {
        match self.actions.first() {
            Some(Action::Delegate(signed)) => Some(signed.as_ref().into()),
            Some(Action::DelegateV2(signed)) => Some(signed.as_ref().into()),
            _ => None,
        }
    }

    /// The key that signed the delegate action, and its nonce. Delegate actions of one key run in the order of these.
    #[must_use]
    pub fn signed_by(&self) -> Option<(AccountId, PublicKey, Nonce)> {
        let signed = self.signed_delegate()?;
        let inner = signed.delegate_action();
        let key = inner.public_key().clone();
        Some((inner.sender_id().clone(), key, inner.nonce().nonce()))
    }

    /// The hash of everything asked for. Two requests with one digest ask for the same.
    #[must_use]
    pub fn digest(&self) -> CryptoHash {
        let bytes = borsh::to_vec(self).expect("the invariant that work is written to memory");
        CryptoHash(Sha256::digest(bytes).into())
    }
}

/// As base64 of its borsh bytes, so that stores keep exactly what was asked for.
impl Serialize for Work {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = borsh::to_vec(self).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Work {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as Deserialize>::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Work::try_from_slice(&bytes).map_err(serde::de::Error::custom)
    }
}

/// Why something is not work for a relayer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// The text is not base64.
    #[error("the delegate action is not base64; encode its borsh bytes")]
    NotBase64,
    /// The bytes are not a signed delegate action.
    #[error("these {bytes} bytes are not a signed delegate action in borsh")]
    NotADelegate {
        /// How many there are.
        bytes: usize,
    },
    /// An intent does nothing.
    #[error("the intent has no action; name at least one")]
    NoAction,
    /// An intent contains a delegate action.
    #[error("the intent contains a delegate action; post it to /v1/relay instead")]
    DelegateInIntent,
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::{NearLiteral, Sandbox, Signer, transfer};

    async fn signed() -> SignedDelegateAction {
        let sandbox = Sandbox::new();
        let alice = sandbox.create_account("alice.near").create().unwrap();
        let key_pair = alice.key_pair().clone();
        let signer = Signer::new(sandbox.client(), "alice.near", key_pair).unwrap();
        signer.delegate(transfer(1.near()).to("bob.near"), 100).await.unwrap()
    }

    #[tokio::test]
    async fn a_delegate_action_is_read_from_its_bytes_and_stays_the_same() {
        let signed = signed().await;
        let text = BASE64_STANDARD.encode(borsh::to_vec(&signed).unwrap());
        let work = Work::from_base64(&text).unwrap();
        assert_eq!(work, Work::delegate(signed));
        assert_eq!(work.receiver_id(), "alice.near");
        let stored = serde_json::to_string(&work).unwrap();
        let read: Work = serde_json::from_str(&stored).unwrap();
        assert_eq!((read.digest(), &read), (work.digest(), &work));
    }

    #[tokio::test]
    async fn other_bytes_are_refused() {
        let signed = signed().await;
        let mut bytes = borsh::to_vec(&signed).unwrap();
        bytes.push(0);
        let longer = BASE64_STANDARD.encode(&bytes);
        let expected = WorkError::NotADelegate { bytes: bytes.len() };
        assert_eq!(Work::from_base64(&longer), Err(expected));
        assert_eq!(Work::from_base64("%"), Err(WorkError::NotBase64));
        let nested = vec![Action::from(signed)];
        let intent = Work::intent("bob.near".parse().unwrap(), nested, None);
        assert_eq!(intent, Err(WorkError::DelegateInIntent));
        let nothing = Work::intent("bob.near".parse().unwrap(), Vec::new(), None);
        assert_eq!(nothing, Err(WorkError::NoAction));
    }
}

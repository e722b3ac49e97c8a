//! Whether a transaction is signed, and how a refusal is answered.

use super::SigningService;
use crate::Work;
use crate::policy::{self, PolicyRefusal, Spent, Way};
use crate::view::ErrorView;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use keyway::AccountId;
use keyway::NearToken;
use keyway::keys::KeyServiceError;
use keyway::protocol::{Action, PublicKey};
use near_primitives::transaction::Transaction;
use serde_json::{Value, json};

/// Why a signing service does not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSigned {
    /// Nobody has this token.
    #[error("no relayer has this token; send it as `Authorization: Bearer TOKEN`")]
    Unauthorized,
    /// It is not an order.
    #[error("the order cannot be read: {0}")]
    NotRead(String),
    /// The key is not here.
    #[error("no key {public_key} of {account_id} is here")]
    NoKey {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// It is not what a relayer signs.
    #[error("a relayer does not sign this: {0}")]
    NoWork(&'static str),
    /// The policy allows it for no app.
    #[error(transparent)]
    Policy(#[from] PolicyRefusal),
    /// The keys cannot be used now.
    #[error("the keys cannot be used now: {0}")]
    Keys(KeyServiceError),
}

/// Judges a transaction as if each app had asked for it, and returns the rule that allows it.
pub(super) fn judge(
    service: &SigningService,
    transaction: &Transaction,
) -> Result<String, NotSigned> {
    let (relayer, receiver) = (&service.account_id, transaction.receiver_id());
    let work = match transaction.actions() {
        [Action::Delegate(signed)] => Work::delegate(signed.as_ref().clone()),
        [Action::DelegateV2(signed)] => Work::delegate_v2(signed.as_ref().clone()),
        // The user's account is not in the transaction.
        actions => Work::intent(receiver.clone(), actions.to_vec(), Some(receiver.clone()))
            .map_err(|_| {
                NotSigned::NoWork("it has no action, or a delegate action among others")
            })?,
    };
    if work.receiver_id() != receiver {
        let why = "its receiver is not the account that signed the delegate action";
        return Err(NotSigned::NoWork(why));
    }
    let cost = keyway_rules::total_deposit(work.actions()).unwrap_or(NearToken::MAX);
    let mut refusal = None;
    for app in service.policy.apps.keys() {
        let judged = match work.signed_delegate() {
            Some(signed) => {
                let inner = signed.delegate_action();
                let (sender, key) = (inner.sender_id(), inner.public_key());
                // How old it may become depends on the chain's height, which is not known here.
                let way = Way::Delegate { sender, key, lifetime_blocks: 0 };
                let (receiver, actions) = (inner.receiver_id(), &inner.get_actions());
                let request = policy::Request { app, way, relayer, receiver, actions, cost };
                service.policy.judge(&request, &Spent::default())
            }
            None => {
                let (way, actions) = (Way::Intent { user: work.user() }, work.actions());
                let request = policy::Request { app, way, relayer, receiver, actions, cost };
                service.policy_of_intents.judge(&request, &Spent::default())
            }
        };
        match judged {
            Ok(grant) => return Ok(format!("{app}: {}", grant.rule)),
            Err(why) => refusal = refusal.or(Some(why)),
        }
    }
    Err(refusal.expect("the invariant that a policy has an app").into())
}

impl NotSigned {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            NotSigned::Unauthorized => "Signer.Unauthorized",
            NotSigned::NotRead(_) => "Signer.Order.NotRead",
            NotSigned::NoKey { .. } => "Signer.NoKey",
            NotSigned::NoWork(_) | NotSigned::Policy(_) => "Signer.Policy.Refused",
            NotSigned::Keys(_) => "Signer.Keys.Unavailable",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            NotSigned::Unauthorized => 401,
            NotSigned::NotRead(_) => 400,
            NotSigned::NoKey { .. } => 404,
            NotSigned::NoWork(_) | NotSigned::Policy(_) => 403,
            NotSigned::Keys(_) => 503,
        }
    }
}

impl From<KeyServiceError> for NotSigned {
    fn from(error: KeyServiceError) -> Self {
        match error {
            KeyServiceError::NoKey { account_id, public_key } => {
                NotSigned::NoKey { account_id, public_key }
            }
            error => NotSigned::Keys(error),
        }
    }
}

impl IntoResponse for NotSigned {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let (kind, message) = (self.kind().to_owned(), self.to_string());
        let error = ErrorView { kind, message, figures: Value::Null };
        (status, Json(json!({ "error": error }))).into_response()
    }
}

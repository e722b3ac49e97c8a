//! A request as the policy sees it.

use crate::AppName;
use keyway::protocol::{Action, BlockHeightDelta, PublicKey};
use keyway::{AccountId, NearToken};
use serde::Deserialize;
use std::fmt;

/// What an app asks the relayer to send and to pay for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The app whose API key came with the request.
    pub app: &'a AppName,
    /// How it came.
    pub way: Way<'a>,
    /// The relayer's account, which would sign the transaction.
    pub relayer: &'a AccountId,
    /// The receiver of the actions: of the delegate action, or of the intent.
    pub receiver: &'a AccountId,
    /// The actions: those inside the delegate action, or those of the intent.
    pub actions: &'a [Action],
    /// The most that the whole transaction can cost the relayer, with deposits.
    pub cost: NearToken,
}

/// How a request came, and who is behind it.
#[derive(Clone, Copy, Debug)]
pub enum Way<'a> {
    /// As a signed delegate action: the user is proved by the signature.
    Delegate {
        /// The account that signed it.
        sender: &'a AccountId,
        /// The key that signed it.
        key: &'a PublicKey,
        /// For how many more blocks it can be executed.
        lifetime_blocks: BlockHeightDelta,
    },
    /// As an intent, which the relayer's account executes itself.
    Intent {
        /// The user for whom the app asks, as the app says.
        user: Option<&'a AccountId>,
    },
}

impl Way<'_> {
    /// Its name in a policy.
    #[must_use]
    pub fn name(&self) -> WayName {
        match self {
            Self::Delegate { .. } => WayName::Delegate,
            Self::Intent { .. } => WayName::Intent,
        }
    }

    /// The user whose budget pays.
    #[must_use]
    pub fn user(&self) -> Option<&AccountId> {
        match self {
            Self::Delegate { sender, .. } => Some(sender),
            Self::Intent { user } => *user,
        }
    }
}

/// The ways a request can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WayName {
    /// A signed delegate action.
    Delegate,
    /// An intent of the app, executed by the relayer's account.
    Intent,
}

impl fmt::Display for WayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delegate => "delegate",
            Self::Intent => "intent",
        })
    }
}

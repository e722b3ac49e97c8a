//! What one may do in a console.

use crate::act::Actors;
use crate::token::Token;
use keyway::{AccountId, KeyPair};
use std::sync::Arc;

/// What one may do. It decides what the navigation shows and what a request is allowed.
#[derive(Clone, Debug)]
pub enum Powers {
    /// Look at a node that is not ours: nothing writes.
    Look,
    /// Act on the chain of a node in this process, with its token.
    Act(Arc<Own>),
}

impl Powers {
    /// The chain of one's own; none if it is somebody else's.
    pub(crate) fn own(&self) -> Option<&Own> {
        match self {
            Self::Look => None,
            Self::Act(own) => Some(own),
        }
    }
}

/// A chain of one's own.
#[derive(Debug)]
pub struct Own {
    pub(crate) token: Token,
    pub(crate) control: bool,
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) actors: Actors,
}

impl Own {
    /// Whoever has this token may act on it; chain control is on.
    #[must_use]
    pub fn new(token: Token) -> Self {
        Self { token, control: true, accounts: Vec::new(), actors: Actors::new(|_| None, true) }
    }

    /// Whether the node serves chain control (`keyway_*`).
    #[must_use]
    pub fn control(self, control: bool) -> Self {
        let actors = self.actors.with_impersonation(control);
        Self { control, actors, ..self }
    }

    /// Where the development keys of accounts are found. They sign what is done from a page.
    #[must_use]
    pub fn keys(
        self,
        keys: impl Fn(&AccountId) -> Option<KeyPair> + Send + Sync + 'static,
    ) -> Self {
        let actors = Actors::new(keys, self.control);
        Self { actors, ..self }
    }

    /// Accounts that the first page offers: those that the node made for development.
    #[must_use]
    pub fn accounts(self, accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self { accounts: accounts.into_iter().collect(), ..self }
    }
}

//! A key whose secret is here now, and its permission on the chain.

use super::generate::implicit;
use super::permission::Permission;
use crate::tools::{Context, Kept, short};
use keyway::error::QueryError;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Error};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// A key that was imported or exported.
#[derive(Serialize)]
pub(super) struct AtHand {
    account: AccountId,
    public_key: PublicKey,
    #[serde(flatten)]
    kept: Kept,
    /// Plain files that also contain the secret, which is now in a safer place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stays: Vec<PathBuf>,
    #[serde(flatten)]
    standing: Standing,
    /// The command that removes the plain files.
    #[serde(skip)]
    forget: String,
}

/// What the chain says about a key.
#[derive(Serialize)]
struct Standing {
    /// `None` if the chain could not be queried.
    on_chain: Option<bool>,
    /// `None` if the chain could not be queried.
    account_exists: Option<bool>,
    #[serde(flatten)]
    permission: Option<Permission>,
    #[serde(skip)]
    words: String,
}

impl AtHand {
    /// Queries the chain about a key that is saved. This cannot fail: whatever the chain answers,
    /// the secret stays where it is.
    pub(super) async fn of(
        context: &Context,
        account: &AccountId,
        public_key: &PublicKey,
        kept: Kept,
    ) -> Self {
        let standing = Standing::of(context, account, public_key).await;
        let (account, public_key) = (account.clone(), public_key.clone());
        let forget = format!("key forget {account} {} --from files", short(&public_key));
        let forget = context.command(&forget);
        Self { account, public_key, kept, stays: Vec::new(), standing, forget }
    }
}

impl Standing {
    async fn of(context: &Context, account: &AccountId, public_key: &PublicKey) -> Self {
        let then = match context.client.pinned().await {
            Ok(then) => then,
            Err(error) => return Self::unknown(account, &error),
        };
        let error = match then.access_key(account, public_key).await {
            Ok(access_key) => return Self::on_chain(Permission::from(&access_key)),
            Err(error) => error,
        };
        if let Error::Transport(_) = &error {
            return Self::unknown(account, &error);
        }
        // Before nearcore 2.14, nodes report a missing account as a missing key.
        match (error, then.account(account).await) {
            (_, Err(Error::Query(QueryError::UnknownAccount { .. }))) => {
                let words = not_there(account, public_key, &context.chain_words().await);
                Self { on_chain: Some(false), account_exists: Some(false), permission: None, words }
            }
            (Error::Query(QueryError::UnknownAccessKey { .. }), Ok(_)) => {
                let words = format!("{account} does not have this key: `keyway key add` adds it");
                Self { on_chain: Some(false), account_exists: Some(true), permission: None, words }
            }
            (error, _) => Self::unknown(account, &error),
        }
    }

    fn unknown(account: &AccountId, error: &Error) -> Self {
        let words = format!("whether {account} has this key is unknown: {error}");
        Self { on_chain: None, account_exists: None, permission: None, words }
    }

    fn on_chain(permission: Permission) -> Self {
        let [access, contract, functions, budget] = permission.words();
        let calls = match contract.is_empty() {
            true => String::new(),
            false => format!(", {contract}, functions: {functions}"),
        };
        let words = format!("on the chain: {access}{calls}, gas budget: {budget}");
        let there = Some(true);
        Self { on_chain: there, account_exists: there, permission: Some(permission), words }
    }
}

fn not_there(account: &AccountId, public_key: &PublicKey, chain: &str) -> String {
    let how = if implicit(public_key).is_ok_and(|own| own == *account) {
        "a transfer to it creates it with this key"
    } else if account.get_account_type().is_implicit() {
        "a transfer to it creates it, with a different key"
    } else {
        "the key is kept until the account exists"
    };
    format!("there is no account {account} yet on {chain}; {how}")
}

impl fmt::Display for AtHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, account) = (short(&self.public_key), &self.account);
        writeln!(f, "{key}\nof {account}, {}", self.kept)?;
        for file in &self.stays {
            writeln!(f, "the plain file stays: {}", file.display())?;
        }
        if !self.stays.is_empty() {
            writeln!(f, "`{}` removes it", self.forget)?;
        }
        writeln!(f, "{}", self.standing.words)
    }
}

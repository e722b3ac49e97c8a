//! A key whose secret is at hand now, and whether it can do anything.

use super::permission::Permission;
use crate::error::CliError;
use crate::tools::{Context, Kept};
use keyway::error::QueryError;
use keyway::{AccountId, Error, PublicKey};
use serde::Serialize;
use std::fmt;

/// A key that was imported or exported.
#[derive(Serialize)]
pub(super) struct AtHand {
    account: AccountId,
    public_key: PublicKey,
    #[serde(flatten)]
    kept: Kept,
    /// Whether it is somewhere else, too.
    #[serde(skip)]
    pub(super) also: bool,
    #[serde(flatten)]
    standing: Standing,
}

/// What the chain has of a key.
#[derive(Serialize)]
struct Standing {
    /// None when the chain could not be asked.
    on_chain: Option<bool>,
    #[serde(flatten)]
    permission: Option<Permission>,
}

impl AtHand {
    /// Asks the chain of a key that is kept; a node that does not answer is no error here.
    ///
    /// # Errors
    /// When the answer makes no sense.
    pub(super) async fn of(
        context: &Context,
        account: &AccountId,
        public_key: &PublicKey,
        kept: Kept,
    ) -> Result<Self, CliError> {
        let standing = Standing::of(context, account, public_key).await?;
        let (account, public_key) = (account.clone(), public_key.clone());
        Ok(Self { account, public_key, kept, also: false, standing })
    }
}

impl Standing {
    async fn of(
        context: &Context,
        account: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Self, CliError> {
        let (on_chain, permission) = match context.client.access_key(account, public_key).await {
            Ok(access_key) => (Some(true), Some(Permission::from(&access_key))),
            Err(Error::Query(QueryError::UnknownAccessKey { .. })) => (Some(false), None),
            Err(Error::Transport(_)) => (None, None),
            Err(other) => return Err(other.into()),
        };
        Ok(Self { on_chain, permission })
    }
}

impl fmt::Display for AtHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let also = if self.also { "now also " } else { "" };
        writeln!(f, "{}\nof {}, {also}{}", self.public_key, self.account, self.kept)?;
        writeln!(f, "{}", self.standing)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(permission) = &self.permission else {
            return f.write_str(match self.on_chain {
                None => "no node answered: whether the account has this key is not known",
                _ => "the account has no such key: `keyway key add` gives it access",
            });
        };
        let [access, contract, functions, budget] = permission.words();
        write!(f, "on the chain: {access}")?;
        if !contract.is_empty() {
            write!(f, ", {contract}, functions: {functions}")?;
        }
        write!(f, ", gas budget: {budget}")
    }
}

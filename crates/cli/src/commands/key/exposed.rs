//! A new key's secret that is printed and saved in no file.
//!
//! It is printed before the key is added: if the secret were lost, the account would have a key
//! that nobody can use.

use crate::error::CliError;
use crate::tools::{BegunAnswer, Context, Sent, Vault, VaultName, short};
use clap::ValueEnum;
use keyway::protocol::PublicKey;
use keyway::{AccountId, KeyPair};
use serde::Serialize;
use std::fmt;
use zeroize::Zeroizing;

/// The format of a printed secret.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Out {
    /// Only the secret key, for a pipe; messages go to stderr
    #[default]
    Stdout,
    /// Lines that set NEAR_ACCOUNT, NEAR_PUBLIC_KEY and NEAR_KEY
    Env,
}

/// A secret on stdout whose last line is not ended yet.
pub(super) struct Printed {
    account: AccountId,
    pair: KeyPair,
    answer: BegunAnswer,
}

impl Printed {
    /// Prints the secret.
    ///
    /// # Errors
    /// If it cannot be written; then nothing may be sent.
    pub(super) fn begin(
        context: &Context,
        out: Out,
        account: AccountId,
        pair: KeyPair,
        warnings: &[String],
    ) -> Result<Self, CliError> {
        let answer = context.answer.begin_secret(&Exposed {
            account: &account,
            public_key: pair.public_key(),
            warnings,
            secret_key: pair.expose_secret_text(),
            out,
        })?;
        Ok(Self { account, pair, answer })
    }

    /// Ends the line once the key is added by the transaction `sent`. A secret that nobody read is
    /// saved in a key file.
    ///
    /// # Errors
    /// [`CliError::Unread`].
    pub(super) async fn end(self, context: &Context, sent: &Sent) -> Result<(), CliError> {
        let Self { account, pair, answer } = self;
        let Err(error) = answer.end(Some(sent)) else { return Ok(()) };
        let vault = Vault::open(context, VaultName::Files).await;
        let instead = match vault.and_then(|vault| vault.keep_beside(&account, &pair)) {
            Ok(kept) => format!("it is {kept}"),
            Err(_) => {
                let key = short(pair.public_key());
                let delete = context.command(&format!("key delete {account} {key}"));
                format!("it is lost, but its key was added to {account}: `{delete}` deletes it")
            }
        };
        Err(CliError::Unread { instead, source: Box::new(error) })
    }

    /// The key was not added, or that is unknown.
    pub(super) fn in_vain(self, context: &Context, unknown: bool) {
        let _unread = self.answer.end(None::<&()>);
        let key = short(self.pair.public_key());
        context.notes.say(match unknown {
            true => {
                format!("note: the secret of {key} was printed, and its key may still be added")
            }
            false => {
                format!("note: the printed secret is useless, because {key} was not added")
            }
        });
    }
}

#[derive(Serialize)]
struct Exposed<'a> {
    account: &'a AccountId,
    public_key: &'a PublicKey,
    /// Warnings about the key and its permission.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
    #[serde(serialize_with = "plainly")]
    secret_key: Zeroizing<String>,
    #[serde(skip)]
    out: Out,
}

fn plainly<S: serde::Serializer>(text: &Zeroizing<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(text)
}

impl fmt::Display for Exposed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Out::Env = self.out {
            writeln!(f, "NEAR_ACCOUNT={}", self.account)?;
            writeln!(f, "NEAR_PUBLIC_KEY={}", self.public_key)?;
            write!(f, "NEAR_KEY=")?;
        }
        writeln!(f, "{}", *self.secret_key)
    }
}

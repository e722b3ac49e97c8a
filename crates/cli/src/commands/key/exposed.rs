//! The secret of a new key, printed and kept in no file.
//!
//! It is printed before the key is added: a key whose secret is lost could sign for ever, and nobody would have it.

use super::add::{AddArgs, Added};
use crate::error::CliError;
use crate::tools::{BegunAnswer, Context, Vault, VaultName, short};
use clap::ValueEnum;
use keyway::{AccountId, KeyPair, PublicKey};
use serde::Serialize;
use std::fmt;
use zeroize::Zeroizing;

/// How a new secret is printed.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Out {
    /// The secret key alone, for a pipe; what else is to say goes to stderr
    #[default]
    Stdout,
    /// Lines that set NEAR_ACCOUNT, NEAR_PUBLIC_KEY and NEAR_KEY
    Env,
}

/// A secret on stdout, whose last line has no end yet.
pub(super) struct Printed {
    account: AccountId,
    pair: KeyPair,
    answer: BegunAnswer,
}

impl Printed {
    /// Prints the secret.
    ///
    /// # Errors
    /// When it does not arrive; then nothing may be sent.
    pub(super) fn begin(
        args: &AddArgs,
        context: &Context,
        pair: KeyPair,
        warnings: &[String],
    ) -> Result<Self, CliError> {
        let account = args.account.clone();
        let answer = context.answer.begin_secret(&Exposed {
            account: &account,
            public_key: pair.public_key(),
            warnings,
            secret_key: pair.expose_secret_text(),
            out: args.out,
        })?;
        Ok(Self { account, pair, answer })
    }

    /// The key is added: ends the line. A secret that nobody has read is kept in a key file.
    ///
    /// # Errors
    /// [`CliError::Unread`].
    pub(super) async fn end(self, context: &Context, added: &Added) -> Result<(), CliError> {
        let Self { account, pair, answer } = self;
        if !context.answer.is_json() {
            context.notes.say(added.to_string().trim_end());
        }
        let Err(error) = answer.end(Some(&added.sent)) else { return Ok(()) };
        let vault = Vault::open(context, VaultName::Files).await;
        let instead = match vault.and_then(|vault| vault.keep_beside(&account, &pair)) {
            Ok(kept) => format!("it is {kept}"),
            Err(_) => {
                let key = short(pair.public_key());
                let delete = context.command(&format!("key delete {account} {key}"));
                format!("it is lost, and its key is on {account}: `{delete}` deletes it")
            }
        };
        Err(CliError::Unread { instead, source: Box::new(error) })
    }

    /// The key was not added, or nobody knows.
    pub(super) fn in_vain(self, context: &Context, unknown: bool) {
        let _unread = self.answer.end(None::<&()>);
        let key = short(self.pair.public_key());
        context.notes.say(match unknown {
            true => format!("note: the secret of {key} was printed, and its key may be added yet"),
            false => {
                format!("note: the secret that was printed opens nothing: {key} was not added")
            }
        });
    }
}

#[derive(Serialize)]
struct Exposed<'a> {
    account: &'a AccountId,
    public_key: &'a PublicKey,
    /// What is odd about the key, or what it may do.
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

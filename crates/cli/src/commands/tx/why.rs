//! `tx why`: why a transaction ended as it did, and where its money went.

use super::traced::untraced;
use crate::commands::explain::{Given, give_rules};
use crate::error::CliError;
use crate::tools::Context;
use clap::Args;
use keyway::Error;
use keyway::error::{QueryError, Refusal};
use keyway::guard::wrapped;
use keyway::keys::printable;
use keyway::protocol::CryptoHash;
use keyway::trace::{Cause, Frame, Trace, Why};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// Arguments of `tx why`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway tx why 8Ct…
      the receipt that failed first and what to do, then every balance that
      changed; they add up to zero
  keyway tx why --transaction - < signed.txt
      the same of the transaction in a file; of one that was refused, or not
      sent yet, every rule, as `keyway explain` gives them

Only keyway's own nodes can tell what a transaction did: its blocks are run
again. A transaction that was refused is in no block. A node remembers for a
while which rule it broke; all rules need the transaction itself.")]
pub(crate) struct WhyArgs {
    /// The transaction's hash
    #[arg(value_name = "HASH", required_unless_present = "transaction")]
    hash: Option<CryptoHash>,
    /// The transaction (base64), signed or unsigned; `-` reads it from stdin
    #[arg(long, value_name = "BASE64", conflicts_with = "hash")]
    transaction: Option<String>,
}

impl WhyArgs {
    /// Shows the cause and the money; the rules, if it was refused or is in no block.
    ///
    /// # Errors
    /// If the transaction is unknown or cannot be read, or the node cannot trace.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match (&self.hash, &self.transaction) {
            (Some(hash), _) => of_hash(context, hash).await,
            (None, Some(text)) => of_given(context, Given::read(text)?).await,
            (None, None) => Err(CliError::NoActions),
        }
    }
}

async fn of_hash(context: &Context, hash: &CryptoHash) -> Result<(), CliError> {
    let traced = async { Ok::<_, CliError>(context.client.trace(hash).await) };
    let refused = match context.wait("running it again", traced).await? {
        Ok(trace) => return context.answer.give(&Told { trace }),
        Err(error) if is_refused(&error) => {
            // Nodes report the rule to whoever asks for the transaction.
            context.client.has_transaction(*hash, "system").await
        }
        Err(error) => return Err(untraced(error, hash)),
    };
    match refused {
        Err(Error::Refused(refusal)) => context.answer.give(&Refused { hash: *hash, refusal }),
        // It was forgotten meanwhile.
        _ => Err(Error::Query(QueryError::UnknownTransaction { hash: *hash }).into()),
    }
}

async fn of_given(context: &Context, given: Given) -> Result<(), CliError> {
    if let Given::Signed(signed) = &given
        && let Ok(trace) = context.client.trace(&signed.get_hash()).await
    {
        return context.answer.give(&Told { trace });
    }
    give_rules(context, given).await
}

fn is_refused(error: &Error) -> bool {
    matches!(error, Error::Query(QueryError::Other { name, .. }) if name == "REFUSED_TRANSACTION")
}

/// A transaction that is in no block.
struct Refused {
    hash: CryptoHash,
    refusal: Refusal,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hash, refusal } = self;
        let words = format!("{hash} was refused, so it is in no block and cost nothing");
        writeln!(f, "{}", wrapped("", &words))?;
        writeln!(f, "{}", wrapped("  ", &format!("because {}", printable(&refusal.to_string()))))?;
        writeln!(f, "every rule, and what would help: `keyway tx why --transaction BASE64`")
    }
}

impl Serialize for Refused {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error = Error::Refused(self.refusal.clone());
        let refused = json!({"kind": error.kind(), "message": self.refusal.to_string()});
        json!({"transaction": {"hash": self.hash}, "status": "refused", "cause": {"refused": refused}})
            .serialize(serializer)
    }
}

struct Told {
    trace: Trace,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Why::of(&self.trace).fmt(f)
    }
}

impl Serialize for Told {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let frame = |frame: &Frame| {
            json!({"receipt_id": frame.receipt_id, "name": frame.name(),
                "block_height": frame.block_height, "result": frame.result})
        };
        let cause = match self.trace.cause() {
            None => Value::Null,
            Some(Cause::Refused(error)) => json!({"refused": error}),
            Some(Cause::Failed { first, then, decisive }) => json!({
                "first": frame(first),
                "then": then.into_iter().map(frame).collect::<Vec<_>>(),
                "decisive": decisive,
            }),
        };
        json!({
            "transaction": self.trace.transaction,
            "status": self.trace.status,
            "cause": cause,
            "money": self.trace.money,
            "allowance_charged": self.trace.allowance_charged(),
        })
        .serialize(serializer)
    }
}

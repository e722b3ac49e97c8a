//! `tx why`: why a transaction ended as it did, and where its money went.

use super::traced::traced;
use crate::error::CliError;
use crate::tools::Context;
use clap::Args;
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

Only keyway's own nodes can tell: the transaction's blocks are run again. A
transaction that was refused is in no block; `keyway explain --transaction`
shows every rule for it.")]
pub(crate) struct WhyArgs {
    /// The transaction's hash
    #[arg(value_name = "HASH")]
    hash: CryptoHash,
}

impl WhyArgs {
    /// Shows the cause and the money.
    ///
    /// # Errors
    /// If the transaction is unknown or was refused, or the node cannot trace.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let trace = context.wait("running it again", traced(context, &self.hash)).await?;
        context.answer.give(&Told { trace })
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

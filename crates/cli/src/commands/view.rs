//! `view`: what a contract's function returns, without a transaction.

use crate::error::CliError;
use crate::tools::{CallInput, ChainArgs, Context};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use keyway::action::FunctionCall;
use keyway::keys::{is_printable, printable};
use keyway::protocol::CryptoHash;
use keyway::{AccountId, BlockReference, Gas, NearToken};
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// Arguments of `view`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway view game.near score
  keyway view token.near ft_balance_of --args '{\"account_id\": \"alice.near\"}'
  keyway view game.near rounds --block 123456 --json

The answer is the JSON that the contract returns. Its logs go to stderr.")]
pub(crate) struct ViewArgs {
    #[command(flatten)]
    called: Called,
    /// The state after this block, given by height or hash, or `final` [default: the newest]
    #[arg(long, value_parser = read_block, value_name = "BLOCK")]
    block: Option<BlockReference>,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl ViewArgs {
    /// Calls the function.
    ///
    /// # Errors
    /// If the account, contract, function or block does not exist, or the function fails.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        self.called.look(context, self.block).await
    }
}

/// A function of a contract, with its arguments.
#[derive(Args, Debug)]
pub(super) struct Called {
    /// The contract
    #[arg(value_name = "CONTRACT")]
    contract: AccountId,
    /// The function
    #[arg(value_name = "FUNCTION")]
    function: String,
    #[command(flatten)]
    input: CallInput,
}

impl Called {
    /// The call as an action of a transaction.
    ///
    /// # Errors
    /// As [`CallInput::bytes`].
    pub(super) fn call(
        &self,
        gas: Option<Gas>,
        deposit: Option<NearToken>,
    ) -> Result<FunctionCall, CliError> {
        self.input.call(&self.contract, &self.function, gas, deposit)
    }

    /// Calls without a transaction, at the given block or the newest, and prints what the contract
    /// returned.
    ///
    /// # Errors
    /// If the chain cannot run it.
    pub(super) async fn look(
        &self,
        context: &Context,
        block: Option<BlockReference>,
    ) -> Result<(), CliError> {
        let client = match block {
            Some(block) => context.client.at(block),
            None => context.client.pinned().await?,
        };
        let args = self.input.bytes()?;
        let called = client.view(&self.contract, &self.function).args(args).call().await?;
        let seen = Seen {
            contract: self.contract.clone(),
            function: self.function.clone(),
            value: serde_json::from_slice(&called.bytes).ok(),
            text: plain_text(&called.bytes),
            bytes: STANDARD.encode(&called.bytes),
            block_height: called.block_height,
            block_hash: called.block_hash,
            logs: called.logs,
        };
        if !context.answer.is_json() {
            let logs = seen.logs.iter().flat_map(|log| log.lines());
            logs.for_each(|log| context.notes.say(format!("log: {}", printable(log))));
            if seen.value.is_none() && !called.bytes.is_empty() {
                context
                    .notes
                    .say("note: the contract returned no JSON; the answer is its bytes in base64");
            }
        }
        context.answer.give(&seen)
    }
}

/// The bytes as text, with control and direction characters escaped.
fn plain_text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    text.chars().all(|letter| letter == '\n' || is_printable(letter)).then(|| text.to_owned())
}

/// A block's height, hash or finality.
///
/// # Errors
/// For any other text.
pub(super) fn read_block(text: &str) -> Result<BlockReference, String> {
    match text {
        "final" => Ok(BlockReference::Final),
        "near-final" => Ok(BlockReference::NearFinal),
        "optimistic" | "latest" => Ok(BlockReference::Optimistic),
        number if is_number(number) => number
            .parse()
            .map(BlockReference::Height)
            .map_err(|_| "no block has this height".to_owned()),
        hash => hash.parse::<CryptoHash>().map(BlockReference::Hash).map_err(|_| {
            "write a block's height or hash, or `final`, `near-final` or `optimistic`".to_owned()
        }),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Serialize)]
struct Seen {
    contract: AccountId,
    function: String,
    /// The returned value, if it is JSON.
    value: Option<Value>,
    /// The returned JSON as written, escaped for a terminal.
    #[serde(skip)]
    text: Option<String>,
    /// The returned bytes, in base64.
    bytes: String,
    block_height: u64,
    block_hash: CryptoHash,
    logs: Vec<String>,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, &self.text) {
            // This keeps every digit of its numbers.
            (Some(_), Some(text)) => writeln!(f, "{text}"),
            (Some(value), None) => writeln!(f, "{value:#}"),
            // A function without a result.
            (None, _) if self.bytes.is_empty() => writeln!(f, "null"),
            (None, _) => writeln!(f, "{}", self.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_no_plain_text() {
        for text in ["{\"a\": [1, 'x']}", "  12\n", "\"grüße ✓ \\n\"", ""] {
            assert_eq!(plain_text(text.as_bytes()).as_deref(), Some(text.trim()));
        }
        for text in ["\"\u{1b}[2J\"", "\"\u{9b}2J\"", "\"\u{202e}\"", "\"\u{7f}\"", "\"\r\""] {
            assert_eq!(plain_text(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(plain_text(&[0xff]), None);
    }

    #[test]
    fn blocks_go_by_height_hash_or_finality() {
        let hash = "8CtZ9vYgWXUmPgNRVxkkTDGNCnMUdbXaKSk8fsGZQzWF";
        assert_eq!(read_block("12"), Ok(BlockReference::Height(12)));
        assert_eq!(read_block(hash), Ok(BlockReference::Hash(hash.parse().unwrap())));
        assert_eq!(read_block("final"), Ok(BlockReference::Final));
        assert_eq!(read_block("99999999999999999999").unwrap_err(), "no block has this height");
        for text in ["", "-1", "newest", &hash[2..]] {
            let error = read_block(text).unwrap_err();
            assert!(error.starts_with("write a block's height or hash"), "{text}: {error}");
        }
    }
}

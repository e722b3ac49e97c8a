//! `tx what-if`: a past transaction with something changed.

use super::traced::{plain, traced};
use crate::error::CliError;
use crate::tools::{Context, parse_near, read_gas, read_time, read_wasm, table};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use keyway::client::WhatIf;
use keyway::protocol::{CryptoHash, PublicKey};
use keyway::trace::{Trace, Tree, difference_words};
use keyway::{Gas, NearToken, format_gas, format_near};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::path::PathBuf;

/// Arguments of `tx what-if`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway tx what-if 8Ct… --gas '100 Tgas'
      what the transaction would have done with more gas
  keyway tx what-if 8Ct… --allowance '1 NEAR' --balance '5 NEAR'
  keyway tx what-if 8Ct… --code fixed.wasm

The transaction is run again on its own block with the change; nothing on the
chain changes. Only keyway's own nodes can do it.")]
pub(crate) struct WhatIfArgs {
    /// The transaction's hash
    #[arg(value_name = "HASH")]
    hash: CryptoHash,
    /// The signer's balance before it
    #[arg(long, value_name = "AMOUNT", value_parser = parse_near)]
    balance: Option<NearToken>,
    /// The allowance of the key that signed it
    #[arg(long, value_name = "AMOUNT", value_parser = parse_near)]
    allowance: Option<NearToken>,
    /// The key that signs it
    #[arg(long, value_name = "PUBLIC_KEY")]
    sign_with: Option<PublicKey>,
    /// The contract of its receiver
    #[arg(long, value_name = "FILE")]
    code: Option<PathBuf>,
    /// The time of its block, as in `2027-05-01T12:00:00Z`
    #[arg(long, value_name = "WHEN", value_parser = read_time)]
    time: Option<u64>,
    /// The action that --args, --gas and --deposit change, counted from 1
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=100))]
    nth_action: u16,
    /// The arguments of a call
    #[arg(long, value_name = "JSON")]
    args: Option<String>,
    /// The gas attached to a call
    #[arg(long, value_name = "GAS", value_parser = read_gas)]
    gas: Option<Gas>,
    /// What a call or a transfer carries
    #[arg(long, value_name = "AMOUNT", value_parser = parse_near)]
    deposit: Option<NearToken>,
}

impl WhatIfArgs {
    /// Shows the new tree and what differs.
    ///
    /// # Errors
    /// If the transaction is unknown, nothing is changed, a change is not possible, or the node cannot
    /// trace.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let changes = self.changes(&traced(context, &self.hash).await?)?;
        if changes.is_empty() {
            return Err(CliError::Value {
                flag: "--gas",
                why: "nothing is changed: set at least one option, such as --gas".to_owned(),
            });
        }
        let tried = context.client.what_if(&self.hash, &changes);
        let tried = context.wait("running it again", async { tried.await.map_err(plain) }).await?;
        context.answer.give(&Tried(tried))
    }

    fn changes(&self, trace: &Trace) -> Result<Vec<Value>, CliError> {
        let transaction = &trace.transaction;
        let signer = &transaction.signer_id;
        let action = self.nth_action.saturating_sub(1);
        let mut changes = Vec::new();
        let mut add = |name: &str, change: Value| changes.push(json!({name: change}));
        if let Some(amount) = self.balance {
            add("balance", json!({"account_id": signer, "amount": amount}));
        }
        if let Some(allowance) = self.allowance {
            let key = &transaction.public_key;
            add(
                "allowance",
                json!({"account_id": signer, "public_key": key, "allowance": allowance}),
            );
        }
        if let Some(key) = &self.sign_with {
            add("signer", json!({"public_key": key}));
        }
        if let Some(path) = &self.code {
            let code = BASE64_STANDARD.encode(read_wasm(path)?);
            add("code", json!({"account_id": transaction.receiver_id, "code_base64": code}));
        }
        if let Some(time) = self.time {
            add("time", json!({"timestamp_nanosec": time.to_string()}));
        }
        if let Some(args) = &self.args {
            let args = BASE64_STANDARD.encode(args);
            add("args", json!({"action": action, "args_base64": args}));
        }
        if let Some(gas) = self.gas {
            add("gas", json!({"action": action, "gas": gas}));
        }
        if let Some(deposit) = self.deposit {
            add("deposit", json!({"action": action, "deposit": deposit}));
        }
        Ok(changes)
    }
}

/// A figure with its unit.
fn value(what: &str, figure: &str) -> String {
    match (what, figure.parse::<u128>()) {
        ("deposit", Ok(yocto)) => format_near(NearToken::from_yoctonear(yocto)),
        ("gas_attached" | "gas_burnt" | "converting_gas", Ok(gas)) => {
            format_gas(Gas::from_gas(u64::try_from(gas).unwrap_or(u64::MAX)))
        }
        _ => figure.to_owned(),
    }
}

struct Tried(WhatIf);

impl Serialize for Tried {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let WhatIf { before, after, differences, .. } = &self.0;
        json!({"before": before, "after": after, "differences": differences}).serialize(serializer)
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Tree::of(&self.0.after).fmt(f)?;
        if self.0.differences.is_empty() {
            return writeln!(f, "\nnothing differs from what it did");
        }
        writeln!(f, "\nwhat differs from what it did")?;
        let mut table = table(["receipt", "what", "it was", "it would be"]);
        for it in &self.0.differences {
            let name = match it.name.is_empty() {
                true => "the transaction".to_owned(),
                false => format!("{} {}", it.place, it.name),
            };
            let (before, after) = difference_words((&self.0.before, &self.0.after), it);
            let (before, after) = (value(&it.what, &before), value(&it.what, &after));
            table.add_row([name, it.what.replace('_', " "), before, after]);
        }
        writeln!(f, "{}", table.trim_fmt())
    }
}

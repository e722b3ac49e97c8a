//! `chain set-balance`: sets an account's balance, without a transaction.

use super::control;
use super::head::Head;
use crate::error::CliError;
use crate::tools::{Context, parse_near};
use clap::Args;
use keyway::{AccountId, NearToken};
use serde_json::json;

/// Arguments of `chain set-balance`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain set-balance alice.near '1000 NEAR'

The stake stays as it is. An account that does not exist is created with
`keyway account create`, or with the method keyway_patch.")]
pub(super) struct SetBalanceArgs {
    /// The account, which exists
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Its new unstaked balance, as in `1.5 NEAR`
    #[arg(value_name = "AMOUNT", value_parser = parse_near)]
    amount: NearToken,
}

impl SetBalanceArgs {
    /// Sets the balance, and shows the newest block.
    ///
    /// # Errors
    /// If there is no such account or the amount is too large; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let amount = self.amount.as_yoctonear().to_string();
        let params = json!({"account_id": self.account, "amount": amount});
        let head: Head = control(context, "keyway_set_balance", params).await?;
        context.answer.give(&head)
    }
}

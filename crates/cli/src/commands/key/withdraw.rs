//! `key withdraw`: moves the balance of a gas key back to its account.

use crate::error::CliError;
use crate::tools::{Context, KeyName, SendingArgs, Sent, SigningArgs, account_to_change, short};
use clap::Args;
use keyway::client::AccountKey;
use keyway::keys::{AllowedKeys, RestrictedKeys};
use keyway::protocol::PublicKey;
use keyway::{AccountId, NearToken, Signer, format_near, withdraw_from_gas_key};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// Arguments of `key withdraw`.
#[derive(Args, Debug)]
#[command(after_help = "\
When a gas key is deleted, its balance of up to 1 NEAR is burnt; a key with more
cannot be deleted. Another key of the account signs, because a gas key pays for
what it signs; choose one with --sign-with.

Examples:
  keyway key withdraw relay.near ed25519:…               its whole balance
  keyway key withdraw relay.near ed25519:… '0.5 NEAR'
  keyway key withdraw relay.near ed25519:… --json")]
pub(crate) struct WithdrawArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The gas key; a long key can be named by its hash if the key itself is here
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: KeyName,
    /// The amount, as in `0.5 NEAR` [default: the whole balance]
    #[arg(value_name = "AMOUNT", value_parser = crate::tools::parse_near)]
    amount: Option<NearToken>,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl WithdrawArgs {
    /// Withdraws.
    ///
    /// # Errors
    /// If the account has no such gas key, or its balance is too small; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        account_to_change(context, &self.account).await?;
        let keys = context.client.access_keys(&self.account).await?;
        let amount = self.amount(self.on_key(&keys)?)?;
        let public_key = self.public_key.at_hand(context, &self.account).await?;
        let signer = self.signer(context, &public_key).await?;
        let withdraw = withdraw_from_gas_key(&public_key, amount).into();
        let sent = self.sending.execute(context, &self.signing, &signer, withdraw).await?;
        let Some(sent) = sent.as_ref().map(Sent::from) else { return Ok(()) };
        let account = self.account.clone();
        context.answer.give(&Withdrawn { account, public_key, amount, sent })
    }

    fn on_key(&self, keys: &[AccountKey]) -> Result<NearToken, CliError> {
        let handle = self.public_key.handle();
        let Some(key) = keys.iter().find(|key| key.public_key == handle) else {
            return Err(CliError::NoSuchKey {
                account: self.account.clone(),
                public_key: handle,
                to_change: true,
            });
        };
        match key.access_key.gas_key_info() {
            Some(info) => Ok(info.balance),
            None => Err(CliError::Invalid(format!("{handle} is not a gas key"))),
        }
    }

    fn amount(&self, on_key: NearToken) -> Result<NearToken, CliError> {
        let amount = self.amount.unwrap_or(on_key);
        if amount.is_zero() || amount > on_key {
            let (has, asked) = (format_near(on_key), format_near(amount));
            let key = self.public_key.handle();
            return Err(CliError::Invalid(format!(
                "{key} has {has}, and {asked} was asked for: withdraw an amount above 0, up to its balance"
            )));
        }
        Ok(amount)
    }

    /// Not the gas key itself, unless the user chose it: it would pay from the balance that is
    /// withdrawn.
    async fn signer(&self, context: &Context, key: &PublicKey) -> Result<Signer, CliError> {
        if self.signing.sign_with.is_some() {
            return self.signing.signer(context, &self.account).await;
        }
        let keys = self.signing.keys(context, &self.account).await?;
        let allowed = AllowedKeys::AllBut(key.clone());
        let others = Arc::new(RestrictedKeys::new(keys, allowed));
        self.signing.see_a_key(context, &self.account, &*others).await?;
        Ok(Signer::new(context.client.clone(), &self.account, others)?)
    }
}

#[derive(Serialize)]
struct Withdrawn {
    account: AccountId,
    public_key: PublicKey,
    /// yoctoNEAR.
    amount: NearToken,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, public_key, amount, sent } = self;
        writeln!(f, "{} went from {} to {account}", format_near(*amount), short(public_key))?;
        writeln!(f, "{sent}")
    }
}

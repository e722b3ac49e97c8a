//! `account delete`: deletes an account.

use crate::error::CliError;
use crate::tools::{
    Consent, Context, DeadSecrets, SendingArgs, Sent, SigningArgs, account_to_change,
    agree_to_burn, funded, on_gas_key,
};
use clap::Args;
use keyway::client::AccountKey;
use keyway::error::QueryError;
use keyway::guard::comeback;
use keyway::{AccountId, Error, Intent, NearToken, delete_account, format_near};
use serde::Serialize;
use std::fmt;

/// Arguments of `account delete`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway account delete old.alice.near --beneficiary alice.near
  keyway account delete old.alice.near --beneficiary alice.near --yes-delete \\
      --json
  keyway account delete old.alice.near --beneficiary alice.near --forget
      also removes the secrets of its keys from files here")]
pub(crate) struct DeleteArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The account that receives the balance
    #[arg(long, value_name = "ACCOUNT")]
    beneficiary: AccountId,
    /// Delete without asking
    #[arg(long)]
    yes_delete: bool,
    /// Burn what nobody can receive without asking: the balances of gas keys, and the whole balance
    /// if the beneficiary does not exist
    #[arg(long)]
    yes_burn: bool,
    /// Remove the account's secrets from the key files afterwards
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl DeleteArgs {
    /// Deletes the account.
    ///
    /// # Errors
    /// [`CliError::Foreseen`] if the chain would not do it; [`CliError::NotConfirmed`]; the chain's
    /// error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let Self { account, beneficiary, .. } = self;
        let ending =
            Ending { account, beneficiary, yes_delete: self.yes_delete, yes_burn: self.yes_burn };
        account_to_change(context, account).await?;
        let signer = self.signing.signer(context, account).await?;
        let intent = Intent::from(delete_account(beneficiary));
        if !self.sending.go_on(context, &self.signing, &signer, &intent).await? {
            return Ok(());
        }
        let burnt = ending.agree(context).await?;
        let sent = Sent::from(&self.signing.execute(context, &signer, intent, "deleting").await?);
        let dead = DeadSecrets::of_account(context, account, self.forget).await;
        let (account, beneficiary) = (account.clone(), beneficiary.clone());
        let deleted = Deleted { account, beneficiary, burnt, dead, sent };
        context.answer.give(&deleted)?;
        deleted.dead.whole().map(drop)
    }
}

/// An account to delete.
pub(crate) struct Ending<'a> {
    /// The account.
    pub(crate) account: &'a AccountId,
    /// The account that receives the balance.
    pub(crate) beneficiary: &'a AccountId,
    /// Whether the deletion is confirmed.
    pub(crate) yes_delete: bool,
    /// Whether burning is confirmed.
    pub(crate) yes_burn: bool,
}

impl Ending<'_> {
    /// Asks before the account is deleted, and before anything is burnt. Returns whether the whole
    /// balance is burnt because the beneficiary does not exist.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`]; if the account does not exist.
    pub(crate) async fn agree(&self, context: &Context) -> Result<bool, CliError> {
        let account = account_to_change(context, self.account).await?;
        let keys = context.client.access_keys(self.account).await?;
        let burnt = !self.beneficiary_will_exist(context).await?;
        self.agree_to_burn(context, &keys, account.total, burnt)?;
        let fate =
            if burnt { "is burnt".to_owned() } else { format!("goes to {}", self.beneficiary) };
        let danger = format!(
            "{} will be deleted, with its keys, contract and data. Its balance, {} now, {fate}.{}",
            self.account,
            format_near(account.total),
            self.comes_back(&keys),
        );
        self.ask(&danger, "--yes-delete", self.yes_delete)?;
        Ok(burnt)
    }

    /// What a transfer to an implicit account does later: it creates the account again, with the
    /// key in its name.
    fn comes_back(&self, keys: &[AccountKey]) -> String {
        let comeback = comeback(self.account);
        let Some(first) = comeback.first_key() else {
            let of_its_name = self.account.get_account_type().is_implicit();
            return if of_its_name { format!(" After that {comeback}.") } else { String::new() };
        };
        let now = match keys.iter().any(|key| key.public_key == *first) {
            true => "",
            false => ", which is not a key of the account now",
        };
        format!(
            " It is an implicit account: a transfer to it creates it again with its first key ({first}{now}), and whoever has that secret gets what is sent there."
        )
    }

    fn agree_to_burn(
        &self,
        context: &Context,
        keys: &[AccountKey],
        total: NearToken,
        burnt: bool,
    ) -> Result<(), CliError> {
        let each = keys.iter().map(|key| on_gas_key(&key.access_key));
        let on_keys = each.fold(NearToken::ZERO, NearToken::saturating_add);
        agree_to_burn(context, self.account, &[on_keys], &funded(keys), self.yes_burn)?;
        if !burnt {
            return Ok(());
        }
        let danger = format!(
            "{} will not exist when {} is deleted: the balance of {} will be burnt.",
            self.beneficiary,
            self.account,
            format_near(total)
        );
        self.ask(&danger, "--yes-burn", self.yes_burn)
    }

    /// The beneficiary is the account itself, so it is gone before it could receive anything.
    async fn beneficiary_will_exist(&self, context: &Context) -> Result<bool, CliError> {
        if self.beneficiary == self.account {
            return Ok(false);
        }
        match context.client.account(self.beneficiary).await {
            Ok(_) => Ok(true),
            Err(Error::Query(QueryError::UnknownAccount { .. })) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn ask(&self, danger: &str, flag: &'static str, given: bool) -> Result<(), CliError> {
        Consent { danger, word: self.account.as_str(), flag, given }.ask()
    }
}

#[derive(Serialize)]
struct Deleted {
    account: AccountId,
    beneficiary: AccountId,
    /// Whether the balance was burnt, because the beneficiary did not exist.
    burnt: bool,
    #[serde(flatten)]
    dead: DeadSecrets,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is deleted; its balance ", self.account)?;
        match self.burnt {
            true => writeln!(f, "was burnt, because {} did not exist", self.beneficiary)?,
            false => writeln!(f, "went to {}", self.beneficiary)?,
        }
        write!(f, "{}", self.dead)?;
        writeln!(f, "{}", self.sent)
    }
}

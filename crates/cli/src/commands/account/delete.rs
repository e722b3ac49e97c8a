//! `account delete`: the end of an account.

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
  keyway account delete old.alice.near --beneficiary alice.near --yes-delete --json
  keyway account delete old.alice.near --beneficiary alice.near --forget
                          and the secrets of its keys, where they are in files here")]
pub(crate) struct DeleteArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Who gets what it owns
    #[arg(long, value_name = "ACCOUNT")]
    beneficiary: AccountId,
    /// Delete without asking
    #[arg(long)]
    yes_delete: bool,
    /// Burn, without asking, what nobody gets: tokens on gas keys, and all of it where the
    /// beneficiary does not exist
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
    /// [`CliError::Foreseen`] when the chain would not do it; [`CliError::NotConfirmed`] when it was not confirmed; what
    /// the chain answers.
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

/// An account that is to be deleted.
pub(crate) struct Ending<'a> {
    /// The account.
    pub(crate) account: &'a AccountId,
    /// Who gets what it owns.
    pub(crate) beneficiary: &'a AccountId,
    /// Whether its end was agreed to.
    pub(crate) yes_delete: bool,
    /// Whether it was agreed to burn what nobody gets.
    pub(crate) yes_burn: bool,
}

impl Ending<'_> {
    /// Asks before the account ends, and before anything is burnt. Tells whether what it owns is,
    /// because the beneficiary is not there to get it.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`] when it was not confirmed; when there is no such account.
    pub(crate) async fn agree(&self, context: &Context) -> Result<bool, CliError> {
        let account = account_to_change(context, self.account).await?;
        let keys = context.client.access_keys(self.account).await?;
        let burnt = !self.beneficiary_will_exist(context).await?;
        self.agree_to_burn(context, &keys, account.total, burnt)?;
        let fate =
            if burnt { "is burnt".to_owned() } else { format!("goes to {}", self.beneficiary) };
        let danger = format!(
            "{} will be deleted, with its keys, contract and data. What it owns, {} now, {fate}.{}",
            self.account,
            format_near(account.total),
            self.comes_back(&keys),
        );
        self.ask(&danger, "--yes-delete", self.yes_delete)?;
        Ok(burnt)
    }

    /// An implicit account is created anew by a transfer, with the key that its name stands for.
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
            "{} will not be there to get what {} owns: {} will be burnt.",
            self.beneficiary,
            self.account,
            format_near(total)
        );
        self.ask(&danger, "--yes-burn", self.yes_burn)
    }

    /// The account itself is gone before it could get anything.
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
    /// Whether what it owned was, because the beneficiary was not there to get it.
    burnt: bool,
    #[serde(flatten)]
    dead: DeadSecrets,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is deleted; what it owned ", self.account)?;
        match self.burnt {
            true => writeln!(f, "was burnt: {} was not there to get it", self.beneficiary)?,
            false => writeln!(f, "went to {}", self.beneficiary)?,
        }
        write!(f, "{}", self.dead)?;
        writeln!(f, "{}", self.sent)
    }
}

//! `forecast`: what a key can still do.

mod answer;
mod call;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context, Moment, full_keys};
use answer::{Answer, Foreseen};
use call::CallArgs;
use clap::Args;
use keyway::error::QueryError;
use keyway::guard::{AccountFacts, forecast};
use keyway::{AccountId, PublicKey};
use near_crypto::PublicKeyHandle;

/// Arguments of `forecast`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway forecast alice.near                           every key of alice's
  keyway forecast alice.near ed25519:… --gas '300 Tgas' --calls 50
                                   and the allowance that 50 such calls need
  keyway forecast alice.near ed25519:… --burnt '3.2 Tgas'
  keyway forecast alice.near ed25519:… --like 8Ct…     calls as this transaction was one

What is foreseen are calls one after the other, each after the refund of the one before, at the
gas price of now, while nothing else pays the account or draws on it.")]
pub(crate) struct ForecastArgs {
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// Whose key
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Which key [default: each of the account's]
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: Option<PublicKey>,
    #[command(flatten)]
    call: CallArgs,
    /// Tell what so many calls need
    #[arg(long, value_name = "NUMBER")]
    calls: Option<u64>,
}

impl ForecastArgs {
    /// Foresees.
    ///
    /// # Errors
    /// When account, key or transaction do not exist, the chain cannot be asked, or a call is to
    /// burn more than it attaches.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let observed = self.call.observed(context, &self.account).await?;
        let now = Moment::now(context).await?;
        let account = self.facts(&now).await?;
        let mut answer = Answer::new(&self.account, self.public_key.is_some());
        for (handle, full) in self.keys(context, &account).await? {
            let (Some(full), Some(key)) = (full, account.key(&handle)) else {
                answer.unknown.push(handle);
                continue;
            };
            let usage = match &observed {
                Some(usage) => usage.clone(),
                None => self.call.usage(&account.account_id, key),
            };
            let forecast = forecast(&now.chain, &account, &full, &usage).map_err(unforeseen)?;
            answer.keys.push(Foreseen::new(forecast, self.calls));
        }
        context.answer.give(&answer)
    }

    async fn facts(&self, now: &Moment) -> Result<AccountFacts, CliError> {
        let account = match &self.public_key {
            Some(key) => now.account(&self.account, Some(key)).await?,
            None => None,
        };
        match account {
            Some(account) => Ok(account),
            None => now.known_account(&self.account).await,
        }
    }

    async fn keys(
        &self,
        context: &Context,
        account: &AccountFacts,
    ) -> Result<Vec<(PublicKeyHandle, Option<PublicKey>)>, CliError> {
        let Some(key) = &self.public_key else { return full_keys(context, account).await };
        let handle = PublicKeyHandle::from(key);
        match account.key(&handle) {
            Some(_) => Ok(vec![(handle, Some(key.clone()))]),
            None => {
                let (account_id, public_key) = (account.account_id.clone(), key.clone());
                let unknown = QueryError::UnknownAccessKey { account_id, public_key };
                Err(keyway::Error::from(unknown).into())
            }
        }
    }
}

fn unforeseen(error: keyway::guard::ForecastError) -> CliError {
    CliError::Value { flag: "the call", why: error.to_string() }
}

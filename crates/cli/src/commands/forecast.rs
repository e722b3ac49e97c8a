//! `forecast`: how many more calls a key can pay for.

mod answer;
mod call;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context, KeyName, Moment, full_keys};
use answer::{Answer, Foreseen};
use call::CallArgs;
use clap::Args;
use keyway::AccountId;
use keyway::error::QueryError;
use keyway::guard::{AccountFacts, forecast};
use keyway::protocol::PublicKey;
use near_crypto::PublicKeyHandle;

/// Arguments of `forecast`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway forecast alice.near
      every key of alice.near
  keyway forecast alice.near ed25519:… --gas '300 Tgas' --calls 50
      and the allowance that 50 such calls need
  keyway forecast alice.near ed25519:… --burnt '3.2 Tgas'
  keyway forecast alice.near ed25519:… --like 8Ct…
      calls like the one in this transaction

The forecast assumes one call at a time, each after the refund of the one
before, at the current gas price, while nothing else adds to or takes from the
account's balance.")]
pub(crate) struct ForecastArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The key; a long key can be named by its hash [default: every key of the account]
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: Option<KeyName>,
    #[command(flatten)]
    call: CallArgs,
    /// Show what this many calls need
    #[arg(long, value_name = "NUMBER")]
    calls: Option<u64>,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl ForecastArgs {
    /// Forecasts.
    ///
    /// # Errors
    /// If the account, key or transaction does not exist, the chain cannot be queried, or a call
    /// would burn more gas than it attaches.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let observed = self.call.observed(context, &self.account).await?;
        let now = Moment::now(context).await?;
        let named = match &self.public_key {
            Some(key) => Some(key.at_hand(context, &self.account).await?),
            None => None,
        };
        let account = self.facts(&now, named.as_ref()).await?;
        let mut answer = Answer::new(&self.account, named.is_some());
        for (handle, full) in keys(context, &account, named).await? {
            let (Some(full), Some(key)) = (full, account.key(&handle)) else {
                answer.unknown.push(handle);
                continue;
            };
            let usage = match &observed {
                Some(usage) => usage.clone(),
                None => self.call.usage(&account.account_id, key),
            };
            let forecast = forecast(&now.chain, &account, &full, &usage)?;
            answer.keys.push(Foreseen::new(forecast, self.calls));
        }
        context.answer.give(&answer)
    }

    async fn facts(
        &self,
        now: &Moment,
        named: Option<&PublicKey>,
    ) -> Result<AccountFacts, CliError> {
        let account = match named {
            Some(key) => now.account(&self.account, Some(key)).await?,
            None => None,
        };
        match account {
            Some(account) => Ok(account),
            None => now.known_account(&self.account).await,
        }
    }
}

/// The named key, or every key of the account, in full if it is known.
async fn keys(
    context: &Context,
    account: &AccountFacts,
    named: Option<PublicKey>,
) -> Result<Vec<(PublicKeyHandle, Option<PublicKey>)>, CliError> {
    let Some(public_key) = named else { return full_keys(context, account).await };
    let handle = PublicKeyHandle::from(&public_key);
    if account.key(&handle).is_some() {
        return Ok(vec![(handle, Some(public_key))]);
    }
    let unknown =
        QueryError::UnknownAccessKey { account_id: account.account_id.clone(), public_key };
    Err(keyway::Error::from(unknown).into())
}

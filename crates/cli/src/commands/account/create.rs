//! `account create`: creates a named or implicit account.

use crate::commands::key::generate::{CurveName, implicit};
use crate::error::CliError;
use crate::tools::{
    Context, Kept, NewKeyArgs, NewSecret, SendingArgs, Sent, SigningArgs, Vault, VaultName,
    account_to_change, parse_near, short,
};
use clap::Args;
use keyway::protocol::PublicKey;
use keyway::{
    AccountId, Intent, KeyPair, NearToken, add_full_access_key, create_account, transfer,
};
use serde::Serialize;
use std::fmt;

/// Arguments of `account create`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway account create game.alice.near --balance '5 NEAR'
      a sub-account, created by alice.near; its new key is saved in a file
  keyway account create shop.near --balance '100 NEAR'
      on a local chain, `near` signs with its well-known key
  keyway account create bob.alice.near --public-key ed25519:…
      for someone who generated a key
  keyway account create --implicit --by alice.near --balance '1 NEAR'
      an account named by its key")]
pub(crate) struct CreateArgs {
    /// Name of the new account
    #[arg(value_name = "ACCOUNT", required_unless_present = "implicit")]
    account: Option<AccountId>,
    /// Create an implicit account: its name is its key, and a transfer creates it
    #[arg(
        long,
        conflicts_with_all = ["account", "public_key", "curve"],
        requires_all = ["by", "balance"]
    )]
    implicit: bool,
    /// The account that creates it, signs and pays [default: its parent account]
    #[arg(long, value_name = "ACCOUNT")]
    by: Option<AccountId>,
    /// Initial balance, as in `1 NEAR` [default: nothing]
    #[arg(long, value_parser = parse_near, value_name = "AMOUNT")]
    balance: Option<NearToken>,
    /// Its full-access key [default: a new one, saved before the account is created]
    #[arg(long, value_name = "PUBLIC_KEY")]
    public_key: Option<PublicKey>,
    /// Type of the new key
    #[arg(long, value_enum, default_value_t, conflicts_with = "public_key")]
    curve: CurveName,
    /// Where to save the new secret
    #[arg(long, value_enum, default_value_t, value_name = "PLACE", conflicts_with = "public_key")]
    to: VaultName,
    #[command(flatten)]
    new_key: NewKeyArgs,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

/// An account that is to be created.
struct Plan {
    account: AccountId,
    by: AccountId,
    public_key: PublicKey,
    /// The key pair of `public_key`, if it was generated here.
    new: Option<KeyPair>,
}

impl CreateArgs {
    /// Creates the account with one full-access key.
    ///
    /// # Errors
    /// If no creator is given, the transaction would fail, or the key file cannot be written; the
    /// chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let plan = self.plan()?;
        account_to_change(context, &plan.by).await?;
        let signer = self.signing.signer(context, &plan.by).await?;
        if !self.sending.dry_run {
            self.new_key.agree_to_full_access(&plan.account, &plan.public_key)?;
        }
        let intent = self.intent(&plan);
        if !self.sending.go_on(context, &self.signing, &signer, &intent).await? {
            return Ok(());
        }
        // The only key of an account must be in a file.
        let secret = match &plan.new {
            Some(pair) => {
                let vault = Vault::open_to_keep(context, self.to).await?;
                Some(NewSecret::of_new_account(vault, &plan.account, pair)?)
            }
            None => None,
        };
        let created = context.wait("creating the account", signer.execute(intent)).await;
        let (outcome, kept) = match NewSecret::settle(secret, created) {
            Ok(settled) => settled,
            Err(error) => return Err(self.signing.explained(context, &plan.by, error).await),
        };
        let sent = Sent::from(&outcome);
        let Plan { account, by, public_key, .. } = plan;
        let balance = self.balance.unwrap_or(NearToken::ZERO);
        context.answer.give(&Created { account, by, balance, public_key, kept, sent })
    }

    fn plan(&self) -> Result<Plan, CliError> {
        let (public_key, new) = self.curve.unless_given(self.public_key.as_ref());
        let account = match &self.account {
            Some(account) => account.clone(),
            None => implicit(&public_key)?,
        };
        let parent = || account.get_parent_account_id().map(ToOwned::to_owned);
        let by = self.by.clone().or_else(parent);
        let by = by.ok_or_else(|| CliError::NoParent { account_id: account.clone() })?;
        Ok(Plan { account, by, public_key, new })
    }

    fn intent(&self, plan: &Plan) -> Intent {
        let intent = Intent::to(&plan.account);
        if self.implicit {
            return intent.then(transfer(self.balance.unwrap_or(NearToken::ZERO)));
        }
        let created = intent.then(create_account()).then(add_full_access_key(&plan.public_key));
        match self.balance {
            Some(balance) => created.then(transfer(balance)),
            None => created,
        }
    }
}

#[derive(Serialize)]
struct Created {
    account: AccountId,
    by: AccountId,
    /// yoctoNEAR.
    balance: NearToken,
    public_key: PublicKey,
    /// Where the new secret is saved.
    #[serde(flatten)]
    kept: Option<Kept>,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let balance = keyway::format_near(self.balance);
        writeln!(f, "{} has {balance} from {}", self.account, self.by)?;
        writeln!(f, "its key is {}", short(&self.public_key))?;
        if let Some(kept) = &self.kept {
            writeln!(f, "{kept}")?;
        }
        writeln!(f, "{}", self.sent)
    }
}

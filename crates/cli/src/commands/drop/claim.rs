//! `drop claim`: turns a link into NEAR, or into a new account with NEAR.

use super::contract;
use super::link::Link;
use super::sheet;
use crate::error::CliError;
use crate::tools::{
    Context, Kept, NewKeyArgs, NewSecret, SecretText, SendingArgs, Sent, SigningArgs, Vault,
    VaultName, account_to_change,
};
use clap::{ArgGroup, Args};
use keyway::action::FunctionCall;
use keyway::error::QueryError;
use keyway::outcome::{Content, Execution, ExecutionStatus};
use keyway::protocol::PublicKey;
use keyway::{AccountId, Error, Intent, KeyPair, NearToken, Outcome, Signer, call, format_near};
use serde::Serialize;
use serde_json::json;
use std::fmt;
use zeroize::Zeroizing;

/// Arguments of `drop claim`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("receiver").required(true))]
#[command(after_help = "\
The link's own key signs and the drop pays the gas, so neither an account nor
NEAR is needed.

Examples:
  keyway drop claim - --to bob.near < link.txt
  keyway drop claim - --to bob.near --all < links.txt
      every link in the file, one on each line
  keyway drop claim - --create bob.drop.alice.near < link.txt
      a new account below the drop's, with a new key in a key file
  keyway drop claim 'drop.alice.near#ed25519:…' --to bob.near
      if no other user of this machine could claim it first")]
pub(crate) struct ClaimArgs {
    /// `-` to read the link from stdin, where no list of processes shows it; or the link itself:
    /// DROP#SECRET, or a wallet's address (https://…/linkdrop/DROP/SECRET)
    #[arg(value_name = "LINK")]
    link: SecretText,
    /// Send the amount to this account
    #[arg(long, value_name = "ACCOUNT", group = "receiver")]
    to: Option<AccountId>,
    /// Create this account with the amount; its name must end in that of the drop
    #[arg(long, value_name = "ACCOUNT", group = "receiver")]
    create: Option<AccountId>,
    /// Claim every link on stdin: one on each line, or the CSV of `drop create --csv`
    #[arg(long, requires = "to", conflicts_with = "create")]
    all: bool,
    /// Full-access key of the new account [default: a new one, saved in a key file]
    #[arg(long, value_name = "PUBLIC_KEY", requires = "create", conflicts_with = "to")]
    public_key: Option<PublicKey>,
    #[command(flatten)]
    new_key: NewKeyArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl ClaimArgs {
    /// Claims the link or links.
    ///
    /// # Errors
    /// If it is not a link, or the amount did not arrive; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let text = self.link.expose()?;
        if let Some(account) = &self.to {
            see_that_it_can_receive(context, account).await?;
        }
        let lines = sheet::links_in(&text);
        match (lines.as_slice(), self.all) {
            (several, true) => self.claim_all(context, several).await,
            ([one], false) => match self.claim(context, Link::read(one)?).await? {
                Some(claimed) => context.answer.give(&claimed),
                None => Ok(()),
            },
            (several, false) => Err(CliError::Value {
                flag: "the link",
                why: match several.len() {
                    0 => "stdin is empty".to_owned(),
                    lines => {
                        format!("there are {lines} lines; give one link, or claim all with --all")
                    }
                },
            }),
        }
    }

    async fn claim_all(
        &self,
        context: &Context,
        lines: &[Zeroizing<String>],
    ) -> Result<(), CliError> {
        let mut all = All { claimed: Vec::new(), failed: Vec::new() };
        let mut first = None;
        for (line, text) in (1..).zip(lines) {
            let claimed = match Link::read(text) {
                Ok(link) => self.claim(context, link).await,
                Err(error) => Err(error),
            };
            match claimed {
                Ok(claimed) => all.claimed.extend(claimed),
                Err(error) => {
                    all.failed.push(Unclaimed { line, why: error.to_string() });
                    first.get_or_insert(error);
                }
            }
        }
        context.answer.give(&all)?;
        let Some(error) = first else { return Ok(()) };
        let words = format!("{} of {} links were not claimed", all.failed.len(), lines.len());
        Err(CliError::Links { words, source: Box::new(error) })
    }

    /// The result of a claim; `None` after a dry run, which printed its own answer.
    async fn claim(&self, context: &Context, link: Link) -> Result<Option<Claimed>, CliError> {
        let amount = contract::worth(context, &link.drop, link.key.public_key()).await?;
        let (receiver, public_key, secret, claim) = match (&self.to, &self.create) {
            (Some(account), _) => (account, None, None, to(&link, account)),
            (None, Some(account)) => {
                see_that_it_is_new(context, account).await?;
                let (key, secret) = self.owner_key(context, account).await?;
                let claim = create(&link, account, &key);
                (account, Some(key), secret, claim)
            }
            (None, None) => return Err(CliError::NoActions),
        };
        let claimed = self.send(context, link, receiver, claim).await;
        let (outcome, kept) = NewSecret::settle(secret, claimed)?;
        let Some(outcome) = outcome else { return Ok(None) };
        let sent = Sent::from(&outcome);
        Ok(Some(Claimed { account: receiver.clone(), amount, public_key, kept, sent }))
    }

    /// The new account's key, and its secret if it was generated.
    async fn owner_key(
        &self,
        context: &Context,
        account: &AccountId,
    ) -> Result<(PublicKey, Option<NewSecret>), CliError> {
        if let Some(given) = &self.public_key {
            self.new_key.agree_to_full_access(account, given)?;
            return Ok((given.clone(), None));
        }
        let pair = KeyPair::random_ed25519();
        // Nobody has this key: it stands for the key that would be generated.
        if self.sending.dry_run {
            return Ok((pair.public_key().clone(), None));
        }
        let vault = Vault::open_to_keep(context, VaultName::Files).await?;
        // The only key of an account must be in a file.
        let secret = NewSecret::of_new_account(vault, account, &pair)?;
        Ok((pair.public_key().clone(), Some(secret)))
    }

    /// Sends the claim, and checks that the amount arrived.
    async fn send(
        &self,
        context: &Context,
        link: Link,
        receiver: &AccountId,
        claim: FunctionCall,
    ) -> Result<Option<Outcome>, CliError> {
        let signer = Signer::new(context.client.clone(), &link.drop, link.key)?;
        let intent = Intent::from(claim);
        if !self.sending.go_on(context, &SigningArgs::default(), &signer, &intent).await? {
            return Ok(None);
        }
        let outcome = context.wait("claiming", signer.execute(intent)).await?;
        if arrived(&outcome, receiver) {
            return Ok(Some(outcome));
        }
        // Our contract returns whether it paid, and keeps the link if not; others may return
        // nothing.
        let good = outcome.value().is_some_and(|value| value == b"false");
        Err(CliError::NotDone(if good { STILL_GOOD } else { NOT_ARRIVED }))
    }
}

/// Refuses to create an account that exists: contracts that do not check this first would use up
/// the link.
///
/// # Errors
/// [`CliError::AccountExists`]; if the chain cannot be queried.
async fn see_that_it_is_new(context: &Context, account: &AccountId) -> Result<(), CliError> {
    match context.client.account(account).await {
        Ok(_) => Err(CliError::AccountExists { account_id: account.clone() }),
        Err(Error::Query(QueryError::UnknownAccount { .. })) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Refuses to claim for an account that does not exist, which uses up the links of some contracts.
/// A transfer creates implicit accounts.
async fn see_that_it_can_receive(context: &Context, account: &AccountId) -> Result<(), CliError> {
    if account.get_account_type().is_implicit() {
        return Ok(());
    }
    account_to_change(context, account).await.map(drop)
}

/// Whether tokens reached `account`. A contract may return success even if its transfer failed.
fn arrived(outcome: &Outcome, account: &AccountId) -> bool {
    let brings = |receipt: &Execution| {
        !receipt.deposit().is_zero() || matches!(receipt.content, Content::Unknown)
    };
    let failed = |receipt: &Execution| matches!(receipt.status, ExecutionStatus::Failed(_));
    let mut there = outcome.receipts().filter(|receipt| receipt.executor_id == *account);
    there.any(|receipt| brings(receipt) && !failed(receipt))
}

fn to(link: &Link, account: &AccountId) -> FunctionCall {
    call(&link.drop, "claim").args_json(&json!({ "account_id": account }))
}

fn create(link: &Link, account: &AccountId, key: &PublicKey) -> FunctionCall {
    let args = json!({ "new_account_id": account, "new_public_key": key });
    call(&link.drop, "create_account_and_claim").args_json(&args)
}

/// The results of several links.
#[derive(Serialize)]
struct All {
    claimed: Vec<Claimed>,
    failed: Vec<Unclaimed>,
}

#[derive(Serialize)]
struct Unclaimed {
    /// Counted from 1, without empty lines and the header of a CSV.
    line: usize,
    why: String,
}

impl fmt::Display for All {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amounts = self.claimed.iter().map(|claimed| claimed.amount);
        let sum = amounts.fold(NearToken::ZERO, NearToken::saturating_add);
        for Unclaimed { line, why } in &self.failed {
            writeln!(f, "line {line}: {why}")?;
        }
        writeln!(f, "links claimed: {}, worth {}", self.claimed.len(), format_near(sum))
    }
}

#[derive(Serialize)]
struct Claimed {
    account: AccountId,
    /// In yoctoNEAR, as text.
    amount: NearToken,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<PublicKey>,
    /// Where the new secret is saved.
    #[serde(flatten)]
    kept: Option<Kept>,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, amount) = (&self.account, format_near(self.amount));
        match &self.public_key {
            Some(key) => writeln!(f, "{account} is a new account with {amount}; its key is {key}")?,
            None => writeln!(f, "{account} received {amount}")?,
        }
        if let Some(kept) = &self.kept {
            writeln!(f, "{kept}")?;
        }
        writeln!(f, "{}", self.sent)
    }
}

/// For our contract, which returned false.
const STILL_GOOD: &str = "the amount could not be delivered; the link is still good";

/// For other contracts.
const NOT_ARRIVED: &str = "the transaction ran, but nothing arrived at the account; only the contract knows whether the link is still good: claim it again to see";

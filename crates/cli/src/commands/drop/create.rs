//! `drop create`: creates links, each worth an amount.

use super::contract::{self, BATCH, BATCH_GAS, WASM};
use super::created::{Created, Paid, Planned, Shown};
use super::link::Link;
use super::sheet::SheetArgs;
use crate::error::CliError;
use crate::tools::{
    Consent, Context, SigningArgs, account_to_change, contract_or, parse_near, read_duration,
    words, write_rescued_secrets,
};
use clap::{ArgGroup, Args};
use keyway::client::Contract;
use keyway::protocol::CryptoHash;
use keyway::{AccountId, Error, NearToken, Signer, call, format_near};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Arguments of `drop create`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("place").required(true))]
#[command(after_help = "\
A link is a secret: whoever has it can claim its NEAR. Before anything is paid,
the links are written to a file that only you can read or, with --print-links,
to stdout, one on each line. If not all of them could be paid, `drop list` shows
which are open. To an account without a contract the drop's contract is
deployed, after a question that --yes-deploy answers; this needs the account's
key and about 1.4 NEAR for storage. Besides its amount, each link costs 0.055
NEAR for gas and storage.

Examples:
  keyway drop create drop.alice.near --funder alice.near --links 100 \\
      --amount '0.1 NEAR' --links-file links.txt --yes-deploy
  keyway drop create drop.alice.near --links 100 --amount '0.1 NEAR' --csv \\
      --links-file links.csv \\
      --url-template 'https://app.mynearwallet.com/linkdrop/{drop}/{secret}'
  keyway drop create drop.alice.near --links 1 --amount '5 NEAR' \\
      --expires-in '2 days' --print-links")]
pub(crate) struct CreateArgs {
    /// Account of the drop, used for nothing else
    #[arg(value_name = "DROP")]
    pub(super) drop: AccountId,
    /// Number of links
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    links: u32,
    /// Amount of each link, as in `0.1 NEAR`
    #[arg(long, value_parser = parse_near, value_name = "AMOUNT")]
    pub(super) amount: NearToken,
    /// Maximum price of each link besides its amount; the drop's contract sets the price
    #[arg(long, value_parser = parse_near, default_value = "0.055 NEAR", value_name = "AMOUNT")]
    max_cost: NearToken,
    /// The account that pays, and can reclaim expired links [default: the drop itself]
    #[arg(long, value_name = "ACCOUNT")]
    funder: Option<AccountId>,
    /// How long the links can be claimed, as in `7 days`
    #[arg(long, value_parser = read_duration, default_value = "30 days", value_name = "TIME")]
    pub(super) expires_in: Duration,
    #[command(flatten)]
    pub(super) sheet: SheetArgs,
    /// Wasm file of another contract to deploy, for an account without one
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// Deploy the contract to an account without one, without asking
    #[arg(long)]
    yes_deploy: bool,
    /// Show what it would cost, and create no links
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

impl CreateArgs {
    /// Saves or prints the links, then adds them on the chain.
    ///
    /// # Errors
    /// If the links would be worth nothing, cannot be paid or have no destination; the chain's
    /// error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        self.see_that_they_are_worth_something()?;
        let funder = self.funder.as_ref().unwrap_or(&self.drop);
        if self.dry_run {
            return self.tell(context, funder).await;
        }
        let price = self.begin(context, funder).await?;
        let now_ns = context.client.block().await?.timestamp_ns;
        let expires_at_ns = u128::from(now_ns).saturating_add(self.expires_in.as_nanos());
        let links: Vec<_> = (0..self.links).map(|_| Link::random(self.drop.clone())).collect();
        let signer = self.signing.signer(context, funder).await?;
        let mut created = self.created(&links, price)?;
        // A link must not get its value if its secret is lost.
        self.sheet.keep(&links)?;
        let printed = match self.sheet.print_links {
            true => Some(context.answer.begin_secret(&created)?),
            false => None,
        };
        for batch in links.chunks(BATCH) {
            match self.add(context, &signer, batch, price, expires_at_ns).await {
                Ok(hash) => created.transactions.push(hash),
                Err(error) => {
                    if let Some(printed) = printed {
                        let _unread = printed.end(None::<&()>);
                    }
                    return Err(self.undo(&links, created.transactions.len() * BATCH, error));
                }
            }
        }
        match printed {
            Some(printed) => {
                let paid = Paid { transactions: &created.transactions };
                match printed.end(Some(&paid)) {
                    Ok(()) => Ok(()),
                    Err(error) => Err(self.rescue(context, &links, error).await),
                }
            }
            None => context.answer.give(&created),
        }
    }

    /// Nobody read the links, but they are paid.
    async fn rescue(&self, context: &Context, links: &[Link], error: CliError) -> CliError {
        let name = format!("links-of-{}", self.drop);
        let text = self.sheet.text(links);
        let instead = match write_rescued_secrets(context, &name, &text).await {
            Ok(file) => format!("the links are paid, and saved in {}", file.display()),
            Err(_) => {
                let reclaim = context.command(&format!("drop reclaim {}", self.drop));
                format!(
                    "the links are paid but lost: `{reclaim}` returns their NEAR once they have expired"
                )
            }
        };
        CliError::Unread { instead, source: Box::new(error) }
    }

    /// Checks what the contract would refuse after the links were written.
    fn see_that_they_are_worth_something(&self) -> Result<(), CliError> {
        let wrong = |flag, why: &str| Err(CliError::Value { flag, why: why.to_owned() });
        if self.amount.is_zero() {
            return wrong("--amount", "a link of 0 NEAR is worth nothing; write an amount above 0");
        }
        if self.expires_in.is_zero() {
            return wrong(
                "--expires-in",
                "the links would have expired already; write a time above 0",
            );
        }
        Ok(())
    }

    /// Deploys the contract if the drop has none, and checks that the funder can pay.
    async fn begin(&self, context: &Context, funder: &AccountId) -> Result<NearToken, CliError> {
        if self.needs_contract(context).await? {
            let wasm = contract_or(context, self.wasm.as_deref(), WASM).await?;
            // The signing options are for the payer. The key of the drop comes from the key files.
            let own =
                if *funder == self.drop { self.signing.clone() } else { SigningArgs::default() };
            let signer = own.signer(context, &self.drop).await?;
            // The rest of the price is known only to the contract.
            self.see_that_it_can_be_paid(context, funder, self.amount).await?;
            self.see_that_the_contract_fits(context, funder, wasm.len()).await?;
            self.agree_to_deploy()?;
            contract::deploy_to(context, &signer, funder, wasm, &own).await?;
        }
        let price = self.price(context).await?;
        self.see_that_it_can_be_paid(context, funder, price).await?;
        Ok(price)
    }

    /// Whether the drop has no contract yet.
    async fn needs_contract(&self, context: &Context) -> Result<bool, CliError> {
        let has_none = account_to_change(context, &self.drop).await?.contract == Contract::None;
        if !has_none && self.wasm.is_some() {
            return Err(CliError::Invalid(format!(
                "{} has a contract already: omit --wasm, or use an account without a contract",
                self.drop
            )));
        }
        Ok(has_none)
    }

    fn agree_to_deploy(&self) -> Result<(), CliError> {
        let danger = format!(
            "{} has no contract. The drop's contract will be deployed to it, and will pay for claims from the account's balance: use an account that serves no other purpose.",
            self.drop
        );
        let (word, flag, given) = (self.drop.as_str(), "--yes-deploy", self.yes_deploy);
        Consent { danger: &danger, word, flag, given }.ask()
    }

    /// Checks that the drop's account can pay for the storage of the contract.
    async fn see_that_the_contract_fits(
        &self,
        context: &Context,
        funder: &AccountId,
        code_bytes: usize,
    ) -> Result<(), CliError> {
        let bytes =
            (code_bytes as u128).checked_add(CONTRACT_STATE_BYTES).ok_or(CliError::TooMuch)?;
        let price = context.client.protocol().await?.storage_price;
        let storage = price.checked_mul(bytes).ok_or(CliError::TooMuch)?;
        let needed = storage.checked_add(DEPLOY_GAS_PRICE).ok_or(CliError::TooMuch)?;
        let had = account_to_change(context, &self.drop).await?.available;
        if had >= needed {
            return Ok(());
        }
        // Rounded up to a short figure.
        let lacks = needed.saturating_sub(had).as_yoctonear().div_ceil(HUNDREDTH) * HUNDREDTH;
        let lacks = format_near(NearToken::from_yoctonear(lacks));
        let remedy = match *funder == self.drop {
            true => format!("send it at least {lacks} more"),
            false => {
                let send = format!("tx send {funder} {} --transfer '{lacks}'", self.drop);
                format!("`{}` sends the rest", context.command(&send))
            }
        };
        let account = self.drop.clone();
        Err(CliError::ContractTooLarge { account, had, needed, remedy })
    }

    async fn see_that_it_can_be_paid(
        &self,
        context: &Context,
        funder: &AccountId,
        price: NearToken,
    ) -> Result<(), CliError> {
        let needed = price.checked_mul(self.links.into()).ok_or(CliError::TooMuch)?;
        let had = context.client.account(funder).await?.available;
        if had < needed {
            return Err(CliError::TooPoor { account: funder.clone(), had, needed });
        }
        Ok(())
    }

    /// Shows what it would cost, even if there is no contract yet.
    async fn tell(&self, context: &Context, funder: &AccountId) -> Result<(), CliError> {
        let most = self.amount.saturating_add(self.max_cost);
        let deploys = self.needs_contract(context).await?;
        let price = if deploys { most } else { self.price(context).await? };
        self.see_that_it_can_be_paid(context, funder, price).await?;
        if deploys {
            let code = contract_or(context, self.wasm.as_deref(), WASM).await?;
            self.see_that_the_contract_fits(context, funder, code.len()).await?;
        }
        context.answer.give(&Planned {
            dry_run: true,
            drop: self.drop.clone(),
            funder: funder.clone(),
            links: self.links,
            amount: self.amount,
            price: price.saturating_mul(self.links.into()),
            deploys,
        })
    }

    /// The answer for these links, before they are paid.
    ///
    /// # Errors
    /// If the links do not fit into QR codes.
    fn created(&self, links: &[Link], price: NearToken) -> Result<Created, CliError> {
        let price = price.saturating_mul(links.len() as u128);
        let sheet = &self.sheet;
        let shown = links.iter().map(|link| Shown {
            public_key: link.key.public_key().clone(),
            link: sheet.print_links.then(|| sheet.address(link).to_string()),
        });
        let words = match &sheet.links_file {
            // Only the links, for a program that reads lines.
            None => sheet.printed(links)?,
            Some(file) => Zeroizing::new(format!(
                "links: {}, each worth {}; {} in all\nthey can be claimed for {}\nsaved in {}: whoever reads this file can claim them\n",
                links.len(),
                format_near(self.amount),
                format_near(price),
                words(self.expires_in),
                file.display(),
            )),
        };
        Ok(Created {
            drop: self.drop.clone(),
            amount: self.amount.as_yoctonear().to_string(),
            price: price.as_yoctonear().to_string(),
            links: shown.collect(),
            links_file: sheet.links_file.clone(),
            transactions: Vec::new(),
            words,
        })
    }

    /// Removes links that are certainly worth nothing, and reports which ones they are.
    fn undo(&self, links: &[Link], paid: usize, error: CliError) -> CliError {
        let never = matches!(
            error,
            CliError::Library(Error::Refused(_) | Error::Failed(_) | Error::Pool(_))
                | CliError::NotDone(_)
                | CliError::NoKey(_)
                | CliError::NoSuchAccount { .. }
        );
        let unpaid = format!("links {} to {}", paid + 1, links.len());
        let taken = if never { self.sheet.take_back(links, paid) } else { Ok(()) };
        let words = match (never, taken, self.sheet.print_links) {
            (false, ..) => {
                format!("whether {unpaid} are paid is unknown: see `keyway drop list`")
            }
            (true, Err(stays), _) => {
                format!(
                    "{unpaid} are worth nothing, but could not all be removed ({})",
                    stays.words()
                )
            }
            (true, Ok(()), true) => format!("{unpaid} of those printed are worth nothing"),
            (true, Ok(()), false) => format!("{unpaid} were not created and were removed"),
        };
        CliError::Links { words, source: Box::new(error) }
    }

    /// The price of each link, from the contract.
    async fn price(&self, context: &Context) -> Result<NearToken, CliError> {
        let price = context.client.view(&self.drop, "price_of");
        let price = price.args_json(&json!({ "amount": self.amount })).json().await;
        let price: NearToken = price.map_err(contract::not_a_drop(&self.drop))?;
        let most = self.amount.saturating_add(self.max_cost);
        if price > most {
            return Err(CliError::Invalid(format!(
                "the contract of {} charges {} for each link, above the limit of {} (the amount and --max-cost): check the contract, or raise --max-cost",
                self.drop,
                format_near(price),
                format_near(most)
            )));
        }
        Ok(price)
    }

    async fn add(
        &self,
        context: &Context,
        signer: &Signer,
        links: &[Link],
        price: NearToken,
        expires_at_ns: u128,
    ) -> Result<CryptoHash, CliError> {
        let keys: Vec<_> = links.iter().map(|link| link.key.public_key()).collect();
        let deposit = price.checked_mul(links.len() as u128).ok_or(CliError::TooMuch)?;
        let args = json!({
            "public_keys": keys,
            "amount": self.amount,
            "expires_at_ns": expires_at_ns.to_string(),
        });
        let add = call(&self.drop, "add_links").args_json(&args).deposit(deposit).gas(BATCH_GAS);
        let outcome = self.signing.execute(context, signer, add.into(), "making links").await?;
        match outcome.json::<bool>()? {
            true => Ok(outcome.transaction_hash()),
            false => Err(CliError::NotDone("the keys of the links are on the account already")),
        }
    }
}

/// Bytes that the contract stores before there is a link, and those that the account needs for it.
const CONTRACT_STATE_BYTES: u128 = 500;

/// Maximum cost of the gas for deploying and initialising, in yoctoNEAR; most of it is refunded.
const DEPLOY_GAS_PRICE: NearToken = NearToken::from_millinear(40);

/// A hundredth of a NEAR, in yoctoNEAR.
const HUNDREDTH: u128 = 10_u128.pow(22);

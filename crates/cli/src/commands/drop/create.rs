//! `drop create`: links, each worth an amount.

use super::contract::{self, BATCH, BATCH_GAS, WASM};
use super::link::Link;
use crate::error::CliError;
use crate::tools::{
    Context, SigningArgs, read_duration, read_file, read_near, words, write_new_secret_file,
};
use clap::{ArgGroup, Args};
use keyway::{AccountId, CryptoHash, Error, NearToken, PublicKey, Signer, call, exact_near};
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Arguments of `drop create`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("place").required(true))]
#[command(after_help = "\
A link is a secret: whoever has it has its NEAR. Links go to a file that only you can read or, with
--print-links, to stdout, one a line, before anything is paid: when not all could be paid for, `drop
list` tells which are open. The account gets the contract when it has none yet; its key
must be at hand then. Beside its amount each link costs 0.055 NEAR for gas and storage.

Examples:
  keyway drop create drop.alice.near --funder alice.near --links 100 --amount '0.1 NEAR' \\
    --links-file links.txt
  keyway drop create drop.alice.near --links 1 --amount '5 NEAR' --expires-in '2 days' --print-links")]
pub(crate) struct CreateArgs {
    /// The drop: an account for this purpose alone
    #[arg(value_name = "DROP")]
    drop: AccountId,
    /// How many links
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    links: u32,
    /// What each is worth, as in `0.1 NEAR`
    #[arg(long, value_parser = read_near, value_name = "AMOUNT")]
    amount: NearToken,
    /// What each may cost at most beside that: the drop's contract names its price
    #[arg(long, value_parser = read_near, default_value = "0.055 NEAR", value_name = "AMOUNT")]
    max_cost: NearToken,
    /// Who pays, and may take expired links back [default: the drop itself]
    #[arg(long, value_name = "ACCOUNT")]
    funder: Option<AccountId>,
    /// For how long they can be claimed, as in `7 days`
    #[arg(long, value_parser = read_duration, default_value = "30 days", value_name = "TIME")]
    expires_in: Duration,
    /// Keep the links in this new file
    #[arg(long, value_name = "FILE", group = "place")]
    links_file: Option<PathBuf>,
    /// Print the links, which are secrets, on stdout
    #[arg(long, group = "place")]
    print_links: bool,
    /// Another contract than the one that this program brings
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    #[command(flatten)]
    signing: SigningArgs,
}

impl CreateArgs {
    /// Keeps the links or prints them, then makes the chain know them.
    ///
    /// # Errors
    /// When the file is there already, or what the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let funder = self.funder.as_ref().unwrap_or(&self.drop);
        let wasm = self.wasm.as_deref().map_or_else(|| Ok(WASM.to_vec()), read_file)?;
        // What is said about signing is about who pays. The key of another account is in the key files.
        let own = if *funder == self.drop { self.signing.clone() } else { SigningArgs::default() };
        contract::begin(context, &self.drop, funder, wasm, &own).await?;
        let price = self.price(context).await?;
        let now_ns = context.client.block().await?.timestamp_ns;
        let expires_at_ns = u128::from(now_ns).saturating_add(self.expires_in.as_nanos());
        let links: Vec<_> = (0..self.links).map(|_| Link::random(self.drop.clone())).collect();
        let signer = self.signing.signer(context, funder).await?;
        let mut created = Created::new(self, &links, price);
        // A secret that is lost must not be worth anything.
        self.keep(&links)?;
        if self.print_links {
            context.answer.give(&created)?;
        }
        let transactions = &mut created.transactions;
        for batch in links.chunks(BATCH) {
            let added = self.add(&signer, batch, price, expires_at_ns).await;
            transactions.push(added.inspect_err(|error| self.forget(transactions, error))?);
        }
        if self.print_links { Ok(()) } else { context.answer.give(&created) }
    }

    /// What the contract asks for each link.
    async fn price(&self, context: &Context) -> Result<NearToken, CliError> {
        let price = context.client.view(&self.drop, "price_of");
        let price: NearToken = price.args_json(json!({ "amount": self.amount })).json().await?;
        let most = self.amount.saturating_add(self.max_cost);
        if price > most {
            return Err(CliError::Misfit(format!(
                "the contract of {} asks {} for each link, and {} is the most with what a link may cost: look at the contract, or say --max-cost",
                self.drop,
                exact_near(price),
                exact_near(most)
            )));
        }
        Ok(price)
    }

    fn keep(&self, links: &[Link]) -> Result<(), CliError> {
        let Some(file) = &self.links_file else { return Ok(()) };
        let mut text = Zeroizing::new(String::new());
        for link in links {
            text.push_str(&link.expose_text());
            text.push('\n');
        }
        write_new_secret_file(file, &text)
    }

    /// Removes the file when it is certain that no link in it is worth anything.
    fn forget(&self, transactions: &[CryptoHash], error: &CliError) {
        let never = matches!(
            error,
            CliError::Library(Error::Refused(_) | Error::Failed(_) | Error::Pool(_))
        );
        if let (true, true, Some(file)) = (transactions.is_empty(), never, &self.links_file) {
            let _stays = std::fs::remove_file(file);
        }
    }

    async fn add(
        &self,
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
        let outcome = signer.execute(add).await?;
        match outcome.json::<bool>()? {
            true => Ok(outcome.transaction_hash()),
            false => Err(CliError::Undone("the keys of the links are on the account already")),
        }
    }
}

#[derive(Serialize)]
struct Created {
    drop: AccountId,
    /// In yoctoNEAR, of each link.
    amount: String,
    /// In yoctoNEAR, of all links.
    price: String,
    links: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links_file: Option<PathBuf>,
    /// None where the links are printed: that is before they are paid for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transactions: Vec<CryptoHash>,
    #[serde(skip)]
    words: String,
}

#[derive(Serialize)]
struct Shown {
    public_key: PublicKey,
    /// The secret, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl Created {
    fn new(args: &CreateArgs, links: &[Link], price: NearToken) -> Self {
        let price = price.saturating_mul(links.len() as u128);
        let shown = links.iter().map(|link| Shown {
            public_key: link.key.public_key().clone(),
            link: args.print_links.then(|| link.expose_text().to_string()),
        });
        let words = format!(
            "links: {}, each worth {}; {} in all\nthey can be claimed for {}\n",
            links.len(),
            exact_near(args.amount),
            exact_near(price),
            words(args.expires_in),
        );
        Self {
            drop: args.drop.clone(),
            amount: args.amount.as_yoctonear().to_string(),
            price: price.as_yoctonear().to_string(),
            links: shown.collect(),
            links_file: args.links_file.clone(),
            transactions: Vec::new(),
            words,
        }
    }
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(file) = &self.links_file else {
            // The links alone, for a program that reads lines.
            return self
                .links
                .iter()
                .filter_map(|shown| shown.link.as_ref())
                .try_for_each(|link| writeln!(f, "{link}"));
        };
        f.write_str(&self.words)?;
        writeln!(f, "kept in {}: whoever reads it has their NEAR", file.display())
    }
}
